# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The thread that infers."""

from __future__ import annotations

from collections.abc import Callable
import dataclasses
import threading
import time
from typing import Protocol

from genvla_policy.action_chunk import ActionChunk
from genvla_policy.action_text.formats import ActionTextError
from genvla_policy.images.camera_image import ImageConversionError
from genvla_policy.observation import Observation
from genvla_policy.ros.image_conversion import image_from_msg
from genvla_policy.ros.inference_statistics import Failure, InferenceStatistics
from genvla_policy.ros.observation_buffer import ObservationBuffer, Request


class Infers(Protocol):
    """What the worker needs of a policy."""

    def infer(
        self, observation: Observation, *, watch: Callable[[ActionChunk], None] | None = None
    ) -> ActionChunk:
        """Answer one observation; watch is told the first action before the others."""


class InferenceWorker:
    """One thread that answers the buffer's requests one after the other.

    It outlives every failed request: a failure is counted, reported, and the next image is tried.
    """

    def __init__(
        self,
        *,
        policy: Infers,
        buffer: ObservationBuffer,
        statistics: InferenceStatistics,
        publish: Callable[[Request, ActionChunk], None],
        report: Callable[[str], None],
        stream_first_action: bool = False,
    ) -> None:
        """Start the thread.

        Args:
            policy: Called from the worker's thread only.
            buffer: Where requests come from and answers are delivered to.
            statistics: Where the outcome of each request is counted.
            publish: Called with each answer that is still wanted, in the worker's thread, under
                the buffer's lock, before the answer is counted.
            report: Called with each failure's reason, in the worker's thread.
            stream_first_action: Publish the first action before the others are there.
        """
        self._stream_first_action = stream_first_action
        self._policy = policy
        self._buffer = buffer
        self._statistics = statistics
        self._publish = publish
        self._report = report
        # Daemon: an inference that hangs must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name='inference', daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """End the thread; False when an inference is still running after `timeout_s` [s]."""
        self._buffer.end()
        self._thread.join(timeout_s)
        return not self.is_running

    @property
    def is_running(self) -> bool:
        """Whether the thread has not ended yet."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while (request := self._buffer.next_request()) is not None:
            try:
                self._answer(request)
            except ImageConversionError as error:
                self._fail(Failure.IMAGE, request, str(error))
            except ActionTextError as error:
                self._fail(Failure.DECODE, request, f'the model printed no action: {error}')
            except Exception as error:
                reason = f'inference failed: {type(error).__name__}: {error}'
                self._fail(Failure.INFERENCE, request, reason)

    def _answer(self, request: Request) -> None:
        started_s = time.monotonic()
        images = tuple(image_from_msg(message) for message in request.frame.messages)
        observation = Observation(images, request.instruction, request.frame.stamp_s)

        def publish_first(begun: ActionChunk) -> None:
            first = dataclasses.replace(begun, inference_s=time.monotonic() - started_s)

            def publish() -> None:
                self._publish(request, first)
                self._statistics.first_action()

            self._buffer.deliver(request, publish)

        watch = publish_first if self._stream_first_action else None
        answer = self._policy.infer(observation, watch=watch)
        # With the conversion of the images, which the policy does not see.
        finished_s = time.monotonic()
        chunk = dataclasses.replace(answer, inference_s=finished_s - started_s)

        def publish() -> None:
            self._publish(request, chunk)
            self._statistics.chunk(finished_s, chunk.inference_s)

        if not self._buffer.deliver(request, publish):
            self._statistics.void()

    def _fail(self, kind: Failure, request: Request, reason: str) -> None:
        # What fails after the node has been told to stop concerns nobody.
        if self._buffer.deliver(request, lambda: self._statistics.failure(kind, reason)):
            self._report(reason)
