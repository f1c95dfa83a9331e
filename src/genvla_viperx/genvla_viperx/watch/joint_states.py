# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Monitor the arm: the last plausible joint state, its age, and overload."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from genvla_viperx.arm import vx300s
from genvla_viperx.safety import rules
from genvla_viperx.safety.config import SafetyConfig
from genvla_viperx.safety.refusal import Refusal, Rule
from genvla_viperx.watch.clock_offset import ClockOffset

Array = NDArray[np.float64]

_NUM_SAMPLES = 200
"""Two seconds of joint states at 100 Hz."""

# A joint that is pushed by hand, or moved by a simulator without dynamics, can exceed its own
# limit.
_BELIEVED_SPEED = 2 * float(vx300s.JOINT_VELOCITY_LIMIT.max())


_LASTING = 0.8
"""Share of joint_states_timeout_s that a jump must last. After the whole time, the last accepted
reading is too old, and the jump would be mistaken for silence."""


@dataclass(frozen=True, eq=False)
class JointSample:
    """One joint state of the arm, in the order of `vx300s.JOINT_NAMES`.

    Attributes:
        stamp_s: Time of the reading, by the driver's clock [s]; 0: not stamped.
        q: Joint positions, shape (6,) [rad].
        finger_m: The left finger's distance from the centre line [m]; None: not published.
        effort_ma: Motor currents, shape (6,) [mA]; None: not published.
    """

    stamp_s: float
    q: Array
    finger_m: float | None = None
    effort_ma: Array | None = None


class ArmMonitor:
    """Filters joint states, and reports how fresh they are and whether a motor is blocked."""

    def __init__(self, config: SafetyConfig) -> None:
        """Start without a joint state."""
        self._config = config
        self._sample: JointSample | None = None
        self._driver_clock = ClockOffset(_NUM_SAMPLES)
        self._read_s: float | None = None
        self._overload_since_s: float | None = None
        self._silence_s: float | None = None
        self._jumped: tuple[float, JointSample] | None = None
        self._displacement = ''
        self._velocity = np.zeros(vx300s.NUM_JOINTS)

    @property
    def last(self) -> JointSample | None:
        """The last accepted joint state, however old."""
        return self._sample

    @property
    def velocity(self) -> Array:
        """Joint speeds between the last two joint states, shape (6,) [rad/s]; 0 before the second.

        The driver's own speeds are not used, because simulated drivers omit them.
        """
        return self._velocity

    def accept(self, sample: JointSample, now_s: float) -> Refusal | None:
        """Accept a joint state, or return why it is rejected."""
        if sample.stamp_s == 0:
            sample = replace(sample, stamp_s=now_s)
        read_s = self._driver_clock.sent_s(sample.stamp_s, now_s)
        refusal = self._implausible(sample, now_s) or self._queued(read_s, now_s)
        if refusal is not None:
            if refusal.rule is Rule.JOINT_STATE_JUMP:
                since_s = self._jumped[0] if self._jumped else sample.stamp_s
                self._jumped = since_s, sample
            return refusal
        self._jumped = None
        self.note_silence(self.age_s(now_s) or 0.0)
        previous = self.fresh(now_s)
        self._velocity = (
            np.zeros(vx300s.NUM_JOINTS)
            if previous is None
            else (sample.q - previous.q) / (sample.stamp_s - previous.stamp_s)
        )
        self._sample, self._read_s = sample, read_s
        if not self._overloaded_in(sample):
            self._overload_since_s = None
        elif self._overload_since_s is None:
            self._overload_since_s = now_s
        return None

    def fresh(self, now_s: float) -> JointSample | None:
        """Return the last joint state, or None if it is too old to act on."""
        timeout_s = self._config.joint_states_timeout_s
        return None if rules.is_stale(self._read_s, now_s, timeout_s) else self._sample

    def trusted(self, now_s: float) -> JointSample | None:
        """Return the last joint state if the arm may be commanded based on it, or None."""
        if self._silence_s is not None or self._displacement:
            return None
        return self.fresh(now_s)

    @property
    def displacement(self) -> str:
        """Why the arm is assumed to be elsewhere than its readings, and what to do; or empty.

        A reading that jumps and stays there is not a glitch: an encoder or a homing offset has
        changed.
        """
        return self._displacement

    @property
    def complaint(self) -> str:
        """Why no joint state is `trusted`, and what to do."""
        if self._displacement:
            return self._displacement
        if self._silence_s is None:
            return 'no joint states; is the driver running?'
        return (
            f'the driver was silent for {self._silence_s:.1f} s and may have restarted with other '
            'modes and profiles; call clear_fault, or deactivate, clean up and configure again'
        )

    def age_s(self, now_s: float) -> float | None:
        """Return the age of the last accepted joint state [s]; None before the first."""
        return None if self._read_s is None else now_s - self._read_s

    def overloaded(self, now_s: float) -> tuple[str, ...]:
        """Return the joints whose current has been too high for too long."""
        since_s = self._overload_since_s
        if self._sample is None or since_s is None:
            return ()
        if now_s - since_s < self._config.effort_duration_s:
            return ()
        return self._overloaded_in(self._sample)

    def note_silence(self, silence_s: float) -> None:
        """Record how long there was no joint state, by a clock that cannot be set [s]."""
        if silence_s > self._config.driver_restart_s:
            self._silence_s = silence_s

    def excuse_effort(self, now_s: float) -> None:
        """Allow a motor that is overloaded now the time of a move to recover."""
        if self._overload_since_s is not None:
            self._overload_since_s = now_s + self._config.move_time_s

    def drop_sample(self) -> None:
        """Wait for a new joint state, because this process was paused.

        The driver's clock offset is kept: a message that waited in the queue meanwhile is still
        recognised as old. A recorded silence is kept too.
        """
        self._sample = self._read_s = self._overload_since_s = self._jumped = None

    def forget(self) -> None:
        """Start again, as if nothing had been received; a recorded silence is kept."""
        self.drop_sample()
        self._driver_clock.forget()

    def pardon(self) -> None:
        """Trust the driver again after a silence or a jump; a person has checked the arm."""
        self._silence_s, self._displacement = None, ''
        self.forget()

    def _overloaded_in(self, sample: JointSample) -> tuple[str, ...]:
        if sample.effort_ma is None:
            return ()
        return rules.overloaded_joints(sample.effort_ma, self._config.effort_limit_ma)

    def _implausible(self, sample: JointSample, now_s: float) -> Refusal | None:
        if rules.is_failed_read(sample.q):
            return Refusal(
                Rule.JOINT_STATE_FAILED_READ,
                f'joint state {np.round(sample.q, 3).tolist()} is what the driver publishes when '
                'it cannot read the servo bus; if this continues, check power and cables',
            )
        outside = rules.joints_outside_limits(sample.q, self._config.measured_tolerance)
        if outside:
            return Refusal(
                Rule.JOINT_STATE_LIMITS,
                f'{", ".join(outside)} measured outside the limits of a ViperX 300 S: '
                f'{np.round(sample.q, 3).tolist()} rad; check robot_model and the homing offsets',
            )
        if refusal := self._still_elsewhere(sample):
            return refusal
        previous = self.fresh(now_s)
        if previous is None:
            return None
        elapsed_s = sample.stamp_s - previous.stamp_s
        if elapsed_s <= 0:
            return Refusal(
                Rule.JOINT_STATE_LATE,
                f'joint state stamped {-elapsed_s:.3f} s before the previous one, expected a '
                'later stamp; check that only one driver publishes joint_states',
            )
        if rules.is_impossible_motion(previous.q, sample.q, elapsed_s, _BELIEVED_SPEED):
            return Refusal(
                Rule.JOINT_STATE_JUMP,
                f'joint state jumped by {np.round(sample.q - previous.q, 2).tolist()} rad in '
                f'{elapsed_s:.3f} s, faster than the arm can move',
            )
        return None

    def _queued(self, read_s: float, now_s: float) -> Refusal | None:
        """Reject a first joint state that waited in the queue of this process."""
        if self._sample is not None or read_s == now_s:
            return None
        return Refusal(
            Rule.JOINT_STATE_LATE,
            f'joint state waited {now_s - read_s:.1f} s in a queue, expected a new one: the '
            'bridge was paused; if this continues, synchronise the clocks (chrony)',
        )

    def _still_elsewhere(self, sample: JointSample) -> Refusal | None:
        """Reject a reading that is nearer to a rejected jump than to the last accepted reading.

        Some time later, its speed alone would be plausible: an arm covers 0.9 rad in 0.15 s.
        """
        if self._displacement:
            return Refusal(Rule.JOINT_STATE_JUMP, self._displacement)
        before = self._sample
        if self._jumped is None or before is None:
            return None
        since_s, jumped = self._jumped
        timeout_s = self._config.joint_states_timeout_s
        if sample.stamp_s - jumped.stamp_s > timeout_s:
            return None  # no readings meanwhile: the arm may have been moved there
        if np.abs(sample.q - before.q).max() < np.abs(sample.q - jumped.q).max():
            return None
        apart = np.abs(sample.q - before.q)
        name, jump = vx300s.JOINT_NAMES[int(apart.argmax())], float(apart.max())
        message = f'{name} reads {jump:.2f} rad away from its position a moment before'
        if sample.stamp_s - since_s >= _LASTING * timeout_s:
            message = self._displacement = (
                f'{message}, and stays there: faulty encoder, changed homing offset, or slipped '
                'gear; check where the arm really is, then call clear_fault and resume'
            )
        return Refusal(Rule.JOINT_STATE_JUMP, message)
