# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The server of the scripted expert, queried by vla-evaluation-harness's own client."""

import anyio
import numpy as np
import pytest

pytest.importorskip('vla_eval', reason='pip install vla-eval')

from vla_eval.api import serve_background
from vla_eval.connection import Connection
from vla_eval.specs import check_specs

from genvla_eval.harness.command import HarnessOptions
from genvla_eval.harness.expert_server import HORIZON, ExpertServer, scene_of
from genvla_eval.harness.libero_on_cpu import LiberoOnCpu
from genvla_viperx.arm.rotations import rotation_vector_from_matrix

INSTRUCTION = 'pick up the milk and place it in the basket'


def asked(world):
    """Return the observation that LiberoOnCpu would send."""
    rotation = rotation_vector_from_matrix(world.R)
    nowhere = [0.0, 0.0, 0.0, 1.0]
    return {
        'images': {'agentview': np.zeros((4, 4, 3), np.uint8)},
        'task_description': INSTRUCTION,
        'states': np.hstack([world.tool, rotation, [0.04, -0.04]]).astype(np.float32),
        'object_poses': {
            f'{world.kind}_1': np.hstack([world.object, nowhere]),
            'basket_1': np.hstack([world.basket, nowhere]),
        },
    }


def run_client(server, session):
    """Serve on a free port and run a session of the client."""
    with serve_background(server) as handle:

        async def go():
            async with Connection(f'ws://127.0.0.1:{handle.port}', timeout=60) as connection:
                await session(connection)

        anyio.run(go)


def test_two_episodes_through_the_harnesss_client_succeed(fake_libero):
    steps = []

    async def session(connection):
        for _ in range(2):
            world = fake_libero('milk')
            await connection.start_episode({'task': {'name': INSTRUCTION}})
            for step in range(280):
                world.step((await connection.act(asked(world)))['actions'])
                if world.in_basket:
                    steps.append(step + 1)
                    break
            await connection.end_episode({'success': world.in_basket})

    server = ExpertServer()
    run_client(server, session)
    assert len(steps) == 2
    assert steps[0] == steps[1] < 150
    assert server._experts == {}


def test_only_the_first_observation_of_a_chunk_is_answered(fake_libero):
    got = []

    async def session(connection):
        await connection.start_episode({})
        near = fake_libero('milk')
        far = fake_libero('milk')
        far.object = np.array([0.05, 5.0, far.base_m])
        for step in range(5):
            got.append((await connection.act(asked(far if step in (1, 2) else near)))['actions'])

    run_client(ExpertServer(execute=3), session)
    assert (np.array(got)[:, 1] < 0.0).all()


def test_the_harness_gives_no_warnings():
    server = ExpertServer()
    params = server.get_observation_params()
    benchmark = LiberoOnCpu(suite='libero_object', **params)
    assert params['picture_every'] == HORIZON
    warnings = check_specs(
        server.get_action_spec(),
        benchmark.get_action_spec(),
        server.get_observation_spec(),
        benchmark.get_observation_spec(),
    )
    assert warnings == []


def test_an_observation_without_poses_names_the_benchmark_that_sends_them(fake_libero):
    obs = asked(fake_libero('milk'))
    del obs['object_poses']
    with pytest.raises(ValueError, match=r"no 'object_poses', only .*LiberoOnCpu"):
        scene_of(obs)


def test_the_scene_survives_the_observation(fake_libero):
    world = fake_libero('milk', tilt=(0.2, -0.1, 0.3))
    scene = scene_of(asked(world))
    np.testing.assert_allclose(scene.tool_position, world.tool, atol=1e-6)
    np.testing.assert_allclose(scene.world_R_tool, world.R, atol=1e-6)
    np.testing.assert_allclose(scene.objects['milk'], world.object)
    np.testing.assert_allclose(scene.objects['basket'], world.basket)


def test_the_expert_has_no_checkpoint_and_only_libero(tmp_path):
    HarnessOptions('libero', expert=True)
    with pytest.raises(ValueError, match='either --checkpoint or --expert'):
        HarnessOptions('libero')
    with pytest.raises(ValueError, match='either --checkpoint or --expert'):
        HarnessOptions('libero', tmp_path, expert=True)
    with pytest.raises(ValueError, match='no expert for simpler_widowx'):
        HarnessOptions('simpler_widowx', expert=True)
    with pytest.raises(ValueError, match='leave out --max-batch'):
        HarnessOptions('libero', expert=True, max_batch=2)
