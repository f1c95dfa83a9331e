# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A loaded policy at work: what exists from the node's configuring to its cleaning up."""

from __future__ import annotations

from collections.abc import Callable
import time
from typing import TYPE_CHECKING

from genvla_node.diagnostics import Status
from genvla_policy.action_chunk import ActionChunk
from genvla_policy.ros.inference_statistics import InferenceStatistics
from genvla_policy.ros.inference_worker import InferenceWorker
from genvla_policy.ros.instructions import Instructions
from genvla_policy.ros.observation_buffer import ObservationBuffer, Request
from genvla_policy.ros.params import PolicyParams
from genvla_policy.ros.status import PolicyState, image_warning, policy_status

if TYPE_CHECKING:
    from genvla_policy.inference.policy import Policy


class PolicySession:
    """Frames and instructions in, chunks out, on a thread of its own.

    Attributes:
        params: The node's parameters.
        buffer: Where frames are put.
        instructions: Where the instruction changes.
    """

    def __init__(
        self,
        params: PolicyParams,
        policy: Policy,
        *,
        now_s: Callable[[], float],
        publish: Callable[[Request, ActionChunk, int], None],
        announce: Callable[[str], None],
        report: Callable[[str], None],
    ) -> None:
        """Put the initial instruction in force and start the thread, inactive.

        Args:
            params: The node's parameters.
            policy: Warmed up; called from the thread only.
            now_s: The clock that stamps the frames [s].
            publish: Called with each request, its answer, and the answer's number in this
                activation, in the thread. Not called any more once `deactivate` or a change of
                the instruction has returned.
            announce: Called with each new instruction.
            report: Called with the reason of each failure, in the thread.

        Raises:
            InstructionRefused: The initial instruction is not accepted.
        """
        self.params = params
        self._config = policy.config
        self._active = False
        self._statistics = InferenceStatistics()
        rate_hz = params.inference_rate_hz or policy.config.control_rate_hz
        self.buffer = ObservationBuffer(
            period_s=1.0 / rate_hz, timeout_s=params.image_timeout_s, now_s=now_s
        )
        self.instructions = Instructions(
            self.buffer,
            max_length=params.max_instruction_length,
            check_fits=policy.check_instruction,
            announce=announce,
        )
        if params.instruction:
            self.instructions.follow(params.instruction)
        self._worker = InferenceWorker(
            policy=policy,
            buffer=self.buffer,
            statistics=self._statistics,
            publish=lambda request, chunk: publish(request, chunk, self._statistics.num_chunks),
            report=report,
            stream_first_action=params.stream_first_action,
        )

    @property
    def is_active(self) -> bool:
        """Whether it infers when there is a new image and an instruction."""
        return self._active

    @property
    def is_running(self) -> bool:
        """Whether its thread has not ended yet."""
        return self._worker.is_running

    def activate(self) -> None:
        """Start to infer; counts from zero."""
        self._statistics.reset()
        self._active = True
        self.buffer.open()

    def deactivate(self) -> None:
        """Stop inferring; an answer in the making is dropped."""
        self._active = False
        self.buffer.close()

    def stop(self, timeout_s: float) -> bool:
        """End the thread; False when an inference is still running after `timeout_s` [s]."""
        self._active = False
        return self._worker.stop(timeout_s)

    def status(self) -> Status:
        """What /diagnostics is told."""
        return policy_status(self._state())

    def image_warning(self) -> str:
        """Why the policy cannot act although it should; empty: it can, or need not."""
        state = self._state()
        return image_warning(state) if state.active and state.instruction else ''

    def _state(self) -> PolicyState:
        return PolicyState(
            active=self._active,
            checkpoint=self._config.name,
            trained=self._config.trained,
            control_period_s=1.0 / self._config.control_rate_hz,
            instruction=self.buffer.instruction,
            image_age_s=self.buffer.frame_age_s,
            image_timeout_s=self.params.image_timeout_s,
            image_topics=self.params.image_topics,
            num_stale_images=self.buffer.num_stale,
            figures=self._statistics.figures(time.monotonic()),
        )
