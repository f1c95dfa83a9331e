# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The policy node's status on /diagnostics."""

from __future__ import annotations

from dataclasses import dataclass

from genvla_node.diagnostics import Level, Status
from genvla_policy.ros.inference_statistics import InferenceFigures


@dataclass(frozen=True)
class PolicyState:
    """All values that the status is computed from.

    Attributes:
        active: Whether the node is in its active state.
        checkpoint: Name of the checkpoint.
        trained: False if the weights were not trained on robot data.
        control_period_s: Time between two control steps of the checkpoint [s].
        instruction: The instruction in force; empty if there is none.
        image_age_s: Age of the newest image [s], below 0 if from the future; None without one.
        image_timeout_s: Age above which images are not acted on [s].
        image_topics: Topics of the images.
        num_stale_images: Number of images that were not acted on because of their age.
        figures: Statistics of the worker.
        picture_notice: What is done to images of another aspect ratio than the training data's,
            and whether the camera was moved; empty if nothing is wrong.
        num_committed: Number of actions that the newest answer began with.
        half_chunk_s: Duration of half a chunk [s], if the policy commits actions: if an answer
            takes longer, the arm has to wait for it. 0 if the policy commits none.
        decoding_warning: Why fast decoding, or a part of it, is off; empty if it is on.
    """

    active: bool
    checkpoint: str
    trained: bool
    control_period_s: float
    instruction: str
    image_age_s: float | None
    image_timeout_s: float
    image_topics: tuple[str, ...]
    num_stale_images: int
    figures: InferenceFigures
    picture_notice: str = ''
    num_committed: int = 0
    half_chunk_s: float = 0.0
    decoding_warning: str = ''


def policy_status(state: PolicyState) -> Status:
    """Return the level, the sentence and the values of a configured policy node."""
    warnings = _warnings(state)
    if not state.active:
        message = 'inactive'
    elif not state.instruction:
        message = 'waiting for an instruction (~/set_instruction)'
    else:
        message = 'following the instruction'
    figures = state.figures
    return Status(
        level=Level.WARN if warnings else Level.OK,
        message='; '.join([message, *warnings]),
        values={
            'checkpoint': state.checkpoint,
            'trained': str(state.trained).lower(),
            'instruction': state.instruction,
            'chunks': figures.num_chunks,
            'rate_hz': figures.rate_hz,
            'latency_p50_ms': figures.latency_p50_s * 1e3,
            'latency_p95_ms': figures.latency_p95_s * 1e3,
            'image_to_first_action_ms': figures.image_to_first_action_s * 1e3,
            'image_to_chunk_ms': figures.image_to_chunk_s * 1e3,
            'committed_actions': state.num_committed,
            'control_period_ms': state.control_period_s * 1e3,
            'image_age_ms': 'none yet' if state.image_age_s is None else state.image_age_s * 1e3,
            # The grammar allows only actions, so decode_failures other than 0 is a defect.
            **{f'{kind.value}_failures': n for kind, n in figures.num_failures.items()},
            'stale_images': state.num_stale_images,
            'void_answers': figures.num_void,
            'last_failure': figures.last_failure,
            'decoding_warning': state.decoding_warning,
        },
    )


def image_warning(state: PolicyState) -> str:
    """Explain why there is no image to act on, and how to fix it; empty if there is one."""
    names = ', '.join(state.image_topics)
    age_s, timeout_s = state.image_age_s, state.image_timeout_s
    if age_s is None:
        return f'no image has arrived on {names}; check the camera and the name of the topic'
    if age_s > timeout_s:
        return (
            f'the newest image on {names} is {age_s:.2f} s old (limit {timeout_s:g} s); check the '
            'camera, and that its clock and use_sim_time match those of this node'
        )
    if age_s < -timeout_s:
        return (
            f'the newest image on {names} is {-age_s:.2f} s in the future; synchronise the '
            "clocks of the camera's machine and this one (chrony), or set use_sim_time on both"
        )
    return ''


def _warnings(state: PolicyState) -> list[str]:
    warnings = []
    if not state.trained:
        warnings.append('random weights: the checkpoint is not trained')
    if state.decoding_warning:
        warnings.append(state.decoding_warning)
    if not state.active:
        return warnings
    silent = image_warning(state)
    if silent:
        warnings.append(silent)
    if state.picture_notice:
        warnings.append(state.picture_notice)
    if state.figures.last_failure:
        warnings.append(state.figures.last_failure)
    longest_s = state.half_chunk_s or state.control_period_s
    if state.figures.latency_p50_s > longest_s:
        name = 'half of a chunk, ' if state.half_chunk_s else 'the control period of '
        warnings.append(
            f'inference takes {state.figures.latency_p50_s * 1e3:.0f} ms, longer than {name}'
            f'{longest_s * 1e3:.0f} ms: the arm will pause; use a faster device or a checkpoint '
            'with a longer horizon'
        )
    return warnings
