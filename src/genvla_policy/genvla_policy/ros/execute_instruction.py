# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The action execute_instruction: one instruction at a time, for a bounded time."""

from __future__ import annotations

from collections.abc import Callable
import threading

from genvla_msgs.action import ExecuteInstruction
from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.callback_groups import CallbackGroup
from rclpy.node import Node

from genvla_node.stamps import duration_from_seconds, seconds_from_stamp
from genvla_policy.ros.instruction_run import Ending, InstructionRun, Outcome
from genvla_policy.ros.instructions import InstructionRefused, Instructions
from genvla_policy.text.stop_request import asks_to_stop

_FEEDBACK_PERIOD_S = 0.5
# How soon a cancel request or a new instruction is noticed; the wait uses the wall clock.
_POLL_PERIOD_S = 0.05
_NEVER_IN_FORCE = -1


class ExecuteInstructionServer:
    """Serves execute_instruction.

    Threads: goals and cancel requests arrive on `callback_group`. An accepted goal occupies one
    thread of the executor until it ends.
    """

    def __init__(
        self,
        node: Node,
        instructions: Callable[[], Instructions | None],
        callback_group: CallbackGroup,
    ) -> None:
        """Start serving.

        Args:
            node: The node that offers the action; its clock times the goals.
            instructions: The instructions of the active policy; None while it is not active.
            callback_group: Callback group of goals and cancel requests.
        """
        self._node = node
        self._instructions = instructions
        self._logger = node.get_logger()
        self._run: InstructionRun | None = None
        self._followed: Instructions | None = None
        self._stopping = threading.Event()
        self._idle = threading.Event()
        self._idle.set()
        self._server = ActionServer(
            node,
            ExecuteInstruction,
            'execute_instruction',
            self._execute,
            goal_callback=self._decide,
            handle_accepted_callback=self._start,
            cancel_callback=lambda goal: CancelResponse.ACCEPT,
            callback_group=callback_group,
        )

    @property
    def is_busy(self) -> bool:
        """Whether a goal is being executed."""
        return self._run is not None

    def count(self, revision: int, confidence: float) -> None:
        """Count a published chunk, given the confidence of its first action."""
        run = self._run
        if run is not None:
            run.count(revision, confidence)

    def destroy(self, timeout_s: float) -> None:
        """Abort the goal, if there is one, and stop serving."""
        self._stopping.set()
        self._idle.wait(timeout_s)
        self._server.destroy()

    def _decide(self, goal: ExecuteInstruction.Goal) -> GoalResponse:
        try:
            self._check(goal)
        except InstructionRefused as error:
            # The action's protocol has no field for a reason, so the reason is in the log.
            self._logger.warning(f'execute_instruction: goal rejected: {error}')
            return GoalResponse.REJECT
        return GoalResponse.ACCEPT

    def _check(self, goal: ExecuteInstruction.Goal) -> None:
        instructions = self._instructions()
        if instructions is None:
            raise InstructionRefused('the policy is not active; activate it first')
        if asks_to_stop(goal.instruction):
            instructions.withdraw()
        elif self.is_busy:
            raise InstructionRefused('another goal is being executed; cancel it first')
        if seconds_from_stamp(goal.max_duration) < 0.0:
            raise InstructionRefused(
                'max_duration is below 0; 0 runs the goal until it is cancelled'
            )
        instructions.check(goal.instruction)

    def _start(self, handle: ServerGoalHandle) -> None:
        self._followed = self._instructions()
        if self._followed is None:
            revision = _NEVER_IN_FORCE  # deactivated since it was accepted: ends at once
        else:
            revision = self._followed.follow(handle.request.instruction).revision
        self._run = InstructionRun(
            revision=revision,
            started_s=self._now_s(),
            max_duration_s=seconds_from_stamp(handle.request.max_duration),
        )
        self._idle.clear()
        handle.execute()

    def _execute(self, handle: ServerGoalHandle) -> ExecuteInstruction.Result:
        run = self._run
        assert run is not None
        try:
            ending = self._watch(handle, run)
            if self._followed is not None:
                self._followed.release(run.revision)
            return self._finish(handle, run, ending)
        finally:
            self._run = None
            self._idle.set()

    def _watch(self, handle: ServerGoalHandle, run: InstructionRun) -> Ending:
        feedback_due_s = 0.0
        while not self._stopping.wait(_POLL_PERIOD_S):
            now_s = self._now_s()
            instructions = self._instructions()
            ending = run.ending(
                now_s,
                revision=None if instructions is None else instructions.revision,
                cancel_requested=handle.is_cancel_requested,
            )
            if ending is not None:
                return ending
            if run.elapsed_s(now_s) >= feedback_due_s:
                feedback_due_s = run.elapsed_s(now_s) + _FEEDBACK_PERIOD_S
                handle.publish_feedback(_feedback(run, now_s))
        return Ending(Outcome.FAILED, 'the policy node is shutting down')

    def _finish(
        self, handle: ServerGoalHandle, run: InstructionRun, ending: Ending
    ) -> ExecuteInstruction.Result:
        finish: dict[Outcome, Callable[[], None]] = {
            Outcome.TIME_OVER: handle.succeed,
            Outcome.CANCELED: handle.canceled,
        }
        finish.get(ending.outcome, handle.abort)()
        self._logger.info(f'execute_instruction: {ending.message} ({run.num_chunks} chunks)')
        return ExecuteInstruction.Result(
            outcome=int(ending.outcome), message=ending.message, chunks=run.num_chunks
        )

    def _now_s(self) -> float:
        return self._node.get_clock().now().nanoseconds / 1e9


def _feedback(run: InstructionRun, now_s: float) -> ExecuteInstruction.Feedback:
    return ExecuteInstruction.Feedback(
        elapsed=duration_from_seconds(run.elapsed_s(now_s)),
        chunks=run.num_chunks,
        confidence=run.confidence,
    )
