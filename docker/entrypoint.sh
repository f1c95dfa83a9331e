#!/usr/bin/env bash
# Sources ROS 2, Interbotix's workspace where there is one, and genvla; then runs the command.
set -eo pipefail
source /opt/ros/jazzy/setup.bash
if [ -f /opt/interbotix/install/setup.bash ]; then
  source /opt/interbotix/install/setup.bash
fi
source /genvla/underlay/env.sh
exec "$@"
