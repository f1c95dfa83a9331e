# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The configuration of a model."""

import json

import pytest

from genvla_policy.checkpoint.tiny import tiny_config
from genvla_policy.models.config import ConfigError, VLAConfig
from genvla_policy.models.systems import SYSTEMS, system_config

CONFIG = tiny_config(horizon=2)


def changed(**changes):
    return json.dumps(json.loads(CONFIG.to_json()) | changes)


@pytest.mark.parametrize('size', ['tiny', 'full'])
@pytest.mark.parametrize('system', SYSTEMS)
def test_a_configuration_round_trips_through_json(system, size):
    config = system_config(system, size)
    assert VLAConfig.from_json(config.to_json()) == config


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'family': 'rt2'}, r"family is 'rt2'; supported: \['pi0', 'openvla'\]"),
        ({'encoders': 'native'}, r"\['single', 'dual'\] \(family pi0\)"),
        ({'frozen_encoder': 'dino'}, r"\['siglip'\] \(dual encoder\)"),
        ({'encoders': 'single'}, r"frozen_encoder is 'siglip'; supported: \[''\]"),
        ({'action_head': 'l1'}, r"\['string', 'bins', 'flow'\] \(family pi0\)"),
        ({'action_head': 'bins'}, r"action_format is 'fixed4'; supported: \['bins256'\]"),
        ({'action_format': 'hex'}, r"action_format .* 'paper', 'int1000'\]"),
        ({'motion': 'sum'}, r"motion is 'sum'; supported: \['step', 'mean'\]"),
        ({'vision_language_share': 1.0}, r'vision_language_share must lie in \[0, 1\)'),
        ({'action_dim': 6}, 'action_dim'),
        ({'horizon': 0}, 'horizon must be at least 1'),
        ({'horizon': 1.5}, 'horizon must be int, got 1.5'),
        ({'horizon': True}, 'horizon must be int'),
        ({'trained': 'no'}, 'trained must be bool'),
        ({'control_rate_hz': -5.0}, 'control_rate_hz must be above 0'),
        ({'num_cameras': 0}, 'num_cameras'),
        ({'name': ''}, 'name'),
        ({'proprio_dim': -1}, 'proprio_dim must be at least 0'),
        ({'prompt_template': 'act\n'}, 'prompt_template must contain {instruction} once'),
        ({'prompt_template': '{instruction} Out: '}, 'ends with a space'),
        ({'question_template': 'what?\n'}, 'question_template must contain {question} once'),
        ({'question_template': '{question} '}, 'question_template ends with a space'),
        ({'answer_prefix': 'x'}, 'answer_prefix'),
        (
            {'resize': 'nearest'},
            r"resize is 'nearest'; supported: \['area', 'bicubic'",
        ),
        ({'aspect': 'pad'}, r"aspect is 'pad'; supported: \['squash', 'crop', "),
        ({'center_crop': 0.0}, r'center_crop must lie in \(0, 1\], got 0.0'),
        ({'center_crop': 1.1}, r'center_crop must lie in \(0, 1\]'),
        ({'aspect_ratio': -1.0}, 'aspect_ratio must be width over height, or 0'),
        ({'dimensions': {}}, r"missing keys \['dimensions.image_size'"),
        ({'dimensions': 3}, 'dimensions must be a JSON object'),
        ({'learning_rate': 1.0}, r"unknown keys \['learning_rate'\]"),
    ],
)
def test_an_unsupported_configuration_is_rejected_with_its_field(changes, message):
    with pytest.raises(ConfigError, match=message):
        VLAConfig.from_json(changed(**changes))


def with_dimensions(system='pi0_plus', *, part='', **changes):
    """Return JSON of a tiny configuration with changed numbers in one part of the network."""
    data = json.loads(tiny_config(system).to_json())
    target = data['dimensions'][part] if part else data['dimensions']
    target.update(changes)
    return json.dumps(data)


@pytest.mark.parametrize(
    ('system', 'part', 'changes', 'message'),
    [
        ('pi0_plus', 'siglip', {'heads': 3}, r"unknown keys \['dimensions.siglip.heads'\]"),
        ('pi0_plus', 'siglip', {'depth': 0}, r'dimensions.siglip.depth must be above 0, got 0'),
        ('pi0_plus', 'siglip', {'width': 190}, 'num_heads 4 does not divide'),
        ('pi0_plus', 'text', {'num_kv_heads': 3}, 'num_kv_heads 3 does not divide'),
        ('pi0_plus', 'text', {'width': 1.5}, 'dimensions.text.width must be int, got 1.5'),
        ('pi0_plus', '', {'image_size': 130}, 'patch_size 16 does not divide'),
        ('pi0_d', '', {'expert': None}, 'dimensions.expert is missing'),
        ('openvla', '', {'dino': None}, 'dimensions.dino is missing'),
        ('openvla', 'dino', {'mlp_width': 500}, 'mlp_width 500 is not a multiple of'),
        ('openvla', 'dino', {'patch_size': 32}, 'patch_size 32 and .* 16 differ'),
        ('openvla', '', {'bins_end': 100}, r'bins_end must lie in \[256, 1024\], got 100'),
    ],
)
def test_invalid_dimensions_are_rejected(system, part, changes, message):
    with pytest.raises(ConfigError, match=message):
        VLAConfig.from_json(with_dimensions(system, part=part, **changes))


def test_prismatic_is_causal():
    with pytest.raises(ConfigError, match=r'prefix_lm is True; supported: \[False\]'):
        tiny_config('openvla', prefix_lm=True)


def test_a_missing_key_is_rejected():
    data = json.loads(CONFIG.to_json())
    del data['trained']
    with pytest.raises(ConfigError, match=r"missing keys \['trained'\]"):
        VLAConfig.from_json(json.dumps(data))


def test_a_configuration_without_image_fields_keeps_the_old_behaviour():
    data = json.loads(CONFIG.to_json())
    for key in ('resize', 'center_crop', 'aspect', 'aspect_ratio'):
        del data[key]
    fit = VLAConfig.from_json(json.dumps(data)).picture_fit
    assert (fit.resize, fit.center_crop, fit.aspect, fit.aspect_ratio) == (
        *('area', 1.0, 'squash', 0.0),
    )


@pytest.mark.parametrize(
    ('system', 'asked'), [('pi0_plus', 'what?\n'), ('openvla_plus', 'In: what?\nOut:')]
)
def test_a_configuration_without_a_question_template_uses_that_of_its_family(system, asked):
    data = json.loads(tiny_config(system).to_json())
    del data['question_template']
    assert VLAConfig.from_json(json.dumps(data)).question('what?') == asked


def test_a_text_that_is_not_json_is_rejected():
    with pytest.raises(ConfigError, match='not JSON'):
        VLAConfig.from_json('{')


def test_the_prompt_has_the_state_after_the_instruction():
    prompt = CONFIG.prompt('Pick up the carrot.', '12 255 0')
    told = 'pick up the carrot, State: 12 255 0'
    assert prompt == f'In: <VLA_PROMPT> What action should the robot take to {told}?\nOut:'


def test_the_prompt_has_the_normalised_instruction():
    prompt = CONFIG.prompt('  Pick up\n the CARROT. ')
    assert prompt == (
        'In: <VLA_PROMPT> What action should the robot take to pick up the carrot?\nOut:'
    )


def test_braces_in_an_instruction_are_plain_text():
    assert '{instruction} {0}' in CONFIG.prompt('{instruction} {0}')


def test_a_rate_of_5_hz_gives_steps_of_200_ms():
    assert CONFIG.step_period_s == 0.2


def test_every_camera_takes_a_token_per_patch():
    assert tiny_config(num_cameras=2).num_image_tokens == 2 * 64
