# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""All checks that make an arm hold or stop without a request, in a fixed order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from genvla_viperx.arm.states import ArmState
from genvla_viperx.safety import rules
from genvla_viperx.safety.config import SafetyConfig
from genvla_viperx.safety.refusal import Rule
from genvla_viperx.watch.clock_offset import ClockOffset
from genvla_viperx.watch.goal_tracking import GoalTracker
from genvla_viperx.watch.hardware_errors import FaultLatch
from genvla_viperx.watch.joint_states import ArmMonitor, JointSample
from genvla_viperx.watch.motion import MotionWatch, StuckWatch

_IN_MOTION = (ArmState.EXECUTING, ArmState.MOVING)
_NUM_HEARTBEATS = 40
"""Two seconds of heartbeats."""

_STILL = (
    'the arm was commanded to move, but no joint has moved: commands do not arrive, the driver '
    'repeats old joint states, or no servo has torque; check the arm, then call clear_fault and '
    'resume'
)
_NOT_HELD = 'the dead-man switch is not held; hold it, or set dead_man_timeout_s to 0'


@dataclass(frozen=True)
class Alarm:
    """Why an arm must not continue.

    Attributes:
        rule: The rule that raised the alarm.
        reason: One sentence, and what to do.
        is_latched: Whether the arm is stopped until an operator resumes it; otherwise it holds.
    """

    rule: Rule
    reason: str
    is_latched: bool = True


class Watchdogs:
    """Checks everything that may be wrong with an arm whose joint states are fresh."""

    def __init__(
        self, config: SafetyConfig, monitor: ArmMonitor, goal: GoalTracker, faults: FaultLatch
    ) -> None:
        """Watch objects that others update.

        Args:
            config: The limits.
            monitor: Monitor of the joint states.
            goal: The last goal sent.
            faults: Faults that the servos report.
        """
        self._config = config
        self._monitor = monitor
        self._goal = goal
        self._faults = faults
        self._heartbeat_s: float | None = None
        self._policy_clock = ClockOffset(_NUM_HEARTBEATS)
        self._held_s: float | None = None
        self._unheard = self._rivals = ''
        self._motion = MotionWatch(config.move_time_s)
        self._stuck = StuckWatch(config)

    def take_heartbeat(self, now_s: float, stamp_s: float = 0.0) -> None:
        """Record that the policy was alive at the stamp of the message [s]; 0: on its arrival."""
        self._heartbeat_s = self._policy_clock.sent_s(stamp_s, now_s)

    @property
    def youngest_heartbeat_s(self) -> float | None:
        """Smallest age of a recent heartbeat on arrival [s]; None without stamps."""
        return self._policy_clock.youngest_s

    def take_dead_man(self, held: bool, now_s: float) -> None:
        """Record whether the dead-man switch is held."""
        self._held_s = now_s if held else None

    def take_wiring(self, unheard: str, rivals: str) -> None:
        """Record why commands do not reach the driver, and which other nodes command; or empty."""
        self._unheard, self._rivals = unheard, rivals

    def clock_was_set(self) -> None:
        """Forget when heartbeats and the dead-man switch were received."""
        self._heartbeat_s = self._held_s = None
        self._policy_clock.forget()

    def look(
        self, sample: JointSample, now_s: float, state: ArmState, *, has_to_arrive: bool
    ) -> Alarm | None:
        """Return the first alarm, or None; call it at every tick.

        Args:
            sample: The last joint state; must be fresh.
            now_s: The time [s].
            state: The arm's activity.
            has_to_arrive: Whether the goal is the last one, without others to follow.
        """
        is_moving = state in _IN_MOTION
        # Between two chunks nothing new is commanded, but the arm still has to arrive.
        is_under_way = (
            state is ArmState.EXECUTING and has_to_arrive and not self._goal.is_resting(now_s)
        )
        # Both keep a history, so they must run at every tick.
        is_still = self._motion.is_still(sample, self._goal.goal, is_under_way=is_under_way)
        if state is ArmState.STOPPED:
            self._motion.forget()
        readings = list(self._look_at_readings(sample, now_s, state, has_to_arrive))
        if state is not ArmState.STOPPED:
            if self._faults.errors:
                return Alarm(self._faults.rule, self._faults.objection)
            if overloaded := self._monitor.overloaded(now_s):
                return Alarm(Rule.EFFORT, f'motor current too high: {", ".join(overloaded)}')
        if is_moving and self._unheard:
            return Alarm(Rule.COMMANDS_UNHEARD, self._unheard)
        if is_moving and self._rivals:
            return Alarm(Rule.RIVAL_COMMANDER, self._rivals)
        if state is ArmState.EXECUTING and self._policy_is_silent(now_s):
            return Alarm(
                Rule.HEARTBEAT_LOST, 'the policy stopped sending heartbeats', is_latched=False
            )
        if is_moving and self._switch_is_released(now_s):
            return Alarm(Rule.DEAD_MAN, 'the dead-man switch was released', is_latched=False)
        if is_still and state is not ArmState.STOPPED:
            return Alarm(Rule.JOINT_STATES_FROZEN, _STILL)
        return readings[0] if readings else None

    def objection_to_motion(self, now_s: float) -> str:
        """Return why no motion of the arm may start, or an empty string."""
        return (
            self._faults.objection
            or self.objection_to_wiring
            or (_NOT_HELD if self._switch_is_released(now_s) else '')
        )

    @property
    def objection_to_wiring(self) -> str:
        """Why this bridge's commands would not control the arm, or empty."""
        return self._unheard or self._rivals

    def objection_to_chunk(self, now_s: float) -> str:
        """Return why no chunk may be accepted, or an empty string."""
        if not self._faults.objection and self._policy_is_silent(now_s):
            return 'the policy sends no heartbeat; check that it is active and its topic connected'
        return self.objection_to_motion(now_s)

    def _policy_is_silent(self, now_s: float) -> bool:
        timeout_s = self._config.heartbeat_timeout_s
        return timeout_s > 0 and rules.is_stale(self._heartbeat_s, now_s, timeout_s)

    def _switch_is_released(self, now_s: float) -> bool:
        timeout_s = self._config.dead_man_timeout_s
        return timeout_s > 0 and rules.is_stale(self._held_s, now_s, timeout_s)

    def _look_at_readings(
        self, sample: JointSample, now_s: float, state: ArmState, has_to_arrive: bool
    ) -> Iterator[Alarm]:
        is_moving = state in _IN_MOTION
        goal = self._goal.goal if is_moving else None
        if stuck := self._stuck.stuck(sample, goal):
            yield Alarm(
                Rule.TRACKING,
                f'{", ".join(stuck)} did not move as commanded, with a constant reading while '
                'others move: faulty encoder, lost torque, or blocked; check it, then call '
                'clear_fault and resume',
            )
        if not is_moving and self._goal.is_resting(now_s):
            is_free = state is ArmState.STOPPED
            self._goal.excuse(is_free=is_free)
            left = () if is_free else self._goal.has_left(sample.q)
            if not left:
                return
            yield Alarm(
                Rule.GOAL_LEFT,
                f'{", ".join(left)} left the held position without a command: it lost torque, or '
                'somebody moved it; support the arm, then call clear_fault and resume',
            )
            return
        astray = self._goal.astray(sample.q, now_s, has_to_arrive=has_to_arrive)
        if astray and is_moving:
            yield Alarm(
                Rule.TRACKING,
                f'{", ".join(astray)} did not move as commanded: blocked, or a servo lost torque '
                '(overload); check it, then call clear_fault and resume',
            )
