# The GPU workstation: the policy node. Ubuntu 24.04 with ROS 2 Jazzy and PyTorch with CUDA, whose
# libraries come with its wheels; the host has the driver and NVIDIA's container toolkit.
#
#   docker build -f docker/policy.Dockerfile -t genvla/policy .

# For builds that never change give a digest: docker buildx imagetools inspect ros:jazzy-ros-base-noble
ARG ROS_IMAGE=ros:jazzy-ros-base-noble
FROM ${ROS_IMAGE}
SHELL ["/bin/bash", "-o", "pipefail", "-c"]

# ROS keeps only the newest build of a package on its servers: see robot.Dockerfile.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends \
      g++ libegl1 libgl1-mesa-dri python3-dev python3-venv \
      ros-jazzy-image-transport-plugins ros-jazzy-message-filters \
    && rm -rf /var/lib/apt/lists/*

ARG UID=1000
ARG GID=1000
RUN userdel --remove ubuntu \
    && groupadd --gid "${GID}" genvla \
    && useradd --uid "${UID}" --gid genvla --create-home genvla \
    && install -d -o genvla -g genvla /genvla
USER ${UID}:${GID}
WORKDIR /genvla
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility

# What `make setup` does, with the same locks; there is no GPU to be seen while an image is built.
COPY --chown=genvla:genvla . .
# hadolint ignore=SC1091
RUN . /opt/ros/jazzy/setup.bash && python3 underlay/bootstrap.py --torch cuda

# Loading a checkpoint of 3 B parameters takes a minute or two.
HEALTHCHECK --interval=10s --timeout=8s --start-period=300s \
    CMD ["docker/entrypoint.sh", "python", "-m", "genvla_bringup.health", "policy"]
ENTRYPOINT ["docker/entrypoint.sh"]
CMD ["ros2", "launch", "genvla_bringup", "policy_only.launch.py", "checkpoint:=/checkpoint"]
