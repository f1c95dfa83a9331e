# The robot's computer: camera, bridge, recording, Foxglove. Ubuntu 24.04 with ROS 2 Jazzy.
#
#   docker build -f docker/robot.Dockerfile -t genvla/robot .
#
# Interbotix's driver is not in it: install it as Trossen documents (docs/real_robot.md), on the
# host or in a folder that is mounted at /opt/interbotix.

# For builds that never change give a digest: docker buildx imagetools inspect ros:jazzy-ros-base-noble
ARG ROS_IMAGE=ros:jazzy-ros-base-noble
FROM ${ROS_IMAGE}
SHELL ["/bin/bash", "-o", "pipefail", "-c"]

# ROS keeps only the newest build of a package on its servers: a version that is pinned here would
# be gone with the next one.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends \
      g++ libegl1 libgl1-mesa-dri python3-venv v4l-utils \
      ros-jazzy-cv-bridge ros-jazzy-foxglove-bridge ros-jazzy-image-transport-plugins \
      ros-jazzy-joy ros-jazzy-message-filters ros-jazzy-rosbag2 ros-jazzy-rosbag2-storage-mcap \
      ros-jazzy-usb-cam \
    && rm -rf /var/lib/apt/lists/*

# The ids of the host's user, so that bags belong to who records them. Serial ports belong to
# dialout, cameras to video.
ARG UID=1000
ARG GID=1000
RUN userdel --remove ubuntu \
    && groupadd --gid "${GID}" genvla \
    && useradd --uid "${UID}" --gid genvla --groups dialout,video --create-home genvla \
    && install -d -o genvla -g genvla /genvla /bags
USER ${UID}:${GID}
WORKDIR /genvla

# What `make setup` does, with the same locks.
COPY --chown=genvla:genvla . .
# hadolint ignore=SC1091
RUN . /opt/ros/jazzy/setup.bash && python3 underlay/bootstrap.py --torch cpu

VOLUME /bags
HEALTHCHECK --interval=10s --timeout=8s --start-period=60s \
    CMD ["docker/entrypoint.sh", "python", "-m", "genvla_bringup.health", "viperx_bridge"]
ENTRYPOINT ["docker/entrypoint.sh"]
CMD ["ros2", "launch", "genvla_bringup", "real_robot.launch.py", "use_policy:=false"]
