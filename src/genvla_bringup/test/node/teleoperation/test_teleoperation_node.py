# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A gamepad moves the simulated arm through the bridge, as a policy would."""

from __future__ import annotations

from functools import partial
import os
from pathlib import Path
import subprocess
import sys
import threading

from diagnostic_msgs.msg import DiagnosticArray
from genvla_msgs.srv import SetInstruction, StartEpisode, StopEpisode
from geometry_msgs.msg import PoseStamped
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
import numpy as np
import pytest
from rclpy.parameter import Parameter
from sensor_msgs.msg import Joy
from std_msgs.msg import String
from std_srvs.srv import Trigger

from genvla_bringup.operate import command
from genvla_bringup.recording.episode_recorder import EpisodeRecorder
from genvla_bringup.teleoperation.teleoperation_node import TeleoperationNode
from genvla_node.diagnostics import Level
from genvla_node.qos import COMMAND, SENSOR, STATUS_LATCHED
from genvla_sim.physics.simulated_arm import SimulatedArm
from genvla_sim.physics.simulation_loop import SimulationLoop
from genvla_sim.physics.tabletop_simulation import TabletopSimulation
from genvla_sim.ros.usb_cam import UsbCamNode
from genvla_sim.ros.xs_sdk import XsSdkNode
from genvla_training.bags_to_lerobot.command import BagOptions, bags_to_lerobot
from genvla_training.data.lerobot import open_lerobot
from genvla_viperx.arm import vx300s
from genvla_viperx.ros.bridge_node import BridgeNode

HELD = [0, 0, 0, 0, 0, 1]
CLOSING = [0, 1, 0, 0, 0, 1]
FORWARDS = [0.0, 1.0, 0.0, 0.0, 0.0, 0.0]


@pytest.fixture
def loop():
    loop = SimulationLoop(SimulatedArm(TabletopSimulation(('carrot',))))
    yield loop
    loop.stop()


class Pad:
    """A gamepad, and the state of the bridge."""

    def __init__(self, graph):
        self.node = graph.node('pad')
        self.state, self.x_m = '', []
        self.axes, self.buttons = [0.0] * 6, [0] * 6
        joy = self.node.create_publisher(Joy, 'joy', SENSOR)
        self.node.create_timer(
            0.05, lambda: joy.publish(Joy(axes=self.axes, buttons=self.buttons))
        )
        self.node.create_subscription(
            String, 'viperx_bridge/state', lambda m: setattr(self, 'state', m.data), STATUS_LATCHED
        )
        self.node.create_subscription(
            PoseStamped, 'ee_pose', lambda m: self.x_m.append(m.pose.position.x), COMMAND
        )


@pytest.fixture
def pad(graph, loop):
    pad = Pad(graph)
    graph.node(partial(XsSdkNode, loop), namespace='vx300s')
    loop.start()
    parameters = {
        'set_operating_modes': True,
        'move_speed': 1.0,
        'dead_man_timeout_s': 0.3,
        'pause_timeout_s': 0.0,  # the tests share this process
    }
    overrides = [Parameter(name, value=value) for name, value in parameters.items()]
    graph.node(BridgeNode, parameter_overrides=overrides)
    graph.node(TeleoperationNode)
    change_state = pad.node.create_client(ChangeState, 'viperx_bridge/change_state')
    for transition in (Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_ACTIVATE):
        request = ChangeState.Request(transition=Transition(id=transition))
        assert graph.call(change_state, request).success
    pad.buttons = HELD
    home = pad.node.create_client(Trigger, 'viperx_bridge/home')
    graph.spin_until(lambda: graph.call(home, Trigger.Request()).success, 'home')
    graph.spin_until(lambda: pad.state == 'moving', 'moving')
    graph.spin_until(lambda: pad.state in ('holding', 'executing'), 'at home')
    return pad


def test_the_arm_moves_while_the_button_is_held_and_holds_when_it_is_released(graph, pad):
    start_m = pad.x_m[-1]
    pad.axes = FORWARDS
    graph.spin_until(lambda: pad.x_m[-1] > start_m + 0.03, 'the tool moved forwards')
    assert pad.state == 'executing'
    pad.buttons = [0] * 6
    graph.spin_until(lambda: pad.state == 'holding', 'holding')
    graph.spin_for(0.5)
    held_m = pad.x_m[-1]
    graph.spin_for(0.5)
    assert pad.x_m[-1] == pytest.approx(held_m, abs=0.002)


def test_a_silent_gamepad_counts_as_released(graph, pad):
    start_m = pad.x_m[-1]
    pad.axes = FORWARDS
    graph.spin_until(lambda: pad.x_m[-1] > start_m + 0.02, 'the tool moved forwards')
    graph.executor.remove_node(pad.node)
    for timer in list(pad.node.timers):
        pad.node.destroy_timer(timer)
    graph.executor.add_node(pad.node)
    graph.spin_until(lambda: pad.state == 'holding', 'holding')


def test_a_held_button_without_an_instruction_is_a_warning(graph):
    pad, heard = Pad(graph), []
    pad.buttons = HELD
    graph.node(TeleoperationNode)
    pad.node.create_subscription(DiagnosticArray, '/diagnostics', heard.append, COMMAND)

    def reports(level, words):
        status = heard[-1].status[0] if heard else None
        return status and status.level == bytes([level]) and words in status.message

    graph.spin_until(lambda: reports(Level.OK, 'held'), 'held')
    instruct = pad.node.create_client(SetInstruction, 'policy/set_instruction')
    graph.call(instruct, SetInstruction.Request())
    warning = 'no instruction: no steps are sent; run genvla operate instruct'
    graph.spin_until(lambda: reports(Level.WARN, warning), 'the warning')
    graph.call(instruct, SetInstruction.Request(instruction='reach forwards'))
    graph.spin_until(lambda: reports(Level.OK, 'held'), 'held')


@pytest.fixture
def recorder(graph, loop, tmp_path):
    """The recorder beside a camera; calls its services."""
    size = {'image_width': 160, 'image_height': 120, 'framerate': 10.0}
    parameters = [Parameter(name, value=value) for name, value in size.items()]
    graph.node(partial(UsbCamNode, loop), namespace='camera', parameter_overrides=parameters)
    folder = {'folder': str(tmp_path / 'bags'), 'min_free_mb': 1}
    parameters = [Parameter(name, value=value) for name, value in folder.items()]
    graph.node(EpisodeRecorder, parameter_overrides=parameters)
    node = graph.node('operator')

    def call(service, name, **fields):
        client = node.create_client(service, f'episode_recorder/{name}')
        return graph.call(client, service.Request(**fields))

    return call


def train(data, folder):
    return subprocess.run(
        [
            *(sys.executable, '-m', 'genvla_training.train', 'pi0_s_tiny', '--out', 'run'),
            *('--steps', '2', '--batch-size', '2', '--data.num-streams', '1'),
            *('--data.pool-episodes', '1', '--log-every-steps', '1', '--precision', 'float32'),
            *('--validation.every-steps', '0', '--optimizer.warmup-steps', '1'),
            *('--robot.0.path', str(data)),
        ],
        cwd=folder,
        env=os.environ | {'OMP_NUM_THREADS': '1'},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_a_teleoperated_episode_has_the_instruction_given_to_start(graph, pad, recorder, tmp_path):
    bag = recorder(StartEpisode, 'start', instruction='reach forwards').bag
    start_m = pad.x_m[-1]
    pad.axes = FORWARDS
    graph.spin_until(lambda: pad.x_m[-1] > start_m + 0.06, 'the tool moved forwards')
    pad.buttons = CLOSING
    graph.spin_until(lambda: pad.x_m[-1] > start_m + 0.12, 'the tool moved on')
    recorder(StopEpisode, 'stop', outcome='success')
    told = bags_to_lerobot(BagOptions((Path(bag),), tmp_path / 'data'))
    last = open_lerobot(tmp_path / 'data').read(len(told['episodes']) - 1)
    assert last.instruction == 'reach forwards'
    assert last.actions_TA[-1, 6] == 0.0
    trained = train(tmp_path / 'data', tmp_path)
    assert trained.returncode == 0, trained.stderr[-3000:]


def park(graph):
    ended = []
    parking = threading.Thread(target=lambda: ended.append(command.main(['operate', 'park'])))
    parking.start()
    graph.spin_until(lambda: not parking.is_alive(), 'the end of park')
    return ended[0]


def test_park_ends_with_the_arm_asleep_and_the_bridge_inactive(
    graph, pad, loop, domain_id, monkeypatch, capsys
):
    monkeypatch.setenv('ROS_DOMAIN_ID', str(domain_id))
    assert park(graph) == 0
    assert 'asleep' in capsys.readouterr().out
    graph.spin_until(lambda: pad.state == 'inactive', 'inactive')
    np.testing.assert_allclose(loop.arm.readings().position[:6], vx300s.SLEEP, atol=0.1)


def test_an_arm_that_cannot_go_to_sleep_is_not_released(
    graph, pad, domain_id, monkeypatch, capsys
):
    monkeypatch.setenv('ROS_DOMAIN_ID', str(domain_id))
    pad.buttons = [0] * 6
    graph.spin_for(0.5)
    assert park(graph) == 1
    assert 'dead-man' in capsys.readouterr().err
    assert pad.state != 'inactive'
