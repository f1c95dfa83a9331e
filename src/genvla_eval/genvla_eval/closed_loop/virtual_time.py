# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""An episode with the bridge's controller in virtual time: answers take the requested latency.

The physics and driver of the simulated arm, the bridge's controller and the policy node's pacing
are the real ones. Only the clock is virtual: nothing waits, and an episode depends only on its
arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from genvla_command.end_effector_action import ACTION_DIM
from genvla_eval.closed_loop.conditions import Conditions, Way
from genvla_eval.closed_loop.smoothness import largest_velocity_change
from genvla_policy.action_chunk import ActionChunk
from genvla_policy.images.pacing import Pacer
from genvla_policy.inference.commitment import NOTHING, BegunStep, Commitment
from genvla_policy.inference.slot_pacing import SlotPacer
from genvla_policy.observation import Observation
from genvla_sim.physics.simulated_arm import JOINT_STATE_NAMES, TICK_S, JointReadings
from genvla_sim.tasks.rollout import Judge, Verdict
from genvla_sim.tasks.tabletop_env import CONTROL_PERIOD_S, TabletopEnv
from genvla_viperx.arm import vx300s
from genvla_viperx.arm.states import ArmCommand
from genvla_viperx.control.chunk import Chunk
from genvla_viperx.control.config import ControllerConfig
from genvla_viperx.control.controller import ArmController
from genvla_viperx.control.scheduler import Execution, SchedulerConfig
from genvla_viperx.safety.config import SafetyConfig
from genvla_viperx.watch.joint_states import JointSample

Array = NDArray[np.float64]

_START_S = 100.0
_CAMERA_HZ = 30.0
_CLOCK_RESOLUTION_S = 1e-6
"""Times closer than this are equal: the sum of 10 ms ticks has rounding errors."""
_ARM = [JOINT_STATE_NAMES.index(name) for name in vx300s.JOINT_NAMES]
_FINGER = JOINT_STATE_NAMES.index(vx300s.LEFT_FINGER_NAME)
_DECAY = 0.01
"""Decay of temporal ensembling. Source: Zhao et al., ACT (2023), m of the official code."""


class Answering(Protocol):
    """The part of a policy's interface that an episode needs."""

    def infer(self, observation: Observation, *, committed: Array | None = None) -> ActionChunk:
        """Return the answer to an observation, which begins with the committed actions, (K, 7)."""


@dataclass(frozen=True)
class Run:
    """Result of an episode.

    Attributes:
        verdict: Verdict of the task.
        steps: Number of control periods until success or the time limit.
        velocity_change: Largest change of a joint's velocity between consecutive commands [rad/s].
        interventions: Number of interventions by rule of the bridge; rules without any are
            omitted.
        image_to_command_s: Mean time from an image to the first command that it decided [s]; None:
            there was no such command.
        stopped: Why the arm was stopped at the end; empty: it was not stopped.
    """

    verdict: Verdict
    steps: int
    velocity_change: float
    interventions: dict[str, int]
    image_to_command_s: float | None
    stopped: str


@dataclass(frozen=True, eq=False)
class _Answer:
    due_s: float
    chunk: Chunk


class VirtualEpisode:
    """The arm, its bridge, a camera and a policy, tick by tick."""

    def __init__(
        self,
        env: TabletopEnv,
        policy: Answering,
        *,
        conditions: Conditions,
        horizon: int,
        instruction: str,
        see: Callable[[], NDArray[np.uint8]],
        rng: Generator,
        safety: SafetyConfig | None = None,
    ) -> None:
        """Start from the state of the reset environment.

        Args:
            env: The environment, already reset; its `step` is not used.
            policy: The policy that answers images.
            conditions: How chunks follow each other, and the latency of answers.
            horizon: Number of actions per chunk. 1: no action can be committed.
            instruction: Instruction to the policy.
            see: Takes a picture, (H, W, 3) uint8 RGB.
            rng: Draws the jitter.
            safety: Limits of the bridge; None: the defaults.
        """
        self._env, self._policy, self._conditions = env, policy, conditions
        way = conditions.way
        self._instruction, self._see, self._rng = instruction, see, rng
        self._offset_s = _START_S - env.arm.time_s
        scheduler = SchedulerConfig(
            execution=Execution.BLOCKING if way is Way.BLOCKING else Execution.STREAMING,
            ensemble_decay=_DECAY if way is Way.ENSEMBLE else -1.0,
        )
        config = ControllerConfig(scheduler=scheduler, safety=safety or SafetyConfig())
        self._controller = ArmController(config)
        self._control_ticks = round(1.0 / (config.control_rate_hz * TICK_S))
        self._commitment = Commitment(horizon) if way is Way.COMMIT and horizon > 1 else None
        self._pacer = Pacer(CONTROL_PERIOD_S)
        if self._commitment is not None:
            self._pacer = SlotPacer(
                CONTROL_PERIOD_S,
                step_period_s=CONTROL_PERIOD_S,
                commitment=self._commitment,
                now_s=lambda: self._now_s,
            )
        self._num_ticks = self._num_frames = self._num_chunks = 0
        self._answer: _Answer | None = None
        self._start = env.arm.simulation.joint_positions()
        self._commands: list[tuple[float, Array]] = []
        self._delays_s: dict[int, float] = {}
        self._goals: dict[int, Array] = {}
        self._sense()
        self._controller.activate(self._now_s)
        self._controller.follow_instruction(instruction, self._now_s)
        if self._commitment is not None:
            nothing = np.full(ACTION_DIM, np.nan)
            self._commitment.report(BegunStep(0, self._now_s, 0.0, 0, 0, '', nothing))

    @property
    def _now_s(self) -> float:
        return self._env.arm.time_s + self._offset_s

    def run(self, max_steps: int) -> Run:
        """Run until the task is done, for at most `max_steps` control periods."""
        judge, steps, done = Judge(self._env.task), 0, False
        while not done and steps < max_steps:
            for _ in range(round(CONTROL_PERIOD_S / TICK_S)):
                self._tick()
            steps += 1
            done = judge.look(self._env.state())
        return self._result(judge.verdict(), steps)

    def _tick(self) -> None:
        """Advance by one tick of 10 ms."""
        self._env.arm.step(TICK_S)
        self._num_ticks += 1
        self._sense()
        self._deliver_if_due()
        if self._num_ticks % self._control_ticks == 0:
            self._control()
        if self._now_s - _START_S >= self._num_frames / _CAMERA_HZ - TICK_S / 2:
            self._num_frames += 1
            self._show()

    def _result(self, verdict: Verdict, steps: int) -> Run:
        """Return the result of the episode so far."""
        counts = self._controller.interventions.by_rule()
        delays_s = list(self._delays_s.values())
        return Run(
            verdict=verdict,
            steps=steps,
            velocity_change=largest_velocity_change(self._commands, self._start, CONTROL_PERIOD_S),
            interventions={rule: count for rule, count in counts.items() if count},
            image_to_command_s=float(np.mean(delays_s)) if delays_s else None,
            stopped=self._controller.reason,
        )

    def _sense(self) -> None:
        sample = _sample(self._env.arm.readings(), self._now_s)
        self._controller.accept_joint_sample(sample, self._now_s)
        self._controller.accept_heartbeat(self._now_s)

    def _show(self) -> None:
        """Show a new image to the policy if it is idle and the pacing accepts the image."""
        stamp_s = self._now_s
        self._pacer.see(stamp_s)
        if self._answer is not None or not self._pacer.take(stamp_s):
            return
        committed = NOTHING
        if self._commitment is not None:
            committed = self._commitment.commit(stamp_s, self._now_s, self._instruction)
        self._tell_the_expert(committed.first_slot)
        chunk = self._policy.infer(
            Observation((self._see(),), self._instruction, stamp_s),
            committed=committed.actions_KA if len(committed.actions_KA) else None,
        )
        latency_s = self._conditions.draw(self._rng)
        self._answer = _Answer(
            stamp_s + latency_s,
            Chunk(
                stamp_s,
                chunk.step_period_s,
                committed.begin(chunk.actions),
                sequence=self._num_chunks,
                instruction=self._instruction,
                first_slot=committed.first_slot,
                num_committed=chunk.num_committed,
            ),
        )
        self._num_chunks += 1
        self._deliver_if_due()

    def _tell_the_expert(self, first_slot: int) -> None:
        """Set the goal from which the actions of a slot start, for an expert that looks ahead."""
        if self._commands:
            last = self._commands[-1][1]
            self._env.set_goal(self._goals.get(first_slot, last))

    def _deliver_if_due(self) -> None:
        answer = self._answer
        if answer is None or self._now_s < answer.due_s - _CLOCK_RESOLUTION_S:
            return
        self._answer = None
        chunk = answer.chunk
        if self._commitment is not None:
            self._commitment.published(
                chunk.sequence, chunk.first_slot, chunk.actions, self._now_s
            )
            self._commitment.answered(self._now_s - chunk.stamp_s)
        self._controller.accept_chunk(chunk, self._now_s)
        self._control()

    def _control(self) -> None:
        goal = self._commands[-1][1] if self._commands else self._start
        self._send(self._controller.tick(self._now_s))
        executed = self._controller.executed
        if executed is None:
            return
        slot = executed.slot
        self._goals[slot.number] = goal
        if slot.step >= slot.chunk.num_committed:
            self._delays_s.setdefault(slot.chunk.sequence, self._now_s - slot.chunk.stamp_s)
        if self._commitment is not None:
            self._commitment.report(
                BegunStep(
                    slot=slot.number,
                    begin_s=slot.begin_s,
                    period_s=slot.chunk.step_period_s,
                    sequence=slot.chunk.sequence,
                    step=slot.step,
                    instruction=slot.chunk.instruction,
                    action=executed.delta,
                    speed_scale=executed.speed_scale,
                )
            )

    def _send(self, command: ArmCommand | None) -> None:
        if command is None:
            return
        arm = self._env.arm
        arm.driver.command_group('arm', command.q.tolist(), arm.time_s)
        if command.gripper_m is not None:
            arm.driver.command_single(vx300s.GRIPPER_NAME, command.gripper_m, arm.time_s)
        self._commands.append((self._now_s, command.q))


def _sample(readings: JointReadings, now_s: float) -> JointSample:
    position, effort = np.array(readings.position), np.array(readings.effort)
    return JointSample(now_s, position[_ARM], float(position[_FINGER]), effort[_ARM])
