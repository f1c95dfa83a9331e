# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import os
from pathlib import Path
import runpy
import signal
import subprocess
import sys
import time

from genvla_msgs.msg import ActionChunk
from genvla_msgs.srv import SetInstruction, StartEpisode, StopEpisode
from lifecycle_msgs.srv import GetState
import psutil
import pytest
from rcl_interfaces.srv import GetParameters
from rosbags.highlevel import AnyReader
from std_msgs.msg import String
from std_srvs.srv import Trigger

from genvla_node.qos import COMMAND, STATUS_LATCHED

REASON = 'the launch package is not on PyPI; this ring runs on a ROS 2 installation'
launch = pytest.importorskip('launch', reason=REASON)
pytest.importorskip('launch_ros', reason=REASON)

LAUNCH = Path(__file__).parents[2] / 'launch'
LAUNCH_FILES = sorted(file.name for file in LAUNCH.glob('*.launch.py'))

RUN_LAUNCH_FILE = """
import sys
from launch import LaunchDescription, LaunchService
from launch.actions import IncludeLaunchDescription
file, *arguments = sys.argv[1:]
pairs = [argument.split(':=', 1) for argument in arguments]
service = LaunchService()
service.include_launch_description(
    LaunchDescription([IncludeLaunchDescription(file, launch_arguments=pairs)])
)
sys.exit(service.run())
"""


@pytest.fixture
def running_code(domain_id, tmp_path):
    """Runs a program that launches; ends it with a Ctrl-C."""
    processes = []

    def run(*arguments):
        log = (tmp_path / 'launch.log').open('w')
        processes.append(
            subprocess.Popen(
                [sys.executable, '-c', *arguments],
                env={**os.environ, 'ROS_DOMAIN_ID': str(domain_id), 'PYTHONUNBUFFERED': '1'},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        )
        return processes[-1]

    yield run
    for process in processes:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30.0)


@pytest.fixture
def running(running_code):
    """Runs a shipped launch file as `ros2 launch` does."""
    return lambda file, *arguments: running_code(RUN_LAUNCH_FILE, str(LAUNCH / file), *arguments)


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory):
    folder = tmp_path_factory.mktemp('checkpoint') / 'tiny'
    subprocess.run(
        [sys.executable, '-m', 'genvla_policy.checkpoint.tiny', str(folder)], check=True
    )
    return folder


@pytest.mark.parametrize('file', LAUNCH_FILES)
def test_every_argument_of_a_launch_file_has_a_description(file):
    description = runpy.run_path(str(LAUNCH / file))['generate_launch_description']()
    arguments = [
        entity
        for entity in description.entities
        if isinstance(entity, launch.actions.DeclareLaunchArgument)
    ]
    assert all(argument.description != 'no description given' for argument in arguments)


def wait_until_active(graph, node, launched, timeout_s=120.0):
    """Longer than Graph.spin_until waits: a policy loads PyTorch first."""
    client = graph.node(f'asks_{node}').create_client(GetState, f'{node}/get_state')
    deadline_s = time.monotonic() + timeout_s
    while time.monotonic() < deadline_s and launched.poll() is None:
        graph.spin_for(0.2)
        if not client.service_is_ready():
            continue
        # Repeat the request: during discovery it may be lost.
        future = client.call_async(GetState.Request())
        graph.spin_for(2.0)
        if future.done() and future.result().current_state.label == 'active':
            return
    pytest.fail(f'{node} did not become active within {timeout_s:.0f} s')


@pytest.mark.timeout(180)
def test_a_real_robot_without_a_checkpoint_starts_nothing(running, tmp_path):
    process = running('real_robot.launch.py', 'use_driver:=true', 'checkpoint:=/nowhere')
    assert process.wait(60.0) != 0
    log = (tmp_path / 'launch.log').read_text()
    assert "checkpoint is '/nowhere', which has no config.json" in log
    assert 'process started' not in log


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ('file', 'argument', 'node'),
    [
        ('bridge_only', 'robot_config', 'viperx_bridge'),
        ('policy_only', 'policy_config', 'policy'),
        ('record', 'teleoperation_config', 'teleoperation'),
        ('real_robot', 'camera_config', 'camera/usb_cam'),
    ],
)
def test_a_parameter_file_for_another_namespace_starts_nothing(
    running, tmp_path, file, argument, node
):
    config = tmp_path / 'left.yaml'
    config.write_text(f'/{node}: {{ros__parameters: {{}}}}\n')
    arguments = ('namespace:=left', 'use_policy:=false', 'checkpoint:=/nowhere')
    process = running(f'{file}.launch.py', *arguments, f'{argument}:={config}')
    assert process.wait(60.0) != 0
    log = (tmp_path / 'launch.log').read_text()
    assert f'{argument}: {config} has no parameters of /left/{node}' in log
    assert 'process started' not in log


def test_the_simulated_robot_comes_up_active_and_chunks_arrive(graph, running, checkpoint):
    chunks = []
    graph.node('probe').create_subscription(ActionChunk, 'action_chunk', chunks.append, COMMAND)
    launched = running(
        'sim_robot.launch.py', f'checkpoint:={checkpoint}', 'instruction:=pick up the carrot'
    )
    wait_until_active(graph, 'viperx_bridge', launched)
    wait_until_active(graph, 'policy', launched)
    graph.spin_until(lambda: len(chunks) >= 2, 'two chunks')


@pytest.mark.timeout(180)
def test_ctrl_c_ends_every_node_cleanly(graph, running, checkpoint, tmp_path):
    launched = running('policy_only.launch.py', f'checkpoint:={checkpoint}')
    wait_until_active(graph, 'policy', launched)
    launched.send_signal(signal.SIGINT)
    assert launched.wait(timeout=30.0) == 0
    assert 'process has finished cleanly' in (tmp_path / 'launch.log').read_text()


@pytest.fixture
def simulated_robot(domain_id, tmp_path):
    """A driver and a camera that run before the launch file, as on a real robot."""
    task = json.dumps('PickCarrot+knife')
    code = 'import sys; from genvla_sim.ros.sim_robot import main; sys.exit(main())'
    process = subprocess.Popen(
        [sys.executable, '-c', code, '--ros-args', '-p', f'task:={task}'],
        env={**os.environ, 'ROS_DOMAIN_ID': str(domain_id)},
    )
    yield process
    process.terminate()
    process.wait(timeout=30.0)


V2 = str(LAUNCH.parent / 'config' / 'viperx_bridge_v2.yaml')
REAL_ROBOT = (
    'real_robot.launch.py',
    'use_camera:=false',
    f'robot_config:={LAUNCH.parent / "config" / "sim_robot.yaml"}',
    'camera_pose:=',
)


@pytest.mark.timeout(180)
def test_the_real_robots_launch_file_comes_up_slowly_on_its_first_run(
    graph, running, checkpoint, simulated_robot
):
    launched = running(*REAL_ROBOT, f'checkpoint:={checkpoint}', 'first_run:=true')
    wait_until_active(graph, 'viperx_bridge', launched)
    wait_until_active(graph, 'policy', launched)
    client = graph.node('asks').create_client(GetParameters, 'viperx_bridge/get_parameters')
    answer = graph.call(
        client, GetParameters.Request(names=['speed_scale', 'set_operating_modes'])
    )
    assert [answer.values[0].double_value, answer.values[1].bool_value] == [0.2, True]


class Listener:
    """The states that a node reports, and requests to it."""

    def __init__(self, graph, name):
        self._graph, self._name, self.heard = graph, name, []
        self._node = graph.node(f'listens_to_{name.replace("/", "_")}')
        self._node.create_subscription(
            String, f'{name}/state', lambda m: self.heard.append(m.data), STATUS_LATCHED
        )

    def hear(self, *words, launched, timeout_s=120.0):
        deadline_s = time.monotonic() + timeout_s
        while time.monotonic() < deadline_s and launched.poll() is None:
            self._graph.spin_for(0.2)
            if self.heard and all(word in self.heard[-1] for word in words):
                return
        pytest.fail(f'{words} not heard within {timeout_s:.0f} s: {self.heard}')

    def ask(self, request):
        client = self._node.create_client(Trigger, f'{self._name}/{request}')
        return self._graph.call(client, Trigger.Request())


@pytest.mark.timeout(300)
def test_a_killed_policy_stops_the_arm_and_stays_inactive_until_it_is_started(
    graph, running, checkpoint, simulated_robot
):
    supervisor, bridge = Listener(graph, 'supervisor'), Listener(graph, 'viperx_bridge')
    launched = running(*REAL_ROBOT, f'checkpoint:={checkpoint}')
    supervisor.hear('active', launched=launched)
    processes = psutil.Process(launched.pid).children(recursive=True)
    (policy,) = (each for each in processes if '__node:=policy' in each.cmdline())
    policy.kill()
    supervisor.hear('waiting', 'policy', launched=launched)
    bridge.hear('stopped', launched=launched)
    assert supervisor.ask('start').success
    supervisor.hear('active', launched=launched)
    assert bridge.heard[-1] == 'stopped'
    assert bridge.ask('resume').success


@pytest.mark.timeout(300)
def test_an_end_on_request_puts_the_arm_to_sleep_and_ends_every_node(
    graph, running, checkpoint, simulated_robot, tmp_path
):
    supervisor, bridge = Listener(graph, 'supervisor'), Listener(graph, 'viperx_bridge')
    launched = running(*REAL_ROBOT, f'checkpoint:={checkpoint}')
    supervisor.hear('active', launched=launched)
    supervisor.ask('end')
    deadline_s = time.monotonic() + 120.0
    while launched.poll() is None and time.monotonic() < deadline_s:
        graph.spin_for(0.2)
    assert launched.returncode == 0
    assert bridge.heard[-2:] == ['stopped', 'inactive']
    assert (
        'ended: the arm is asleep, and the nodes are inactive'
        in (tmp_path / 'launch.log').read_text()
    )


@pytest.mark.timeout(180)
def test_an_episode_is_recorded_by_hand(graph, running, simulated_robot, tmp_path):
    running(*REAL_ROBOT, 'use_policy:=false', 'bridge_config:=' + V2)
    recording = running(
        'record.launch.py', f'folder:={tmp_path}/bags', 'teleoperation:=true', 'gamepad:=false'
    )
    wait_until_active(graph, 'viperx_bridge', recording)
    client = graph.node('asks').create_client(StartEpisode, 'episode_recorder/start')
    bag = graph.call(client, StartEpisode.Request(instruction='wave')).bag
    graph.spin_for(1.0)
    client = graph.node('asks_too').create_client(StopEpisode, 'episode_recorder/stop')
    assert graph.call(client, StopEpisode.Request(outcome='success')).accepted
    with AnyReader([Path(bag)]) as reader:
        topics = {connection.topic for connection in reader.connections}
    assert topics >= {'/vx300s/joint_states', '/policy/instruction', '/camera/image_raw'}


TWO_ARMS = """
import sys
from launch import LaunchDescription, LaunchService
from launch.actions import GroupAction, IncludeLaunchDescription
file, checkpoint = sys.argv[1:]
arms = [
    GroupAction(
        [
            IncludeLaunchDescription(
                file,
                launch_arguments=[
                    ('namespace', side),
                    ('robot_name', f'{side}_arm'),
                    ('checkpoint', checkpoint),
                    ('task', task),
                ],
            )
        ]
    )
    for side, task in (('left', 'PickCarrot+knife'), ('right', 'PickKnife+carrot'))
]
service = LaunchService()
service.include_launch_description(LaunchDescription(arms))
sys.exit(service.run())
"""


@pytest.mark.timeout(300)
def test_two_arms_do_two_tasks_and_one_ends_without_the_other(
    graph, running_code, checkpoint, tmp_path
):
    launched = running_code(TWO_ARMS, str(LAUNCH / 'sim_robot.launch.py'), str(checkpoint))
    sides, frames = ('left', 'right'), {}
    node = graph.node('hears_both')

    def hear(topic, kind, take, qos):
        for side in sides:
            node.create_subscription(kind, f'{side}/{topic}', lambda m, s=side: take(s, m), qos)

    said = {side: [] for side in sides}
    hear('action_chunk', ActionChunk, lambda s, m: frames.update({s: m.header.frame_id}), COMMAND)
    hear('viperx_bridge/state', String, lambda s, m: said[s].append(m.data), STATUS_LATCHED)
    supervisors = {side: Listener(graph, f'{side}/supervisor') for side in sides}
    for side in sides:
        supervisors[side].hear('active', launched=launched)
    for side, instruction in (('left', 'pick up the carrot'), ('right', 'pick up the knife')):
        client = node.create_client(SetInstruction, f'{side}/policy/set_instruction')
        assert graph.call(client, SetInstruction.Request(instruction=instruction)).accepted
    graph.spin_until(lambda: all('executing' in states for states in said.values()))
    assert frames == {side: f'{side}_arm/base_link' for side in sides}
    assert supervisors['left'].ask('end').success
    supervisors['left'].hear('ended', 'asleep', launched=launched)
    graph.spin_for(3.0)
    assert launched.poll() is None
    nodes = set(node.get_fully_qualified_node_names())
    assert not any(name.startswith('/left') for name in nodes)
    assert nodes >= {'/right/viperx_bridge', '/right/policy', '/right/right_arm/xs_sdk'}
    assert 'stopped' not in said['right']
    assert supervisors['right'].ask('end').success
    supervisors['right'].hear('ended', 'asleep', launched=launched)
    assert launched.wait(30.0) == 0
