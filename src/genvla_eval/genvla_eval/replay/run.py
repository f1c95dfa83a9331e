# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Replay bags to checkpoints, one moment after another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tqdm import tqdm

from genvla_bags.asking import Asking, Frames, Moment, Reference
from genvla_bags.bag_messages import BagError, BagMessages
from genvla_bags.moments import Moments
from genvla_bags.recording import Recording, read_recording
from genvla_bags.topics import Topics, choose_topics
from genvla_eval.replay.answers import Row, ask
from genvla_eval.replay.image_use import ImageUse
from genvla_eval.replay.worst import Worst
from genvla_policy.inference.policy import Policy

_NUM_WORST = 12
SEED = 0
"""Seed of flow heads' noise and of bootstrap draws."""


@dataclass
class Candidate:
    """A checkpoint with its answers.

    Attributes:
        name: Name in reports.
        policy: The loaded checkpoint.
        sha256: Hash of its weights and settings.
        rows: Its answers so far.
        worst: Its worst moments.
        image_errors: Errors of some moments with their own image and with another's [mm].
    """

    name: str
    policy: Policy
    sha256: str
    rows: list[Row] = field(default_factory=list)
    worst: Worst = field(default_factory=lambda: Worst(_NUM_WORST))
    image_errors: list[tuple[float, float]] = field(default_factory=list)


def ask_bags(
    paths: Sequence[Path],
    candidates: Sequence[Candidate],
    *,
    images: tuple[str, ...] = (),
    instruction: str = '',
    frames: Frames = Frames.AUTO,
    reference: Reference = Reference.AUTO,
    watch: Callable[[str, Moment, Row], None] | None = None,
) -> list[dict[str, Any]]:
    """Give every moment of every bag to every candidate, with a progress bar.

    The answers are appended to the candidates' rows.

    Args:
        paths: The bags.
        candidates: The checkpoints.
        images: Topics of the policy's cameras, in its order; empty: the bag's.
        instruction: As in Asking.
        frames: As in Asking.
        reference: As in Asking.
        watch: Callback with each candidate's name, the moment and its answer.

    Returns:
        For each bag: the data read, compared and left out, in the form of summary.json.

    Raises:
        BagError: A bag cannot be replayed, no moment could be answered, or the candidates differ
            in horizon, control rate or number of cameras.
    """
    config = candidates[0].policy.config
    for each in candidates:
        other = each.policy.config
        if (other.horizon, other.control_rate_hz, other.num_cameras) != (
            config.horizon,
            config.control_rate_hz,
            config.num_cameras,
        ):
            raise BagError(
                'the checkpoints differ in horizon, control rate or number of cameras: their '
                'answers cannot be compared; replay them separately'
            )
    asking = Asking(
        horizon=config.horizon,
        period_s=config.step_period_s,
        instruction=instruction,
        frames=frames,
        reference=reference,
    )
    described: list[dict[str, Any]] = []
    for path in paths:
        bag = BagMessages(path)
        if bag.name in [each['name'] for each in described]:
            raise BagError(f'two bags are called {bag.name}; rename the folder of one of them')
        topics = choose_topics(bag.connections(), num_cameras=config.num_cameras, images=images)
        recording = read_recording(bag, topics)
        moments = Moments(bag, topics, recording, asking)
        for each in candidates:
            each.policy.restart(SEED)
        uses = [ImageUse(moments.expected) for _ in candidates]
        for moment in tqdm(
            moments, total=moments.expected, desc=bag.name, unit='image', disable=None
        ):
            for each, use in zip(candidates, uses, strict=True):
                row = ask(each.policy, bag.name, moment)
                each.rows.append(row)
                use.offer(moment, row)
                each.worst.offer(moment, row, recording.view)
                if watch is not None:
                    watch(each.name, moment, row)
        for each, use in zip(candidates, uses, strict=True):
            each.image_errors += use.errors(each.policy)
        described.append(_describe(bag, topics, recording, moments))
    if not candidates[0].rows:
        reasons = [*(line for each in described for line in each['notices'])]
        if not any(each['pictures'] for each in described):
            reasons.append('the image topics contain no readable image')
        raise BagError(f'nothing to replay: {"; ".join(reasons)}')
    return described


def _describe(
    bag: BagMessages, topics: Topics, recording: Recording, moments: Moments
) -> dict[str, Any]:
    return {
        'name': bag.name,
        'path': str(bag.path),
        'sha256': bag.sha256(),
        'topics': {**asdict(topics), 'images': list(topics.images)},
        'pictures': recording.num_pictures,
        'recorded_checkpoints': sorted({each.checkpoint for each in recording.chunks.values()}),
        'described': moments.describe,
        'notices': [*bag.notices, *filter(None, [recording.why_no_view]), *moments.left_out()],
    }
