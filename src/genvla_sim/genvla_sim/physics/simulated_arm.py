# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The driver's servos on the simulated arm: commands move it, and its motion is measured."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
import threading

from genvla_sim.arm.driver import MOTOR_NAMES, SHADOWS, XsDriver
from genvla_sim.arm.servo import (
    CURRENT_UNIT_MA,
    VELOCITY_UNIT,
    radians_from_ticks,
    ticks_from_radians,
)
from genvla_sim.arm.vx300s_model import ARM_JOINTS, FINGER_FORCE
from genvla_sim.physics.tabletop_simulation import TabletopSimulation
from genvla_viperx.arm import vx300s
from genvla_viperx.arm.gripper import (
    FARTHEST,
    NEAREST,
    angle_from_finger,
    finger_from_angle,
    finger_per_radian,
)

TICK_S = 0.01
"""Period of the driver's update_rate, 100 Hz."""

JOINT_STATE_NAMES = (*MOTOR_NAMES, 'left_finger', 'right_finger')
"""The joints of joint_states, in the driver's order."""


@dataclass(frozen=True)
class JointReadings:
    """The driver's joint_states, in the order of JOINT_STATE_NAMES.

    Every value is a multiple of its register's unit: 1.5 mrad, 0.024 rad/s, 2.69 mA.
    """

    position: tuple[float, ...]
    """Angles [rad]; for fingers, the offset from the centre line [m], right negative."""
    velocity: tuple[float, ...]
    """[rad/s]; 0 for fingers and for the gripper's motor, whose speed is not simulated."""
    effort: tuple[float, ...]
    """Motor current [mA]; 0 for fingers and for the gripper's motor."""


class SimulatedArm:
    """One `TabletopSimulation` moved by one `XsDriver`.

    Threads: `lock` guards the driver; hold it to call the driver's methods.
    """

    def __init__(self, simulation: TabletopSimulation) -> None:
        """Power up the driver with the arm in its current pose."""
        self.simulation = simulation
        self.lock = threading.RLock()
        self.time_s = 0.0
        """Elapsed time of the servos; a reset of the scene alone does not reset it."""
        self.driver = XsDriver(self._motor_positions())

    def step(self, duration_s: float) -> None:
        """Advance servos and physics together."""
        with self.lock:
            self.time_s += duration_s
            *joints, gripper = self.driver.references(self.time_s)
            for name in MOTOR_NAMES:
                joint = name if name in ARM_JOINTS else vx300s.LEFT_FINGER_NAME
                self.simulation.set_torque_enabled((joint,), self.driver.has_torque(name))
            self.simulation.set_joint_targets(joints)
            self.simulation.set_finger_target(finger_from_angle(gripper))
            self.simulation.limit_finger_force(self._finger_force_limit())
            self.simulation.step(duration_s)
            self.driver.measure(self._motor_positions())

    def restart(self) -> None:
        """Hold the current pose, and reset the time to 0.

        An episode is then bitwise reproducible, whatever ran before it.
        """
        with self.lock:
            self.time_s = 0.0
            self.hold()

    def hold(self) -> None:
        """Make the current pose the reference, after the scene was reset."""
        with self.lock:
            self.driver.measure(self._motor_positions())
            for servo in self.driver.servos.values():
                servo.set_torque(servo.torque_on)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Undo, bit by bit, all changes to servos and physics inside the with statement."""
        with self.lock, self.simulation.undone():
            kept, kept_s = self.driver, self.time_s
            self.driver = deepcopy(kept)
            try:
                yield
            finally:
                self.driver, self.time_s = kept, kept_s

    def readings(self) -> JointReadings:
        """Return the driver's current readings of its motors."""
        positions = [radians_from_ticks(ticks_from_radians(q)) for q in self._motor_positions()]
        finger = finger_from_angle(positions[-1])
        return JointReadings(
            position=(*positions, finger, -finger),
            velocity=(
                *(_quantized(v, VELOCITY_UNIT) for v in self.simulation.joint_velocities()),
                0.0,
                0.0,
                0.0,
            ),
            effort=(*self._currents_ma(), 0.0, 0.0, 0.0),
        )

    def _finger_force_limit(self) -> float:
        """Return the maximum squeezing force of the gripper's motor, over both fingers [N]."""
        finger = min(max(self.simulation.finger_position(), NEAREST), FARTHEST)
        limit = self.driver.servos[vx300s.GRIPPER_NAME].torque_limit
        lever = finger_per_radian(angle_from_finger(finger))
        return limit / lever if limit < lever * FINGER_FORCE else FINGER_FORCE

    def _motor_positions(self) -> list[float]:
        finger = min(max(self.simulation.finger_position(), NEAREST), FARTHEST)
        return [*self.simulation.joint_positions().tolist(), angle_from_finger(finger)]

    def _currents_ma(self) -> list[float]:
        currents = []
        torques = dict(zip(ARM_JOINTS, self.simulation.joint_torques(), strict=True))
        for name, torque in torques.items():
            servo = self.driver.servos[name]
            motors = 2 if name in SHADOWS else 1
            limit = servo.registers['Current_Limit'] * CURRENT_UNIT_MA
            current = float(torque) / servo.model.torque_per_ma / motors
            currents.append(_quantized(min(max(current, -limit), limit), CURRENT_UNIT_MA))
        return currents


def _quantized(value: float, unit: float) -> float:
    return round(value / unit) * unit
