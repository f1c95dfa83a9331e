# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The moments of a recording at which a policy is queried, and the reference for each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genvla_bags.asking import Asking, Frames, Moment, Reference
from genvla_bags.bag_messages import BagError, BagMessages
from genvla_bags.recorded_chunk import RecordedChunk
from genvla_bags.recording import Recording
from genvla_bags.stamps import stamp_ns, stamp_s
from genvla_bags.topics import Topics
from genvla_command.end_effector_action import ACTION_DIM
from genvla_policy.images.camera_image import ImageConversionError, image_from_fields
from genvla_policy.images.pacing import Pacer

Array = NDArray[np.float64]

_SAME_PERIOD_S = 1e-6
_LONGEST_APART_S = 0.25
"""Images of two cameras that are further apart than this do not form one moment [s]."""


_IN_WORDS = {
    Reference.CHUNKS: 'recorded chunks',
    Reference.DELTAS: 'recorded commands',
    Reference.REACHED: 'differences between measured poses',
}


class Moments:
    """The moments of one bag, in order; every iteration reads the bag again."""

    def __init__(
        self, bag: BagMessages, topics: Topics, recording: Recording, asking: Asking
    ) -> None:
        """Choose the images and the reference.

        Raises:
            BagError: The options require chunks or single commands that the bag does not have.
        """
        self._bag, self._topics, self._recording, self._asking = bag, topics, recording, asking
        has_chunks = bool(recording.chunks)
        if not has_chunks and (
            asking.frames is Frames.ANSWERED or asking.reference is Reference.CHUNKS
        ):
            raise BagError(
                f'{bag.name} has no chunks whose images it contains; omit --frames answered and '
                '--reference chunks. ' + '; '.join(bag.notices)
            )
        self._answered = has_chunks and asking.frames is not Frames.RATE
        if asking.reference is Reference.DELTAS and recording.deltas is None:
            raise BagError(f'{bag.name} has no EndEffectorDelta; omit --reference deltas')
        self._reference_of = asking.reference
        if asking.reference is Reference.AUTO:
            # Images at the control rate are rarely the ones that the policy answered.
            others = Reference.REACHED if recording.deltas is None else Reference.DELTAS
            self._reference_of = Reference.CHUNKS if self._answered else others
        self._start_counting()

    def _start_counting(self) -> None:
        self.num_without_instruction = 0
        self.num_unreadable = 0
        self.num_apart = 0
        self.num_other_period = 0
        self.num_without_chunk = 0

    @property
    def describe(self) -> str:
        """Which images the policy gets and what its answers are compared with, in words."""
        asked = (
            'the images that the recorded policy answered'
            if self._answered
            else f'an image every {self._asking.period_s:g} s'
        )
        return f'queries: {asked}; reference: {_IN_WORDS[self._reference_of]}'

    @property
    def expected(self) -> int:
        """Approximate number of moments."""
        recording = self._recording
        if self._answered:
            return len(recording.chunks)
        if not recording.num_pictures:
            return 0
        return max(1, round((recording.end_s - recording.start_s) / self._asking.period_s))

    def __iter__(self) -> Iterator[Moment]:
        """Yield the moments; only one set of images is in memory at a time."""
        self._start_counting()
        pacer = Pacer(self._asking.period_s)
        first, *others = self._topics.images
        newest: dict[str, tuple[float, Any]] = {}
        for message in self._bag.read(self._topics.images):
            header = message.body.header
            clock = self._recording.image_clocks[message.topic]
            time_s = clock.time_s(stamp_s(header), message.received_s)
            newest[message.topic] = time_s, message.body
            if message.topic != first:
                continue
            chunk = self._recording.chunks.get(stamp_ns(header))
            if self._answered:
                if chunk is None:
                    continue
                instruction = self._asking.instruction or chunk.instruction
            else:
                instruction = self._asking.instruction or self._recording.instruction_at(time_s)
                if not instruction:
                    self.num_without_instruction += 1
                    continue
                if not pacer.take(time_s):
                    continue
            if not all(
                topic in newest and abs(newest[topic][0] - time_s) <= _LONGEST_APART_S
                for topic in others
            ):
                self.num_apart += 1
                continue
            try:
                images = tuple(
                    image_from_fields(newest[topic][1]) for topic in self._topics.images
                )
            except ImageConversionError as error:
                self.num_unreadable += 1
                self._notice(f'images that cannot be read are skipped: {error}')
                continue
            yield Moment(
                time_s=time_s,
                images=images,
                instruction=instruction,
                recorded_text=chunk.text if chunk is not None else '',
                reference_HA=self._reference(time_s, chunk),
                q=None if self._recording.joints is None else self._recording.joints.q_at(time_s),
                committed_KA=self._committed(chunk, instruction),
            )

    def left_out(self) -> list[str]:
        """Return what the last iteration skipped or could not compare, and why."""
        counts = (
            (
                self.num_without_instruction,
                'images came before any instruction; give one with --instruction',
            ),
            (
                self.num_apart,
                f'images had no image of another camera within {_LONGEST_APART_S} s',
            ),
            (self.num_unreadable, 'images could not be read'),
            (
                self.num_other_period,
                'recorded chunks are not compared: their steps do not last '
                f'{self._asking.period_s:g} s; see --reference reached',
            ),
            (
                self.num_without_chunk,
                'images are not compared: no recorded chunk answers them; see --reference reached',
            ),
        )
        return [f'{number} {reason}' for number, reason in counts if number]

    def _notice(self, text: str) -> None:
        if text not in self._bag.notices:
            self._bag.notices.append(text)

    def _committed(self, chunk: RecordedChunk | None, instruction: str) -> Array:
        """Return what the recorded answer began with, if the policy is to give that answer."""
        if not self._answered or chunk is None or chunk.instruction != instruction:
            return np.empty((0, ACTION_DIM))
        is_same_period = abs(chunk.step_period_s - self._asking.period_s) <= _SAME_PERIOD_S
        num_given = min(chunk.num_committed, self._asking.horizon - 1) if is_same_period else 0
        return chunk.actions_HA[:num_given]

    def _reference(self, time_s: float, chunk: RecordedChunk | None) -> Array:
        asking = self._asking
        num_steps, period_s = asking.horizon, asking.period_s
        deltas = self._recording.deltas
        if self._reference_of is Reference.DELTAS and deltas is not None:
            return deltas.commanded(time_s, num_steps=num_steps, period_s=period_s)
        if self._reference_of is Reference.REACHED:
            return self._recording.reached_actions(time_s, num_steps=num_steps, period_s=period_s)
        reference = np.full((asking.horizon, ACTION_DIM), np.nan)
        if self._reference_of is not Reference.CHUNKS:
            return reference
        if chunk is None:
            self.num_without_chunk += 1
            return reference
        if abs(chunk.step_period_s - asking.period_s) > _SAME_PERIOD_S:
            self.num_other_period += 1
        else:
            known = chunk.actions_HA[: asking.horizon]
            reference[: len(known)] = known
        return reference
