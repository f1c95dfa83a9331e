# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The node with a real checkpoint."""

from __future__ import annotations

import pytest
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.parameter import Parameter

from genvla_policy.ros.policy_node import PolicyNode


@pytest.fixture
def real_bench(bench, tiny_checkpoint):
    """A bench whose node runs the tiny model."""
    from genvla_policy import Policy

    bench.policy = Policy.load(tiny_checkpoint, device='cpu')
    return bench


@pytest.mark.parametrize('system', ['pi0_d', 'openvla', 'openvla_plus'])
def test_every_kind_of_head_runs_behind_the_same_parameters(bench, tmp_path, system):
    from genvla_policy import Policy
    from genvla_policy.checkpoint.tiny import tiny_config, write_tiny_checkpoint

    write_tiny_checkpoint(tmp_path, tiny_config(system, horizon=4), seed=0)
    bench.policy = Policy.load(tmp_path, device='cpu')
    bench.activate(instruction='pick the carrot')
    bench.show(width=64, height=48, step=192, data=bytes(192 * 48))
    bench.wait_for_chunks(1)
    chunk = bench.chunks[0]
    assert (chunk.checkpoint, len(chunk.actions)) == (f'{system}-tiny-random', 4)
    assert len(chunk.confidence) == (0 if system == 'pi0_d' else 4)
    assert bool(chunk.text) == (system != 'pi0_d')


def test_the_first_action_of_a_chunk_is_published_before_the_others(bench, tmp_path):
    from genvla_policy import Policy
    from genvla_policy.checkpoint.tiny import tiny_config, write_tiny_checkpoint
    from genvla_policy.decoding.options import DecodingOptions
    from genvla_policy.decoding.plan import PassCosts

    write_tiny_checkpoint(tmp_path, tiny_config(horizon=3), seed=0)
    # Fixed costs: with measured ones, a plan could print the whole chunk in one pass.
    costs = PassCosts((1, 128), (1.0, 128.0))
    bench.policy = Policy.load(tmp_path, device='cpu', decoding=DecodingOptions(pass_costs=costs))
    bench.activate(instruction='pick the carrot', stream_first_action=True)
    bench.show(width=64, height=48, step=192, data=bytes(192 * 48))
    bench.wait_for_chunks(2)
    first, whole = bench.chunks
    assert (len(first.actions), len(whole.actions)) == (1, 3)
    assert first.actions[0] == whole.actions[0]
    assert (first.sequence, whole.sequence) == (0, 1)
    assert first.header == whole.header
    assert whole.text.startswith(first.text)


def test_an_image_becomes_a_chunk_of_safe_size(real_bench):
    real_bench.activate(instruction='pick the carrot')
    real_bench.show(width=64, height=48, step=192, data=bytes(192 * 48))
    real_bench.wait_for_chunks(1)
    chunk = real_bench.chunks[0]
    assert (chunk.checkpoint, len(chunk.actions)) == ('pi0_plus-tiny-random', 1)
    assert abs(chunk.actions[0].translation.x) <= 0.03
    assert 0.0 <= chunk.actions[0].gripper <= 1.0
    assert chunk.text.count(' ') == 6


def test_an_instruction_that_does_not_fit_the_model_is_rejected(real_bench):
    real_bench.activate(max_instruction_length=100_000)
    response = real_bench.set_instruction('carrot ' * 10_000)
    assert not response.accepted
    assert 'the instruction is too long' in response.message


def test_the_checkpoint_folder_is_loaded(graph, tiny_checkpoint, capfd):
    node = graph.node(
        PolicyNode,
        parameter_overrides=[
            Parameter('checkpoint', value=str(tiny_checkpoint)),
            Parameter('device', value='cpu'),
        ],
    )
    assert node.trigger_configure() == TransitionCallbackReturn.SUCCESS
    assert 'loaded pi0_plus-tiny-random' in capfd.readouterr().err


def test_a_damaged_checkpoint_fails_to_configure(graph, tiny_checkpoint, tmp_path, capfd):
    for source in tiny_checkpoint.iterdir():
        (tmp_path / source.name).write_bytes(source.read_bytes())
    (tmp_path / 'dataset_statistics.json').write_text('{"other_robot": {}}')
    node = graph.node(
        PolicyNode, parameter_overrides=[Parameter('checkpoint', value=str(tmp_path))]
    )
    assert node.trigger_configure() == TransitionCallbackReturn.FAILURE
    log = capfd.readouterr().err
    assert 'cannot configure' in log
    assert 'other_robot' in log
