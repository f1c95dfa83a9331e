# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Parameters of the policy node that an operator changes; the checkpoint defines the rest."""

from __future__ import annotations

from dataclasses import dataclass

from genvla_node.parameters import parameter


@dataclass(frozen=True)
class PolicyParams:
    """Parameters of the policy node, read when it configures."""

    checkpoint: str = parameter('', 'Checkpoint folder; required')
    image_topics: tuple[str, ...] = parameter(
        ('camera/image_raw',),
        "One topic per camera, in the order of the checkpoint's cameras. A name that ends in "
        '/compressed is a sensor_msgs/CompressedImage topic, any other a sensor_msgs/Image topic',
    )
    reference_image: str = parameter(
        '',
        'Reference image of the first camera: the node reports a camera that was moved. '
        'Empty: reference.png of the checkpoint, if it exists',
    )
    instruction: str = parameter(
        '', 'Instruction in force from the start. Empty: wait for ~/set_instruction'
    )
    inference_rate_hz: float = parameter(
        0.0,
        "Maximum rate of inference. 0: the checkpoint's control rate. Above the camera's rate: "
        'every image is answered',
        unit='Hz',
        ge=0.0,
    )
    base_frame: str = parameter(
        'vx300s/base_link', "The robot's base frame, in which the actions are expressed"
    )
    image_timeout_s: float = parameter(
        0.5, 'Maximum age of an image; older images are not answered', unit='s', ge=0.01, le=10.0
    )
    max_instruction_length: int = parameter(
        1000,
        'Maximum length of an instruction; longer ones are rejected',
        unit='characters',
        ge=1,
        le=100_000,
    )
    max_prompt_tokens: int = parameter(
        128,
        'Maximum length of a prompt: the instruction and the text that the checkpoint adds to it. '
        'The node allocates memory for it when it configures',
        unit='tokens',
        ge=1,
        le=100_000,
    )
    stream_first_action: bool = parameter(
        False,
        'Publish the first action of a chunk at once, as a separate chunk, while the model is '
        'still printing the others. Use it only with streaming execution: a blocking bridge '
        'treats the first action as the whole chunk',
    )
    commit_actions: bool = parameter(
        True,
        'Begin each answer with the actions that the bridge will have begun when it arrives, if '
        'the checkpoint was trained to continue from them. False: every chunk replaces the one '
        'before. For a bridge with ensemble_decay',
    )
    device: str = parameter(
        'auto',
        'Device of the model: cpu, cuda, cuda:1, ...; several for a model that is too large for '
        'one (cuda:0,cuda:1); auto: a GPU if there is one',
    )
    dtype: str = parameter(
        'auto',
        'Number type of the model; auto: the type that suits the device',
        choices=('auto', 'float32', 'bfloat16', 'float16'),
    )
    num_threads: int = parameter(
        0,
        'CPU threads of the model. 0: OMP_NUM_THREADS if it is set, otherwise 1 for weights '
        'below 400 MB and all cores but one for larger ones',
        ge=0,
    )
    sync_slop_s: float = parameter(
        0.05,
        'With several cameras: maximum difference of stamps between images of one observation',
        unit='s',
        ge=0.001,
        le=1.0,
    )
