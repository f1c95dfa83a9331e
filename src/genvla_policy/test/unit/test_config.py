# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The configuration of a model."""

import dataclasses
import json

import pytest

from genvla_policy.models.config import ConfigError, VLAConfig
from genvla_policy.models.tiny import tiny_config

CONFIG = tiny_config(horizon=2)


def changed(**changes):
    return json.dumps(json.loads(CONFIG.to_json()) | changes)


def test_a_configuration_comes_back_from_json():
    assert VLAConfig.from_json(CONFIG.to_json()) == CONFIG


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'family': 'rt2'}, r"family is 'rt2'; supported: \['pi0'\]"),
        ({'encoders': 'dual'}, 'encoders'),
        ({'action_head': 'bins'}, 'action_head'),
        ({'action_format': 'hex'}, r"action_format .* 'paper', 'int1000'\]"),
        ({'action_dim': 6}, 'action_dim'),
        ({'horizon': 0}, 'horizon must be at least 1'),
        ({'horizon': 1.5}, 'horizon must be int, got 1.5'),
        ({'horizon': True}, 'horizon must be int'),
        ({'trained': 'no'}, 'trained must be bool'),
        ({'control_rate_hz': -5.0}, 'control_rate_hz must be above 0'),
        ({'num_cameras': 0}, 'num_cameras'),
        ({'image_size': 130}, 'patch_size 16 does not divide image_size 130'),
        ({'name': ''}, 'name'),
        ({'prompt_template': 'act\n'}, 'prompt_template needs {instruction} once'),
        ({'prompt_template': '{instruction} Out: '}, 'ends with a space'),
        ({'answer_prefix': 'x'}, 'answer_prefix'),
        ({'text': {}}, r"missing keys \['text.width'"),
        ({'vision': 3}, 'vision. must be a JSON object'),
        ({'learning_rate': 1.0}, r"unknown keys \['learning_rate'\]"),
    ],
)
def test_an_unsupported_configuration_is_refused_with_its_field(changes, message):
    with pytest.raises(ConfigError, match=message):
        VLAConfig.from_json(changed(**changes))


def test_an_unknown_dimension_is_refused_with_its_place():
    vision = dataclasses.asdict(CONFIG.vision) | {'heads': 3}
    with pytest.raises(ConfigError, match=r"unknown keys \['vision.heads'\]"):
        VLAConfig.from_json(changed(vision=vision))


def test_a_missing_key_is_refused():
    data = json.loads(CONFIG.to_json())
    del data['trained']
    with pytest.raises(ConfigError, match=r"missing keys \['trained'\]"):
        VLAConfig.from_json(json.dumps(data))


def test_a_text_that_is_not_json_is_refused():
    with pytest.raises(ConfigError, match='not JSON'):
        VLAConfig.from_json('{')


def test_the_prompt_has_the_instruction_in_lower_case_and_single_spaces():
    prompt = CONFIG.prompt('  Pick up\n the CARROT ')
    assert prompt == 'What action should the robot take to pick up the carrot?\n'


def test_braces_in_an_instruction_are_plain_text():
    assert '{instruction} {0}' in CONFIG.prompt('{instruction} {0}')


def test_five_hertz_make_a_step_of_200_ms():
    assert CONFIG.step_period_s == 0.2


def test_every_camera_takes_a_token_per_patch():
    assert tiny_config(num_cameras=2).num_image_tokens == 2 * 64
