# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The bridge node: action chunks in, commands for Interbotix's driver out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
import sys
import threading
import time
from typing import Any

from genvla_msgs.msg import ActionChunk, ExecutedStep
from geometry_msgs.msg import PoseStamped
import numpy as np
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool, Header, String
from std_srvs.srv import Trigger

from genvla_node.clocks import pacing_clock
from genvla_node.diagnostics import (
    NOT_CONFIGURED,
    DiagnosticsPublisher,
    cannot_configure,
)
from genvla_node.heartbeat import Heartbeat, HeartbeatWatch, TwinWatch, unsupervised
from genvla_node.main import run
from genvla_node.managed_node import ManagedNode
from genvla_node.node_names import SUPERVISOR
from genvla_node.parameters import NodeParameters
from genvla_node.qos import COMMAND, HEARTBEAT, SLOTS, STATUS_LATCHED
from genvla_node.stamps import seconds_from_stamp
from genvla_viperx.arm import kinematics
from genvla_viperx.arm.states import Answer, ArmState
from genvla_viperx.control.controller import ArmController
from genvla_viperx.ros.configured import Configured
from genvla_viperx.ros.conversions import (
    chunk_from_msg,
    executed_step_to_msg,
    last_slot_to_msg,
    pose_stamped_to_msg,
    transform_to_msg,
)
from genvla_viperx.ros.driver_setup import DriverSetup
from genvla_viperx.ros.hardware_poll import HardwarePoll
from genvla_viperx.ros.params import BridgeParams
from genvla_viperx.ros.status import bridge_status, company
from genvla_viperx.ros.xs_sdk_client import DriverMismatch, XsSdkClient
from genvla_viperx.safety.refusal import Refusal, Rule
from genvla_viperx.watch.joint_states import JointSample
from tf2_msgs.msg import TFMessage

_WAITING_NEWS_S = 2.0
_DIAGNOSTICS_PERIOD_S = 1.0
_PULSE_S = 0.05
_WIRING_PERIOD_S = 0.4
"""How often the endpoints of the command topics are checked."""
_FIRST_JOINTS_S = 1.0
"""Longest wait for joint states after a fault was cleared; the driver has already answered
then."""
_WARNING_PERIOD_S = 5.0
"""Each rule logs at most one warning in this time, not a hundred per second."""

_TWIN = 'another viperx_bridge runs in this namespace; end it: only one node may command an arm'

_UNCONFIGURED = Answer(False, 'the bridge is not configured; configure and activate it first')

_REQUESTS: dict[str, Callable[[ArmController, float], Answer]] = {
    'stop': ArmController.stop,
    'resume': ArmController.resume,
    'home': ArmController.home,
    'sleep': ArmController.sleep,
}


class BridgeNode(ManagedNode):
    """Executes chunks of end-effector actions on a ViperX 300 S behind Interbotix's driver.

    Subscribes:
        action_chunk (genvla_msgs/ActionChunk).
        policy/heartbeat (std_msgs/Header): without it, the arm holds.
        supervisor/heartbeat (std_msgs/Header): its loss is reported.
        ~/dead_man (std_msgs/Bool): with dead_man_timeout_s, nothing moves unless it is true.
        policy/instruction (std_msgs/String, latched): steps for other instructions are not
            executed.
        <robot_name>/joint_states (sensor_msgs/JointState).
    Publishes:
        <robot_name>/commands/joint_group (interbotix_xs_msgs/JointGroupCommand) [rad].
        <robot_name>/commands/joint_single (interbotix_xs_msgs/JointSingleCommand): gripper [rad],
            or [m] in gripper_mode linear_position.
        ee_pose (geometry_msgs/PoseStamped): measured, with every joint state, while active.
        /tf_static (tf2_msgs/TFMessage): <robot_name>/table in the base, at table_height.
        ~/executed_step (genvla_msgs/ExecutedStep): each step of a chunk, when it starts; the last
            slot on activation.
        ~/state (std_msgs/String, latched): see ArmState.
        ~/heartbeat (std_msgs/Header, 20 Hz): as long as the control tick can run.
        /diagnostics (1 Hz, and when the state changes).
    Services (std_srvs/Trigger):
        ~/stop: Hold the arm where it is, until ~/resume.
        ~/home, ~/sleep: Move there; the answer comes when the motion starts. After ~/sleep, or if
            the arm was stopped before, the arm is stopped.
        ~/clear_fault: Reboot the servos that have switched themselves off, and prepare all servos
            again.
    Parameters: see params.py, and the configurations in it.

    Activation commands nothing. A moving arm gets one last command on deactivation, to hold where
    it is. After that, or if the node is killed, nothing is commanded: in the driver's position
    mode the arm holds its last goal, at most move_time_s away.

    Threads: inputs and the control tick, operator requests, the driver's answers and diagnostics
    each have a callback group. They share the controller, under one lock.
    """

    def __init__(self, **kwargs: Any) -> None:
        """Declare the interface; the driver's part of it follows in `on_configure`."""
        super().__init__('viperx_bridge', **kwargs)
        self._declared = NodeParameters(self, BridgeParams, on_live_change=self._on_live_parameter)
        self._lock = threading.RLock()
        self._wiring_lock = threading.Lock()
        self._configured: Configured | None = None
        self._heard_joints = threading.Event()
        self._timer: Any = None
        self._instruction: str | None = None
        self._announced: tuple[ArmState, str] | None = None
        self._logged_refusal: Refusal | None = None
        self._warned_s: dict[Rule, float] = {}
        self._control_group = MutuallyExclusiveCallbackGroup()
        operator_group = MutuallyExclusiveCallbackGroup()
        self._ee_pose = self.create_lifecycle_publisher(PoseStamped, 'ee_pose', COMMAND)
        self._executed = self.create_publisher(ExecutedStep, '~/executed_step', SLOTS)
        self._state = self.create_publisher(String, '~/state', STATUS_LATCHED)
        self._fixed_frames = self.create_publisher(TFMessage, '/tf_static', STATUS_LATCHED)
        self._diagnostics = DiagnosticsPublisher(self)
        self._unconfigured = NOT_CONFIGURED
        for message_type, topic, callback, qos in (
            (ActionChunk, 'action_chunk', self._on_chunk, COMMAND),
            (Header, 'policy/heartbeat', self._on_heartbeat, HEARTBEAT),
            (Bool, '~/dead_man', self._on_dead_man, HEARTBEAT),
            (String, 'policy/instruction', self._on_instruction, STATUS_LATCHED),
        ):
            self.create_subscription(
                message_type, topic, callback, qos, callback_group=self._control_group
            )
        for name, request in _REQUESTS.items():
            self.create_service(
                Trigger, f'~/{name}', self._answering(request), callback_group=operator_group
            )
        self.create_service(
            Trigger,
            '~/clear_fault',
            self._on_clear_fault,
            # It waits for the driver, and a call of stop must not wait for it.
            callback_group=MutuallyExclusiveCallbackGroup(),
        )
        self.create_timer(
            _DIAGNOSTICS_PERIOD_S,
            self._publish_diagnostics,
            callback_group=MutuallyExclusiveCallbackGroup(),
            clock=pacing_clock(self),
        )
        self._heartbeat = Heartbeat(self, self._control_group)
        self._twin = TwinWatch(self, self._heartbeat, operator_group)
        self._supervisor = HeartbeatWatch(self, SUPERVISOR, operator_group)
        self._announce()

    # Lifecycle. rclpy swallows the exceptions of transitions, so every transition reports its own.

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Check the parameters and the driver; command nothing."""
        try:
            self._configure(self._declared.freeze())
        except Exception as error:
            self.get_logger().error(f'cannot configure: {error}')
            self._release()
            self._unconfigured = cannot_configure(error)
            self._publish_diagnostics()
            return TransitionCallbackReturn.FAILURE
        self._unconfigured = NOT_CONFIGURED
        return TransitionCallbackReturn.SUCCESS

    def _configure(self, params: BridgeParams) -> None:
        controller = ArmController(params.controller)
        controller.scale_speed(params.speed_scale)
        self._heard_joints.clear()
        self._diagnostics.hardware_id = params.robot_name
        driver = XsSdkClient(
            self,
            params.robot_name,
            gripper_mode=params.gripper_mode,
            on_joint_state=self._on_joint_state,
            callback_group=self._control_group,
        )
        setup = DriverSetup(
            driver,
            move_time_s=params.controller.safety.move_time_s,
            acceleration_time_s=params.controller.safety.acceleration_time_s,
            gripper_mode=params.gripper_mode,
            gripper_current_ma=params.gripper_current_ma,
            may_set=params.set_operating_modes,
            asks_servos=params.servos_answer,
            timeout_s=params.driver_timeout_s,
            log=self.get_logger(),
        )
        configured = Configured(params, controller, driver, setup)
        with self._lock:
            if self._instruction is not None:
                controller.follow_instruction(self._instruction, self._now_s())
            self._configured = configured
        self.get_logger().info(f'waiting for the driver of {params.robot_name}')
        controller.accept_hardware_errors(setup.prepare())
        self._await_joint_states(configured)
        driver.await_wiring(params.driver_timeout_s)
        self._publish_table(params)
        configured.pulse = self.create_timer(
            _PULSE_S,
            self._feel_pulse,
            callback_group=self._control_group,
            clock=Clock(clock_type=ClockType.STEADY_TIME),
        )
        configured.wiring_timer = self.create_timer(
            _WIRING_PERIOD_S,
            self._look_at_wiring,
            callback_group=MutuallyExclusiveCallbackGroup(),
            clock=pacing_clock(self),
        )
        if params.servos_answer and params.hardware_error_period_s > 0:
            configured.hardware_poll = HardwarePoll(
                self,
                driver,
                params.hardware_error_period_s,
                setup.settings,
                on_errors=self._on_hardware_errors,
                on_changes=self._on_servo_changes,
                on_silent_servo=self._on_silent_servo,
            )

    def _publish_table(self, params: BridgeParams) -> None:
        base_T_table = np.eye(4)
        base_T_table[2, 3] = params.controller.safety.table_height
        header = Header(stamp=self.get_clock().now().to_msg(), frame_id=params.base_frame)
        table = transform_to_msg(base_T_table, header=header, child=f'{params.robot_name}/table')
        self._fixed_frames.publish(TFMessage(transforms=[table]))

    def _await_joint_states(self, configured: Configured) -> None:
        params = configured.params
        topic, timeout_s = f'{params.robot_name}/joint_states', params.driver_timeout_s
        end_s = time.monotonic() + timeout_s
        left_s = timeout_s
        while not self._heard_joints.wait(min(_WAITING_NEWS_S, left_s)):
            left_s = end_s - time.monotonic()
            refusal = configured.joint_state_refusal
            found = 'none arrived' if refusal is None else f'the last one: {refusal.message}'
            if left_s <= 0:
                raise DriverMismatch(f'no usable {topic} within {timeout_s:g} s; {found}')
            self.get_logger().info(
                f'waiting for a usable {topic} ({timeout_s - left_s:.0f} of {timeout_s:g} s); '
                f'{found}'
            )

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Start the control tick; command nothing until there is a chunk or a request."""
        assert self._configured is not None
        super().on_activate(state)
        with self._lock:
            controller, now_s = self._configured.controller, self._now_s()
            controller.activate(now_s)
            base_frame = self._configured.params.base_frame
            self._executed.publish(last_slot_to_msg(controller.num_slots, now_s, base_frame))
        self._announce()
        self._timer = self.create_timer(
            1.0 / self._configured.params.controller.control_rate_hz,
            self._tick,
            callback_group=self._control_group,
            clock=pacing_clock(self),
        )
        return TransitionCallbackReturn.SUCCESS

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Make a moving arm hold where it is, and stop commanding."""
        self._halt()
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Disconnect from the driver; parameters can be changed again."""
        self._release()
        return TransitionCallbackReturn.SUCCESS

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Make a moving arm hold where it is, and disconnect."""
        self._halt()
        self._release()
        return TransitionCallbackReturn.SUCCESS

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Return to the unconfigured state."""
        self.get_logger().error(f'transition from {state.label} failed; the arm holds')
        return self.on_shutdown(state)

    def destroy_node(self) -> None:
        """Make a moving arm hold where it is, and destroy the node."""
        self._halt()
        self._release()
        super().destroy_node()

    def _halt(self) -> None:
        if self._timer is not None:
            self.destroy_timer(self._timer)
            self._timer = None
        with self._lock:
            if self._configured is not None:
                self._configured.driver.publish(
                    self._configured.controller.deactivate(self._now_s())
                )
        self._announce()

    def _release(self) -> None:
        with self._lock:
            configured, self._configured = self._configured, None
        if configured is not None:
            if configured.hardware_poll is not None:
                configured.hardware_poll.destroy()
            for timer in (configured.wiring_timer, configured.pulse):
                if timer is not None:
                    self.destroy_timer(timer)
            with self._wiring_lock:  # the timer's last callback may still use the driver
                configured.driver.destroy()
        self._declared.thaw()

    # Inputs

    def _on_joint_state(self, message: JointState) -> None:
        with self._lock:
            configured = self._awake()
            if configured is None:
                return
            configured.controller.accept_silence(configured.silence_s())
            sample = configured.joint_states.read(message)
            refusal = (
                configured.controller.interventions.refuse(sample)
                if isinstance(sample, Refusal)
                else configured.controller.accept_joint_sample(sample, self._now_s())
            )
            configured.joint_state_refusal = refusal
        self._warn(refusal)
        if isinstance(sample, JointSample) and refusal is None:
            self._heard_joints.set()
            self._publish_ee_pose(sample, message, configured.params.base_frame)

    def _on_hardware_errors(self, errors: Mapping[str, int]) -> None:
        with self._lock:
            if self._configured is not None:
                self._configured.controller.accept_hardware_errors(errors)

    def _on_servo_changes(self, changes: Mapping[str, str]) -> None:
        with self._lock:
            if self._configured is not None:
                self._configured.controller.accept_servo_changes(changes)

    def _on_silent_servo(self, sentence: str) -> None:
        with self._lock:
            if self._configured is not None:
                self._configured.controller.accept_silent_servo(sentence)

    def _look_at_wiring(self) -> None:
        with self._wiring_lock:
            configured = self._configured
            if configured is None:
                return
            wiring = configured.driver.wiring()
        # A single failure may be caused by discovery.
        unheard = wiring.unheard if configured.was_unheard else ''
        configured.was_unheard = bool(wiring.unheard)
        twin = _TWIN if self._twin.is_there else ''
        with self._lock:
            configured.controller.watchdogs.take_wiring(unheard, twin or wiring.rivals)

    def _awake(self) -> Configured | None:
        """Return the configured objects, under the lock, after checking for a process pause.

        After a pause, any callback may run first, and all messages would seem late to the rules.
        """
        if self._configured is not None:
            self._configured.note_pause(self._now_s())
        return self._configured

    def _on_heartbeat(self, message: Header) -> None:
        with self._lock:
            if (configured := self._awake()) is not None:
                configured.controller.accept_heartbeat(
                    self._now_s(), seconds_from_stamp(message.stamp)
                )

    def _on_dead_man(self, message: Bool) -> None:
        with self._lock:
            if (configured := self._awake()) is not None:
                configured.controller.accept_dead_man(message.data, self._now_s())
        if not message.data:
            self._tick()

    def _on_live_parameter(self, name: str, value: float) -> None:
        assert name == 'speed_scale'
        with self._lock:
            if self._configured is not None:
                self._configured.controller.scale_speed(value)
        self.get_logger().info(f'speed_scale is now {value:g}')

    def _on_instruction(self, message: String) -> None:
        with self._lock:
            self._instruction = message.data
            if (configured := self._awake()) is not None:
                configured.controller.follow_instruction(message.data, self._now_s())
        self._announce()

    def _on_chunk(self, message: ActionChunk) -> None:
        configured = self._configured
        if configured is None:
            return
        chunk = chunk_from_msg(message, configured.params.base_frame)
        with self._lock:
            if configured is not self._awake():
                return
            refusal = (
                configured.controller.interventions.refuse(chunk)
                if isinstance(chunk, Refusal)
                else configured.controller.accept_chunk(chunk, self._now_s())
            )
        self._warn(refusal)
        self._tick()

    def _answering(self, request: Callable[[ArmController, float], Answer]) -> Callable[..., Any]:
        def answer(_request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
            with self._lock:
                configured = self._awake()
                outcome = (
                    _UNCONFIGURED
                    if configured is None
                    else request(configured.controller, self._now_s())
                )
            self._tick()
            response.success, response.message = outcome.accepted, outcome.message
            return response

        return answer

    def _on_clear_fault(
        self, _request: Trigger.Request, response: Trigger.Response
    ) -> Trigger.Response:
        with self._lock:
            configured = self._configured
            outcome = (
                _UNCONFIGURED
                if configured is None
                else configured.controller.begin_clearing(self._now_s())
            )
        self._tick()
        if configured is not None and outcome.accepted:
            objection = self._clear_fault(configured)
            with self._lock:
                outcome = configured.controller.end_clearing(objection)
                self._heard_joints.clear()
            self._announce()
            if outcome.accepted:
                # If it were resumed before the next joint state, the arm would be faulted for a
                # moment.
                self._heard_joints.wait(_FIRST_JOINTS_S)
        response.success, response.message = outcome.accepted, outcome.message
        return response

    def _clear_fault(self, configured: Configured) -> str:
        """Prepare the driver again; return why that failed, or an empty string."""
        poll = configured.hardware_poll
        if poll is not None:
            poll.pause()
        try:
            configured.setup.clear_errors()
        except Exception as error:  # such as a cleanup of the bridge meanwhile
            return str(error)
        finally:
            if poll is not None:
                poll.resume()
        return ''

    # Outputs

    def _feel_pulse(self) -> None:
        """Detect a pause even if the node's clock stands still and no joint states arrive."""
        with self._lock:
            self._awake()

    def _tick(self) -> None:
        with self._lock:
            configured = self._awake()
            if configured is None:
                return
            controller = configured.controller
            # Publish under the lock, so that commands keep their order.
            configured.driver.publish(controller.tick(self._now_s()))
            if controller.executed is not None:
                self._executed.publish(
                    executed_step_to_msg(controller.executed, configured.params.base_frame)
                )
            refusal = controller.output.last_refusal
        if refusal is not self._logged_refusal:
            self._logged_refusal = refusal
            self._warn(refusal)
        self._announce()

    def _warn(self, refusal: Refusal | None) -> None:
        """Log a refusal, if there is one and its rule has not logged for a while."""
        if refusal is None:
            return
        now_s = time.monotonic()
        if now_s - self._warned_s.get(refusal.rule, -_WARNING_PERIOD_S) >= _WARNING_PERIOD_S:
            self._warned_s[refusal.rule] = now_s
            self.get_logger().warning(f'{refusal.rule}: {refusal.message}')

    def _publish_ee_pose(self, sample: JointSample, message: JointState, frame_id: str) -> None:
        if not self._ee_pose.is_activated:
            return
        pose = pose_stamped_to_msg(
            kinematics.forward(sample.q), stamp=message.header.stamp, frame_id=frame_id
        )
        self._ee_pose.publish(pose)

    def _announce(self) -> None:
        """Publish and log the arm's state if it has changed."""
        with self._lock:
            controller = None if self._configured is None else self._configured.controller
            state = ArmState.INACTIVE if controller is None else controller.state
            reason = '' if controller is None else controller.reason
            if (state, reason) == self._announced:
                return
            self._announced = (state, reason)
            self._state.publish(String(data=str(state)))
        if state is ArmState.MOVING:
            self.get_logger().info(f'{state} {reason}')
        elif reason:
            self.get_logger().warning(f'{state}: {reason}')
        self._publish_diagnostics()

    def _publish_diagnostics(self) -> None:
        nodes = self.get_node_names_and_namespaces()
        others = company(
            [name for name, namespace in nodes if namespace == self.get_namespace()],
            self.get_name(),
            self.count_publishers('action_chunk'),
        )
        with self._lock:
            configured = self._configured
            status = (
                self._unconfigured
                if configured is None
                else bridge_status(
                    configured.controller,
                    self._now_s(),
                    configured.driver.num_commands,
                    '' if configured.hardware_poll is None else configured.hardware_poll.silence,
                    '; '.join(filter(None, (others, unsupervised(self._supervisor)))),
                )
            )
        self._diagnostics.publish(status)

    def _now_s(self) -> float:
        return float(self.get_clock().now().nanoseconds) / 1e9


def main(args: Sequence[str] | None = None) -> int:
    """Run the bridge node until shutdown; return the exit status."""
    return run(lambda: [BridgeNode()], args)


if __name__ == '__main__':
    sys.exit(main())
