# Training: PyTorch with CUDA, no ROS.
#
#   docker build -f docker/train.Dockerfile -t genvla/train .
#   docker run --rm --gpus all --ipc host -v $PWD/data:/genvla/data -v $PWD/runs:/genvla/runs \
#       genvla/train python -m genvla_training.train own_robot

# The tag of September 2026, for amd64 and arm64. Today's digest, to give as PYTHON_IMAGE:
#   docker buildx imagetools inspect python:3.12-slim-bookworm
ARG PYTHON_IMAGE=python:3.12.14-slim-bookworm@sha256:782412e85d0f0984994c290652577d4018aff08145c85b262bb63dc0c7522254
FROM ${PYTHON_IMAGE}
SHELL ["/bin/bash", "-o", "pipefail", "-c"]

# Debian keeps only the newest build of a package on its servers, as ROS does. A compiler, because
# torch.compile writes C; Mesa, because simulated rollouts draw without a screen.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends \
      g++ libegl1 libgl1-mesa-dri \
    && rm -rf /var/lib/apt/lists/*

ARG USER_ID=1000
ARG GROUP_ID=1000
RUN groupadd --non-unique --gid "${GROUP_ID}" genvla \
    && useradd --no-log-init --uid "${USER_ID}" --gid genvla --create-home genvla \
    && install -d -o genvla -g genvla /genvla
USER ${USER_ID}
WORKDIR /genvla
ENV PIP_NO_CACHE_DIR=1 NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility,graphics

# The locks first: a change of the code does not install everything anew.
COPY --chown=genvla:genvla underlay underlay
RUN python3 underlay/bootstrap.py --torch cuda --no-ros
COPY --chown=genvla:genvla . .
ENV PATH=/genvla/.venv/bin:$PATH \
    PYTHONPATH=/genvla/src/genvla_command:/genvla/src/genvla_policy:/genvla/src/genvla_training:/genvla/src/genvla_sim:/genvla/src/genvla_viperx:/genvla/src/genvla_bags:/genvla/src/genvla_eval
CMD ["python", "-m", "genvla_training.train", "--help"]
