# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The choice of the topics of a bag."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from genvla_bags.bag_messages import BagError
from genvla_bags.topics import choose_topics, raw_topic

RAW, COMPRESSED = 'sensor_msgs/msg/Image', 'sensor_msgs/msg/CompressedImage'


def bag(**kinds):
    """Return connections with one message each; two underscores stand for a slash."""
    return [
        SimpleNamespace(topic=f'/{name.replace("__", "/")}', msgtype=kind, msgcount=1)
        for name, kind in kinds.items()
    ]


REAL_CAMERA = {
    'camera__image_raw': RAW,
    'camera__image_raw__compressed': COMPRESSED,
    'camera__image_raw__compressedDepth': COMPRESSED,
    'camera__image_raw__theora': 'theora_image_transport/msg/Packet',
    'camera__image_raw__zstd': COMPRESSED,
    'camera__camera_info': 'sensor_msgs/msg/CameraInfo',
}


def test_raw_images_and_their_image_transport_versions_are_one_camera():
    topics = choose_topics(bag(**REAL_CAMERA), num_cameras=1)
    assert topics.images == ('/camera/image_raw',)
    assert topics.camera_info == '/camera/camera_info'


def test_compressed_images_are_used_if_there_are_no_raw_ones():
    del (held := dict(REAL_CAMERA))['camera__image_raw']
    topics = choose_topics(bag(**held), num_cameras=1)
    assert topics.images == ('/camera/image_raw/compressed',)
    assert topics.camera_info == '/camera/camera_info'


def test_a_compressed_topic_can_be_selected_instead_of_its_raw_one():
    asked = ('/camera/image_raw/compressed',)
    assert choose_topics(bag(**REAL_CAMERA), num_cameras=1, images=asked).images == asked


def test_two_cameras_count_as_two_in_any_encoding():
    held = bag(wrist__image_raw__compressed=COMPRESSED, **REAL_CAMERA)
    with pytest.raises(BagError, match='has: /camera/image_raw, /wrist/image_raw/compressed; '):
        choose_topics(held, num_cameras=1)
    images = choose_topics(held, num_cameras=2).images
    assert images == ('/camera/image_raw', '/wrist/image_raw/compressed')


def test_image_transport_suffixes_are_recognised():
    assert raw_topic('/camera/image_raw/zstd') == '/camera/image_raw'
    assert raw_topic('/camera/image_raw') == '/camera/image_raw'


def test_a_missing_camera_is_named():
    with pytest.raises(BagError, match='/wrist/image_raw; it has: /camera/image_raw'):
        choose_topics(bag(camera__image_raw=RAW), num_cameras=1, images=('/wrist/image_raw',))


def test_the_topics_of_a_recorded_loop_are_found_by_their_types():
    loop = bag(
        camera__image_raw=RAW,
        action_chunk='genvla_msgs/msg/ActionChunk',
        teleop__delta='genvla_msgs/msg/EndEffectorDelta',
        other__joint_states='sensor_msgs/msg/JointState',
        vx300s__joint_states='sensor_msgs/msg/JointState',
        policy__instruction='std_msgs/msg/String',
        viperx_bridge__state='std_msgs/msg/String',
        tf_static='tf2_msgs/msg/TFMessage',
    )
    topics = choose_topics(loop, num_cameras=1)
    assert topics.small == (
        '/action_chunk',
        '/teleop/delta',
        '/vx300s/joint_states',
        '/policy/instruction',
        '/viperx_bridge/state',
        '/tf_static',
    )


def test_with_two_arms_the_topics_in_the_namespace_of_the_camera_are_used():
    one = {
        'camera__image_raw': RAW,
        'action_chunk': 'genvla_msgs/msg/ActionChunk',
        'vx300s__joint_states': 'sensor_msgs/msg/JointState',
        'policy__instruction': 'std_msgs/msg/String',
        'viperx_bridge__state': 'std_msgs/msg/String',
    }
    both = bag(
        **{f'{arm}__{name}': kind for arm in ('left', 'right') for name, kind in one.items()}
    )
    topics = choose_topics(both, num_cameras=1, images=('/right/camera/image_raw',))
    chosen = (topics.chunks, topics.joints, topics.instruction, topics.bridge_state)
    assert chosen == (
        '/right/action_chunk',
        '/right/vx300s/joint_states',
        '/right/policy/instruction',
        '/right/viperx_bridge/state',
    )
