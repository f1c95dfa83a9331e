# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The model server, queried by vla-evaluation-harness's own client."""

from __future__ import annotations

from dataclasses import replace
import socket

import anyio
import numpy as np
import pytest

pytest.importorskip('vla_eval', reason='pip install vla-eval')

from vla_eval.api import serve_background
from vla_eval.benchmarks.libero.benchmark import LIBEROBenchmark
from vla_eval.benchmarks.simpler.benchmark import SimplerEnvBenchmark
from vla_eval.connection import Connection
from vla_eval.specs import check_specs

from genvla_eval.harness import command, libero, simpler
from genvla_eval.harness.command import HarnessOptions, serve
from genvla_eval.harness.server import HarnessServer, Unfit, check_fit
from genvla_policy.checkpoint.tiny import tiny_config, write_tiny_checkpoint
from genvla_policy.decoding.options import DecodingOptions
from genvla_policy.inference.policy import Policy
from genvla_policy.observation import Observation

WIDOWX = simpler.WIDOWX


@pytest.fixture(scope='module')
def policy(tmp_path_factory):
    """Return a policy with random weights, which gives another answer for every image."""
    folder = tmp_path_factory.mktemp('tiny')
    write_tiny_checkpoint(folder, tiny_config('pi0_s', horizon=3), seed=1)
    return Policy.load(folder, decoding=DecodingOptions(max_batch=2, drafts=False))


def asked(seed, instruction='pick the carrot'):
    """Return an observation as the harness sends it."""
    picture = np.random.default_rng(seed).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    return {'images': {'primary': picture}, 'task_description': instruction}


def expected(policy, obs):
    """Return the policy's answer to a direct call."""
    seen = Observation((obs['images']['primary'],), obs['task_description'], 0.0)
    return WIDOWX.to_benchmark(policy.infer_batch([seen])[0].actions)


def run_client(server, session):
    """Serve on a free port and run sessions of the client concurrently."""
    with serve_background(server) as handle:

        async def go():
            async with Connection(f'ws://127.0.0.1:{handle.port}', timeout=60) as connection:
                await session(connection)

        anyio.run(go)


def test_the_client_gets_the_policys_chunk_action_by_action(policy):
    got = []

    async def session(connection):
        assert set(connection.server_info['action_spec']) == {'position', 'rotation', 'gripper'}
        await connection.start_episode({'task': {'name': 'carrot'}})
        # What is shown while a chunk is executed is not answered.
        for seed in (1, 2, 3, 4):
            got.append((await connection.act(asked(seed)))['actions'])
        await connection.end_episode({'success': False})
        await connection.start_episode({'task': {'name': 'carrot'}})
        got.append((await connection.act(asked(5)))['actions'])

    run_client(HarnessServer(policy, WIDOWX), session)
    chunks = {seed: expected(policy, asked(seed)) for seed in (1, 4, 5)}
    assert np.abs(chunks[1] - chunks[4]).max() > 1e-3
    wanted = [*chunks[1], chunks[4][0], chunks[5][0]]
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-6)


def test_fewer_actions_of_a_chunk_can_be_executed(policy):
    got = []

    async def session(connection):
        await connection.start_episode({})
        for seed in (1, 4):
            got.append((await connection.act(asked(seed)))['actions'])

    run_client(HarnessServer(policy, WIDOWX, execute=1), session)
    wanted = [expected(policy, asked(seed))[0] for seed in (1, 4)]
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-6)
    with pytest.raises(ValueError, match='expected 1 to 3'):
        HarnessServer(policy, WIDOWX, execute=4)


def test_concurrent_sessions_get_their_own_answers(policy):
    got = {}

    async def ask(connection, seed):
        async with connection:
            await connection.start_episode({})
            got[seed] = (await connection.act(asked(seed)))['actions']

    with serve_background(HarnessServer(policy, WIDOWX, max_batch=2)) as handle:

        async def go():
            async with anyio.create_task_group() as group:
                for seed in (1, 2, 3):
                    connection = Connection(f'ws://127.0.0.1:{handle.port}', timeout=60)
                    group.start_soon(ask, connection, seed)

        anyio.run(go)
    for seed, answer in got.items():
        np.testing.assert_allclose(answer, expected(policy, asked(seed))[0], rtol=0, atol=1e-5)
    assert len(got) == 3


def test_invalid_requests_get_an_error_and_the_server_continues(policy):
    said = []

    async def session(connection):
        await connection.start_episode({})
        for broken in (
            {'images': {'wrist': np.zeros((4, 4, 3), np.uint8)}, 'task_description': 'go'},
            asked(1, instruction=' '),
            {'images': {'primary': np.zeros((4, 4), np.uint8)}, 'task_description': 'go'},
        ):
            with pytest.raises(RuntimeError) as error:
                await connection.act(broken)
            said.append(str(error.value))
        await connection.act(asked(1))

    run_client(HarnessServer(policy, WIDOWX), session)
    assert "no image 'primary', only ['wrist']" in said[0]
    assert 'blank' in said[1]
    assert '(H, W, 3)' in said[2]


@pytest.mark.parametrize(
    ('convention', 'benchmark'),
    [
        (WIDOWX, SimplerEnvBenchmark()),
        (simpler.GOOGLE, SimplerEnvBenchmark(gripper_mode='sticky')),
        (libero.CONVENTION, LIBEROBenchmark()),
    ],
)
def test_the_harness_gives_no_warnings(policy, convention, benchmark):
    server = HarnessServer(policy, convention)
    warnings = check_specs(
        server.get_action_spec(),
        benchmark.get_action_spec(),
        server.get_observation_spec(),
        benchmark.get_observation_spec(),
    )
    assert warnings == []
    # Parameters that the benchmark does not have would end the harness.
    type(benchmark)(**server.get_observation_params())


def test_a_checkpoint_of_another_rate_camera_or_unit_is_refused(policy):
    check_fit(policy, WIDOWX)
    with pytest.raises(
        Unfit, match=r'5 Hz, but the Google robot .* executes 3 actions per second'
    ):
        check_fit(policy, simpler.GOOGLE)
    check_fit(policy, simpler.GOOGLE, any_rate=True)
    short = replace(WIDOWX, max_translation_m=0.01)
    with pytest.raises(Unfit, match='are not in metres'):
        check_fit(policy, short)
    with pytest.raises(Unfit, match='needs 1 cameras'):
        check_fit(policy, replace(WIDOWX, cameras=()))


def test_a_missing_checkpoint_ends_with_a_one_line_message(tmp_path):
    with socket.create_server(('127.0.0.1', 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(SystemExit, match='CheckpointMismatch'):
        command.main(['libero', '--checkpoint', str(tmp_path), '--port', str(port)])


def test_a_port_in_use_is_reported_before_the_checkpoint_is_loaded(policy, tmp_path):
    with (
        serve_background(HarnessServer(policy, WIDOWX)) as handle,
        pytest.raises(OSError, match='in use'),
    ):
        serve(HarnessOptions('simpler_widowx', tmp_path / 'none', port=handle.port))


def test_an_invalid_port_is_refused(tmp_path):
    with pytest.raises(ValueError, match='port is 0'):
        HarnessOptions('libero', tmp_path, port=0)
