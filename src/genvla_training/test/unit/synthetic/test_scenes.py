# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Random scenes of the simulator."""

from __future__ import annotations

import numpy as np

from genvla_sim.scene.camera import TABLE_CAMERA
from genvla_sim.scene.objects import OBJECTS
from genvla_sim.tasks.table_v import is_held
from genvla_training.synthetic.scenes import random_scenes
from genvla_viperx.arm import vx300s
from genvla_viperx.arm.kinematics import forward


def test_the_requested_number_of_scenes_is_drawn():
    assert len(list(random_scenes(np.random.default_rng(0), 1))) == 1
    assert list(random_scenes(np.random.default_rng(0), 0)) == []


def test_the_same_seed_gives_the_same_images(scenes):
    again = list(random_scenes(np.random.default_rng(5), 14))
    for first, second in zip(scenes, again, strict=False):
        np.testing.assert_array_equal(first.image, second.image)
        np.testing.assert_array_equal(first.bodies, second.bodies)
        assert first.camera == second.camera


def test_no_two_images_are_equal(scenes):
    assert len({scene.image.tobytes() for scene in scenes}) == 36


def test_an_image_is_320_by_240_and_every_pixel_has_a_body(scenes):
    for scene in scenes:
        assert (scene.image.shape, scene.image.dtype) == ((240, 320, 3), np.uint8)
        assert scene.bodies.shape == (240, 320)
        assert (scene.bodies != '').all()
        assert (scene.camera.width, scene.camera.height) == (320, 240)


def test_a_scene_has_one_to_four_known_objects_and_at_most_one_large_one(scenes):
    for scene in scenes:
        names = list(scene.state.objects)
        assert 1 <= len(names) <= 4
        assert set(names) <= set(OBJECTS)
        assert sum(OBJECTS[name].top_m > 0.0 for name in names) <= 1


def test_twelve_scenes_in_a_row_share_their_objects(scenes):
    tables = [
        {frozenset(scene.state.objects) for scene in scenes[first : first + 12]}
        for first in range(0, 36, 12)
    ]
    assert [len(objects) for objects in tables] == [1] * 3
    assert len(set().union(*tables)) > 1


def test_the_state_matches_the_image(scenes):
    for scene in scenes:
        pose = scene.state.base_T_tool
        palm = pose[:3, 3] - 0.08 * pose[:3, 0]
        [(u, v)] = scene.camera.project([palm]).round().astype(int)
        if 0 <= u < 320 and 0 <= v < 240:
            assert scene.bodies[v, u] not in ('table', 'floor')
        np.testing.assert_allclose(
            scene.state.base_T_tool, forward(scene.state.joint_positions), atol=1e-6
        )


def test_joints_are_within_their_limits(scenes):
    joints = np.array([scene.state.joint_positions for scene in scenes])
    assert (joints >= vx300s.JOINT_LOWER - 1e-3).all()
    assert (joints <= vx300s.JOINT_UPPER + 1e-3).all()


def test_some_scenes_show_a_grasp_and_some_a_random_arm_pose(scenes):
    held = [any(map(is_held, scene.state.objects.values())) for scene in scenes]
    assert 0 < sum(held) < 18
    assert 6 < sum(scene.state.time_s == 0.0 for scene in scenes) < 30


def test_only_plain_scenes_have_the_camera_of_the_tasks(scenes):
    plain = list(random_scenes(np.random.default_rng(0), 3, plain_share=1.0))
    assert [scene.camera for scene in plain] == [TABLE_CAMERA.resized(320, 240)] * 3
    assert TABLE_CAMERA.resized(320, 240) not in [scene.camera for scene in scenes]
