# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The input of the policy: the newest images and the instruction in force, under one lock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
import contextlib
from dataclasses import dataclass
import threading
from typing import Any

from genvla_policy.images.pacing import Pacer


@dataclass(frozen=True)
class Frame:
    """Images of one moment.

    Attributes:
        messages: One camera message per camera.
        stamp: Stamp of the oldest of them, as received.
        stamp_s: The same stamp in seconds.
    """

    messages: tuple[Any, ...]
    stamp: Any
    stamp_s: float


@dataclass(frozen=True)
class Request:
    """A request that the policy should answer.

    Attributes:
        frame: The images.
        instruction: The instruction in force when they were taken from the buffer.
        revision: Number of this instruction among all that have been in force.
    """

    frame: Frame
    instruction: str
    revision: int


class ObservationBuffer:
    """Hands each frame to the one inference thread, at most once, while the frame is still new.

    Thread safe. Callbacks put frames and instructions. One thread waits in `next_request` and
    delivers its answer in `delivering`, unless the request has become void in the meantime.
    """

    def __init__(self, pacer: Pacer, *, timeout_s: float, now_s: Callable[[], float]) -> None:
        """Start closed and without an instruction.

        Args:
            pacer: Chooses the frames.
            timeout_s: Frames older than this, or as far in the future, are not handed out [s].
            now_s: Clock that stamps the frames [s].
        """
        self._changed = threading.Condition()
        self._pacer = pacer
        self._timeout_s = timeout_s
        self._now_s = now_s
        self._frame: Frame | None = None
        self._instruction = ''
        self._revision = 0
        self._pending: Request | None = None
        self._open = False
        self._ended = False
        self._num_stale = 0

    def put(self, frame: Frame) -> None:
        """Replace the newest frame."""
        with self._changed:
            self._frame = frame
            self._pacer.see(frame.stamp_s)
            self._changed.notify_all()

    def set_instruction(self, instruction: str) -> int:
        """Change the instruction, empty for none; an answer in progress becomes void.

        Returns:
            The revision of this instruction.
        """
        with self._changed:
            self._instruction = instruction
            self._revision += 1
            self._void()
            return self._revision

    def open(self) -> None:
        """Hand out frames from now on."""
        with self._changed:
            self._open = True
            self._void()

    def close(self) -> None:
        """Hand out no more frames; an answer in progress becomes void."""
        with self._changed:
            self._open = False
            self._void()

    def end(self) -> None:
        """Close for good: `next_request` returns None from now on."""
        with self._changed:
            self._open = False
            self._ended = True
            self._void()

    def next_request(self) -> Request | None:
        """Wait for a frame to infer on; return None when the buffer has ended."""
        with self._changed:
            while not self._ended:
                if (request := self.poll()) is not None:
                    return request
                self._changed.wait()
            return None

    def poll(self) -> Request | None:
        """Return a request if there is a frame to infer on now."""
        with self._changed:
            self._pending = None
            frame = self._frame
            if frame is None or not self._open or not self._instruction:
                return None
            # `self._frame` is not cleared, because frame_age_s reads it.
            if not self._pacer.take(frame.stamp_s):
                return None
            if abs(self._now_s() - frame.stamp_s) > self._timeout_s:
                self._num_stale += 1
                return None
            self._pending = Request(frame, self._instruction, self._revision)
            return self._pending

    @contextlib.contextmanager
    def delivering(self, request: Request) -> Iterator[bool]:
        """Hold the lock while the answer to `request` is published.

        Once `set_instruction`, `close` or `end` has returned, an answer to an earlier request is
        no longer wanted.

        Yields:
            Whether the answer is still wanted.
        """
        with self._changed:
            yield request is self._pending

    @property
    def is_open(self) -> bool:
        """Whether frames are handed out."""
        with self._changed:
            return self._open

    @property
    def instruction(self) -> str:
        """The instruction in force; empty if there is none."""
        with self._changed:
            return self._instruction

    @property
    def revision(self) -> int:
        """Number of the instruction in force, among all that have been in force."""
        with self._changed:
            return self._revision

    @property
    def num_stale(self) -> int:
        """Number of frames that were too old, or too far in the future, when due."""
        with self._changed:
            return self._num_stale

    @property
    def frame_age_s(self) -> float | None:
        """Age of the newest frame [s], below 0 if it is from the future; None if there is none."""
        with self._changed:
            return None if self._frame is None else self._now_s() - self._frame.stamp_s

    def _void(self) -> None:
        self._pending = None
        self._pacer.restart()
        self._changed.notify_all()
