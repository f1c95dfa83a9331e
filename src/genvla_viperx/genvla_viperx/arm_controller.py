# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The bridge without ROS: joint states, chunks and operator requests in, commands out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genvla_viperx import gripper, safety, vx300s
from genvla_viperx.arm_interface import Answer, ArmCommand, ArmState, ControllerConfig
from genvla_viperx.arm_monitor import ArmMonitor, JointSample
from genvla_viperx.chunk import Chunk
from genvla_viperx.chunk_scheduler import ChunkScheduler
from genvla_viperx.joint_motion import JointMotion
from genvla_viperx.refusal import Interventions, Refusal, Rule
from genvla_viperx.step_planner import Target, plan_step

Array = NDArray[np.float64]


_HEIGHT_MARGIN = 1e-3
"""A way to home or sleep that starts at the floor may sink by this much [m]."""


class ArmController:
    """Decides at every tick what the arm is told, if anything.

    Inputs may come at any time; commands come out of `tick` alone, and of `deactivate`. Nothing is
    commanded before the first chunk or request. The driver has no watchdog of its own: an arm that
    is told nothing goes to its last goal and holds it, at most `move_time_s` away.
    """

    def __init__(self, config: ControllerConfig) -> None:
        """Starts inactive."""
        self.interventions = Interventions()
        self._config = config
        self._scheduler = ChunkScheduler(config.scheduler)
        self._monitor = ArmMonitor(config.safety)
        self._state = ArmState.INACTIVE
        self._reason = ''
        self._target: Target | None = None
        self._motion: JointMotion | None = None
        self._hold_pending = False
        self._heartbeat_s: float | None = None
        self._last_command_s = -float('inf')
        self._last_tick_s = -float('inf')
        self._last_chunk: Chunk | None = None
        self._last_refusal: Refusal | None = None

    @property
    def state(self) -> ArmState:
        """What the arm is doing."""
        return self._state

    @property
    def reason(self) -> str:
        """Why it is stopped or faulted, or where it is moving; empty otherwise."""
        return self._reason

    @property
    def last_chunk(self) -> Chunk | None:
        """The last chunk that was put in force."""
        return self._last_chunk

    @property
    def last_refusal(self) -> Refusal | None:
        """Why the last refused action was not executed; a new object for each."""
        return self._last_refusal

    @property
    def monitor(self) -> ArmMonitor:
        """What is known of the arm; to be read, not fed."""
        return self._monitor

    # Inputs

    def activate(self, now_s: float) -> None:
        """Accepts chunks and requests from now on; commands nothing."""
        self._drop_everything(now_s)
        self._enter(ArmState.HOLDING)
        self._check_joint_states(now_s)

    def deactivate(self, now_s: float) -> ArmCommand | None:
        """Commands nothing from now on; returns a last command if the arm has to be halted."""
        in_motion = self._state in (ArmState.EXECUTING, ArmState.MOVING) or self._hold_pending
        self._drop_everything(now_s)
        self._enter(ArmState.INACTIVE)
        sample = self._monitor.fresh(now_s)
        return _hold_at(sample) if in_motion and sample is not None else None

    def accept_joint_sample(self, sample: JointSample, now_s: float) -> Refusal | None:
        """Takes a joint state in, or returns why it is not believed; in every state."""
        return self._counted(self._monitor.accept(sample, now_s))

    def accept_heartbeat(self, now_s: float) -> None:
        """Notes that the policy is alive."""
        self._heartbeat_s = now_s

    def accept_chunk(self, chunk: Chunk, now_s: float) -> Refusal | None:
        """Puts a chunk in force, or returns why not; the next tick executes its first step."""
        refusal = self._not_ready(now_s) or self._scheduler.accept(chunk, now_s)
        if refusal is None:
            self._last_chunk = chunk
            self._enter(ArmState.EXECUTING)
        return self._counted(refusal)

    def follow_instruction(self, instruction: str, now_s: float) -> None:
        """Drops what is queued for any other instruction; the arm holds its last goal."""
        if self._state is not ArmState.EXECUTING or self._last_chunk is None:
            return
        if self._last_chunk.instruction != instruction:
            self._scheduler.clear(self._still_s(now_s))
            self._enter(ArmState.HOLDING)

    def refuse(self, refusal: Refusal) -> Refusal:
        """Counts an input that was refused before it got here."""
        self.interventions.add(refusal.rule)
        return refusal

    def stop(self, now_s: float, reason: str = 'stop was requested') -> Answer:
        """Halts the arm where it is, at the next tick, and keeps it there until `resume`."""
        if self._state is ArmState.INACTIVE:
            return Answer(False, 'not active: nothing is being commanded')
        if self._state is not ArmState.STOPPED:
            self._halt(now_s)
            self._enter(ArmState.STOPPED, reason)
        return Answer(True, f'stopped ({self._reason}); call resume to go on')

    def resume(self, now_s: float) -> Answer:
        """Ends a stop; the next chunk starts from where the arm is then."""
        if self._state is not ArmState.STOPPED:
            return Answer(True, f'was not stopped but {self._state}')
        self._drop_everything(now_s)
        self._enter(ArmState.HOLDING)
        return Answer(True, 'resumed: the next chunk is executed')

    def home(self, now_s: float) -> Answer:
        """Starts moving to the home pose, dropping what is queued."""
        return self._move_to(self._config.home, 'home', now_s)

    def sleep(self, now_s: float) -> Answer:
        """Starts moving to the sleep pose, where the arm rests without torque."""
        return self._move_to(vx300s.SLEEP, 'sleep', now_s)

    # Output

    def tick(self, now_s: float) -> ArmCommand | None:
        """Returns what to send now, or None; call it at the control rate and on every chunk."""
        if self._state is ArmState.INACTIVE:
            return None
        self._check_clock(now_s)
        sample = self._check_joint_states(now_s)
        if sample is None:
            return None
        self._check_effort(now_s)
        self._check_heartbeat(now_s)
        command = self._command(sample, now_s)
        if command is not None:
            self._last_command_s = now_s
        return command

    def _command(self, sample: JointSample, now_s: float) -> ArmCommand | None:
        if self._hold_pending:
            self._hold_pending = False
            return _hold_at(sample)
        if self._motion is not None:
            return self._follow(self._motion, now_s)
        if self._state is ArmState.EXECUTING:
            return self._execute(sample, now_s)
        return None

    def _follow(self, motion: JointMotion, now_s: float) -> ArmCommand:
        self._target = Target.at(motion.at(now_s))
        if now_s >= motion.end_s:
            self._motion = None
            self._scheduler.clear(self._still_s(now_s))
            self._enter(ArmState.HOLDING)
        return ArmCommand(self._target.q)

    def _execute(self, sample: JointSample, now_s: float) -> ArmCommand | None:
        action = self._scheduler.next_action(now_s)
        if action is None:
            if self._scheduler.is_idle(now_s):
                self._enter(ArmState.HOLDING)
            return None
        start = self._start_of_motion(sample, now_s)
        outcome = plan_step(start, action, self._config.safety, self.interventions)
        if isinstance(outcome, Refusal):
            # The next action starts from the measured pose: a target that ran ahead of what the
            # arm can reach would have to be walked back first.
            self._target, self._last_refusal = None, outcome
            return None
        self._target = outcome
        opening = float(action[6])
        return ArmCommand(
            outcome.q, None if np.isnan(opening) else gripper.full_opening_m(opening)
        )

    def _start_of_motion(self, sample: JointSample, now_s: float) -> Target:
        """The last target; or the measured pose if there is none or the arm was moved away."""
        resting = now_s - self._last_command_s > 2 * self._config.safety.move_time_s
        if self._target is not None and resting:
            distance = float(np.abs(sample.q - self._target.q).max())
            if distance > self._config.resync_tolerance:
                self._target = None
        return Target.at(_inside_limits(sample.q)) if self._target is None else self._target

    def _move_to(self, goal: Array, name: str, now_s: float) -> Answer:
        sample = self._monitor.fresh(now_s)
        if self._state in (ArmState.INACTIVE, ArmState.STOPPED) or sample is None:
            return Answer(False, self._why_not_ready() or 'no fresh joint states')
        motion = JointMotion.within_speed(
            self._start_of_motion(sample, now_s).q,
            goal,
            start_s=now_s,
            max_speed=self._config.move_speed,
            min_duration_s=self._config.safety.move_time_s,
        )
        lowest, floor = motion.lowest_tool_height(), self._config.safety.workspace_lower[2]
        ends = motion.tool_height(motion.start_s), motion.tool_height(motion.end_s)
        if lowest < min(floor, *ends) - _HEIGHT_MARGIN:
            return Answer(
                False,
                f'the straight way to {name} takes the tool down to z = {lowest:.3f} m, below the '
                f'workspace floor at {floor:.3f} m; raise the arm first',
            )
        self._drop_everything(now_s)
        self._motion = motion
        self._enter(ArmState.MOVING, f'to {name}, {motion.duration_s:.1f} s')
        return Answer(True, f'moving {self._reason}; call stop to halt')

    # Watchdogs

    def _check_clock(self, now_s: float) -> None:
        """A clock set back (simulated time starting anew) makes all times we keep worthless."""
        if now_s < self._last_tick_s - 1.0:
            self._monitor.forget()
            self._heartbeat_s = None
            self._drop_everything(now_s)
            self._last_command_s = -float('inf')
        self._last_tick_s = now_s

    def _check_joint_states(self, now_s: float) -> JointSample | None:
        sample = self._monitor.fresh(now_s)
        if sample is not None:
            if self._state is ArmState.FAULTED:
                self._enter(ArmState.HOLDING)
            return sample
        self._hold_pending = False
        if self._state not in (ArmState.FAULTED, ArmState.STOPPED):
            if self._monitor.last is not None:
                self.interventions.add(Rule.JOINT_STATES_STALE)
            self._drop_everything(now_s)
            self._enter(ArmState.FAULTED, 'no joint states; is the driver running?')
        return None

    def _check_effort(self, now_s: float) -> None:
        overloaded = self._monitor.overloaded(now_s)
        if overloaded and self._state is not ArmState.STOPPED:
            self.interventions.add(Rule.EFFORT)
            self.stop(now_s, f'motor current too high: {", ".join(overloaded)}')

    def _check_heartbeat(self, now_s: float) -> None:
        if self._state is ArmState.EXECUTING and self._policy_is_silent(now_s):
            self.interventions.add(Rule.HEARTBEAT_LOST)
            self._halt(now_s)
            self._enter(ArmState.HOLDING, 'the policy fell silent')

    def _policy_is_silent(self, now_s: float) -> bool:
        timeout_s = self._config.safety.heartbeat_timeout_s
        return timeout_s > 0 and safety.is_stale(self._heartbeat_s, now_s, timeout_s)

    def _not_ready(self, now_s: float) -> Refusal | None:
        reason = self._why_not_ready()
        if not reason and self._policy_is_silent(now_s):
            reason = 'the policy sends no heartbeat; is it active, and is its topic connected?'
        return Refusal(Rule.CHUNK_NOT_READY, f'chunk refused: {reason}') if reason else None

    def _why_not_ready(self) -> str:
        return {
            ArmState.INACTIVE: 'the bridge is not active; activate it',
            ArmState.STOPPED: f'stopped ({self._reason}); call resume first',
            ArmState.FAULTED: f'faulted: {self._reason}',
            ArmState.MOVING: f'moving {self._reason}',
        }.get(self._state, '')

    # Transitions

    def _enter(self, state: ArmState, reason: str = '') -> None:
        self._state, self._reason = state, reason

    def _halt(self, now_s: float) -> None:
        self._drop_everything(now_s)
        self._hold_pending = True

    def _drop_everything(self, now_s: float) -> None:
        self._scheduler.clear(self._still_s(now_s))
        self._motion = None
        self._target = None
        self._hold_pending = False

    def _still_s(self, now_s: float) -> float:
        return now_s + self._config.safety.move_time_s + self._config.scheduler.settle_s

    def _counted(self, refusal: Refusal | None) -> Refusal | None:
        if refusal is not None:
            self.interventions.add(refusal.rule)
        return refusal


def _hold_at(sample: JointSample) -> ArmCommand:
    return ArmCommand(_inside_limits(sample.q))


def _inside_limits(q: Array) -> Array:
    """At rest in the sleep pose the shoulder is measured slightly outside its limit."""
    inside: Array = np.minimum(np.maximum(q, vx300s.JOINT_LOWER), vx300s.JOINT_UPPER)
    return inside
