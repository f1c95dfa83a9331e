# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The viewer configurations name only topics and frames that a running arm has."""

from __future__ import annotations

from pathlib import Path
import re

import yaml

from genvla_node.node_names import BRIDGE, POLICY, SUPERVISOR

CONFIG = Path(__file__).parents[2] / 'config'
TOPICS = {
    '/camera/camera_info',
    '/camera/image_raw',
    '/diagnostics',
    '/ee_pose',
    '/policy/instruction',
    '/viperx_bridge/state',
    '/vx300s/joint_states',
    '/vx300s/robot_description',
}
FRAMES = {'vx300s/base_link', 'vx300s/camera_optical', 'vx300s/table'}


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from (*strings(key), *strings(part))
    elif isinstance(value, list):
        for part in value:
            yield from strings(part)


def read(name):
    return list(strings(yaml.safe_load((CONFIG / name).read_text())))


def named(found):
    topics = {re.split(r'[.\[]', text)[0] for text in found if text.startswith('/')}
    frames = {text for text in found if text.startswith('vx300s/')}
    return topics, frames


def test_rviz_shows_the_arm_its_tool_and_the_picture():
    topics, frames = named(read('genvla.rviz'))
    assert topics == {'/vx300s/robot_description', '/ee_pose', '/camera/image_raw'}
    assert frames <= FRAMES


def test_foxglove_shows_the_state_of_the_arm():
    topics, frames = named(read('foxglove.json'))
    assert topics == TOPICS
    assert frames == FRAMES


def test_the_aggregator_groups_every_node_once():
    file = yaml.safe_load((CONFIG / 'diagnostics.yaml').read_text())
    groups = [
        group for group in file['/**/analyzers']['ros__parameters'].values() if group != 'genvla'
    ]
    names = [name for group in groups for name in group['contains']]
    nodes = (BRIDGE, POLICY, SUPERVISOR, 'episode_recorder', 'teleoperation', 'usb_cam')
    assert sorted(names) == sorted(nodes)
