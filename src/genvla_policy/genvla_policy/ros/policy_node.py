# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The policy node: camera images and an instruction in, chunks of actions out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
import copy
import os
import sys
from typing import TYPE_CHECKING, Any

from genvla_msgs.msg import ActionChunk as ActionChunkMsg
from genvla_msgs.msg import ExecutedStep
from genvla_msgs.srv import SetInstruction
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rclpy.qos_overriding_options import QoSOverridingOptions
from std_msgs.msg import Header, String

from genvla_node.action_chunk import chunk_to_msg
from genvla_node.clocks import pacing_clock
from genvla_node.diagnostics import (
    NOT_CONFIGURED,
    DiagnosticsPublisher,
    cannot_configure,
    warned,
)
from genvla_node.heartbeat import HeartbeatWatch, unsupervised
from genvla_node.main import run
from genvla_node.managed_node import ManagedNode
from genvla_node.node_names import BRIDGE, SUPERVISOR
from genvla_node.parameters import NodeParameters
from genvla_node.qos import COMMAND, HEARTBEAT, SLOTS, STATUS_LATCHED
from genvla_policy.action_chunk import ActionChunk
from genvla_policy.ros.execute_instruction import ExecuteInstructionServer
from genvla_policy.ros.executed_steps import begun_step_from_msg
from genvla_policy.ros.image_subscriptions import ImageSubscriptions
from genvla_policy.ros.instructions import InstructionRefused, Instructions, StopAsked
from genvla_policy.ros.observation_buffer import Request
from genvla_policy.ros.params import PolicyParams
from genvla_policy.ros.policy_loading import check_parameters, load_policy
from genvla_policy.ros.policy_session import PolicySession
from genvla_policy.text.unknown_words import unfamiliar

if TYPE_CHECKING:
    from genvla_policy.inference.policy import Policy

_HEARTBEAT_PERIOD_S = 0.05
_DIAGNOSTICS_PERIOD_S = 1.0
_LOG_PERIOD_S = 5.0
# A running inference cannot be interrupted. Cleanup can wait for it; exit cannot.
_CLEANUP_WAIT_S = 10.0
_EXIT_WAIT_S = 1.0


class PolicyNode(ManagedNode):
    """Answers the newest camera images with chunks of end-effector actions.

    Subscribes:
        each of `image_topics` (sensor_msgs/Image, or CompressedImage).
        viperx_bridge/executed_step (genvla_msgs/ExecutedStep): steps that a chunk continues from.
    Publishes:
        action_chunk (genvla_msgs/ActionChunk): while active, with an instruction in force.
        ~/instruction (std_msgs/String, latched): the instruction in force; empty if there is none.
        ~/trained_on (std_msgs/String, latched): instructions that the checkpoint was trained on,
            one per line, once it is loaded; empty if it lists none.
        ~/heartbeat (std_msgs/Header, 20 Hz): while active.
        /diagnostics (1 Hz).
    Services:
        ~/set_instruction (genvla_msgs/SetInstruction): takes effect with the next inference; an
            answer in progress to the old instruction is not published. An empty instruction
            withdraws the current one.
    Actions:
        execute_instruction (genvla_msgs/ExecuteInstruction): while active.
    Parameters: see params.py.

    Threads: images, executed steps, requests, heartbeat and diagnostics each have a callback
    group, and all their callbacks are short. Inference has a thread of its own, from configuration
    to cleanup. They meet in ObservationBuffer.
    """

    def __init__(
        self, *, load_policy: Callable[[PolicyParams], Policy] = load_policy, **kwargs: Any
    ) -> None:
        """Declare the interface.

        Args:
            load_policy: Loads the policy that the parameters name.
            kwargs: Passed to ManagedNode.
        """
        super().__init__('policy', **kwargs)
        self._load_policy = load_policy
        self._declared = NodeParameters(self, PolicyParams)
        self._base_frame = ''
        self._session: PolicySession | None = None
        self._images: ImageSubscriptions | None = None
        self._left_behind: PolicySession | None = None
        self._is_loading = False
        self._image_group = MutuallyExclusiveCallbackGroup()
        self._heartbeat_group = MutuallyExclusiveCallbackGroup()
        requests_group = MutuallyExclusiveCallbackGroup()
        self._chunks = self.create_lifecycle_publisher(
            ActionChunkMsg,
            'action_chunk',
            # A copy, because overriding options are written into the profile.
            copy.copy(COMMAND),
            qos_overriding_options=QoSOverridingOptions.with_default_policies(),
        )
        self.create_subscription(
            ExecutedStep,
            f'{BRIDGE}/executed_step',
            self._on_executed_step,
            SLOTS,
            callback_group=MutuallyExclusiveCallbackGroup(),
        )
        self._heartbeats = self.create_lifecycle_publisher(Header, '~/heartbeat', HEARTBEAT)
        self._heartbeat_timer: Any = None
        self._instruction = self.create_publisher(String, '~/instruction', STATUS_LATCHED)
        self._trained_on = self.create_publisher(String, '~/trained_on', STATUS_LATCHED)
        self.create_service(
            SetInstruction,
            '~/set_instruction',
            self._on_set_instruction,
            callback_group=requests_group,
        )
        self._supervisor = HeartbeatWatch(self, SUPERVISOR, requests_group)
        self._actions = ExecuteInstructionServer(self, self._active_instructions, requests_group)
        self._diagnostics = DiagnosticsPublisher(self)
        self._unconfigured = NOT_CONFIGURED
        self._picture_notice = ''
        self._tasks: tuple[str, ...] = ()
        self.create_timer(
            _DIAGNOSTICS_PERIOD_S,
            self._publish_diagnostics,
            callback_group=MutuallyExclusiveCallbackGroup(),
            clock=pacing_clock(self),
        )

    # Lifecycle. rclpy swallows exceptions of a transition, so every transition reports its own.

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Load the checkpoint, check it against the parameters, and warm up."""
        self._is_loading = True
        try:
            self._configure(self._declared.freeze())
        except Exception as error:
            self._release(_CLEANUP_WAIT_S)
            self.get_logger().error(f'cannot configure: {type(error).__name__}: {error}')
            self._unconfigured = cannot_configure(error)
            self._publish_diagnostics()
            return TransitionCallbackReturn.FAILURE
        finally:
            self._is_loading = False
        self._unconfigured = NOT_CONFIGURED
        return TransitionCallbackReturn.SUCCESS

    def _configure(self, params: PolicyParams) -> None:
        self._base_frame = params.base_frame
        policy = self._load_policy(params)
        check_parameters(params, policy.config)
        policy.warm_up()
        self._diagnostics.hardware_id = params.device
        self._session = PolicySession(
            params,
            policy,
            now_s=self._now_s,
            publish=self._publish_chunk,
            announce=self._announce,
            report=self._report_failure,
        )
        self._images = ImageSubscriptions(
            self,
            params.image_topics,
            self._session.buffer.put,
            slop_s=params.sync_slop_s,
            callback_group=self._image_group,
        )
        self._tasks = policy.trained_on
        self._trained_on.publish(String(data='\n'.join(self._tasks)))
        self.get_logger().info(f'loaded {policy.describe()}')
        if policy.decoding_warning:
            self.get_logger().warning(policy.decoding_warning)
        elif policy.decoding_report:
            self.get_logger().info(policy.decoding_report)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Start inferring."""
        assert self._session is not None
        super().on_activate(state)
        self._session.activate()
        self._heartbeat_timer = self.create_timer(
            _HEARTBEAT_PERIOD_S,
            self._publish_heartbeat,
            callback_group=self._heartbeat_group,
            clock=pacing_clock(self),
        )
        return TransitionCallbackReturn.SUCCESS

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop publishing; the bridge holds the arm where it is."""
        self._deactivate()
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Free the model; parameters can be changed again."""
        self._release(_CLEANUP_WAIT_S)
        return TransitionCallbackReturn.SUCCESS

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop publishing, and free the model."""
        self._deactivate()
        self._release(_CLEANUP_WAIT_S)
        return TransitionCallbackReturn.SUCCESS

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Return to the unconfigured state."""
        self.get_logger().error(f'transition from {state.label} failed; freeing the model')
        return self.on_shutdown(state)

    def destroy_node(self) -> None:
        """Stop everything; wait only briefly for a running inference."""
        self._deactivate()
        self._actions.destroy(_EXIT_WAIT_S)
        self._release(_EXIT_WAIT_S)
        super().destroy_node()

    @property
    def is_stuck(self) -> bool:
        """Whether a checkpoint is still being loaded, or an inference runs on after its stop."""
        return self._is_loading or (self._left_behind is not None and self._left_behind.is_running)

    def _deactivate(self) -> None:
        if self._heartbeat_timer is not None:
            self.destroy_timer(self._heartbeat_timer)
            self._heartbeat_timer = None
        if self._session is not None:
            self._session.deactivate()

    def _release(self, timeout_s: float) -> None:
        if self._images is not None:
            self._images.destroy()
            self._images = None
        self._declared.thaw()
        session, self._session = self._session, None
        if session is None:
            return
        if not session.stop(timeout_s):
            self._left_behind = session
            self.get_logger().warning(
                f'an inference is still running after {timeout_s:g} s; its answer is dropped'
            )
        self._announce('')

    # Callbacks of the worker and of ROS.

    def _publish_chunk(
        self, request: Request, chunk: ActionChunk, sequence: int, first_slot: int
    ) -> None:
        message = chunk_to_msg(
            chunk.actions,
            stamp=request.frame.stamp,
            frame_id=self._base_frame,
            instruction=chunk.instruction,
            step_period_s=chunk.step_period_s,
            checkpoint=chunk.checkpoint,
            sequence=sequence,
            confidence=chunk.confidence.tolist(),
            text=chunk.text,
            inference_s=chunk.inference_s,
            first_slot=first_slot,
            num_committed=chunk.num_committed,
        )
        self._chunks.publish(message)
        self._actions.count(request.revision, chunk.first_confidence)

    def _announce(self, instruction: str) -> None:
        self._instruction.publish(String(data=instruction))

    def _report_failure(self, reason: str) -> None:
        self.get_logger().error(
            f'no chunk for this image: {reason}', throttle_duration_sec=_LOG_PERIOD_S
        )

    def _on_executed_step(self, message: ExecutedStep) -> None:
        session = self._session
        if session is not None:
            session.take_executed(begun_step_from_msg(message))

    def _on_set_instruction(
        self, request: SetInstruction.Request, response: SetInstruction.Response
    ) -> SetInstruction.Response:
        session = self._session
        if session is None:
            response.message = 'the policy is not configured; configure it first'
            return response
        if not request.instruction.strip():
            response.accepted = True
            response.message = 'the policy has no instruction now, and the arm holds its position'
            response.previous_instruction = session.instructions.withdraw()
            return response
        try:
            change = session.instructions.follow(request.instruction)
        except StopAsked as refusal:
            response.accepted = True
            response.message = (
                f'the instruction is withdrawn, and no more chunks are published: {refusal}'
            )
            response.previous_instruction = session.instructions.withdraw()
            return response
        except InstructionRefused as refusal:
            response.message = str(refusal)
            response.previous_instruction = session.buffer.instruction
            return response
        response.accepted = True
        response.message = 'takes effect at the next inference'
        if warning := unfamiliar(request.instruction, self._tasks):
            response.message += f'; {warning}'
            self.get_logger().warn(warning)
        response.previous_instruction = change.previous
        return response

    def _publish_heartbeat(self) -> None:
        stamp = self.get_clock().now().to_msg()
        self._heartbeats.publish(Header(stamp=stamp, frame_id=self._base_frame))

    def _publish_diagnostics(self) -> None:
        session = self._session
        status = self._unconfigured if session is None else session.status()
        self._diagnostics.publish(warned(status, unsupervised(self._supervisor)))
        warning = '' if session is None else session.image_warning()
        if warning:
            self.get_logger().warning(warning, throttle_duration_sec=_LOG_PERIOD_S)
        notice = '' if session is None else session.picture_notice
        if notice and notice != self._picture_notice:
            self.get_logger().warning(notice)
        self._picture_notice = notice

    def _active_instructions(self) -> Instructions | None:
        session = self._session
        return session.instructions if session is not None and session.buffer.is_open else None

    def _now_s(self) -> float:
        return self.get_clock().now().nanoseconds / 1e9


def main(
    args: Sequence[str] | None = None,
    *,
    load_policy: Callable[[PolicyParams], Policy] = load_policy,
) -> int:
    """Run the policy node until it is stopped; return the exit status."""
    nodes: list[PolicyNode] = []

    def make_nodes() -> list[PolicyNode]:
        nodes.append(PolicyNode(load_policy=load_policy))
        return nodes

    status = run(make_nodes, args)
    if any(node.is_stuck for node in nodes):
        # The thread holds no hardware. At exit, Python would wait for it, or crash in it.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    return status


if __name__ == '__main__':
    sys.exit(main())
