# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Trials on the whole loop, with every part in its own process, and a scripted operator."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
import signal

import numpy as np
import pytest
from rosbags.highlevel import AnyReader
import yaml

from genvla_bringup.demo.command import config_folder
from genvla_bringup.demo.domain import free_domain_id
from genvla_bringup.demo.processes import NodeProcesses
from genvla_bringup.demo.session import Plan, node_commands
from genvla_bringup.trial_rig import robot_rig
from genvla_eval.trials.plan import trial_order
from genvla_eval.trials.protocol import Protocol, Setup, Task
from genvla_eval.trials.results import read_results
from genvla_eval.trials.rig import RigFailed
from genvla_eval.trials.run import run_trials
from genvla_node.client import Nodes
from genvla_node.service_calls import Patience
from genvla_node.spinning import spun_node
from genvla_policy.checkpoint.tiny import tiny_config, write_tiny_checkpoint
from genvla_policy.shipped import SHIPPED_CHECKPOINT
from genvla_sim.tasks.rollout import Verdict
from genvla_viperx.arm import vx300s

pytestmark = pytest.mark.timeout(300)

START_TIMEOUT_S = 120.0
TASK = Task('PickCarrot', 'pick up the carrot', (Setup('as it is'),))


@pytest.fixture(scope='module')
def loop(tmp_path_factory):
    """Arm, camera, bridge and policy, with an active bridge; yields the folder of checkpoints."""
    folder = tmp_path_factory.mktemp('loop')
    write_tiny_checkpoint(folder / 'fresh', tiny_config(name='fresh'), seed=0)
    plan = Plan('PickCarrot', 0, ('follow this at once', ''), SHIPPED_CHECKPOINT, 1.0)
    with contextlib.ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        domain_id = stack.enter_context(free_domain_id())
        patch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
        patch.setenv('ROS_STATIC_PEERS', '')
        patch.setenv('ROS_DOMAIN_ID', str(domain_id))
        processes = stack.enter_context(NodeProcesses(folder / 'log', dict(os.environ)))
        for command in node_commands(plan, config_folder()):
            processes.start(command)
        with spun_node('operator') as node:
            nodes = Nodes(node, answer_timeout_s=START_TIMEOUT_S)
            for name in ('viperx_bridge', 'policy'):
                for transition in ('configure', 'activate'):
                    nodes.change_state(name, transition)
        yield folder


class Hurried:
    """Lets every trial run for a while and gives the next verdict."""

    def __init__(self, *verdicts, seconds=3.0):
        self._verdicts, self._seconds = iter(verdicts), seconds

    def ready_for_home(self, number, total):
        pass

    def arrange(self, task, setup):
        pass

    def watch(self, rig, duration_s):
        Patience().for_duration(self._seconds)
        rig.halt()
        return next(self._verdicts)


def protocol(folder):
    checkpoints = {'fresh': folder / 'fresh', 'trained': Path(SHIPPED_CHECKPOINT)}
    return Protocol((TASK,), checkpoints, trials=1)


def read(bag):
    """Return the messages of a bag by topic, as (time [s], message)."""
    found = {}
    with AnyReader([bag]) as reader:
        for connection, time_ns, data in reader.messages():
            message = reader.deserialize(data, connection.msgtype)
            found.setdefault(connection.topic, []).append((time_ns * 1e-9, message))
    about = yaml.safe_load((bag / 'metadata.yaml').read_text())['rosbag2_bagfile_information']
    return found, about['custom_data']


def joints(message):
    by_name = dict(zip(message.name, message.position, strict=True))
    return np.array([by_name[name] for name in vx300s.JOINT_NAMES])


def test_each_trial_begins_at_home_with_its_checkpoint_and_ends_with_the_arm_held(loop, tmp_path):
    with robot_rig() as rig:
        run_trials(protocol(loop), tmp_path, rig, Hurried(Verdict.NEVER_REACHED, Verdict.SUCCESS))
    results = read_results(tmp_path)
    assert [r.verdict for r in results] == [Verdict.NEVER_REACHED, Verdict.SUCCESS]
    assert [r.checkpoint for r in results] == [t.checkpoint for t in trial_order(protocol(loop))]
    names = {'fresh': 'fresh', 'trained': 'genvla-tiny'}
    begins, ends = [], []
    for result in results:
        found, custom = read(tmp_path / result.bag)
        assert custom['task'] == 'PickCarrot'
        chunks = [message for _, message in found['/action_chunk']]
        assert {chunk.checkpoint for chunk in chunks} == {names[result.checkpoint]}
        # The instruction in the policy's parameters does not apply: only that of the trial does.
        assert {chunk.instruction for chunk in chunks} == {TASK.instruction}
        begins.append(joints(found['/vx300s/joint_states'][0][1]))
        ends.append(joints(found['/vx300s/joint_states'][-1][1]))
        assert found['/viperx_bridge/state'][-1][1].data == 'stopped'
        assert len(found['/camera/image_raw']) > 10
    np.testing.assert_allclose(begins[1], begins[0], atol=0.02)
    assert np.abs(ends[0] - begins[0]).max() > 0.05


def test_a_checkpoint_that_cannot_be_loaded_ends_the_session_and_the_next_one_loads(
    loop, tmp_path
):
    with robot_rig() as rig:
        with pytest.raises(RigFailed, match='policy failed to configure: its state is unconf'):
            rig.load(tmp_path / 'none')
        rig.load(SHIPPED_CHECKPOINT)


def test_without_nodes_the_session_ends_with_a_message(monkeypatch):
    monkeypatch.setattr('genvla_bringup.trial_rig._ANSWER_TIMEOUT_S', 0.5)
    with free_domain_id() as domain_id:
        monkeypatch.setenv('ROS_DOMAIN_ID', str(domain_id))
        with (
            pytest.raises(RigFailed, match='policy/set_instruction was not available'),
            robot_rig(),
        ):
            pass


class Interrupting(Hurried):
    """Presses Ctrl-C in the middle of a trial."""

    def watch(self, rig, duration_s):
        Patience().for_duration(2.0)
        os.kill(os.getpid(), signal.SIGINT)
        Patience().for_duration(30.0)


@pytest.fixture
def heeding_ctrl_c():
    """Restore SIGINT as at a terminal: a shell makes background processes ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures('heeding_ctrl_c')
def test_ctrl_c_in_a_trial_withdraws_the_instruction_and_closes_the_bag(loop, tmp_path):
    with pytest.raises(KeyboardInterrupt), robot_rig() as rig:
        run_trials(protocol(loop), tmp_path, rig, Interrupting())
    found, _ = read(tmp_path / 'bags' / '0001-PickCarrot')
    assert len(found['/action_chunk']) > 3
    assert found['/policy/instruction'][-1][1].data == ''
    assert read_results(tmp_path) == []
