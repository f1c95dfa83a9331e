# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A policy from observation to chunk."""

import functools
import itertools

import numpy as np
import pytest
import torch

from genvla_policy import Observation, Policy
from genvla_policy.action_text.formats import ActionTextError
from genvla_policy.checkpoint.bridge_statistics import BRIDGE_STATISTICS
from genvla_policy.checkpoint.tiny import tiny_config, write_tiny_checkpoint
from genvla_policy.decoding.options import DecodingOptions
from genvla_policy.decoding.plan import PassCosts
from genvla_policy.models.pass_graphs import PassGraphs
from genvla_policy.models.slot_cache import OutOfMemory
from genvla_policy.models.systems import SYSTEMS
from genvla_policy.models.vla import VLA


def picture(seed=0):
    return np.random.default_rng(seed).integers(0, 256, (480, 640, 3), dtype=np.uint8)


def look(instruction='pick up the carrot', seed=0):
    return Observation((picture(seed),), instruction, stamp_s=12.5)


def test_a_chunk_has_the_horizon_and_the_stamp_and_instruction_of_the_observation(tiny_policy):
    chunk = tiny_policy.infer(look())
    assert chunk.actions.shape == (2, 7)
    assert chunk.step_period_s == 0.2
    assert (chunk.stamp_s, chunk.instruction) == (12.5, 'pick up the carrot')
    assert chunk.checkpoint == 'pi0_plus-tiny-random'


def test_the_actions_are_the_unnormalised_text(tiny_policy):
    chunk = tiny_policy.infer(look())
    first = [float(number) for number in chunk.text.split(' ')[:7]]
    assert chunk.actions[0, 0] == pytest.approx(0.0570370 * (first[0] + 1) / 2 - 0.028727)
    assert chunk.actions[0, 6] == first[6]


def test_the_actions_lie_within_the_bounds_of_the_statistics(tiny_policy):
    actions = tiny_policy.infer(look(seed=3)).actions
    assert np.all(actions[:, 0] >= -0.028727 - 1e-12)
    assert np.all(actions[:, 0] <= 0.028310 + 1e-12)


def test_the_confidence_depends_on_the_image(tiny_policy):
    first, second = tiny_policy.infer(look(seed=0)), tiny_policy.infer(look(seed=1))
    assert not np.array_equal(first.confidence, second.confidence)


def test_the_confidence_depends_on_the_instruction(tiny_policy):
    first, second = tiny_policy.infer(look()), tiny_policy.infer(look('open the drawer'))
    assert not np.array_equal(first.confidence, second.confidence)


def test_the_same_observation_gets_the_same_answer(tiny_policy):
    first, second = tiny_policy.infer(look()), tiny_policy.infer(look())
    assert first.text == second.text
    # The second call has a draft, so it reads in other passes and rounds differently.
    np.testing.assert_allclose(first.confidence, second.confidence, rtol=1e-4)


def test_the_first_answer_is_right_without_a_warm_up(tiny_folder):
    cold, warm = (Policy.load(tiny_folder, device='cpu') for _ in range(2))
    warm.warm_up()
    first, second = cold.infer(look()), warm.infer(look())
    assert first.text == second.text
    np.testing.assert_allclose(first.confidence, second.confidence, rtol=1e-4)


def test_a_lack_of_memory_in_the_warm_up_names_the_settings_to_change(tiny_folder, monkeypatch):
    policy = Policy.load(tiny_folder, device='cpu')

    def exhausted(*args):
        raise torch.OutOfMemoryError('CUDA out of memory')

    monkeypatch.setattr(policy.model, 'advance', exhausted)
    with pytest.raises(
        OutOfMemory, match=r'lower max_prompt_tokens, .* or free memory on the device'
    ):
        policy.warm_up()


def test_the_warm_up_answers_the_largest_batch_of_the_longest_prompts(tiny_folder, monkeypatch):
    options = DecodingOptions(max_batch=2, max_prompt_tokens=40)
    policy = Policy.load(tiny_folder, device='cpu', decoding=options)
    asked, prefill = [], policy.model.prefill

    def watched(pixels, prompts, cache, answers):
        asked.append([len(ids) for ids in prompts])
        return prefill(pixels, prompts, cache, answers)

    monkeypatch.setattr(policy.model, 'prefill', watched)
    policy.warm_up()
    assert asked[-1] == [40, 40]


def test_a_draft_that_the_grammar_rejects_is_not_used(tiny_folder, monkeypatch):
    policy = Policy.load(tiny_folder, device='cpu')
    first = policy.infer(look())

    def refuse(text):
        raise ActionTextError('cut in another way')

    monkeypatch.setattr(policy.head.grammar, 'encode', refuse)
    assert policy.infer(look()).text == first.text


def test_no_observations_give_no_chunks(tiny_policy):
    assert tiny_policy.infer_batch([]) == []


@pytest.mark.parametrize('written', ['  Pick up  the CARROT\n', 'pick up the carrot.'])
def test_case_spaces_and_the_full_stop_of_the_instruction_do_not_matter(tiny_policy, written):
    first = tiny_policy.infer(look())
    second = tiny_policy.infer(look(written))
    assert first.text == second.text
    np.testing.assert_allclose(first.confidence, second.confidence, rtol=1e-4)


def test_the_latency_is_measured_by_the_clock_that_was_passed_in(tiny_folder):
    ticks = iter([10.0, 10.25])
    policy = Policy.load(tiny_folder, device='cpu', clock=lambda: next(ticks))
    assert policy.infer(look()).inference_s == 0.25


def test_another_number_of_images_is_rejected(tiny_policy):
    observation = Observation((picture(), picture()), 'go', 0.0)
    with pytest.raises(ValueError, match=r'2 images, .* num_cameras = 1'):
        tiny_policy.infer(observation)


def test_two_cameras_may_have_different_sizes(tmp_path):
    write_tiny_checkpoint(tmp_path, tiny_config(num_cameras=2), seed=0)
    policy = Policy.load(tmp_path, device='cpu')
    policy.warm_up()
    images = (picture(), np.zeros((240, 424, 3), dtype=np.uint8))
    assert policy.infer(Observation(images, 'go', 0.0)).actions.shape == (1, 7)


@pytest.mark.parametrize('action_format', ['paper', 'int1000'])
def test_every_format_prints_a_chunk(tmp_path, action_format):
    write_tiny_checkpoint(tmp_path, tiny_config(action_format=action_format), seed=0)
    chunk = Policy.load(tmp_path, device='cpu').infer(look())
    assert chunk.actions.shape == (1, 7)


def test_an_instruction_of_100000_characters_is_rejected(tiny_policy):
    with pytest.raises(ValueError, match=r'too long: its prompt takes \d+ tokens'):
        tiny_policy.check_instruction('carrot ' * 14_286)


def test_the_longest_instruction_that_fits_is_answered(tiny_policy):
    room = DecodingOptions().max_prompt_tokens
    words = room - (len(tiny_policy._prompt_ids('up')) - 1)
    longest = ' '.join(['up'] * words)
    assert tiny_policy.infer(look(longest)).actions.shape == (2, 7)
    with pytest.raises(ValueError, match=r'too long: .* or raise max_prompt_tokens'):
        tiny_policy.check_instruction(longest + ' up')


@pytest.mark.parametrize(
    'instruction', ['pick <eos> up', 'pick <EOS> up', 'look <image>', 'pick <e\u200bos> up']
)
def test_an_instruction_with_a_control_token_is_rejected(tiny_policy, instruction):
    with pytest.raises(ValueError, match='control tokens; remove them'):
        tiny_policy.check_instruction(instruction)


@pytest.mark.parametrize('instruction', [' ', ' ...'])
def test_a_blank_instruction_is_rejected(tiny_policy, instruction):
    with pytest.raises(ValueError, match='blank'):
        tiny_policy.check_instruction(instruction)


def test_the_description_says_that_the_weights_are_random(tiny_policy):
    assert 'RANDOM WEIGHTS' in tiny_policy.describe()
    assert 'H=2 at 5 Hz' in tiny_policy.describe()


def test_a_policy_runs_in_bfloat16(tiny_folder):
    policy = Policy.load(tiny_folder, device='cpu', dtype='bfloat16')
    assert policy.model.dtype == torch.bfloat16
    assert np.isfinite(policy.infer(look()).actions).all()


def test_no_weight_needs_a_gradient(tiny_policy):
    assert not any(p.requires_grad for p in tiny_policy.model.parameters())
    assert not tiny_policy.model.training


@pytest.fixture(scope='module')
def policy_of(tmp_path_factory, given_plan):
    """Return a function that loads a tiny policy of a system, each once."""

    @functools.cache
    def load(system, dtype='float32'):
        folder = tmp_path_factory.mktemp(system)
        write_tiny_checkpoint(folder, tiny_config(system, horizon=2), seed=0)
        return Policy.load(folder, device='cpu', dtype=dtype, decoding=given_plan)

    return load


@pytest.mark.parametrize('dtype', ['float32', 'bfloat16'])
@pytest.mark.parametrize('system', SYSTEMS)
def test_every_system_answers_with_a_chunk_in_range(policy_of, system, dtype):
    policy = policy_of(system, dtype)
    chunk = policy.infer(look())
    bounds = BRIDGE_STATISTICS['bridge_orig']['action']
    assert chunk.actions.shape == (2, 7)
    assert np.all(chunk.actions >= np.array(bounds['q01']) - 1e-12)
    assert np.all(chunk.actions <= np.array(bounds['q99']) + 1e-12)
    assert (chunk.text == '') == (policy.config.action_head == 'flow')


def test_the_flow_head_has_no_confidence_and_its_noise_has_a_seed(tmp_path):
    write_tiny_checkpoint(tmp_path, tiny_config('pi0_d'), seed=0)
    first, again = (Policy.load(tmp_path, device='cpu', seed=0) for _ in range(2))
    other = Policy.load(tmp_path, device='cpu', seed=1)
    chunk = first.infer(look())
    assert chunk.confidence.shape == (0,)
    assert np.isnan(chunk.first_confidence)
    assert np.array_equal(again.infer(look()).actions, chunk.actions)
    assert not np.array_equal(other.infer(look()).actions, chunk.actions)


def test_a_restarted_policy_answers_like_a_newly_loaded_one(tmp_path):
    write_tiny_checkpoint(tmp_path, tiny_config('pi0_d'), seed=0)
    policy = Policy.load(tmp_path, device='cpu', seed=3)
    first = policy.infer(look()).actions
    assert not np.array_equal(policy.infer(look()).actions, first)
    policy.restart(3)
    np.testing.assert_array_equal(policy.infer(look()).actions, first)


def test_a_flow_head_whose_numbers_overflow_is_an_error(policy_of):
    policy = policy_of('pi0_c')
    weight = policy.model.network.action_out_proj.weight
    before = weight.clone()
    weight.fill_(float('inf'))
    with pytest.raises(FloatingPointError, match='another dtype'):
        policy.infer(look())
    weight.copy_(before)


def test_a_bin_text_contains_the_numbers_of_the_bins(policy_of):
    numbers = policy_of('openvla').infer(look()).text.split(' ')
    assert len(numbers) == 14
    assert all(1 <= int(number) <= 256 for number in numbers)


@pytest.mark.parametrize(
    ('changes', 'words'),
    [
        ({}, 'RANDOM WEIGHTS'),
        ({'base': 'paligemma'}, 'weights of paligemma, NOT TRAINED ON ROBOT DATA'),
        ({'base': 'paligemma', 'trained': True}, 'trained'),
    ],
)
def test_the_description_states_the_origin_of_the_weights(edit_config, changes, words):
    assert f', {words}) on cpu' in Policy.load(edit_config(**changes), device='cpu').describe()


def test_a_batch_of_observations_gets_the_same_answers_as_each_alone(tiny_folder):
    policy = Policy.load(tiny_folder, device='cpu', decoding=DecodingOptions(max_batch=3))
    looks = [look(), look('put the big red cube into the bowl', seed=1), look('stop', seed=2)]
    together = policy.infer_batch(looks)
    for observation, chunk in zip(looks, together, strict=True):
        alone = policy.infer(observation)
        assert (chunk.text, chunk.instruction) == (alone.text, alone.instruction)
        np.testing.assert_allclose(chunk.confidence, alone.confidence, rtol=1e-4)


def test_a_batch_larger_than_max_batch_is_rejected(tiny_policy):
    with pytest.raises(
        ValueError, match='2 observations at once, but memory for 1; raise max_bat'
    ):
        tiny_policy.infer_batch([look(), look()])


def test_the_first_action_is_streamed_before_the_chunk(tiny_folder):
    # Fixed costs: with measured ones, a plan could print the whole chunk in one pass.
    options = DecodingOptions(pass_costs=PassCosts((1, 128), (1.0, 128.0)), drafts=False)
    ticks = itertools.count()
    policy = Policy.load(
        tiny_folder, device='cpu', decoding=options, clock=lambda: float(next(ticks))
    )
    told = []
    chunk = policy.infer(look(), watch=told.append)
    [first] = told
    assert first.actions.shape == (1, 7)
    np.testing.assert_array_equal(first.actions[0], chunk.actions[0])
    assert first.inference_s < chunk.inference_s


@pytest.mark.parametrize('motion', ['step', 'mean'])
def test_an_answer_begins_with_the_given_motions_even_beyond_the_bounds(tmp_path, motion):
    write_tiny_checkpoint(tmp_path, tiny_config(horizon=4, motion=motion), seed=0)
    options = DecodingOptions(pass_costs=PassCosts((1, 128), (1.0, 128.0)), drafts=False)
    policy = Policy.load(tmp_path, device='cpu', decoding=options)
    given = np.tile([0.09, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0], (2, 1))
    told = []
    chunk = policy.infer(look(), committed=given, watch=told.append)
    np.testing.assert_array_equal(chunk.actions[:2], given)
    np.testing.assert_array_equal(told[0].actions, chunk.actions[:3])
    written = policy.head.grammar.text_format.decode(chunk.text)
    np.testing.assert_array_equal(
        chunk.actions, policy.normalizer.unnormalize(written, given), strict=True
    )


@pytest.mark.parametrize('later_s', [0.0, 0.2, 1.0, -3.0])
def test_the_previous_chunk_does_not_change_the_answer(tiny_folder, later_s):
    fresh, policy = (Policy.load(tiny_folder, device='cpu') for _ in range(2))
    policy.infer(look(seed=4))
    after = Observation((picture(5),), 'pick up the carrot', 12.5 + later_s)
    assert policy.infer(after).text == fresh.infer(after).text


@pytest.mark.parametrize(('is_right', 'is_on'), [(True, True), (False, False)])
def test_cuda_graphs_stay_on_only_if_they_match_plain_passes(
    monkeypatch, caplog, tiny_folder, is_right, is_on
):
    def capture(run):
        """Return a run in fixed memory, as a graph does; or a wrong result."""
        return run if is_right else lambda: torch.zeros_like(run())

    def capture_passes(model, on):
        model.graphs = PassGraphs(model._read, capture=capture) if on else None

    monkeypatch.setattr(VLA, 'capture_passes', capture_passes)
    policy = Policy.load(tiny_folder, device='cpu')
    policy.warm_up()
    assert (policy.model.graphs is not None) == is_on
    assert ('CUDA graphs are off' in caplog.text) != is_on
    assert ('CUDA graphs are off' in policy.decoding_warning) != is_on
    # Without graphs the fast decoder is right, so it stays.
    assert not policy.head.is_plain
    policy.infer(look())


def test_cuda_graphs_can_be_disabled(monkeypatch, tiny_folder):
    asked = []
    monkeypatch.setattr(VLA, 'capture_passes', lambda model, on: asked.append(on))
    Policy.load(tiny_folder, decoding=DecodingOptions(cuda_graphs=False)).warm_up()
    assert asked == [False]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a CUDA device')
def test_a_gpu_prints_the_same_with_and_without_cuda_graphs(tiny_folder):
    policy = Policy.load(tiny_folder, device='cuda', dtype='float32')
    policy.warm_up()
    assert policy.model.graphs.num_captured
    graphed = policy.infer_batch([look()])[0].text
    policy.model.capture_passes(False)
    assert policy.infer_batch([look()])[0].text == graphed


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a CUDA device')
def test_a_gpu_in_float32_prints_the_same_as_the_cpu(tiny_folder, tiny_policy):
    policy = Policy.load(tiny_folder, device='cuda', dtype='float32')
    assert policy.infer(look()).text == tiny_policy.infer(look()).text


def test_another_aspect_ratio_is_logged_once_for_each_size(edit_config, caplog):
    policy = Policy.load(edit_config(aspect_ratio=4 / 3), device='cpu')
    policy.warm_up()
    for height, width in ((480, 640), (480, 480), (480, 480), (720, 1280), (480, 480)):
        picture = np.zeros((height, width, 3), dtype=np.uint8)
        policy.infer(Observation((picture,), 'pick up the carrot', 0.0))
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2
    assert 'an image of 480x480 (1) is ' in said[0]
    assert 'an image of 1280x720 (1.78) is ' in said[1]
