# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A loaded policy at work, from the node's configuration to its cleanup."""

from __future__ import annotations

from collections.abc import Callable
import dataclasses
from pathlib import Path
import threading
import time
from typing import TYPE_CHECKING

from genvla_node.diagnostics import Status
from genvla_policy.action_chunk import ActionChunk
from genvla_policy.action_text.formats import ActionTextError
from genvla_policy.images.camera_image import ImageConversionError
from genvla_policy.images.camera_watch import REFERENCE_FILE, CameraWatch, read_reference
from genvla_policy.images.pacing import Pacer
from genvla_policy.inference.commitment import NOTHING, BegunStep, Commitment
from genvla_policy.inference.slot_pacing import SlotPacer
from genvla_policy.observation import Observation
from genvla_policy.ros.image_conversion import image_from_msg
from genvla_policy.ros.inference_statistics import Failure, InferenceStatistics
from genvla_policy.ros.instructions import Instructions
from genvla_policy.ros.observation_buffer import ObservationBuffer, Request
from genvla_policy.ros.params import PolicyParams
from genvla_policy.ros.status import PolicyState, image_warning, policy_status

if TYPE_CHECKING:
    from genvla_policy.inference.policy import Policy


class PolicySession:
    """Turns frames and instructions into chunks, on a thread of its own.

    The thread answers the buffer's requests one after the other. It survives every failed one: the
    failure is counted and reported, and the next image is tried.

    Attributes:
        params: The node's parameters.
        buffer: Receives the frames.
        instructions: Changes the instruction.
        picture_notice: What is done to images of another aspect ratio than the training data's,
            and whether the camera was moved; empty if nothing is wrong, or before the first image.
    """

    def __init__(
        self,
        params: PolicyParams,
        policy: Policy,
        *,
        now_s: Callable[[], float],
        publish: Callable[[Request, ActionChunk, int, int], None],
        announce: Callable[[str], None],
        report: Callable[[str], None],
    ) -> None:
        """Put the initial instruction in force and start the thread, inactive.

        Args:
            params: The node's parameters.
            policy: The policy, warmed up; called only from the thread.
            now_s: Clock that stamps the frames [s].
            publish: Called with each request, its answer, the answer's number since activation,
                and the slot of its first action (0: its stamp decides the timing), in the thread,
                under the buffer's lock. Not called any more once `deactivate` or a change of the
                instruction has returned.
            announce: Called with each new instruction.
            report: Called with the reason of each failure, in the thread.

        Raises:
            InstructionRefused: The initial instruction is rejected.
            ValueError: The reference image is not readable.
        """
        self.params = params
        self._policy = policy
        self._publish = publish
        self._report = report
        self._statistics = InferenceStatistics()
        self._num_committed = 0
        self.picture_notice = ''
        self._camera_watch = _camera_watch(params)
        self._now_s = now_s
        period_s = 1.0 / (params.inference_rate_hz or policy.config.control_rate_hz)
        self._commitment: Commitment | None = None
        pacer = Pacer(period_s)
        if params.commit_actions and policy.can_commit:
            self._commitment = Commitment(policy.config.horizon)
            pacer = SlotPacer(
                period_s,
                step_period_s=policy.config.step_period_s,
                commitment=self._commitment,
                now_s=now_s,
            )
        self.buffer = ObservationBuffer(pacer, timeout_s=params.image_timeout_s, now_s=now_s)
        self.instructions = Instructions(
            self.buffer,
            max_length=params.max_instruction_length,
            check_fits=policy.check_instruction,
            announce=announce,
        )
        if params.instruction:
            self.instructions.follow(params.instruction)
        # Daemon, so that a hanging inference does not keep the process from exiting.
        self._thread = threading.Thread(target=self._run, name='inference', daemon=True)
        self._thread.start()

    @property
    def is_running(self) -> bool:
        """Whether its thread is still running."""
        return self._thread.is_alive()

    def activate(self) -> None:
        """Start inferring, with statistics from zero."""
        self._statistics.reset()
        self.buffer.open()

    def deactivate(self) -> None:
        """Stop inferring; drop an answer in progress."""
        self.buffer.close()

    def stop(self, timeout_s: float) -> bool:
        """End the thread; return False if an inference still runs after `timeout_s` [s]."""
        self.buffer.end()
        self._thread.join(timeout_s)
        return not self.is_running

    def take_executed(self, step: BegunStep) -> None:
        """Record a step that the bridge has begun."""
        if self._commitment is not None:
            self._commitment.report(step)

    def status(self) -> Status:
        """Return the status for /diagnostics."""
        return policy_status(self._state())

    def image_warning(self) -> str:
        """Return why the policy has no image to act on although it should act; empty otherwise."""
        state = self._state()
        return image_warning(state) if state.active and state.instruction else ''

    def _state(self) -> PolicyState:
        config = self._policy.config
        return PolicyState(
            active=self.buffer.is_open,
            checkpoint=config.name,
            trained=config.trained,
            control_period_s=1.0 / config.control_rate_hz,
            instruction=self.buffer.instruction,
            image_age_s=self.buffer.frame_age_s,
            image_timeout_s=self.params.image_timeout_s,
            image_topics=self.params.image_topics,
            num_stale_images=self.buffer.num_stale,
            figures=self._statistics.figures(time.monotonic()),
            picture_notice=self.picture_notice,
            num_committed=self._num_committed,
            half_chunk_s=0.0
            if self._commitment is None
            else config.horizon * config.step_period_s / 2,
            decoding_warning=self._policy.decoding_warning,
        )

    # Run on the thread.

    def _run(self) -> None:
        while (request := self.buffer.next_request()) is not None:
            try:
                self._answer(request)
            except ImageConversionError as error:
                self._fail(Failure.IMAGE, request, str(error))
            except ActionTextError as error:
                self._fail(Failure.DECODE, request, f'the model printed no valid actions: {error}')
            except Exception as error:
                reason = f'inference failed: {type(error).__name__}: {error}'
                self._fail(Failure.INFERENCE, request, reason)

    def _answer(self, request: Request) -> None:
        started_s, stamp_s = time.monotonic(), request.frame.stamp_s
        asked_s = self._now_s()
        commitment, committed = self._commitment, NOTHING
        if commitment is not None:
            committed = commitment.commit(stamp_s, asked_s, request.instruction)
        self._num_committed = len(committed.actions_KA)
        is_first, is_measured = True, False

        def deliver(chunk: ActionChunk, *, is_whole: bool = False) -> None:
            # Includes the conversion of the images, which the policy does not see.
            nonlocal is_first, is_measured
            now_s = time.monotonic()
            chunk = dataclasses.replace(
                chunk, actions=committed.begin(chunk.actions), inference_s=now_s - started_s
            )
            with self.buffer.delivering(request) as is_wanted:
                if not is_wanted:
                    if is_whole:
                        self._statistics.void()
                    return
                sequence = self._statistics.num_chunks
                if commitment is not None:
                    if not is_measured:
                        commitment.answered(self._now_s() - asked_s)
                        is_measured = True
                    if not is_whole and commitment.has_begun_decided(committed):
                        return  # The bridge would refuse it; the whole chunk follows.
                    # Recorded before the bridge can report a step of it.
                    commitment.published(
                        sequence, committed.first_slot, chunk.actions, self._now_s()
                    )
                self._publish(request, chunk, sequence, committed.first_slot)
                self._statistics.chunk(
                    now_s,
                    chunk.inference_s,
                    image_age_s=self._now_s() - stamp_s,
                    is_first=is_first,
                    is_whole=is_whole,
                )
                is_first = False

        images = tuple(image_from_msg(message) for message in request.frame.messages)
        fit = self._policy.config.picture_fit
        notices = list(map(fit.notice, images))
        if self._camera_watch is not None:
            notices.append(self._camera_watch.notice)
        self.picture_notice = '; '.join(filter(None, dict.fromkeys(notices)))
        observation = Observation(images, request.instruction, request.frame.stamp_s)
        first = deliver if self.params.stream_first_action else None
        actions_KA = committed.actions_KA if len(committed.actions_KA) else None
        chunk = self._policy.infer(observation, committed=actions_KA, watch=first)
        deliver(chunk, is_whole=True)
        if self._camera_watch is not None:
            # Not earlier, because it would delay the answer.
            self._camera_watch.look(images[0], time.monotonic())

    def _fail(self, kind: Failure, request: Request, reason: str) -> None:
        # The failure of a request that is no longer wanted is not reported.
        with self.buffer.delivering(request) as is_wanted:
            if is_wanted:
                self._statistics.failure(kind, reason)
        if is_wanted:
            self._report(reason)


def _camera_watch(params: PolicyParams) -> CameraWatch | None:
    """Return the watch over the first camera; None if there is no reference image."""
    if params.reference_image:
        return CameraWatch(read_reference(Path(params.reference_image).expanduser()))
    own = Path(params.checkpoint).expanduser() / REFERENCE_FILE
    return CameraWatch(read_reference(own)) if own.is_file() else None
