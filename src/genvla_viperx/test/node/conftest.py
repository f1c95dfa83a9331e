# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A bridge between two fakes: a driver with a perfect arm, and a policy that sends on demand."""

from __future__ import annotations

import time

from diagnostic_msgs.msg import DiagnosticArray
from genvla_msgs.msg import ActionChunk, EndEffectorDelta, ExecutedStep
from geometry_msgs.msg import PoseStamped, Vector3
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
import pytest
from rcl_interfaces.msg import Log
from rclpy.node import Node
from rclpy.parameter import Parameter
from sensor_msgs.msg import JointState
from std_msgs.msg import Header, String
from std_srvs.srv import Trigger

from genvla_node.qos import COMMAND, HEARTBEAT, SLOTS, STATUS_LATCHED, XS_SDK
from genvla_node.stamps import duration_from_seconds, stamp_from_seconds
from genvla_node.testing import PLAIN
from genvla_viperx.arm import vx300s
from genvla_viperx.ros.bridge_node import BridgeNode
from interbotix_xs_msgs.msg import JointGroupCommand, JointSingleCommand
from interbotix_xs_msgs.srv import OperatingModes, RegisterValues, RobotInfo, TorqueEnable

MOTORS = (*vx300s.MOTOR_NAMES, *vx300s.SHADOW_MOTOR_NAMES)
GROUPS = {'all': vx300s.MOTOR_NAMES, 'arm': vx300s.JOINT_NAMES}
POSITION_MODE = {
    'Operating_Mode': 3,
    'Drive_Mode': 4,
    'Torque_Enable': 1,
    'Hardware_Error_Status': 0,
    'Profile_Velocity': 2000,
    'Profile_Acceleration': 300,
    'Goal_Current': 1193,
}
CURRENT_MODE = POSITION_MODE | {'Operating_Mode': 5}
JOINT_STATE_NAMES = [*vx300s.JOINT_NAMES, 'gripper', 'left_finger', 'right_finger']


class FakeDriver(Node):
    """Interbotix's xs_sdk with an arm that moves to its goal at 5 rad/s."""

    def __init__(self, **kwargs):
        super().__init__('xs_sdk', namespace='vx300s', **PLAIN, **kwargs)
        self.q = list(vx300s.BRIDGE_START_JOINTS)
        self.goal = None
        self.names = list(JOINT_STATE_NAMES)
        self.silent = False
        self.blocked = False
        self.velocity, self.effort = [0.0] * 9, [0.0] * 9
        self.made_up_position = None
        self.modes = {'arm': ('position', 'time'), 'gripper': ('pwm', 'velocity')}
        self.modes_set = []
        self.registers = {name: dict(POSITION_MODE) for name in MOTORS}
        self.registers['gripper'] |= {'Operating_Mode': 16, 'Drive_Mode': 0}
        self.silent_servos = set()
        self.register_delay_s = 0.0
        self.known_registers = None
        self.upper_limits = vx300s.JOINT_UPPER.tolist()
        self.finger_limits = (vx300s.FINGER_CLOSED, vx300s.FINGER_OPEN)
        self.joint_commands, self.gripper_commands = [], []
        self._publisher = self.create_publisher(JointState, 'joint_states', XS_SDK)
        self.create_subscription(JointGroupCommand, 'commands/joint_group', self._group, XS_SDK)
        self.create_subscription(JointSingleCommand, 'commands/joint_single', self._single, XS_SDK)
        self.create_service(RobotInfo, 'get_robot_info', self._info)
        self.create_service(OperatingModes, 'set_operating_modes', self._set_modes)
        self._registers_service = None
        self.offer_registers()
        self.create_service(RegisterValues, 'set_motor_registers', self._set_registers)
        self.create_service(TorqueEnable, 'torque_enable', self._set_torque)
        self.create_timer(0.01, self._publish)

    def offer_registers(self):
        self._registers_service = self.create_service(
            RegisterValues, 'get_motor_registers', self._get_registers
        )

    def hide_registers(self):
        self.destroy_service(self._registers_service)

    def _publish(self):
        if self.goal is not None and not self.blocked:
            ways = [goal - here for goal, here in zip(self.goal, self.q, strict=True)]
            self.q = [
                here + min(max(way, -0.05), 0.05) for here, way in zip(self.q, ways, strict=True)
            ]
            if not any(ways):
                self.goal = None
        if self.silent:
            return
        position = [*self.q, 0.0, 0.039, -0.039]
        if self.made_up_position is not None:
            position = [self.made_up_position] * 9
        message = JointState(name=self.names, position=position[: len(self.names)])
        message.velocity, message.effort = self.velocity, self.effort
        message.header.stamp = self.get_clock().now().to_msg()
        self._publisher.publish(message)

    def _group(self, message):
        assert message.name == 'arm'
        assert len(message.cmd) == 6
        self.joint_commands.append((time.monotonic(), list(message.cmd)))
        self.goal = [float(value) for value in message.cmd]

    def _single(self, message):
        assert message.name == 'gripper'
        self.gripper_commands.append(message.cmd)

    def _info(self, request, response):
        response.mode, response.profile_type = self.modes[request.name]
        if request.name == 'arm':
            response.joint_names = list(vx300s.JOINT_NAMES)
            response.joint_lower_limits = vx300s.JOINT_LOWER.tolist()
            response.joint_upper_limits = self.upper_limits
        else:
            response.joint_names = ['left_finger']
            lower, upper = self.finger_limits
            response.joint_lower_limits, response.joint_upper_limits = [lower], [upper]
        return response

    def _set_modes(self, request, response):
        self.modes_set.append(request.name)
        self.modes[request.name] = (request.mode, request.profile_type)
        if request.mode == 'current_based_position':  # the driver writes no profile in this mode
            assert request.name == 'gripper'
            self.registers['gripper'] |= CURRENT_MODE | {'Profile_Velocity': 0}
            return response
        for motor in MOTORS:
            if (motor == 'gripper') == (request.name == 'gripper'):
                self.registers[motor] |= POSITION_MODE | {
                    'Profile_Velocity': request.profile_velocity,
                    'Profile_Acceleration': request.profile_acceleration,
                }
        return response

    def _get_registers(self, request, response):
        time.sleep(self.register_delay_s)
        if self.known_registers and request.reg not in self.known_registers:
            return response
        for motor in GROUPS.get(request.name, (request.name,)):
            if motor in self.silent_servos:
                break
            response.values.append(self.registers[motor][request.reg])
        return response

    def _set_registers(self, request, response):
        for motor in GROUPS.get(request.name, (request.name,)):
            self.registers[motor][request.reg] = request.value
        return response

    def _set_torque(self, request, response):
        for motor in GROUPS.get(request.name, (request.name,)):
            self.registers[motor]['Torque_Enable'] = int(request.enable)
        return response

    def make_ready(self):
        """Set the modes and profiles that the bridge expects, so that it need not set any."""
        self.modes['gripper'] = ('current_based_position', 'time')
        for motor in MOTORS:
            self.registers[motor] |= CURRENT_MODE if motor == 'gripper' else POSITION_MODE
            self.registers[motor] |= {'Profile_Velocity': 250, 'Profile_Acceleration': 100}


class FakePolicy(Node):
    """Sends heartbeats, and chunks on demand."""

    def __init__(self, **kwargs):
        super().__init__('policy', **PLAIN, **kwargs)
        self.alive = True
        self.last_beat_s = None
        self._heartbeats = self.create_publisher(Header, '~/heartbeat', HEARTBEAT)
        self._chunks = self.create_publisher(ActionChunk, 'action_chunk', COMMAND)
        self._instruction = self.create_publisher(String, '~/instruction', STATUS_LATCHED)
        self.create_timer(0.05, self._beat)

    def _beat(self):
        if self.alive:
            self.last_beat_s = time.monotonic()
            self._heartbeats.publish(Header())

    def send(self, *, dx=0.01, steps=4, gripper=1.0, age_s=0.0, frame_id='vx300s/base_link'):
        """Publish a 5 Hz chunk."""
        now_s = self.get_clock().now().nanoseconds / 1e9
        delta = EndEffectorDelta(translation=Vector3(x=dx), gripper=gripper)
        message = ActionChunk(
            header=Header(stamp=stamp_from_seconds(now_s - age_s), frame_id=frame_id),
            instruction='pick the carrot',
            step_period=duration_from_seconds(0.2),
            actions=[delta] * steps,
        )
        self._chunks.publish(message)

    def announce(self, instruction):
        self._instruction.publish(String(data=instruction))

    def is_connected(self):
        return self._chunks.get_subscription_count() and self._heartbeats.get_subscription_count()


class Operator(Node):
    """Calls the bridge's services and reads its status."""

    def __init__(self, graph, **kwargs):
        super().__init__('operator', **PLAIN, **kwargs)
        self._graph = graph
        self.state, self.diagnostics, self.message, self.poses = None, None, '', []
        self.log, self.executed = [], []
        self.create_subscription(
            String, 'viperx_bridge/state', lambda m: setattr(self, 'state', m.data), STATUS_LATCHED
        )
        self.create_subscription(DiagnosticArray, '/diagnostics', self._on_diagnostics, COMMAND)
        self.create_subscription(Log, '/rosout', lambda m: self.log.append(m.msg), STATUS_LATCHED)
        self.create_subscription(PoseStamped, 'ee_pose', self.poses.append, COMMAND)
        self.create_subscription(
            ExecutedStep, 'viperx_bridge/executed_step', self.executed.append, SLOTS
        )
        self._change_state = self.create_client(ChangeState, 'viperx_bridge/change_state')
        self._requests = {
            name: self.create_client(Trigger, f'viperx_bridge/{name}')
            for name in ('stop', 'resume', 'home', 'sleep', 'clear_fault')
        }

    def _on_diagnostics(self, message):
        for status in message.status:
            if status.name == 'viperx_bridge':
                self.message = status.message
                self.diagnostics = {pair.key: pair.value for pair in status.values}

    def transition(self, name):
        """Request a lifecycle transition; return whether it succeeded."""
        transition_id = getattr(Transition, f'TRANSITION_{name.upper()}')
        request = ChangeState.Request(transition=Transition(id=transition_id))
        return self._graph.call(self._change_state, request).success

    def read(self, sentence):
        """Wait until the log contains this text."""
        self._graph.spin_until(lambda: sentence in '\n'.join(self.log), sentence)

    def ask(self, name):
        return self._graph.call(self._requests[name], Trigger.Request())

    def interventions(self, rule):
        """Return the count of a rule in the last diagnostics."""
        return int((self.diagnostics or {}).get(f'interventions.{rule}', 0))


@pytest.fixture
def driver(graph):
    return graph.node(FakeDriver)


@pytest.fixture
def policy(graph):
    return graph.node(FakePolicy)


@pytest.fixture
def operator(graph):
    return graph.node(Operator, graph=graph)


@pytest.fixture
def make_bridge(graph):
    def make(**parameters):
        parameters = {
            'set_operating_modes': True,
            'driver_timeout_s': 10.0,
            # The tests share this process, and the computer may be busy.
            'joint_states_timeout_s': 1.0,
            'driver_restart_s': 10.0,
            'heartbeat_timeout_s': 1.0,
            'pause_timeout_s': 0.0,
        } | parameters
        overrides = [Parameter(name, value=value) for name, value in parameters.items()]
        return graph.node(BridgeNode, parameter_overrides=overrides)

    return make


@pytest.fixture
def activate(graph, driver, policy, operator):
    """Return a function that makes a bridge accept chunks: active, connected, policy alive."""

    def make_active(bridge):
        assert operator.transition('configure')
        assert operator.transition('activate')
        graph.spin_until(lambda: operator.state == 'holding' and policy.is_connected(), 'holding')
        graph.spin_until(lambda: operator.poses, 'ee_pose')
        graph.spin_for(0.2)
        return bridge

    return make_active


@pytest.fixture
def active_bridge(make_bridge, activate):
    """Return a bridge that accepts chunks."""
    return activate(make_bridge())
