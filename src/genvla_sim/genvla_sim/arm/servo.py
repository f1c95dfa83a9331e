# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""One Dynamixel X-series servo as seen by its driver: registers, mode, goal and torque.

Source: ROBOTIS e-Manual, control tables of XM540-W270 and XM430-W350.
"""

from __future__ import annotations

from dataclasses import dataclass
import math

from genvla_sim.arm.profile import ServoProfile, travel_time
from genvla_viperx.arm.gripper import angle_from_finger

RADIANS_PER_TICK = 2 * math.pi / 4096
CENTRE_TICKS = 2048
VELOCITY_UNIT = 0.229 * 2 * math.pi / 60
"""[rad/s] per unit of the velocity registers."""
ACCELERATION_UNIT = 214.577 * 2 * math.pi / 3600
"""[rad/s^2] per unit of Profile_Acceleration in a velocity-based profile."""
CURRENT_UNIT_MA = 2.69
FULL_PWM = 885
OVERLOAD_ERROR = 1 << 5
"""Hardware_Error_Status bit for a load that was too high for too long."""

OPERATING_MODES = {
    'position': 3,
    'linear_position': 3,
    'current_based_position': 5,
    'pwm': 16,
}
"""Imitated modes, with the value of the Operating_Mode register."""
PROFILE_TYPES = ('time', 'velocity')
TIME_BASED_PROFILE = 1 << 2
"""Bit of Drive_Mode: the profile registers are times in ms."""

EEPROM = frozenset(
    {
        'ID',
        'Secondary_ID',
        'Drive_Mode',
        'Operating_Mode',
        'Min_Position_Limit',
        'Max_Position_Limit',
        'Velocity_Limit',
        'Current_Limit',
    }
)
"""Registers that survive a reboot. They are writable only while torque is off, and only by the
servo's own ID: a write to its Secondary_ID does not reach them."""

_READ_ONLY = frozenset({'Hardware_Error_Status', 'Present_Position', 'Operating_Mode', 'ID'})
_NO_SECONDARY_ID = 255
_RAM = {
    'Velocity_P_Gain': 100,
    'Velocity_I_Gain': 1920,
    'Position_P_Gain': 800,
    'Position_I_Gain': 0,
    'Position_D_Gain': 0,
    'Feedforward_1st_Gain': 0,
    'Feedforward_2nd_Gain': 0,
    'Profile_Acceleration': 0,
    'Profile_Velocity': 0,
}
"""Registers reset by a reboot, with their values after it. Without a profile, the servo moves to a
goal at full speed. Goal_Current is reset to Current_Limit."""


class ServoError(ValueError):
    """A servo cannot do what was requested."""


@dataclass(frozen=True)
class ServoModel:
    """Differences between the two servo types of the arm."""

    no_load_speed: float
    """No-load speed at 12 V [rad/s]."""
    torque_per_ma: float
    """Stall torque over stall current at 12 V [N m/mA]."""
    current_limit: int
    """Factory value of Current_Limit [units of 2.69 mA]."""


XM540_W270 = ServoModel(no_load_speed=3.14, torque_per_ma=10.6 / 4400, current_limit=2047)
XM430_W350 = ServoModel(no_load_speed=4.82, torque_per_ma=4.1 / 2300, current_limit=1193)


def ticks_from_radians(angle: float) -> int:
    """Return the nearest value of the position registers; 2048 is 0 rad."""
    return CENTRE_TICKS + round(angle / RADIANS_PER_TICK)


def radians_from_ticks(ticks: int) -> float:
    """Return the angle of a position register [rad]."""
    return (ticks - CENTRE_TICKS) * RADIANS_PER_TICK


class XsServo:
    """The reference of one servo, computed from its goals and registers.

    It starts with torque on, in position mode, holding `position`.
    """

    def __init__(
        self,
        motor_id: int,
        model: ServoModel,
        *,
        position: float,
        secondary_id: int = _NO_SECONDARY_ID,
        limits_ticks: tuple[int, int] = (0, 4095),
        stops: tuple[float, float] = (-math.pi, math.pi),
    ) -> None:
        """Power up the servo.

        Args:
            motor_id: ID on the bus.
            model: Type of the servo.
            position: Initial angle [rad].
            secondary_id: motor_id of a servo whose instructions it also follows; 255: none.
            limits_ticks: Min_Position_Limit and Max_Position_Limit.
            stops: Mechanical stops [rad], to which PWM drives it.
        """
        self.model = model
        self.mode = 'position'
        self.profile_type = 'velocity'
        self.registers = {
            'ID': motor_id,
            'Secondary_ID': secondary_id,
            'Drive_Mode': 0,
            'Operating_Mode': OPERATING_MODES['position'],
            'Velocity_Limit': 131,
            'Current_Limit': model.current_limit,
            'Min_Position_Limit': limits_ticks[0],
            'Max_Position_Limit': limits_ticks[1],
            'Torque_Enable': 1,
            'Hardware_Error_Status': 0,
            'Goal_Current': model.current_limit,
            'Present_Position': ticks_from_radians(position),
            **_RAM,
        }
        self._stops = stops
        self._position = position
        self._profile = ServoProfile(position, position, 0.0, 0.0)

    @property
    def torque_on(self) -> bool:
        """Whether the motor drives its joint."""
        return bool(self.registers['Torque_Enable'])

    @property
    def torque_limit(self) -> float:
        """Maximum torque of the motor [N m]; only current_based_position limits it."""
        if self.registers['Operating_Mode'] != OPERATING_MODES['current_based_position']:
            return math.inf
        return self.registers['Goal_Current'] * CURRENT_UNIT_MA * self.model.torque_per_ma

    def measure(self, position: float) -> None:
        """Store the measured position of the shaft [rad]."""
        self._position = position
        self.registers['Present_Position'] = ticks_from_radians(position)

    def reference(self, time_s: float) -> float:
        """Return the current reference angle [rad]; without torque, the measured one."""
        return self._profile.position(time_s) if self.torque_on else self._position

    def command(self, value: float, time_s: float) -> None:
        """Set a goal in the unit of the operating mode: rad, m of full opening, or PWM.

        A goal outside the EEPROM's position limits, or one without a valid angle, is ignored
        silently, because the driver writes goals without requesting a response.
        """
        if not self.torque_on or not math.isfinite(value):
            return
        if self.mode == 'pwm':
            self._drive(value, time_s)
            return
        if self.mode == 'linear_position':
            try:
                value = angle_from_finger(value / 2)
            except ValueError:
                return
        ticks = ticks_from_radians(value)
        lowest, highest = (self.registers[f'{end}_Position_Limit'] for end in ('Min', 'Max'))
        if lowest <= ticks <= highest:
            self._move(radians_from_ticks(ticks), time_s)

    def set_mode(
        self, mode: str, profile_type: str, profile_velocity: int, profile_acceleration: int
    ) -> None:
        """Change the operating mode; the torque goes off and on, so that any motion ends.

        The profile is written only in position and linear_position. A servo whose Operating_Mode
        changes to another mode has no profile until one is written.

        Raises:
            ServoError: The mode or the profile type is not imitated here.
        """
        if mode not in OPERATING_MODES:
            raise ServoError(
                f"operating mode '{mode}' is not simulated; expected one of: "
                + ', '.join(OPERATING_MODES)
            )
        if profile_type not in PROFILE_TYPES:
            raise ServoError(
                f"profile type '{profile_type}' is unknown; expected one of: "
                + ', '.join(PROFILE_TYPES)
            )
        self.set_torque(False)
        self.mode, self.profile_type = mode, profile_type
        self.registers['Drive_Mode'] &= ~TIME_BASED_PROFILE
        self.registers['Drive_Mode'] |= TIME_BASED_PROFILE * (profile_type == 'time')
        if self.registers['Operating_Mode'] != OPERATING_MODES[mode]:
            self.registers['Operating_Mode'] = OPERATING_MODES[mode]
            self._reset_ram()
        if mode in ('position', 'linear_position'):
            self.registers['Profile_Velocity'] = profile_velocity
            self.registers['Profile_Acceleration'] = profile_acceleration
        self.set_torque(True)

    def set_torque(self, enable: bool) -> None:
        """Switch torque; when on, the servo holds its position. A latched error keeps it off."""
        self._profile = ServoProfile(self._position, self._position, 0.0, 0.0)
        self.registers['Torque_Enable'] = int(
            enable and not self.registers['Hardware_Error_Status']
        )

    def overload(self) -> None:
        """Latch an overload: torque stays off until the servo is rebooted."""
        self.registers['Hardware_Error_Status'] |= OVERLOAD_ERROR
        self.set_torque(False)

    def reboot(self) -> None:
        """Restart: clear errors, switch torque off, and reset all RAM registers."""
        self.registers['Hardware_Error_Status'] = 0
        self._reset_ram()
        self.set_torque(False)

    def write(self, register: str, value: int) -> None:
        """Write one register.

        Raises:
            ServoError: The register does not exist, or is not writable now.
        """
        if register not in self.registers:
            raise ServoError(
                f"register '{register}' is not simulated; available: {', '.join(self.registers)}"
            )
        if register in _READ_ONLY:
            raise ServoError(f"register '{register}' is read-only")
        if register == 'Goal_Current' and abs(value) > self.registers['Current_Limit']:
            raise ServoError(f'Goal_Current {value} is above Current_Limit')
        if register in EEPROM and self.torque_on:
            raise ServoError(f"register '{register}' is in EEPROM: switch torque off first")
        if register == 'Torque_Enable':
            self.set_torque(bool(value))
        else:
            self.registers[register] = value

    def _reset_ram(self) -> None:
        self.registers |= _RAM | {'Goal_Current': self.registers['Current_Limit']}

    def _move(self, goal: float, time_s: float) -> None:
        """Start a profile from the current reference to `goal` [rad]."""
        start = self._profile.position(time_s)
        velocity = self.registers['Profile_Velocity']
        acceleration = self.registers['Profile_Acceleration']
        if self.registers['Drive_Mode'] & TIME_BASED_PROFILE:
            # Without a Profile_Velocity there is no profile, and therefore no ramp.
            duration_s, ramp_s = velocity / 1000, acceleration / 1000 if velocity else 0.0
        else:
            duration_s, ramp_s = travel_time(
                goal - start, velocity * VELOCITY_UNIT, acceleration * ACCELERATION_UNIT
            )
        # Even a step takes at least the time given by the no-load speed.
        duration_s = max(duration_s, abs(goal - start) / self.model.no_load_speed)
        self._profile = ServoProfile(
            start, goal, time_s, duration_s, ramp_s, self._profile.velocity(time_s)
        )

    def _drive(self, pwm: float, time_s: float) -> None:
        """Run at a share of the no-load speed towards a stop; PWM 0 holds, as friction does."""
        stop = self._stops[1] if pwm > 0 else self._stops[0]
        speed = min(abs(pwm), FULL_PWM) / FULL_PWM * self.model.no_load_speed
        if speed == 0.0:
            self._profile = ServoProfile(self._position, self._position, time_s, 0.0)
            return
        duration_s = abs(stop - self._position) / speed
        self._profile = ServoProfile(self._position, stop, time_s, duration_s)
