#!/usr/bin/env bash
# Sources ROS 2, Interbotix's workspace and genvla, then runs the command.
set -eo pipefail
source /opt/ros/jazzy/setup.bash
source /opt/interbotix/install/setup.bash
source /genvla/install/setup.bash
exec "$@"
