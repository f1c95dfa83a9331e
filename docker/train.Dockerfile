# Training: PyTorch with CUDA, no ROS.
#
#   docker build -f docker/train.Dockerfile -t genvla/train .
#   docker run --rm --gpus all --ipc host -v $PWD/data:/genvla/data -v $PWD/runs:/genvla/runs \
#       genvla/train python -m genvla_training.train own_robot

# For builds that never change give a digest: docker buildx imagetools inspect python:3.12-slim-bookworm
ARG PYTHON_IMAGE=python:3.12-slim-bookworm
FROM ${PYTHON_IMAGE}
SHELL ["/bin/bash", "-o", "pipefail", "-c"]

# Debian keeps only the newest build of a package on its servers, as ROS does. A compiler, because
# torch.compile writes C; Mesa, because simulated rollouts draw without a screen.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends \
      g++ libegl1 libgl1-mesa-dri \
    && rm -rf /var/lib/apt/lists/*

ARG UID=1000
ARG GID=1000
RUN groupadd --gid "${GID}" genvla \
    && useradd --uid "${UID}" --gid genvla --create-home genvla \
    && install -d -o genvla -g genvla /genvla
USER ${UID}:${GID}
WORKDIR /genvla
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility,graphics

# The locks first: a change of the code does not install everything anew.
COPY --chown=genvla:genvla underlay underlay
RUN python3 underlay/bootstrap.py --torch cuda --no-ros
COPY --chown=genvla:genvla . .
ENV PATH=/genvla/.venv/bin:$PATH \
    PYTHONPATH=/genvla/src/genvla_policy:/genvla/src/genvla_training:/genvla/src/genvla_sim:/genvla/src/genvla_viperx:/genvla/src/genvla_bags:/genvla/src/genvla_eval
CMD ["python", "-m", "genvla_training.train", "--help"]
