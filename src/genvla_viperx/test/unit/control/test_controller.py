# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The bridge without ROS: an arm that follows perfectly, and a clock of the test's own."""

from __future__ import annotations

from math import nan, pi

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from genvla_viperx.arm import fingers, kinematics, vx300s
from genvla_viperx.arm.states import ArmState
from genvla_viperx.control.chunk import Chunk
from genvla_viperx.control.config import ControllerConfig
from genvla_viperx.control.controller import ArmController
from genvla_viperx.control.scheduler import Execution, SchedulerConfig
from genvla_viperx.safety.config import SafetyConfig
from genvla_viperx.safety.refusal import Rule
from genvla_viperx.safety.rules import joints_outside_limits
from genvla_viperx.watch.joint_states import JointSample

START = vx300s.BRIDGE_START_JOINTS


class Bench:
    """A controller with a perfect arm: what is commanded is measured 10 ms later.

    Joints in `blocked` do not move at all.
    """

    def __init__(self, config, q=START):
        self.controller = ArmController(config)
        self.now_s = 100.0
        self.q = np.array(q)
        self.effort_ma = None
        self.sends_joint_states = True
        self.sends_heartbeats = True
        self.blocked = []

    def run(self, duration_s):
        """Ticks at 100 Hz; returns the commands of this stretch as (time, command)."""
        commands = []
        for _ in range(round(duration_s * 100)):
            self.now_s += 0.01
            if self.sends_joint_states:
                sample = JointSample(self.now_s, self.q.copy(), effort_ma=self.effort_ma)
                self.controller.accept_joint_sample(sample, self.now_s)
            if self.sends_heartbeats:
                self.controller.accept_heartbeat(self.now_s)
            command = self.controller.tick(self.now_s)
            if command is not None:
                commands.append((self.now_s, command))
                before, self.q = self.q, command.q.copy()
                self.q[self.blocked] = before[self.blocked]
        return commands

    def chunk(
        self, dx=0.01, dy=0.0, steps=4, gripper=1.0, age_s=0.0, instruction='', period_s=0.2
    ):
        actions = np.zeros((steps, 7))
        actions[:, 0] = dx
        actions[:, 1] = dy
        actions[:, 6] = gripper
        chunk = Chunk(self.now_s - age_s, period_s, actions, instruction=instruction)
        return self.controller.accept_chunk(chunk, self.now_s)

    def counted(self):
        counts = self.controller.interventions.by_rule()
        return {rule: count for rule, count in counts.items() if count}


@pytest.fixture
def make_bench():
    def make(q=START, active=True, **config):
        bench = Bench(ControllerConfig(**config), q)
        bench.run(0.05)
        if active:
            bench.controller.activate(bench.now_s)
        return bench

    return make


@pytest.fixture
def bench(make_bench):
    return make_bench()


def tool_x(q):
    return kinematics.forward(q)[0, 3]


def test_activation_commands_nothing(bench):
    assert bench.run(2.0) == []
    assert bench.controller.state is ArmState.HOLDING


def test_an_inactive_controller_commands_nothing(make_bench):
    bench = make_bench(active=False)
    assert bench.chunk().rule is Rule.CHUNK_NOT_READY
    assert bench.run(1.0) == []
    assert bench.controller.state is ArmState.INACTIVE


def test_a_chunk_is_executed_at_once_and_then_one_step_each_period(bench):
    assert bench.chunk(dx=0.01, steps=3) is None
    commands = bench.run(1.0)
    times = [time_s - commands[0][0] for time_s, _ in commands]
    np.testing.assert_allclose(times, (0.0, 0.2, 0.4), atol=0.011)
    np.testing.assert_allclose(
        [tool_x(command.q) - tool_x(START) for _, command in commands], (0.01, 0.02, 0.03)
    )


def test_when_the_chunk_runs_out_the_arm_holds_without_a_command(bench):
    bench.chunk(steps=1)
    bench.run(0.5)
    assert bench.controller.state is ArmState.HOLDING
    assert bench.run(2.0) == []


def test_deltas_accumulate_on_the_target_though_the_arm_sags(bench):
    bench.chunk(dx=0.01, steps=1)
    bench.run(0.5)
    bench.q = bench.q + np.eye(6)[1] * 0.02
    bench.chunk(dx=0.01, steps=1)
    (_, command), *_ = bench.run(0.5)
    assert tool_x(command.q) - tool_x(START) == pytest.approx(0.02)


def test_an_arm_that_was_moved_by_hand_goes_on_from_where_it_is(bench):
    bench.chunk(dx=0.01, steps=1)
    bench.run(1.0)
    for _ in range(20):
        bench.q = bench.q + np.eye(6)[0] * 0.03
        bench.run(0.02)
    bench.chunk(dx=0.0, steps=1)
    (_, command), *_ = bench.run(0.1)
    np.testing.assert_allclose(command.q[0], 0.6, atol=1e-6)


def test_a_new_instruction_drops_the_steps_of_the_old_one(bench):
    bench.chunk(steps=20, instruction='pick the carrot')
    bench.run(0.3)
    bench.controller.follow_instruction('pick the corn', bench.now_s)
    assert bench.run(1.0) == []
    assert bench.controller.state is ArmState.HOLDING
    assert bench.chunk(steps=1, instruction='pick the corn') is None
    assert len(bench.run(0.1)) == 1


def test_the_instruction_in_force_drops_nothing(bench):
    bench.chunk(steps=3, instruction='pick the carrot')
    bench.controller.follow_instruction('pick the carrot', bench.now_s)
    assert len(bench.run(1.0)) == 3


def test_the_gripper_is_commanded_by_its_full_opening(bench):
    bench.chunk(gripper=0.5, steps=1)
    (_, command), *_ = bench.run(0.1)
    assert command.gripper_m == pytest.approx(0.078)


def test_a_gripper_that_is_nan_is_left_as_it_is(bench):
    bench.chunk(gripper=nan, steps=1)
    (_, command), *_ = bench.run(0.1)
    assert command.gripper_m is None


def test_the_arm_starts_from_its_sleep_pose_though_that_is_outside_its_limits(make_bench):
    asleep = vx300s.SLEEP - [0, 2e-4, 0, 0, 0, 0]
    bench = make_bench(q=asleep)
    bench.chunk(dx=0.02, steps=1)
    ((_, command),) = bench.run(0.1)
    assert tool_x(command.q) - tool_x(vx300s.SLEEP) == pytest.approx(0.02, abs=1e-5)


def test_stop_holds_the_measured_position_once_and_latches(bench):
    bench.chunk(steps=8)
    bench.run(0.3)
    measured = bench.q.copy()
    assert bench.controller.stop(bench.now_s).accepted
    ((_, command),) = bench.run(2.0)
    np.testing.assert_array_equal(command.q, measured)
    assert bench.controller.state is ArmState.STOPPED
    assert bench.chunk().rule is Rule.CHUNK_NOT_READY
    assert bench.run(1.0) == []


def test_a_moving_arm_is_stopped_ahead_of_where_it_is_not_sent_back(bench):
    q, forward = START.copy(), np.array([0.5, 0, 0, 0, 0, 0])
    bench.chunk(steps=8)
    for number in range(3):
        bench.controller.accept_joint_sample(
            JointSample(bench.now_s + 0.01 * number, q + 0.01 * number * forward), bench.now_s
        )
    bench.controller.stop(bench.now_s)
    command = bench.controller.tick(bench.now_s)
    # 0.5 rad/s is braked within 0.1 s, over 0.5 * 0.1 / 2 rad.
    assert command.q[0] - (q[0] + 0.01) == pytest.approx(0.025, abs=1e-6)


def test_stop_acts_at_the_next_tick(bench):
    bench.chunk(steps=8)
    bench.run(0.05)
    bench.controller.stop(bench.now_s)
    assert len(bench.run(0.01)) == 1


def test_resume_commands_nothing_and_takes_the_next_chunk(bench):
    bench.controller.stop(bench.now_s)
    bench.run(0.1)
    assert bench.controller.resume(bench.now_s).accepted
    assert bench.run(0.5) == []
    assert bench.chunk(steps=1) is None
    assert len(bench.run(0.5)) == 1


def test_a_policy_that_falls_silent_in_motion_makes_the_arm_hold_within_half_a_second(bench):
    bench.chunk(steps=20)
    bench.run(0.5)
    bench.sends_heartbeats = False
    measured_before = bench.q.copy()
    silent_since_s = bench.now_s
    commands = bench.run(3.0)
    assert commands[-1][0] - silent_since_s < 0.5
    assert bench.controller.state is ArmState.HOLDING
    assert bench.counted() == {'heartbeat_lost': 1}
    assert abs(tool_x(bench.q) - tool_x(measured_before)) < 0.03


def test_a_chunk_without_any_heartbeat_is_refused(bench):
    bench.sends_heartbeats = False
    bench.run(0.5)
    refusal = bench.chunk()
    assert refusal.rule is Rule.CHUNK_NOT_READY
    assert 'heartbeat' in refusal.message
    assert bench.run(0.5) == []


def test_heartbeats_are_not_asked_for_when_the_timeout_is_zero(make_bench):
    bench = make_bench(safety=SafetyConfig(heartbeat_timeout_s=0.0))
    bench.sends_heartbeats = False
    bench.run(1.0)
    assert bench.chunk(steps=1) is None
    assert len(bench.run(0.5)) == 1


def test_without_joint_states_nothing_is_sent_at_all(bench):
    bench.chunk(steps=20)
    bench.run(0.5)
    bench.sends_joint_states = False
    bench.run(0.3)
    assert bench.run(2.0) == []
    assert bench.controller.state is ArmState.FAULTED
    assert bench.counted() == {'joint_states_stale': 1}


def test_the_arm_takes_chunks_again_when_joint_states_are_back(bench):
    bench.sends_joint_states = False
    bench.run(0.8)
    assert bench.chunk().rule is Rule.CHUNK_NOT_READY
    bench.sends_joint_states = True
    assert bench.run(0.1) == []
    assert bench.controller.state is ArmState.HOLDING
    assert bench.chunk() is None


def test_a_blocked_joint_stops_the_arm_until_an_operator_resumes(bench):
    bench.chunk(steps=20)
    # It is halted between two steps: this arm jumps at a step, a real one does not.
    bench.run(0.25)
    bench.effort_ma = np.array([0, 0, 5000.0, 0, 0, 0])
    commands = bench.run(0.5)
    assert bench.controller.state is ArmState.STOPPED
    assert bench.controller.reason == 'motor current too high: elbow'
    assert bench.counted() == {'effort': 1}
    assert len(commands) <= 2


OVERLOADED_MA = np.array([0, 3500.0, 0, 0, 0, 0])


@pytest.fixture
def pressing(bench):
    """An arm whose shoulder is kept 0.05 rad from its goal, and presses."""
    bench.chunk(dx=0.0, steps=1)
    bench.run(0.5)
    bench.q = START + np.array([0, -0.05, 0, 0, 0, 0])
    bench.blocked = [1]
    bench.effort_ma = OVERLOADED_MA
    return bench


def test_an_arm_that_presses_is_told_to_stay_where_it_is_measured(pressing):
    *_, (_, command) = pressing.run(0.5)
    assert pressing.controller.reason == 'motor current too high: shoulder'
    np.testing.assert_allclose(command.q, pressing.q, atol=1e-9)


def test_an_arm_that_presses_can_be_moved_away(pressing):
    pressing.run(0.5)
    assert pressing.controller.home(pressing.now_s).accepted
    pressing.run(0.2)
    pressing.blocked, pressing.effort_ma = [], np.zeros(6)
    pressing.run(2.0)
    np.testing.assert_allclose(pressing.q, START, atol=1e-6)
    assert pressing.counted() == {'effort': 1}


def test_an_arm_that_goes_on_pressing_is_stopped_again(pressing):
    pressing.run(0.5)
    assert pressing.controller.sleep(pressing.now_s).accepted
    pressing.run(SafetyConfig().move_time_s + SafetyConfig().effort_duration_s + 0.05)
    assert pressing.controller.state is ArmState.STOPPED
    assert pressing.counted() == {'effort': 2}


@pytest.mark.parametrize('made_up', [-pi, nan])
def test_made_up_joint_states_of_the_driver_do_not_reach_the_arm(bench, made_up):
    bench.chunk(steps=2)
    bench.run(0.1)
    bench.controller.accept_joint_sample(
        JointSample(bench.now_s + 0.001, np.full(6, made_up)), bench.now_s
    )
    bench.controller.stop(bench.now_s)
    ((_, command),) = bench.run(0.1)
    assert np.abs(command.q - START).max() < 0.1
    assert bench.counted() == {'joint_state_failed_read': 1}


def test_a_chunk_that_is_not_finite_moves_nothing(bench):
    assert bench.chunk(dx=nan).rule is Rule.CHUNK_NONFINITE
    assert bench.run(1.0) == []
    assert bench.counted() == {'chunk_nonfinite': 1}


@pytest.mark.parametrize(('age_s', 'rule'), [(10.0, 'chunk_stale'), (-10.0, 'chunk_future')])
def test_a_chunk_from_another_time_moves_nothing(bench, age_s, rule):
    assert bench.chunk(age_s=age_s).rule == rule
    assert bench.run(1.0) == []


def test_a_step_that_cannot_be_reached_is_skipped_and_the_next_starts_from_the_measured_pose(
    make_bench,
):
    bench = make_bench(q=vx300s.HOME, safety=SafetyConfig(workspace_upper=(2.0, 2.0, 2.0)))
    bench.chunk(dx=0.05, steps=10)
    bench.run(3.0)
    assert bench.counted()['unreachable'] >= 1
    assert bench.controller.last_refusal.rule is Rule.UNREACHABLE
    bench.chunk(dx=-0.02, steps=1)
    before = tool_x(bench.q)
    ((_, command),) = bench.run(0.2)
    assert tool_x(command.q) - before == pytest.approx(-0.02)


@pytest.mark.parametrize(
    ('request_motion', 'goal', 'ends_in'),
    [('home', vx300s.BRIDGE_START_JOINTS, 'holding'), ('sleep', vx300s.SLEEP, 'stopped')],
)
def test_home_and_sleep_move_smoothly_at_the_control_rate(
    make_bench, request_motion, goal, ends_in
):
    bench = make_bench(q=[0.5, -1.0, 1.0, 0.0, 0.5, 0.0])
    assert getattr(bench.controller, request_motion)(bench.now_s).accepted
    before = bench.q.copy()
    commands = [command.q for _, command in bench.run(8.0)]
    np.testing.assert_allclose(commands[-1], goal, atol=1e-12)
    speeds = np.abs(np.diff([before, *commands], axis=0)) / 0.01
    assert speeds.max() <= 0.5 + 1e-6
    assert bench.controller.state == ends_in


def test_an_arm_that_sleeps_is_not_lifted_again_by_the_next_chunk(bench):
    bench.controller.sleep(bench.now_s)
    bench.run(8.0)
    assert bench.controller.reason == 'asleep'
    assert bench.chunk().rule is Rule.CHUNK_NOT_READY
    assert bench.run(1.0) == []
    bench.controller.resume(bench.now_s)
    assert bench.chunk() is None


def test_a_stopped_arm_can_be_sent_home_and_is_stopped_there(make_bench):
    bench = make_bench(q=vx300s.SLEEP)
    bench.controller.stop(bench.now_s)
    bench.run(0.1)
    assert bench.controller.home(bench.now_s).accepted
    bench.run(8.0)
    np.testing.assert_allclose(bench.q, START, atol=1e-12)
    assert (bench.controller.state, bench.controller.reason) == (ArmState.STOPPED, 'at home')


def test_a_stopped_arm_stays_stopped_though_its_way_home_is_interrupted(make_bench):
    bench = make_bench(q=vx300s.SLEEP)
    bench.controller.stop(bench.now_s)
    bench.controller.home(bench.now_s)
    bench.run(1.0)
    bench.sends_joint_states = False
    bench.run(0.5)
    bench.sends_joint_states = True
    bench.run(0.5)
    assert bench.controller.state is ArmState.STOPPED


@pytest.mark.parametrize('jump_s', [0.8, 5.0, -5.0])
def test_a_clock_that_is_set_does_not_make_the_arm_jump_on_its_way_home(make_bench, jump_s):
    bench = make_bench(q=vx300s.SLEEP)
    bench.controller.home(bench.now_s)
    bench.run(1.5)
    before = bench.q.copy()
    bench.now_s += jump_s
    bench.run(0.02)
    assert np.abs(bench.q - before).max() <= 0.5 * 0.05


def test_a_way_home_that_a_jump_of_the_clock_has_interrupted_is_not_gone_on_with(make_bench):
    bench = make_bench(q=vx300s.SLEEP)
    bench.controller.home(bench.now_s)
    bench.run(1.5)
    bench.now_s += 5.0
    assert len(bench.run(1.0)) == 1
    assert bench.controller.state is ArmState.HOLDING


@pytest.mark.parametrize('request_motion', ['home', 'sleep'])
@pytest.mark.parametrize('q', [[0.8, -1.0, 1.0, 0, 0.5, 0], START + 0.15])
def test_an_arm_that_does_not_move_does_not_arrive(make_bench, request_motion, q):
    bench = make_bench(q=q)
    bench.blocked = [0, 1, 2, 3, 4, 5]
    getattr(bench.controller, request_motion)(bench.now_s)
    bench.run(8.0)
    assert bench.controller.state is ArmState.STOPPED
    assert bench.counted() == {'joint_states_frozen': 1}
    assert bench.controller.reason.startswith('the joint states do not change')


def test_an_arm_that_is_blocked_under_way_is_stopped_and_the_joint_is_named(bench):
    bench.blocked = [0]
    commands = []
    for _ in range(15):
        bench.chunk(dy=0.04, steps=1)
        commands += bench.run(0.2)
    assert bench.controller.state is ArmState.STOPPED
    assert bench.controller.reason.startswith('waist did not go where told')
    limit = SafetyConfig().max_lead
    assert max(abs(command.q[0] - START[0]) for _, command in commands) <= limit + 1e-9


def test_a_joint_that_sinks_without_torque_stops_the_arm(bench):
    bench.blocked = [1]
    for _ in range(30):
        bench.chunk(dx=0.002, steps=1)
        for _ in range(4):
            bench.q[1] = min(bench.q[1] + 0.02, 0.9)
            bench.run(0.05)
    assert bench.controller.state is ArmState.STOPPED
    assert bench.controller.reason.startswith('shoulder')


@pytest.mark.parametrize('max_joint_speed', [0.5, pi])
def test_steps_that_the_arm_follows_late_do_not_stop_it(make_bench, max_joint_speed):
    bench = make_bench(safety=SafetyConfig(max_joint_speed=max_joint_speed))
    bench.blocked = [0, 1, 2, 3, 4, 5]
    goals = [bench.q.copy()] * 26
    for index in range(80):
        if index % 20 == 0:
            bench.chunk(dy=0.04 if index % 40 else -0.04, steps=4)
        for _, command in bench.run(0.01) + bench.run(0.01):
            goals[-1] = command.q
        bench.q = goals[-13]
        goals.append(goals[-1])
    assert bench.controller.state is ArmState.EXECUTING
    assert 'tracking' not in bench.counted()


def test_a_chunk_of_a_policy_for_a_robot_of_another_rate_is_refused(make_bench):
    bench = make_bench()
    assert bench.chunk(period_s=1 / 3).rule is Rule.CHUNK_PERIOD
    assert bench.chunk(period_s=0.15).rule is Rule.CHUNK_PERIOD
    assert bench.chunk(period_s=0.205) is None
    overridden = make_bench(safety=SafetyConfig(step_period_s=0.0))
    assert overridden.chunk(period_s=1 / 3) is None


def test_a_chunk_of_steps_that_the_servos_cannot_follow_is_refused(make_bench):
    bench = make_bench(safety=SafetyConfig(step_period_s=0.0))
    assert bench.chunk(period_s=0.12).rule is Rule.CHUNK_PERIOD
    assert bench.chunk(period_s=0.125) is None


def test_an_arm_that_rests_off_its_goal_is_not_thrown_back(make_bench):
    bench = make_bench(safety=SafetyConfig(max_joint_speed=0.5))
    bench.chunk(dx=0.0, steps=1)
    bench.run(1.0)
    bench.q = START + 0.29 * np.eye(6)[0]
    bench.run(0.5)
    bench.chunk(dx=0.0, steps=1)
    ((_, command),) = bench.run(0.1)
    assert np.abs(command.q - bench.q).max() < 1e-6


def test_a_chunk_for_an_old_instruction_is_refused_after_the_change(bench):
    bench.controller.follow_instruction('pick the corn', bench.now_s)
    assert bench.chunk(instruction='pick the carrot').rule is Rule.CHUNK_INSTRUCTION
    assert bench.chunk(instruction='pick the corn') is None


def test_without_an_instruction_in_force_every_chunk_is_refused(bench):
    bench.controller.follow_instruction('', bench.now_s)
    refusal = bench.chunk(instruction='pick the carrot')
    assert refusal.rule is Rule.CHUNK_INSTRUCTION
    assert refusal.message.endswith('but policy/instruction says that there is none')


def test_changes_of_the_instruction_do_not_make_steps_follow_each_other_faster(bench):
    """Than late ones may: after nine tenths of a period."""
    num_steps = 0
    for index in range(9):
        bench.controller.follow_instruction(str(index), bench.now_s)
        bench.chunk(instruction=str(index))
        num_steps += len(bench.run(0.02))
    assert num_steps == 1


@pytest.mark.parametrize('active', [True, False])
def test_a_driver_that_was_silent_for_long_has_to_be_configured_anew(make_bench, active):
    bench = make_bench(active=active)
    bench.sends_joint_states = False
    bench.run(1.5)
    bench.sends_joint_states = True
    bench.run(0.1)
    if not active:
        bench.controller.activate(bench.now_s)
    assert bench.run(2.0) == []
    assert bench.controller.state is ArmState.FAULTED
    assert bench.controller.reason == (
        'the driver was silent for 1.5 s and may have restarted with other modes and profiles: '
        'call clear_fault, or deactivate, clean up and configure again'
    )
    assert bench.chunk().rule is Rule.CHUNK_NOT_READY
    assert not bench.controller.home(bench.now_s).accepted


def test_a_clock_set_back_while_inactive_does_not_make_new_joint_states_late(make_bench):
    bench = make_bench(active=False)
    bench.now_s = 50.0
    bench.q = vx300s.SLEEP.copy()
    bench.controller.activate(bench.now_s)
    bench.run(0.1)
    assert bench.counted() == {}
    bench.chunk(dx=0.0, steps=1)
    ((_, command),) = bench.run(0.1)
    np.testing.assert_allclose(command.q, vx300s.SLEEP, atol=1e-6)


def test_stop_cancels_the_way_home(make_bench):
    bench = make_bench(q=vx300s.SLEEP)
    bench.controller.home(bench.now_s)
    bench.run(1.0)
    assert bench.controller.state is ArmState.MOVING
    bench.controller.stop(bench.now_s)
    assert len(bench.run(2.0)) == 1
    assert bench.controller.state is ArmState.STOPPED


def test_chunks_are_refused_on_the_way_home(make_bench):
    bench = make_bench(q=vx300s.SLEEP)
    bench.controller.home(bench.now_s)
    bench.run(0.1)
    assert bench.chunk().rule is Rule.CHUNK_NOT_READY


def test_a_way_home_through_the_table_is_refused(make_bench):
    # The tool points back under the forearm, 7 cm above the table, and would swing through it.
    bench = make_bench(q=[0.0, 1.0, 1.5, 0.0, 0.7, 0.0])
    answer = bench.controller.home(bench.now_s)
    assert not answer.accepted
    assert answer.message == (
        'the straight way to home takes the tool down to z = -0.047 m, below the workspace floor '
        'at -0.010 m; raise the arm first'
    )
    assert bench.run(1.0) == []


def test_deactivation_in_motion_returns_the_measured_position_and_then_nothing(bench):
    bench.chunk(steps=20)
    bench.run(0.3)
    measured = bench.q.copy()
    np.testing.assert_array_equal(bench.controller.deactivate(bench.now_s).q, measured)
    assert bench.run(2.0) == []


def test_deactivation_at_rest_commands_nothing(bench):
    assert bench.controller.deactivate(bench.now_s) is None


def test_blocking_execution_takes_a_slow_policys_chunk_from_its_first_step(make_bench):
    bench = make_bench(scheduler=SchedulerConfig(execution=Execution.BLOCKING))
    bench.run(3.0)
    assert bench.chunk(dx=0.01, steps=2, age_s=2.0) is None
    commands = bench.run(1.0)
    assert tool_x(commands[-1][1].q) - tool_x(START) == pytest.approx(0.02)


@pytest.mark.parametrize('notices_first', ['tick', 'accept_heartbeat'])
@pytest.mark.parametrize('jump_s', [-5.0, 5.0])
def test_a_clock_that_is_set_in_motion_halts_the_arm_whoever_notices(bench, notices_first, jump_s):
    bench.chunk(dx=0.03, steps=8)
    bench.run(0.31)
    bench.now_s += jump_s
    getattr(bench.controller, notices_first)(bench.now_s)
    ((_, command),) = bench.run(0.5)
    np.testing.assert_allclose(command.q, bench.q, atol=1e-6)
    assert bench.controller.state is ArmState.HOLDING


def test_a_driver_that_was_away_while_the_clock_was_set_has_to_be_looked_at(bench):
    bench.run(0.1)
    bench.now_s -= 5.0
    bench.controller.accept_silence(3.0)
    bench.run(0.1)
    assert bench.controller.state is ArmState.FAULTED
    assert 'the driver was silent for 3.0 s' in bench.controller.reason
    assert bench.controller.begin_clearing(bench.now_s).accepted
    assert bench.controller.end_clearing('').accepted
    assert bench.controller.resume(bench.now_s).accepted
    bench.run(0.1)
    assert bench.controller.state is ArmState.HOLDING


def test_a_clock_that_is_set_back_does_not_freeze_the_arm(bench):
    bench.chunk(steps=2)
    bench.run(1.0)
    bench.now_s = 5.0
    assert bench.run(0.5) == []
    assert bench.chunk(steps=1) is None
    assert len(bench.run(0.5)) == 1


@pytest.mark.parametrize(
    'wrong', [{'home_joints': (3.0,) * 6}, {'move_speed': 9.0}, {'control_rate_hz': 0.0}]
)
def test_a_config_out_of_range_is_refused_by_name(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ControllerConfig(**wrong)


@pytest.mark.parametrize(
    ('box', 'says'),
    [
        ((0.30, -0.10, 0.05, 0.45, 0.10, 0.50), 'home_joints: the .* into keep-out box 0 by'),
        ((-0.40, -0.10, 0.00, -0.20, 0.10, 0.20), 'the sleep pose: the .* into keep-out box 0 by'),
    ],
)
def test_a_box_around_a_named_pose_is_refused(box, says):
    with pytest.raises(ValueError, match=says):
        ControllerConfig(safety=SafetyConfig(keep_out_boxes=box))


@pytest.mark.parametrize('scale', [0.2, 0.5, 1.0])
def test_a_scaled_step_goes_that_share_of_its_way(bench, scale):
    bench.controller.scale_speed(scale)
    bench.chunk(dx=0.02, steps=1)
    ((_, command),) = bench.run(0.3)
    assert tool_x(command.q) - tool_x(START) == pytest.approx(0.02 * scale, abs=1e-5)


def test_a_step_that_is_clipped_is_scaled_after_it(make_bench):
    """Or a wild policy would be as fast in a first run as in any other."""
    bench = make_bench(safety=SafetyConfig(max_translation=0.02))
    bench.controller.scale_speed(0.2)
    bench.chunk(dx=5.0, steps=1)
    ((_, command),) = bench.run(0.3)
    assert tool_x(command.q) - tool_x(START) == pytest.approx(0.004, abs=1e-5)
    assert bench.counted() == {'step_clip': 1}


def test_the_scale_may_change_within_a_chunk_and_nought_moves_nothing(bench):
    bench.chunk(dx=0.01, steps=9)
    before = len(bench.run(0.5))
    assert before >= 2
    bench.controller.scale_speed(0.0)
    assert bench.run(0.5) == []
    bench.controller.scale_speed(1.0)
    assert bench.run(0.5) != []


def test_home_is_slower_under_a_scale_and_refused_at_nought(make_bench):
    away = START + np.array([0.4, 0, 0, 0, 0, 0])
    took_s = {}
    for scale in (1.0, 0.5):
        bench = make_bench(q=away)
        bench.controller.scale_speed(scale)
        assert bench.controller.home(bench.now_s).accepted
        commands = bench.run(6.0)
        took_s[scale] = commands[-1][0] - commands[0][0]
    assert took_s[0.5] == pytest.approx(2 * took_s[1.0], rel=0.05)
    bench.controller.scale_speed(0.0)
    answer = bench.controller.home(bench.now_s)
    assert not answer.accepted
    assert 'speed_scale is 0' in answer.message


@pytest.mark.parametrize('scale', [-0.1, 1.1, nan])
def test_a_scale_that_is_none_is_refused(bench, scale):
    with pytest.raises(ValueError, match=r'speed_scale is .*, expected 0 to 1'):
        bench.controller.scale_speed(scale)


DEAD_MAN = SafetyConfig(dead_man_timeout_s=0.2)


def test_nothing_moves_before_the_dead_man_switch_is_held(make_bench):
    bench = make_bench(safety=DEAD_MAN)
    refusal = bench.chunk()
    assert refusal.rule is Rule.CHUNK_NOT_READY
    assert 'nobody holds the dead-man switch' in refusal.message
    assert not bench.controller.home(bench.now_s).accepted
    bench.controller.accept_dead_man(True, bench.now_s)
    assert bench.chunk() is None
    assert bench.run(0.1) != []


@pytest.mark.parametrize('how', ['released', 'silent'])
@pytest.mark.parametrize('motion', ['chunk', 'home'])
def test_the_arm_holds_when_the_switch_is_released_or_falls_silent(make_bench, how, motion):
    bench = make_bench(q=START + np.array([0.4, 0, 0, 0, 0, 0]), safety=DEAD_MAN)
    bench.controller.accept_dead_man(True, bench.now_s)
    if motion == 'home':
        assert bench.controller.home(bench.now_s).accepted
    else:
        bench.chunk(steps=40)
    bench.run(0.15)
    if how == 'released':
        bench.controller.accept_dead_man(False, bench.now_s)
    commands = bench.run(0.4)
    assert bench.controller.state is ArmState.HOLDING
    assert bench.controller.reason == 'the dead-man switch was released'
    assert bench.counted() == {'dead_man': 1}
    within_s = 0.02 if how == 'released' else 0.1
    assert commands[-1][0] <= bench.now_s - 0.4 + within_s
    # Held again, it goes on with the next chunk; nothing has to be resumed.
    bench.controller.accept_dead_man(True, bench.now_s)
    assert bench.chunk() is None


def test_a_stopped_arm_stays_stopped_whatever_the_switch_says(make_bench):
    bench = make_bench(safety=DEAD_MAN)
    bench.controller.accept_dead_man(True, bench.now_s)
    bench.controller.stop(bench.now_s)
    bench.run(0.5)
    bench.controller.accept_dead_man(True, bench.now_s)
    assert bench.controller.state is ArmState.STOPPED
    assert bench.chunk().rule is Rule.CHUNK_NOT_READY


def test_without_a_switch_nobody_has_to_hold_one(bench):
    bench.controller.accept_dead_man(False, bench.now_s)
    assert bench.chunk() is None


OVERLOAD = {'elbow': 1 << 5}


def test_a_servo_that_has_switched_itself_off_stops_the_arm_at_the_next_tick(bench):
    bench.chunk()
    bench.run(0.1)
    bench.controller.accept_hardware_errors(OVERLOAD)
    assert len(bench.run(0.01)) == 1
    assert bench.controller.state is ArmState.STOPPED
    assert 'elbow: overload' in bench.controller.reason
    assert bench.run(1.0) == []
    assert bench.counted()['hardware_error'] == 1


@pytest.mark.parametrize('request_motion', [ArmController.home, ArmController.sleep])
def test_nothing_moves_the_arm_while_a_servo_is_off_or_a_fault_is_being_cleared(
    bench, request_motion
):
    bench.controller.accept_hardware_errors(OVERLOAD)
    bench.run(0.01)
    for _ in range(2):
        assert not bench.controller.resume(bench.now_s).accepted
        assert not request_motion(bench.controller, bench.now_s).accepted
        assert bench.chunk().rule is Rule.CHUNK_NOT_READY
        bench.controller.begin_clearing(bench.now_s)
        bench.run(0.01)
        bench.controller.accept_hardware_errors({})


def test_an_error_that_goes_away_by_itself_still_has_to_be_cleared(bench):
    bench.controller.accept_hardware_errors(OVERLOAD)
    bench.run(0.01)
    bench.controller.accept_hardware_errors({})
    assert 'clear_fault' in bench.controller.resume(bench.now_s).message
    bench.controller.begin_clearing(bench.now_s)
    bench.controller.end_clearing('elbow still reports overload')
    assert not bench.controller.resume(bench.now_s).accepted
    bench.controller.begin_clearing(bench.now_s)
    bench.controller.end_clearing('')
    assert bench.controller.resume(bench.now_s).accepted


def test_a_servo_that_does_not_answer_stops_the_arm(bench):
    bench.chunk()
    bench.run(0.1)
    bench.controller.accept_silent_servo('no answer of elbow_shadow')
    assert len(bench.run(0.01)) == 1
    assert bench.controller.state is ArmState.STOPPED
    assert 'no answer of elbow_shadow' in bench.controller.reason
    assert not bench.controller.resume(bench.now_s).accepted


def test_an_error_that_was_there_before_activation_stops_the_arm(make_bench):
    bench = make_bench(active=False)
    bench.controller.accept_hardware_errors(OVERLOAD)
    assert not bench.controller.begin_clearing(bench.now_s).accepted
    bench.controller.activate(bench.now_s)
    bench.run(0.01)
    assert bench.controller.state is ArmState.STOPPED


def test_a_fault_that_was_cleared_leaves_the_arm_stopped_until_resume(bench):
    bench.controller.accept_hardware_errors(OVERLOAD)
    bench.run(0.01)
    assert bench.controller.begin_clearing(bench.now_s).accepted
    assert not bench.controller.begin_clearing(bench.now_s).accepted
    assert bench.controller.end_clearing('').accepted
    bench.run(0.1)
    assert bench.controller.state is ArmState.STOPPED
    assert bench.controller.resume(bench.now_s).accepted
    assert bench.chunk() is None


def test_a_bridge_that_is_deactivated_while_a_fault_is_cleared_stays_so(bench):
    bench.controller.begin_clearing(bench.now_s)
    bench.controller.deactivate(bench.now_s)
    bench.controller.end_clearing('')
    assert bench.controller.state is ArmState.INACTIVE


@pytest.mark.parametrize('of_a_policy', [True, False])
def test_a_driver_that_repeats_itself_stops_the_arm_within_half_a_second(make_bench, of_a_policy):
    bench = make_bench(q=START + 0.3 * (not of_a_policy))
    bench.blocked = range(6)
    if of_a_policy:
        bench.chunk(dx=0.03, steps=8)
    else:
        bench.controller.home(bench.now_s)
    started_s = bench.now_s
    while bench.controller.state is not ArmState.STOPPED:
        bench.run(0.01)
        assert bench.now_s - started_s < 1.0
    assert bench.counted() == {'joint_states_frozen': 1}
    if of_a_policy:
        assert bench.now_s - started_s < 0.5


def test_an_arm_that_is_told_to_stay_may_repeat_itself(bench):
    for _ in range(5):
        bench.chunk(dx=0.0, steps=8)
        bench.run(1.0)
    assert bench.counted() == {}


def test_a_driver_that_falls_silent_in_motion_is_not_taken_for_one_that_repeats_itself(bench):
    bench.chunk(dx=0.03, steps=8)
    bench.run(0.21)
    bench.sends_joint_states = False
    bench.run(1.0)
    assert bench.controller.state is ArmState.FAULTED
    assert 'joint_states_frozen' not in bench.counted()


def test_the_error_of_a_resting_arm_is_told_and_that_of_a_moving_one_is_not(bench):
    assert bench.controller.rest_error(bench.now_s) is None
    bench.chunk(dx=0.02, steps=1)
    bench.run(0.1)
    assert bench.controller.rest_error(bench.now_s) is None
    bench.run(1.0)
    bench.q = bench.q + np.array([0.0, 0.05, 0.0, 0.0, 0.0, 0.0])
    bench.run(0.05)
    assert bench.controller.rest_error(bench.now_s) == pytest.approx(0.05, abs=1e-6)


SAG = np.array([0.0, 0.04, 0.0, 0.0, 0.0, 0.0])


class SaggingBench(Bench):
    """Its arm goes at most 3 rad/s, and at the shoulder to 0.04 rad below a goal."""

    def run(self, duration_s):
        commands = []
        for _ in range(round(duration_s * 100)):
            before = self.q
            ticked = super().run(0.01)
            commands += ticked
            if commands:
                self.goal = commands[-1][1].q + SAG
            if self.goal is not None:
                self.q = before + np.clip(self.goal - before, -0.03, 0.03)
        return commands

    goal = None


@pytest.fixture
def sagging():
    bench = SaggingBench(ControllerConfig(safety=DEAD_MAN), START)
    bench.run(0.05)
    bench.controller.activate(bench.now_s)
    bench.controller.accept_dead_man(True, bench.now_s)
    return bench


def stop_and_resume(bench):
    bench.controller.stop(bench.now_s)
    bench.run(0.1)
    bench.controller.resume(bench.now_s)


def let_go(bench):
    bench.controller.accept_dead_man(True, bench.now_s)
    bench.chunk(dx=0.0, steps=5)
    bench.run(0.01)
    bench.controller.accept_dead_man(False, bench.now_s)
    bench.run(0.1)


def fall_silent(bench):
    bench.controller.accept_dead_man(True, bench.now_s)
    bench.chunk(dx=0.0, steps=5)
    bench.sends_heartbeats = False
    bench.run(0.15)
    bench.controller.accept_dead_man(True, bench.now_s)
    bench.run(0.19)
    bench.sends_heartbeats = True


def deactivate_and_activate(bench):
    bench.controller.deactivate(bench.now_s)
    bench.run(0.1)
    bench.controller.activate(bench.now_s)


@pytest.mark.parametrize(
    'interruption', [stop_and_resume, let_go, fall_silent, deactivate_and_activate]
)
def test_an_arm_that_sags_does_not_sink_by_interruptions(sagging, interruption):
    sagging.chunk(dx=0.0, steps=1)
    sagging.run(1.0)
    for _ in range(20):
        interruption(sagging)
        sagging.run(0.3)
    sagging.controller.accept_dead_man(True, sagging.now_s)
    sagging.chunk(dx=0.01, steps=1)
    ((_, command), *_) = sagging.run(0.1)
    assert tool_x(command.q) - tool_x(START) == pytest.approx(0.01, abs=1e-6)
    assert kinematics.forward(command.q)[2, 3] == pytest.approx(
        kinematics.forward(START)[2, 3], abs=1e-6
    )


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.sampled_from(['stop', 'chunk', 'wait', 'deactivate']), st.integers(1, 60)),
        min_size=3,
        max_size=25,
    ),
    st.integers(0, 2**32 - 1),
)
def test_no_sequence_of_chunks_and_interruptions_leaves_the_limits_or_the_workspace(events, seed):
    rng = np.random.default_rng(seed)
    safety = SafetyConfig(workspace_lower=(0.1, -0.3, 0.03))
    bench = SaggingBench(ControllerConfig(safety=safety), START)
    bench.run(0.05)
    bench.controller.activate(bench.now_s)
    for what, ticks in events:
        if what == 'stop':
            bench.controller.stop(bench.now_s)
        elif what == 'deactivate':
            deactivate_and_activate(bench)
        elif what == 'chunk':
            bench.controller.resume(bench.now_s)
            actions = rng.uniform(-1, 1, (8, 7)) * ([0.05] * 3 + [0.25] * 3 + [1])
            actions[:, 2] -= 0.03
            bench.controller.accept_chunk(Chunk(bench.now_s, 0.2, actions), bench.now_s)
        state = bench.controller.state
        for _, command in bench.run(ticks / 100):
            assert joints_outside_limits(command.q) == ()
            tool = kinematics.forward(command.q)
            assert fingers.lowest_point(tool) >= -0.005 - 1e-6
            if state is ArmState.EXECUTING:
                assert tool[2, 3] >= 0.03 - 1e-6
                assert 0.1 - 1e-6 <= tool[0, 3] <= 0.5 + 1e-6


@settings(max_examples=25)
@given(st.lists(st.integers(1, 80), min_size=1, max_size=20))
def test_stops_at_rest_never_move_the_target(pauses):
    bench = SaggingBench(ControllerConfig(), START)
    bench.run(0.05)
    bench.controller.activate(bench.now_s)
    bench.chunk(dx=0.02, steps=1)
    [(_, first)] = bench.run(1.0)
    for ticks in pauses:
        bench.controller.stop(bench.now_s)
        for _, command in bench.run(ticks / 100):
            np.testing.assert_array_equal(command.q, first.q)
        bench.controller.resume(bench.now_s)
        assert bench.run(0.05) == []


def test_an_arm_that_was_moved_by_hand_while_stopped_is_held_and_goes_on_there(sagging):
    sagging.chunk(dx=0.0, steps=1)
    sagging.run(1.0)
    moved = sagging.goal = sagging.goal + np.eye(6)[0] * 0.6
    sagging.run(1.0)
    sagging.controller.stop(sagging.now_s)
    ((_, command),) = sagging.run(0.1)
    np.testing.assert_array_equal(command.q, moved)


def test_a_refused_step_still_moves_the_gripper_and_leaves_the_arm_its_goal(make_bench):
    bench = make_bench(q=vx300s.HOME, safety=SafetyConfig(workspace_upper=(2.0, 2.0, 2.0)))
    bench.chunk(dx=0.05, steps=10, gripper=1.0)
    *_, (_, before) = bench.run(3.0)
    bench.q = bench.q + SAG
    bench.chunk(dx=0.05, steps=1, gripper=0.0)
    [(_, command)] = bench.run(0.3)
    assert bench.controller.last_refusal.rule is Rule.UNREACHABLE
    assert command.gripper_m == pytest.approx(0.042)
    np.testing.assert_array_equal(command.q, before.q)


@pytest.mark.parametrize('speed', [0.5, 30.0, -1e4])
def test_a_stop_is_sent_whatever_the_last_reading_says_of_the_speed(make_bench, speed):
    bench = make_bench()
    bench.chunk(steps=8)
    monitor = bench.controller.monitor
    for number in range(2):
        stamp_s = bench.now_s + 1e-4 + 1e-6 * number
        q = bench.q + np.eye(6)[0] * speed * 1e-6 * number
        assert bench.controller.accept_joint_sample(JointSample(stamp_s, q), bench.now_s) is None
    assert monitor.velocity[0] == pytest.approx(speed, rel=1e-3)
    bench.controller.stop(bench.now_s)
    command = bench.controller.tick(bench.now_s)
    assert abs(command.q[0] - bench.q[0]) <= pi * 0.1 / 2 + 0.011


def test_a_moving_arm_is_not_stopped_beyond_its_goal(bench):
    bench.chunk(dx=0.0, steps=1)
    bench.run(0.1)
    turned = np.eye(6)[0] * 0.01
    for number, share in enumerate((0.0, 0.9)):
        bench.controller.accept_joint_sample(
            JointSample(bench.now_s + 1e-3 + 0.01 * number, START - turned * (1 - share)),
            bench.now_s,
        )
    bench.controller.stop(bench.now_s)
    command = bench.controller.tick(bench.now_s)
    np.testing.assert_allclose(command.q, START, atol=1e-9)


def test_a_stop_without_joint_states_is_sent_when_they_are_back(bench):
    bench.chunk(steps=8)
    bench.run(0.1)
    bench.sends_joint_states = False
    bench.run(0.4)
    bench.controller.stop(bench.now_s)
    assert bench.run(0.2) == []
    bench.sends_joint_states = True
    assert len(bench.run(0.2)) == 1
    assert bench.controller.state is ArmState.STOPPED


def test_a_stop_that_is_resumed_before_it_was_sent_is_sent_all_the_same(bench):
    bench.chunk(steps=8)
    bench.run(0.1)
    bench.controller.stop(bench.now_s)
    bench.controller.resume(bench.now_s)
    assert len(bench.run(0.1)) == 1


@pytest.mark.parametrize('name', ['home', 'sleep'])
def test_a_way_home_under_way_is_as_slow_as_the_speed_scale_says_and_waits_at_nought(
    make_bench, name
):
    bench = make_bench(q=START + 0.5 * np.eye(6)[0])
    getattr(bench.controller, name)(bench.now_s)
    commands = bench.run(0.5)
    fast = np.abs(commands[-1][1].q - commands[-2][1].q).max()
    bench.controller.scale_speed(0.2)
    commands = bench.run(0.1)
    slow = np.abs(commands[-1][1].q - commands[-2][1].q).max()
    assert slow == pytest.approx(0.2 * fast, rel=0.2)
    bench.controller.scale_speed(0.0)
    before = bench.q.copy()
    assert bench.run(3.0) == []
    bench.controller.scale_speed(1.0)
    ((_, command),) = bench.run(0.01)
    assert np.abs(command.q - before).max() < 0.5 * 0.05
    bench.run(10.0)
    np.testing.assert_allclose(bench.q, vx300s.SLEEP if name == 'sleep' else START, atol=1e-9)


def test_a_stop_outlives_deactivation(bench):
    bench.controller.stop(bench.now_s, 'an operator said so')
    bench.run(0.1)
    for _ in range(2):
        deactivate_and_activate(bench)
        assert bench.controller.state is ArmState.STOPPED
        assert bench.controller.reason == 'an operator said so'
        assert bench.chunk().rule is Rule.CHUNK_NOT_READY
        assert bench.run(0.1) == []
    bench.controller.resume(bench.now_s)
    deactivate_and_activate(bench)
    assert bench.controller.state is ArmState.HOLDING


def test_a_way_to_sleep_that_is_deactivated_ends_stopped(bench):
    bench.controller.sleep(bench.now_s)
    bench.run(0.5)
    deactivate_and_activate(bench)
    assert bench.controller.state is ArmState.STOPPED


def test_no_chunk_is_taken_while_a_fault_is_cleared_though_the_bridge_is_activated_anew(bench):
    bench.controller.begin_clearing(bench.now_s)
    deactivate_and_activate(bench)
    assert bench.chunk().rule is Rule.CHUNK_NOT_READY
    assert bench.run(0.5) == []


def test_no_chunk_is_taken_between_a_servos_error_and_the_next_tick(bench):
    bench.controller.accept_hardware_errors(OVERLOAD)
    refusal = bench.chunk()
    assert refusal.rule is Rule.CHUNK_NOT_READY
    assert 'elbow: overload' in refusal.message


def test_a_joint_that_rests_far_from_its_goal_is_named(bench):
    bench.chunk(dx=0.0, steps=1)
    bench.run(1.0)
    assert bench.controller.rest_complaint(bench.now_s) == ''
    bench.q = bench.q + SAG * 1.5
    bench.run(0.05)
    assert bench.controller.rest_complaint(bench.now_s) == (
        'shoulder rests 0.060 rad from its goal, of rest_tolerance 0.1'
    )


def test_one_joint_that_repeats_its_reading_while_others_move_is_found_soon(bench):
    bench.blocked = [1]
    bench.chunk(dx=0.02, steps=8)
    started_s = bench.now_s
    while bench.controller.state is not ArmState.STOPPED:
        bench.run(0.01)
        assert bench.now_s - started_s < 1.5
    assert bench.controller.reason.startswith('shoulder did not go where told, and reads the')
    assert bench.counted() == {'tracking': 1}
    assert np.abs(bench.controller.monitor.last.q - START)[1] < 1e-9


@pytest.mark.parametrize('late_ticks', [1, 13, 26])
def test_no_joint_of_an_arm_that_starts_late_is_taken_for_stuck(make_bench, late_ticks):
    bench = make_bench()
    bench.blocked = range(6)
    rng = np.random.default_rng(0)
    goals = [bench.q.copy()] * (late_ticks + 1)
    for index in range(1000):
        if index % 40 == 0:
            step = rng.uniform(-0.05, 0.05, 2)
            bench.chunk(dx=step[0], dy=step[1], steps=2)
        for _, command in bench.run(0.01):
            goals[-1] = command.q
        # What an encoder resolves; it stands still between its ticks.
        bench.q = np.round(goals[-late_ticks] / 0.00153) * 0.00153
        goals.append(goals[-1])
    assert 'tracking' not in bench.counted()
    assert bench.counted().get('joint_states_frozen', 0) == 0


def test_a_stop_is_sent_though_a_joint_is_measured_far_outside_its_limits(make_bench):
    careful = SafetyConfig(max_joint_speed=0.01, rest_tolerance=0.01, measured_tolerance=0.3)
    bench = make_bench(q=vx300s.SLEEP - 0.2 * np.eye(6)[1], safety=careful, move_speed=0.01)
    bench.controller.stop(bench.now_s)
    ((_, command),) = bench.run(0.1)
    assert command.q[1] == vx300s.JOINT_LOWER[1]
