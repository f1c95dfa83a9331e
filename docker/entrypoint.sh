#!/usr/bin/env bash
# Sources ROS 2, genvla, and Interbotix's workspace where there is one; then runs the command.
set -eo pipefail
source /opt/ros/jazzy/setup.bash
source /genvla/underlay/env.sh
# After genvla: of interbotix_xs_msgs the driver shall find its own, not the stand-in.
if [ -f /opt/interbotix/install/local_setup.bash ]; then
  source /opt/interbotix/install/local_setup.bash
fi
exec "$@"
