# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The faults: how to inject each one while the arm moves, and how to repair it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import threading
import time

from genvla_msgs.msg import ActionChunk
import numpy as np
from std_srvs.srv import Trigger

from genvla_faults.live_loop import LiveLoop
from genvla_node.action_chunk import chunk_to_msg
from genvla_node.node_names import BRIDGE, POLICY
from genvla_node.qos import COMMAND
from interbotix_xs_msgs.msg import JointGroupCommand
from interbotix_xs_msgs.srv import TorqueEnable

Repair = Callable[[], None]

FLOOD_HZ = 1000.0
LONG_CHUNK = 10_000
_FLOOD_S = 1.8
_STEP_S = 0.2
_BASE_FRAME = 'vx300s/base_link'
_ROBOT = 'vx300s'
_SIM_DRIVER, _SIM_CAMERA = f'{_ROBOT}/xs_sdk', 'camera/usb_cam'
_SUSPENDED_S = 1.0
_POLLED_S = 1.5
"""Time for four polls of the servos, one every quarter of a second, on a busy machine."""
_CHUNKS_S = 1.5
"""Time for a few chunks of a busy policy."""
_NOTICED_S = 1.5
"""Time for the bridge to notice that no other node commands the arm any more."""


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes:
        name: Name in an operator's words.
        inject: Injects the fault, and returns its repair.
        holds: Whether no command may be sent half a second later; otherwise the arm continues.
        goes_limp: Whether a joint loses its torque: it sinks until it rests on something.
        noticed_within_s: Latest time of the last command [s]. It is longer for faults that only
            become noticeable through commands or a poll of the servos.
    """

    name: str
    inject: Callable[[LiveLoop], Repair]
    holds: bool = True
    goes_limp: bool = False
    noticed_within_s: float = 0.5


def _nothing() -> None:
    """Do nothing: there is nothing to repair."""


def _kill_policy(loop: LiveLoop) -> Repair:
    command = loop.kill(POLICY)

    def repair() -> None:
        loop.restart(command)
        loop.take_into_service(POLICY)

    return repair


def _kill_bridge(loop: LiveLoop) -> Repair:
    command = loop.kill(BRIDGE)

    def repair() -> None:
        loop.restart(command)
        loop.take_into_service(BRIDGE)

    return repair


def _kill(name: str) -> Callable[[LiveLoop], Repair]:
    def inject(loop: LiveLoop) -> Repair:
        command = loop.kill(name)
        return lambda: loop.restart(command)

    return inject


def _set(node: str, name: str, value: object, good: object) -> Callable[[LiveLoop], Repair]:
    def inject(loop: LiveLoop) -> Repair:
        loop.nodes.set_parameters(node, {name: value})
        return lambda: loop.nodes.set_parameters(node, {name: good})

    return inject


def _joint_states(fault: str) -> Callable[[LiveLoop], Repair]:
    return _set(_SIM_DRIVER, 'fault_joint_states', fault, '')


def _stamps(offset_s: float) -> Callable[[LiveLoop], Repair]:
    return _set(_SIM_CAMERA, 'fault_stamp_offset_s', offset_s, 0.0)


def _overload(loop: LiveLoop) -> Repair:
    loop.nodes.set_parameters(_SIM_DRIVER, {'fault_overload_joint': 'elbow'})

    def repair() -> None:
        loop.nodes.set_parameters(_SIM_DRIVER, {'fault_overload_joint': ''})
        loop.nodes.clear_fault()

    return repair


def _take_torque(loop: LiveLoop) -> Repair:
    """Switch the arm's torque off, as another node would."""
    client = loop.node.create_client(TorqueEnable, f'{_ROBOT}/torque_enable')
    loop.wait(client.service_is_ready, 10.0, 'no service')
    asked = client.call_async(TorqueEnable.Request(cmd_type='group', name='arm', enable=False))
    loop.wait(asked.done, 10.0, 'no answer')
    loop.node.destroy_client(client)

    def repair() -> None:
        loop.nodes.clear_fault()

    return repair


def _command_too(loop: LiveLoop) -> Repair:
    """Offer to command the arm, as another node would, without sending a command yet."""
    topic = f'{_ROBOT}/commands/joint_group'
    publisher = loop.node.create_publisher(JointGroupCommand, topic, COMMAND)
    loop.wait(publisher.get_subscription_count, 10.0, 'the driver does not subscribe to commands')

    def repair() -> None:
        loop.node.destroy_publisher(publisher)
        loop.watch_for(_NOTICED_S)

    return repair


def _suspend_bridge(loop: LiveLoop) -> Repair:
    loop.suspend_for(BRIDGE, _SUSPENDED_S)
    return _nothing


def _stop(loop: LiveLoop) -> Repair:
    loop.nodes.stop()
    return _nothing


def _chunk_flood(loop: LiveLoop) -> Repair:
    """Publish wild chunks for the current instruction, as another node would."""
    publisher = loop.node.create_publisher(ActionChunk, 'action_chunk', COMMAND)
    rng = np.random.default_rng(0)

    def send() -> None:
        publisher.publish(_chunk(loop, rng.uniform(-1.0, 1.0, (4, 7)).tolist()))

    flood = _Flood(send)
    flood.start()

    def repair() -> None:
        flood.join()
        loop.node.destroy_publisher(publisher)

    return repair


def _long_chunk(loop: LiveLoop) -> Repair:
    publisher = loop.node.create_publisher(ActionChunk, 'action_chunk', COMMAND)
    loop.wait(
        publisher.get_subscription_count, 10.0, 'the bridge does not subscribe to action_chunk'
    )
    publisher.publish(_chunk(loop, [[0.0, 0.0, 0.05, 0.0, 0.0, 0.0, 1.0]] * LONG_CHUNK))
    return lambda: loop.node.destroy_publisher(publisher) and None


def _service_flood(loop: LiveLoop) -> Repair:
    client = loop.node.create_client(Trigger, f'{BRIDGE}/resume')
    loop.wait(client.service_is_ready, 10.0, 'no service')
    flood = _Flood(lambda: client.call_async(Trigger.Request()))
    flood.start()
    return flood.join


class _Flood(threading.Thread):
    """Calls a function repeatedly at `FLOOD_HZ`, for a limited time."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__(name='flood', daemon=True)
        self._act = act

    def run(self) -> None:
        started_s = time.monotonic()
        count = 0
        while (elapsed_s := time.monotonic() - started_s) < _FLOOD_S:
            while count < elapsed_s * FLOOD_HZ:
                self._act()
                count += 1
            time.sleep(0.2 / FLOOD_HZ)


def _chunk(loop: LiveLoop, actions: list[list[float]]) -> ActionChunk:
    return chunk_to_msg(
        actions,
        stamp=loop.node.get_clock().now().to_msg(),
        frame_id=_BASE_FRAME,
        instruction=loop.instruction,
        step_period_s=_STEP_S,
        checkpoint='',
    )


FAULTS = (
    Fault('the policy is killed', _kill_policy),
    Fault('the bridge is killed', _kill_bridge),
    Fault('the camera is killed', _kill('camera_relay')),
    Fault("the arm's driver is killed", _kill('sim_robot')),
    Fault('image stamps jump back by 100 s', _stamps(-100.0)),
    Fault('image stamps jump ahead by 100 s', _stamps(100.0)),
    Fault('joint_states stop', _joint_states('silent')),
    Fault('joint_states freeze', _joint_states('frozen'), noticed_within_s=_CHUNKS_S),
    Fault(
        'joint_states flicker by a tick but do not move',
        _joint_states('flickering'),
        noticed_within_s=_CHUNKS_S,
    ),
    Fault('a joint reading shifts by 0.9 rad and stays there', _joint_states('displaced')),
    Fault('joint_states are NaN', _joint_states('nan')),
    Fault('joint_states are -pi', _joint_states('read_failure')),
    Fault('joint_states list the joints in another order', _joint_states('reversed'), holds=False),
    Fault('a servo switches itself off', _overload, goes_limp=True),
    Fault(
        "another node switches the arm's torque off",
        _take_torque,
        goes_limp=True,
        noticed_within_s=_POLLED_S,
    ),
    Fault('another node commands the arm', _command_too),
    Fault('the bridge is suspended for a second', _suspend_bridge),
    Fault('stop is called', _stop),
    Fault('another node publishes wild chunks at 1 kHz', _chunk_flood, holds=False),
    Fault('a chunk of 10,000 actions', _long_chunk, holds=False),
    Fault('1,000 service calls per second', _service_flood, holds=False),
)
