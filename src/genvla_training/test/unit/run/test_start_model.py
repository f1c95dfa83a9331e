# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The start model of a run."""

import pytest
import torch

from genvla_policy.checkpoint.bridge_statistics import BRIDGE_STATISTICS
from genvla_policy.checkpoint.folder import CheckpointMismatch
from genvla_policy.checkpoint.tiny import tiny_config, write_tiny_checkpoint
from genvla_training.run.config import ModelChoice
from genvla_training.run.start_model import start_model

STATISTICS = {'here': BRIDGE_STATISTICS['bridge_orig']}


def begin(statistics=STATISTICS, aspect_ratio=0.0, center_crop=1.0, begun_share=0.0, **choice):
    return start_model(
        ModelChoice(**choice),
        statistics,
        control_rate_hz=3.0,
        seed=0,
        aspect_ratio=aspect_ratio,
        center_crop=center_crop,
        begun_share=begun_share,
    )


def test_random_weights_follow_the_seed():
    one, two = (begin(system='pi0_plus').model.state_dict() for _ in range(2))
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_the_policy_answers_in_the_units_of_the_first_robot_data():
    start = begin(system='openvla_s', name='mine')
    assert (start.config.dataset, start.config.control_rate_hz) == ('here', 3.0)
    assert (start.config.trained, start.config.name) == (True, 'mine')


def test_a_checkpoint_can_be_trained_to_longer_chunks_in_another_format(tmp_path):
    write_tiny_checkpoint(tmp_path, tiny_config('pi0_s'), seed=3)
    choice = {'system': 'pi0_plus', 'init': tmp_path, 'horizon': 8, 'action_format': 'int1000'}
    config = begin(begun_share=0.5, motion='mean', **choice).config
    assert (config.horizon, config.action_format, config.begun_share) == (8, 'int1000', 0.5)
    assert config.motion == 'mean'


def test_a_checkpoint_keeps_writing_mean_motions(tmp_path):
    write_tiny_checkpoint(tmp_path, tiny_config('pi0_plus', motion='mean'), seed=3)
    assert begin(system='pi0_plus', init=tmp_path).config.motion == 'mean'


def test_a_head_that_cannot_continue_given_actions_is_not_trained_to():
    with pytest.raises(ValueError, match='this is a flow head'):
        begin(system='pi0', horizon=4, begun_share=0.5)
    with pytest.raises(ValueError, match='horizon 1'):
        begin(system='pi0_plus', begun_share=0.5)


def test_without_robot_data_the_model_is_marked_as_untrained():
    assert not begin(statistics=None, system='pi0_s').config.trained


def test_a_single_encoder_becomes_a_dual_one_with_the_same_answers(tmp_path):
    write_tiny_checkpoint(tmp_path, tiny_config('pi0_s'), seed=3)
    single, dual = (begin(system=name, init=tmp_path) for name in ('pi0_s', 'pi0_plus'))
    assert dual.config.encoders == 'dual'
    assert dual.config.base == 'pi0_s-tiny-random'
    pixels = torch.rand(1, 3, 128, 128)
    with torch.inference_mode():
        a, b = (
            s.model.eval().prefill(
                pixels[None], [[300, 301]], s.model.new_cache(num_rows=1, num_slots=80)
            )
            for s in (single, dual)
        )
    assert torch.allclose(a, b, atol=1e-5)
    frozen = {n for n, p in dual.model.named_parameters() if not p.requires_grad}
    assert frozen
    assert all('towers.frozen' in name for name in frozen)


def test_another_family_is_refused(tmp_path):
    write_tiny_checkpoint(tmp_path, tiny_config('openvla'), seed=3)
    with pytest.raises(CheckpointMismatch, match='has family openvla'):
        begin(system='pi0_plus', init=tmp_path)


def test_full_size_needs_pretrained_weights():
    with pytest.raises(CheckpointMismatch, match=r'genvla convert'):
        begin(system='pi0_plus', size='full')


def test_the_policy_fits_images_as_in_training():
    config = begin(system='pi0_plus', aspect_ratio=4 / 3, center_crop=0.9).config
    assert (config.resize, config.center_crop, config.aspect_ratio) == ('bicubic', 0.9, 4 / 3)


def test_without_robot_data_no_aspect_ratio_is_known():
    config = begin(statistics=None, system='pi0_s', aspect_ratio=4 / 3, center_crop=0.9).config
    assert (config.center_crop, config.aspect_ratio) == (1.0, 0.0)


def test_a_checkpoint_keeps_its_prompts_and_its_filter(tmp_path):
    kept = {
        'prompt_template': 'do: {instruction}\n',
        'question_template': '{question}\n',
        'answer_prefix': '',
        'resize': 'area',
        'aspect': 'squash',
    }
    write_tiny_checkpoint(tmp_path, tiny_config('pi0_s', **kept), seed=3)
    config = begin(system='pi0_plus', init=tmp_path).config
    assert {key: getattr(config, key) for key in kept} == kept
