# The robot's computer: camera, bridge, recording, Foxglove. Ubuntu 24.04 with ROS 2 Jazzy.
#
#   docker build -f docker/robot.Dockerfile -t genvla/robot .
#
# Interbotix's driver is not in it, the libraries that it needs are: a workspace that was built on
# Ubuntu 24.04 without --symlink-install is mounted at /opt/interbotix (docs/real_robot.md).

# The tag of summer 2026, for amd64 and arm64. Today's digest, to give as ROS_IMAGE:
#   docker buildx imagetools inspect ros:jazzy-ros-base-noble
ARG ROS_IMAGE=ros:jazzy-ros-base-noble@sha256:31daab66eef9139933379fb67159449944f4e2dcf2e22c2d12cc715f29873e0f
FROM ${ROS_IMAGE}
SHELL ["/bin/bash", "-o", "pipefail", "-c"]

# ROS keeps only the newest build of a package on its servers: a version that is pinned here would
# be gone with the next one. Builds of one day belong together, so the base's are renewed too. The
# last line is what Interbotix's driver and its launch file need.
# hadolint ignore=DL3008
RUN apt-get update && apt-get upgrade -y && apt-get install -y --no-install-recommends \
      g++ libegl1 libgl1-mesa-dri python3-dev python3-venv v4l-utils \
      ros-jazzy-cv-bridge ros-jazzy-foxglove-bridge ros-jazzy-image-transport-plugins \
      ros-jazzy-joy ros-jazzy-message-filters ros-jazzy-rosbag2 ros-jazzy-rosbag2-storage-mcap \
      ros-jazzy-tf2-ros ros-jazzy-usb-cam \
      libyaml-cpp0.8 ros-jazzy-dynamixel-sdk ros-jazzy-robot-state-publisher ros-jazzy-urdf \
      ros-jazzy-xacro \
    && rm -rf /var/lib/apt/lists/*

# The ids of the host's user, so that bags belong to who records them. Serial ports belong to
# dialout, cameras to video; with a group behind it USER would forget them.
ARG USER_ID=1000
ARG GROUP_ID=1000
RUN userdel --remove ubuntu \
    && groupadd --non-unique --gid "${GROUP_ID}" genvla \
    && useradd --no-log-init --uid "${USER_ID}" --gid genvla --groups dialout,video --create-home \
      genvla \
    && install -d -o genvla -g genvla /genvla /genvla/bags
USER ${USER_ID}
WORKDIR /genvla
ENV PIP_NO_CACHE_DIR=1

# What `make setup` does, with the same locks.
COPY --chown=genvla:genvla . .
# hadolint ignore=SC1091
RUN . /opt/ros/jazzy/setup.bash && python3 underlay/bootstrap.py --torch cpu

# Where the recorder writes, unless it is told otherwise: folder:=bags of /genvla.
VOLUME /genvla/bags
HEALTHCHECK --interval=10s --timeout=8s --start-period=60s \
    CMD ["/genvla/docker/entrypoint.sh", "python", "-m", "genvla_bringup.operate.health", "viperx_bridge"]
ENTRYPOINT ["/genvla/docker/entrypoint.sh"]
CMD ["ros2", "launch", "genvla_bringup", "real_robot.launch.py", "use_policy:=false"]
