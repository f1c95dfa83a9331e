# The GPU workstation: the policy node. Ubuntu 24.04 with ROS 2 Jazzy and PyTorch with CUDA, whose
# libraries come with its wheels; the host has the driver and NVIDIA's container toolkit.
#
#   docker build -f docker/policy.Dockerfile -t genvla/policy .

# The tag of summer 2026, for amd64 and arm64. Today's digest, to give as ROS_IMAGE:
#   docker buildx imagetools inspect ros:jazzy-ros-base-noble
ARG ROS_IMAGE=ros:jazzy-ros-base-noble@sha256:31daab66eef9139933379fb67159449944f4e2dcf2e22c2d12cc715f29873e0f
FROM ${ROS_IMAGE}
SHELL ["/bin/bash", "-o", "pipefail", "-c"]

# ROS keeps only the newest build of a package on its servers: see robot.Dockerfile.
# hadolint ignore=DL3008
RUN apt-get update && apt-get upgrade -y && apt-get install -y --no-install-recommends \
      g++ libegl1 libgl1-mesa-dri python3-dev python3-venv \
      ros-jazzy-image-transport-plugins ros-jazzy-message-filters \
    && rm -rf /var/lib/apt/lists/*

ARG USER_ID=1000
ARG GROUP_ID=1000
RUN userdel --remove ubuntu \
    && groupadd --non-unique --gid "${GROUP_ID}" genvla \
    && useradd --no-log-init --uid "${USER_ID}" --gid genvla --create-home genvla \
    && install -d -o genvla -g genvla /genvla
USER ${USER_ID}
WORKDIR /genvla
ENV PIP_NO_CACHE_DIR=1 NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility

# What `make setup` does, with the same locks; there is no GPU to be seen while an image is built.
COPY --chown=genvla:genvla . .
# hadolint ignore=SC1091
RUN . /opt/ros/jazzy/setup.bash && python3 underlay/bootstrap.py --torch cuda

# Loading a checkpoint of 3 B parameters takes a minute or two.
HEALTHCHECK --interval=10s --timeout=8s --start-period=300s \
    CMD ["/genvla/docker/entrypoint.sh", "python", "-m", "genvla_bringup.operate.health", "policy"]
ENTRYPOINT ["/genvla/docker/entrypoint.sh"]
CMD ["ros2", "launch", "genvla_bringup", "policy_only.launch.py", "checkpoint:=/checkpoint"]
