# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The bridge without ROS: joint states, chunks and operator requests in, commands out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from genvla_viperx.arm import vx300s
from genvla_viperx.arm.states import ASLEEP, REQUESTED, Answer, ArmCommand, ArmState
from genvla_viperx.control.chunk import Chunk, unfit
from genvla_viperx.control.config import ControllerConfig
from genvla_viperx.control.executed_step import ExecutedStep
from genvla_viperx.control.moves import JointMotion, PoseMove
from genvla_viperx.control.output import ArmOutput
from genvla_viperx.control.scheduler import ChunkScheduler
from genvla_viperx.safety import rules
from genvla_viperx.safety.refusal import Interventions, Refusal, Rule
from genvla_viperx.watch.goal_tracking import GoalTracker
from genvla_viperx.watch.hardware_errors import FaultLatch
from genvla_viperx.watch.joint_states import ArmMonitor, JointSample
from genvla_viperx.watch.watchdogs import Watchdogs

Array = NDArray[np.float64]

_LONGEST_PAUSE_S = 1.0
"""After a longer pause between two ticks [s], the clock was set or this process was suspended."""

_NOT_ACTIVE = Answer(False, 'the bridge is not active and sends no commands')
_STOPS_LATER = 'the bridge is not active; it will be stopped when it is activated'

_ARRIVED = {'home': 'at home', 'sleep': ASLEEP}


class ArmController:
    """Decides at every tick which command to send, if any.

    Inputs may arrive at any time. Only `tick` and `deactivate` return commands, all of them made
    by `output`. Nothing is commanded before the first chunk or request. The driver has no watchdog
    of its own: without commands, the arm moves to its last goal, at most `move_time_s` away, and
    holds it.

    Attributes:
        interventions: How often each rule has intervened.
        monitor: The joint states of the arm.
        faults: Faults that the servos report.
        watchdogs: The checks that make the arm hold or stop.
        output: Makes the commands.
        last_chunk: The last chunk that was accepted.
        executed: The step that the last tick started; None: no step.
        image_to_command_s: Time from the capture of an image to the first step that the policy
            decided from it, for the last chunk with such a step [s]; None: no such chunk yet.
    """

    def __init__(self, config: ControllerConfig) -> None:
        """Start inactive."""
        self._config = config
        self._goal = GoalTracker(config.safety)
        self.interventions = Interventions()
        self.monitor = ArmMonitor(config.safety)
        self.faults = FaultLatch()
        self.watchdogs = Watchdogs(config.safety, self.monitor, self._goal, self.faults)
        self.output = ArmOutput(config, self._goal, self.interventions)
        self.last_chunk: Chunk | None = None
        self.executed: ExecutedStep | None = None
        self.image_to_command_s: float | None = None
        self._last_begun: Chunk | None = None
        self._scheduler = ChunkScheduler(config.scheduler)
        self._state = ArmState.INACTIVE
        self._reason = ''
        self._move: PoseMove | None = None
        self._hold_pending = False
        self._stopped_before = ''
        self._instruction: str | None = None
        self._clock_s: float | None = None

    @property
    def state(self) -> ArmState:
        """The arm's activity."""
        return self._state

    @property
    def reason(self) -> str:
        """Why the arm is stopped or faulted, or where it is moving; empty otherwise."""
        return self._reason

    @property
    def num_slots(self) -> int:
        """Number of steps that have started, over all chunks: the number of the last slot."""
        return self._scheduler.num_begun

    def rest_error(self, now_s: float) -> tuple[str, float] | None:
        """Return the joint that rests furthest from its goal, and how far [rad]; None: in motion.

        Gravity, contact, or a person who moved the arm can cause this error.
        """
        sample = self.monitor.fresh(now_s)
        if sample is None or not self._goal.is_resting(now_s):
            return None
        return self._goal.error(sample.q)

    def rest_complaint(self, now_s: float) -> str:
        """Return a message if a joint rests far from its goal; otherwise an empty string."""
        worst = self.rest_error(now_s)
        allowed = self._config.safety.rest_tolerance
        if self._state is ArmState.INACTIVE or worst is None or worst[1] <= allowed / 2:
            return ''
        name, error = worst
        return f'{name} rests {error:.3f} rad from its goal (rest_tolerance {allowed:g})'

    # Inputs

    def activate(self, now_s: float) -> None:
        """Accept requests from now on, and chunks unless the arm was stopped; command nothing."""
        self._check_clock(now_s)
        self._drop_everything(now_s)
        self._hold_pending = False
        stopped = bool(self._stopped_before)
        self._enter(ArmState.STOPPED if stopped else ArmState.HOLDING, self._stopped_before)
        self._check_joint_states(now_s)

    def deactivate(self, now_s: float) -> ArmCommand | None:
        """Stop commanding; return one last command if the arm has to be halted."""
        in_motion = self._state in (ArmState.EXECUTING, ArmState.MOVING) or self._hold_pending
        if self._state is not ArmState.INACTIVE:
            stopped = self._after_interruption() is ArmState.STOPPED
            self._stopped_before = (self._reason or 'before') if stopped else ''
        self._drop_everything(now_s)
        self._hold_pending = False
        self._enter(ArmState.INACTIVE)
        sample = self.monitor.trusted(now_s)
        if sample is None or not in_motion:
            return None
        return self.output.hold(sample, self.monitor.velocity, now_s)

    def accept_joint_sample(self, sample: JointSample, now_s: float) -> Refusal | None:
        """Accept a joint state, or return why it is rejected; works in every state."""
        self._check_clock(now_s)
        refusal = self.monitor.accept(sample, now_s)
        return None if refusal is None else self.interventions.refuse(refusal)

    def accept_silence(self, silence_s: float) -> None:
        """Record how long the driver was silent, by a clock that cannot be set [s].

        After a long silence, the driver may have been restarted with other modes. If the arm's
        clock was set meanwhile, no other measurement shows this silence.
        """
        self.monitor.note_silence(silence_s)

    def accept_pause(self, duration_s: float, now_s: float) -> bool:
        """Record how long this process was paused, by a clock that cannot be set [s].

        A moving arm is stopped after a pause in which nothing could have stopped it.

        Returns:
            Whether the pause was longer than `pause_timeout_s`.
        """
        timeout_s = self._config.safety.pause_timeout_s
        if timeout_s == 0 or duration_s <= timeout_s:
            return False
        self._clock_s = now_s  # the clock was not set
        self.monitor.drop_sample()  # the driver was not silent
        if self._state in (ArmState.EXECUTING, ArmState.MOVING):
            self.interventions.add(Rule.BRIDGE_PAUSED)
            self.stop(
                now_s,
                f'the bridge was paused for {duration_s:.1f} s while the arm moved: it was '
                'suspended, or the computer was overloaded; check the arm, then call resume',
            )
        return True

    def accept_heartbeat(self, now_s: float, stamp_s: float = 0.0) -> None:
        """Record a heartbeat of the policy, and its stamp [s]; 0: no stamp."""
        self._check_clock(now_s)
        self.watchdogs.take_heartbeat(now_s, stamp_s)

    def accept_dead_man(self, held: bool, now_s: float) -> None:
        """Record whether the dead-man switch is held."""
        self._check_clock(now_s)
        self.watchdogs.take_dead_man(held, now_s)

    def accept_hardware_errors(self, errors: Mapping[str, int]) -> None:
        """Accept the motors that report a hardware error; an error stops the arm at the next tick.

        Args:
            errors: Hardware_Error_Status by motor, for motors where it is not 0. An empty mapping
                clears nothing: only `end_clearing` does.
        """
        self.faults.report(errors)

    def accept_servo_changes(self, changes: Mapping[str, str]) -> None:
        """Accept the motors whose settings another program has changed; this stops the arm too.

        If the arm has fallen meanwhile, it is already stopped, but for another reason: replace the
        reason.
        """
        known = self.faults.errors
        self.faults.report_changes(changes)
        if self._state is ArmState.STOPPED and self.faults.errors != known:
            self._enter(ArmState.STOPPED, self.faults.objection)

    def accept_silent_servo(self, sentence: str) -> None:
        """Record that a servo does not report its errors; this stops the arm too."""
        self.faults.report_silence(sentence)

    def scale_speed(self, speed_scale: float) -> None:
        """Scale every following step of a policy by a factor.

        It also slows down a motion to home or sleep, even one in progress. At 0 nothing moves, and
        such a motion waits.

        Raises:
            ValueError: The factor is not from 0 to 1.
        """
        if not 0.0 <= speed_scale <= 1.0:
            raise ValueError(f'speed_scale is {speed_scale}, expected 0 to 1')
        self.output.speed_scale = speed_scale

    def accept_chunk(self, chunk: Chunk, now_s: float) -> Refusal | None:
        """Accept a chunk, or return why it is refused; the next tick executes its first step."""
        self._check_clock(now_s)
        refusal = (
            self._not_ready(now_s)
            or unfit(
                chunk,
                self._config.safety.move_time_s / 2,
                self._config.safety.step_period_s,
                self._instruction,
            )
            or self._scheduler.accept(chunk, now_s)
        )
        if refusal is not None:
            return self.interventions.refuse(refusal)
        self.last_chunk = chunk
        self._enter(ArmState.EXECUTING)
        return None

    def follow_instruction(self, instruction: str, now_s: float) -> None:
        """Drop queued steps of any other instruction, and refuse such chunks from now on.

        An empty instruction fits no chunk. Before the first call, chunks of any instruction are
        accepted: during bag replay, no node announces one.
        """
        self._check_clock(now_s)
        self._instruction = instruction
        if self._state is not ArmState.EXECUTING or self.last_chunk is None:
            return
        if not instruction or self.last_chunk.instruction != instruction:
            self._scheduler.clear(self._still_s(now_s))
            self._enter(ArmState.HOLDING)

    def stop(self, now_s: float, reason: str = REQUESTED) -> Answer:
        """Halt the arm where it is, at the next tick, and keep it there until `resume`.

        An inactive bridge remembers the stop, and is stopped when it is activated.
        """
        if self._state is ArmState.INACTIVE:
            self._stopped_before = self._stopped_before or reason
            return Answer(True, f'{_STOPS_LATER} ({self._stopped_before})')
        if self._state is not ArmState.STOPPED:
            self._halt(now_s, ArmState.STOPPED, reason)
        return Answer(True, f'stopped ({self._reason}); call resume to continue')

    def resume(self, now_s: float) -> Answer:
        """End a stop; the next chunk starts where the arm holds, or where it was moved by hand."""
        if self._state is ArmState.INACTIVE and self._stopped_before:
            return Answer(False, f'{_STOPS_LATER} ({self._stopped_before}); call resume then')
        if self._state is not ArmState.STOPPED:
            return Answer(True, f'not stopped: the arm is {self._state}')
        if objection := self.faults.objection or self.monitor.displacement:
            return Answer(False, objection)
        self._drop_everything(now_s)
        self._enter(ArmState.HOLDING)
        return Answer(True, 'resumed: the arm will execute the next chunk')

    def home(self, now_s: float) -> Answer:
        """Start to move to the home pose; an arm that was stopped is stopped again there."""
        return self._move_to(self._config.home, 'home', self._after_interruption(), now_s)

    def sleep(self, now_s: float) -> Answer:
        """Start to move to the sleep pose and stop there: its torque may then be switched off."""
        return self._move_to(vx300s.SLEEP, 'sleep', ArmState.STOPPED, now_s)

    def begin_clearing(self, now_s: float) -> Answer:
        """Stop the arm while the driver is prepared again; `end_clearing` has to follow."""
        if self._state is ArmState.INACTIVE:
            return _NOT_ACTIVE
        if self.faults.is_being_cleared:
            return Answer(False, self.faults.objection)
        self._halt(now_s, ArmState.STOPPED, 'a fault is being cleared')
        self.faults.is_being_cleared = True
        return Answer(True, self._reason)

    def end_clearing(self, objection: str) -> Answer:
        """Record the outcome of the clearing; the arm stays stopped in any case.

        With an objection, all faults remain. Without one, a driver that was silent is trusted
        again, because it has just been checked.
        """
        self.faults.is_being_cleared = False
        if not objection:
            self.faults.clear()
            self.monitor.pardon()
        outcome = f'not cleared: {objection}' if objection else 'cleared; call resume to continue'
        if self._state is ArmState.STOPPED:
            self._enter(ArmState.STOPPED, outcome)
        return Answer(not objection, outcome)

    # Output

    def tick(self, now_s: float) -> ArmCommand | None:
        """Return the command to send now, or None; call it at the control rate and per chunk."""
        self.executed = None
        if self._state is ArmState.INACTIVE:
            return None
        self._check_clock(now_s)
        sample = self._check_joint_states(now_s)
        if sample is None:
            return None
        self._obey_watchdogs(sample, now_s)
        if self._hold_pending:
            command = self.output.hold(sample, self.monitor.velocity, now_s)
            self._hold_pending = command is None
            return command
        if self._move is not None:
            return self._follow(self._move, sample, now_s)
        if self._state is ArmState.EXECUTING:
            return self._execute(sample, now_s)
        return None

    def _follow(self, move: PoseMove, sample: JointSample, now_s: float) -> ArmCommand | None:
        if not move.is_over:
            return self.output.follow(move, sample, now_s)
        if self._goal.has_arrived(sample.q):
            self._drop_everything(now_s)
            stopped = move.ends_in is ArmState.STOPPED
            self._enter(move.ends_in, _ARRIVED[move.name] if stopped else '')
        return None

    def _execute(self, sample: JointSample, now_s: float) -> ArmCommand | None:
        slot, period_s = self._scheduler.next_slot(now_s), self._scheduler.shortest_period_s
        if slot is not None:
            outcome = self.output.step(slot.action, period_s, sample, now_s)
            is_decided = slot.step >= slot.chunk.num_committed
            if is_decided and slot.chunk is not self._last_begun:
                self._last_begun = slot.chunk
                self.image_to_command_s = now_s - slot.chunk.stamp_s
            self.executed = ExecutedStep(
                slot, outcome.delta, outcome.refused, self.output.speed_scale
            )
            return outcome.command
        if self._scheduler.is_idle(now_s) and self._goal.is_resting(now_s):
            self._enter(ArmState.HOLDING)
        return None

    def _move_to(self, goal: Array, name: str, ends_in: ArmState, now_s: float) -> Answer:
        self._check_clock(now_s)
        sample = self.monitor.trusted(now_s)
        if self._state in (ArmState.INACTIVE, ArmState.FAULTED) or sample is None:
            return Answer(False, self._why_not_ready() or self.monitor.complaint)
        if objection := self.watchdogs.objection_to_motion(now_s):
            return Answer(False, objection)
        if self.output.speed_scale == 0.0:
            return Answer(False, 'speed_scale is 0, so nothing moves; raise it first')
        self.output.resynchronise(sample, now_s)
        start = self.output.target.start(sample.q).q
        motion = JointMotion.within_speed(
            start,
            goal,
            max_speed=self._config.move_speed,
            min_duration_s=self._config.safety.move_time_s,
        )
        move = PoseMove(motion, name=name, ends_in=ends_in, now_s=now_s)
        limits = self._config.safety
        objection = move.objection(
            limits.workspace_lower[2],
            limits.finger_floor,
            limits.obstacles,
            may_end_inside=goal is vx300s.SLEEP,
            carries=self.output.carries(sample),
        )
        if objection:
            return Answer(False, objection)
        self._drop_everything(now_s)
        self._hold_pending = False
        self.output.target.leave_workspace()
        self.monitor.excuse_effort(now_s)
        self._move = move
        self._enter(
            ArmState.MOVING, f'to {name}, {move.duration_s / self.output.speed_scale:.1f} s'
        )
        return Answer(True, f'moving {self._reason}; call stop to halt')

    # Watchdogs

    def _check_clock(self, now_s: float) -> None:
        """Drop all stored times if the clock was set; every input calls this."""
        last_s, self._clock_s = self._clock_s, now_s
        passed_s = 0.0 if last_s is None else now_s - last_s
        if -rules.CLOCK_STEP_S <= passed_s <= _LONGEST_PAUSE_S:
            return
        self.monitor.forget()
        self._goal.clock_was_set(now_s)
        self.watchdogs.clock_was_set()
        self._scheduler.forget_times()
        if self._state in (ArmState.EXECUTING, ArmState.MOVING):
            self._halt(now_s, self._after_interruption(), 'the clock was set')

    def _check_joint_states(self, now_s: float) -> JointSample | None:
        sample = self.monitor.trusted(now_s)
        if sample is not None:
            if self._state is ArmState.FAULTED:
                self._enter(ArmState.HOLDING)
            return sample
        if self._state is ArmState.STOPPED:
            return None
        if self.monitor.displacement:
            self.stop(now_s, self.monitor.displacement)
            return None
        if self._state is not ArmState.FAULTED and self.monitor.last is not None:
            self.interventions.add(Rule.JOINT_STATES_STALE)
        was_stopped = self._after_interruption() is ArmState.STOPPED
        self._drop_everything(now_s)
        self._enter(ArmState.STOPPED if was_stopped else ArmState.FAULTED, self.monitor.complaint)
        return None

    def _obey_watchdogs(self, sample: JointSample, now_s: float) -> None:
        has_to_arrive = (
            self._state is ArmState.EXECUTING and self._scheduler.is_idle(now_s)
            if self._move is None
            else self._move.is_over
        )
        alarm = self.watchdogs.look(sample, now_s, self._state, has_to_arrive=has_to_arrive)
        if alarm is None:
            return
        self.interventions.add(alarm.rule)
        if alarm.rule is Rule.EFFORT:
            self._goal.forget()  # the arm presses towards this goal
        if alarm.is_latched:
            self.stop(now_s, alarm.reason)
        else:
            self._halt(now_s, self._after_interruption(), alarm.reason)

    def _not_ready(self, now_s: float) -> Refusal | None:
        reason = self._why_not_ready() or self.watchdogs.objection_to_chunk(now_s)
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

    def _after_interruption(self) -> ArmState:
        """Return the state after an interrupted motion: an arm that was stopped stays stopped."""
        stopped = self._state is ArmState.STOPPED or (
            self._move is not None and self._move.ends_in is ArmState.STOPPED
        )
        return ArmState.STOPPED if stopped else ArmState.HOLDING

    def _halt(self, now_s: float, state: ArmState, reason: str) -> None:
        self._drop_everything(now_s)
        self._hold_pending = True
        self._enter(state, reason)

    def _drop_everything(self, now_s: float) -> None:
        self._scheduler.halt(now_s, self._still_s(now_s))
        self.output.was_interrupted = True
        self._move = None

    def _still_s(self, now_s: float) -> float:
        return now_s + self._config.safety.move_time_s + self._config.scheduler.settle_s
