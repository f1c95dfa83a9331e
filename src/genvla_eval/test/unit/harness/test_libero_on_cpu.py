# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""LIBERO with fewer pictures and with poses: on a fake of robosuite, and on LIBERO itself."""

from pathlib import Path
from types import SimpleNamespace

import anyio
import numpy as np
import pytest

pytest.importorskip('vla_eval', reason='pip install vla-eval')

from vla_eval.cli.config_loader import load_config
from vla_eval.registry import resolve_import_string

from genvla_eval.harness import libero_on_cpu
from genvla_eval.harness.libero_on_cpu import LiberoOnCpu, poses

TASK = {'name': 'pick up the milk and place it in the basket'}
RAW = {
    'robot0_eef_pos': np.zeros(3),
    'robot0_eef_quat': np.array([1.0, 0.0, 0.0, 0.0]),
    'robot0_joint_pos': np.zeros(7),
    'milk_1_pos': np.array([1.0, 2.0, 3.0]),
    'milk_1_quat': np.array([0.0, 0.0, 0.0, 1.0]),
    'milk_1_to_robot0_eef_pos': np.zeros(3),
    'milk_1_to_robot0_eef_quat': np.array([0.0, 0.0, 0.0, 1.0]),
}


class FakeCamera:
    """An observable of robosuite whose picture is the number of pictures so far."""

    def __init__(self, name):
        self.name, self.count, self.enabled = name, 0, True

    def set_enabled(self, enabled):
        self.enabled = enabled

    def update(self, timestep, obs_cache, force):
        assert self.enabled
        self.count += 1

    @property
    def obs(self):
        return np.full((2, 2, 3), self.count, np.uint8)


def benchmark_with_cameras(**params):
    """Return a benchmark in the middle of an episode, and its two cameras."""
    cameras = {name: FakeCamera(name) for name in ('agentview_image', 'robot0_eye_in_hand_image')}
    benchmark = LiberoOnCpu(**params)
    benchmark._env = SimpleNamespace(env=SimpleNamespace(_observables=cameras))
    return benchmark, list(cameras.values())


def shown(benchmark, steps, camera='agentview'):
    """Return the picture that is sent after each step."""
    pictures = []
    for step in range(steps):
        benchmark._steps = step
        pictures.append(int(benchmark.make_obs(RAW, TASK)['images'][camera][0, 0, 0]))
    return pictures


def test_a_picture_is_repeated_until_the_next_chunk():
    benchmark, cameras = benchmark_with_cameras(picture_every=3)
    assert shown(benchmark, 7) == [1, 1, 1, 2, 2, 2, 3]
    assert [camera.count for camera in cameras] == [3, 0]
    assert not cameras[0].enabled


def test_the_wrist_camera_is_drawn_if_it_is_sent():
    benchmark, cameras = benchmark_with_cameras(picture_every=2, send_wrist_image=True)
    assert shown(benchmark, 3, 'wrist') == [1, 1, 2]
    assert [camera.count for camera in cameras] == [2, 2]


def test_every_step_has_its_own_picture_by_default():
    benchmark, _ = benchmark_with_cameras()
    assert shown(benchmark, 3) == [1, 2, 3]
    with pytest.raises(ValueError, match='picture_every is 0'):
        LiberoOnCpu(picture_every=0)


def test_poses_are_sent_on_request_only():
    sent = {}
    for send in (False, True):
        benchmark, _ = benchmark_with_cameras(send_poses=send)
        sent[send] = benchmark.make_obs(RAW, TASK)
        assert ('object_poses' in benchmark.get_observation_spec()) == send
    assert 'object_poses' not in sent[False]
    np.testing.assert_array_equal(sent[True]['object_poses']['milk_1'], [1, 2, 3, 0, 0, 0, 1])


def test_the_arm_is_not_an_object():
    assert list(poses(RAW)) == ['milk_1']


def test_the_configuration_names_the_benchmark():
    config = load_config(str(Path(libero_on_cpu.__file__).with_name('libero_object.yaml')))
    [entry] = config['benchmarks']
    assert resolve_import_string(entry['benchmark']) is LiberoOnCpu
    assert LiberoOnCpu(**entry['params']).suite == 'libero_object'
    assert config['render'] == 'cpu'


@pytest.mark.slow
def test_libero_itself_sends_poses_and_one_picture_per_chunk():
    pytest.importorskip('libero', reason='run in .venv-libero, see docs/harness.md')
    LiberoOnCpu.configure_render('cpu')
    benchmark = LiberoOnCpu(suite='libero_object', picture_every=4, send_poses=True)
    task = next(each for each in benchmark.get_tasks() if each['name'] == TASK['name'])

    async def look(steps):
        await benchmark.start_episode(task)
        seen = []
        for _ in range(steps):
            seen.append(await benchmark.get_observation())
            await benchmark.apply_action({'actions': [0.0, 0.0, 1.0, 0.0, 0.0, 0.0, -1.0]})
        return seen

    seen = anyio.run(look, 5)
    benchmark.cleanup()
    pictures = [obs['images']['agentview'] for obs in seen]
    assert pictures[0].shape == (256, 256, 3)
    assert all((each == pictures[0]).all() for each in pictures[:4])
    assert (pictures[4] != pictures[0]).any()
    assert {'milk_1', 'basket_1'} <= set(seen[0]['object_poses'])
    assert 0.06 < seen[0]['object_poses']['milk_1'][2] < 0.08
