# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The whole loop, every part real: physics, camera, transformer, bridge, recorder, report."""

from __future__ import annotations

import json
import os
from pathlib import Path
import shutil
import signal
import subprocess
import sys
import time

import av
import pytest
from rosbags.highlevel import AnyReader

from genvla_policy.shipped import SHIPPED_CHECKPOINT

pytestmark = pytest.mark.timeout(300)


def run_demo(out, *arguments):
    return subprocess.run(
        [sys.executable, '-m', 'genvla_bringup.demo', '--out', str(out), *arguments],
        capture_output=True,
        text=True,
        timeout=280.0,
        check=False,
    )


def processes_that_mention(text):
    """Return process ids by command line, without this process."""
    found = {}
    for folder in Path('/proc').glob('[0-9]*'):
        try:
            command = (folder / 'cmdline').read_bytes().replace(b'\0', b' ').decode()
        except OSError:  # it has ended meanwhile
            continue
        if text in command and int(folder.name) != os.getpid():
            found[command] = int(folder.name)
    return found


@pytest.fixture(scope='module')
def demo(tmp_path_factory):
    """One short demo for all tests of its results."""
    out = tmp_path_factory.mktemp('demo')
    done = run_demo(out, '--duration', '12')
    assert done.returncode == 0, done.stderr
    return done, out / 'latest'


@pytest.fixture(scope='module')
def summary(demo):
    return json.loads(demo[0].stdout.splitlines()[-1])


def test_the_loop_runs(summary):
    assert summary['chunks'] > 0
    assert summary['commands'] > 0
    assert summary['ee_travel_m'] > 0
    assert summary['decode_failures'] == 0


def test_the_instruction_changes_once(summary):
    assert summary['instruction_changes'] == 1


def test_the_summary_says_what_ran(summary):
    assert summary['task'] == 'PickCarrot+knife'
    assert summary['trained'] is True
    assert summary['duration_s'] == pytest.approx(12.0, abs=1.0)


def test_every_safety_rule_is_counted(summary):
    counts = summary['safety_interventions']
    assert {'step_clip', 'workspace', 'joint_limits', 'heartbeat_lost'} <= set(counts)
    assert all(isinstance(count, int) for count in counts.values())


def test_the_last_line_on_stdout_is_the_summary_file(demo, summary):
    assert json.loads((demo[1] / 'summary.json').read_text()) == summary
    assert len(demo[0].stdout.splitlines()) == 1


def test_lifted_objects_are_reported_for_each_instruction(demo, summary):
    told = [each['instruction'] for each in summary['lifted']]
    assert told == ['pick up the carrot', 'pick up the knife']
    assert all(set(each['objects']) <= {'carrot', 'knife'} for each in summary['lifted'])
    for instruction in told:
        assert f'instruction "{instruction}": lifted' in demo[0].stderr


def test_the_bag_holds_every_topic_of_the_data_path(demo):
    with AnyReader([demo[1] / 'bag']) as reader:
        counts = {topic: info.msgcount for topic, info in reader.topics.items()}
    for topic in (
        '/camera/image_raw',
        '/vx300s/joint_states',
        '/action_chunk',
        '/vx300s/commands/joint_group',
        '/ee_pose',
        '/policy/instruction',
        '/policy/heartbeat',
        '/diagnostics',
    ):
        assert counts[topic] > 0, topic


def test_the_video_lasts_as_long_as_the_run(demo, summary):
    with av.open(str(demo[1] / 'episode.mp4')) as container:
        duration_s = container.duration / av.time_base
    assert duration_s == pytest.approx(summary['duration_s'], abs=1.0)


def test_the_report_is_there(demo):
    assert 'PickCarrot+knife' in (demo[1] / 'report.html').read_text()


def test_nothing_is_left_running(demo):
    assert processes_that_mention(str(demo[1].resolve().parent)) == {}


def test_a_checkpoint_without_weights_ends_the_demo_with_the_reason(tmp_path):
    broken = tmp_path / 'broken'
    shutil.copytree(SHIPPED_CHECKPOINT, broken)
    (broken / 'model.safetensors').unlink()
    done = run_demo(tmp_path / 'runs', '--duration', '8', '--checkpoint', str(broken))
    assert done.returncode == 1
    assert 'policy failed to configure' in done.stderr
    assert 'model.safetensors' in done.stderr
    assert done.stdout == ''
    assert processes_that_mention(str(broken)) == {}


@pytest.fixture
def under_way(tmp_path):
    """A demo that has just given its first instruction, and the file of its output."""
    log = tmp_path / 'stderr.log'
    checkpoint = tmp_path / 'checkpoint'
    shutil.copytree(SHIPPED_CHECKPOINT, checkpoint)
    # The tests may run under nohup.
    python = ['env', '--default-signal=HUP', sys.executable]
    command = [*python, '-m', 'genvla_bringup.demo', '--out', str(tmp_path / 'runs')]
    with log.open('w') as stderr:
        process = subprocess.Popen(
            [*command, '--duration', '60', '--checkpoint', str(checkpoint)], stderr=stderr
        )
    try:
        deadline_s = time.monotonic() + 120.0
        while 'instruction:' not in log.read_text() and time.monotonic() < deadline_s:
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)
        yield process, log, checkpoint
    finally:
        process.terminate()
        process.wait(timeout=60.0)


def test_a_node_that_dies_ends_the_demo_with_its_last_lines(under_way):
    process, log, checkpoint = under_way
    running = processes_that_mention(str(checkpoint))
    (policy,) = [pid for command, pid in running.items() if 'policy_node' in command]
    os.kill(policy, signal.SIGKILL)
    assert process.wait(timeout=60.0) == 1
    assert 'policy was killed by SIGKILL; its last lines:' in log.read_text()
    assert processes_that_mention(str(checkpoint)) == {}


def test_a_closed_terminal_stops_everything_and_leaves_a_readable_bag(under_way):
    process, log, checkpoint = under_way
    for _ in range(2):  # from the shell and from the kernel
        process.send_signal(signal.SIGHUP)
    assert process.wait(timeout=60.0) == 130
    assert 'all nodes are stopped' in log.read_text()
    assert processes_that_mention(str(checkpoint)) == {}
    (bag,) = checkpoint.parent.glob('runs/*/bag')
    with AnyReader([bag]) as reader:
        assert reader.message_count > 0
