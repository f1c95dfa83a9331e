# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The examples of docs/own_robot.md, run unchanged."""

from pathlib import Path
import re
from types import SimpleNamespace

import numpy as np
import pytest

from genvla_training.data.lerobot import LeRobotWriter, open_lerobot
from genvla_viperx.arm.end_effector_delta import apply_delta
from genvla_viperx.arm.kinematics import forward

PAGE = Path(__file__).parents[4] / 'docs' / 'own_robot.md'
PICTURE = np.zeros((480, 640, 3), np.uint8)


@pytest.fixture
def blocks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text(encoding='utf-8')
    return re.findall(r'```python\n(.*?)```', text, flags=re.DOTALL)


def test_the_writer_example_of_the_page_works(blocks):
    episode = SimpleNamespace(
        pictures=[PICTURE] * 3, states=np.zeros((3, 7)), actions=np.full((3, 7), 0.01)
    )
    exec(blocks[0], {'my_episodes': lambda: [episode]})
    read = open_lerobot('data/own_robot').read(0)
    assert read.instruction == 'put the carrot on the plate'
    np.testing.assert_allclose(read.actions_TA, episode.actions, atol=1e-7)


def test_converted_joint_angles_reach_the_same_pose(blocks):
    rng = np.random.default_rng(0)
    joints = np.cumsum(rng.uniform(-0.1, 0.1, (5, 6)), axis=0)
    numbers = np.column_stack([joints, np.linspace(1.0, 0.0, 5)])
    names = [*'abcdef', 'gripper']
    with LeRobotWriter(
        'data/recorded', fps=5, robot_type='vx300s', cameras={'front': (480, 640)},
        state_names=names, action_names=names,
    ) as writer:  # fmt: skip
        frames = ((PICTURE,) for _ in joints)
        states = np.zeros((5, 7))
        writer.add_episode(frames=frames, states_TS=states, actions_TA=numbers, task='wave')
    page = {}
    exec(blocks[1], page)
    pose = forward(np.zeros(6))
    for action, angles in zip(page['recorded'].read(0).actions_TA, joints, strict=True):
        pose = apply_delta(pose, action)
        np.testing.assert_allclose(pose, forward(angles), atol=1e-5)
    np.testing.assert_allclose(page['recorded'].actions(0)[:, 6], numbers[:, 6], atol=1e-6)
