# Source this file to use the workspace: the virtual environment, ROS 2 (a sourced installation, or
# the wheels in .venv), and the colcon build. The targets of `make` do this themselves.
_genvla_root="$(cd "$(dirname "${BASH_SOURCE[0]:-$0}")/.." && pwd)"
. "$_genvla_root/.venv/bin/activate"
if [ -z "${ROS_DISTRO:-}" ]; then
  # The virtual environment is the ROS prefix: docs/decisions/0001-pip-underlay.md.
  export AMENT_PREFIX_PATH="$_genvla_root/.venv" CMAKE_PREFIX_PATH="$_genvla_root/.venv"
  export ROS_VERSION=2 ROS_PYTHON_VERSION=3
fi
if [ -f "$_genvla_root/install/setup.bash" ]; then
  . "$_genvla_root/install/setup.bash"
fi
# Deliver complete camera images, see the comment in the file. A profile that is already set wins.
export FASTRTPS_DEFAULT_PROFILES_FILE="${FASTRTPS_DEFAULT_PROFILES_FILE:-$_genvla_root/src/genvla_bringup/config/fastdds.xml}"
unset _genvla_root
