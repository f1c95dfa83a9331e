# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Settings that no weight shape shows must match our modules."""

import json

import pytest

from genvla_policy.pretrained.open_pretrained import open_pretrained
from genvla_policy.pretrained.pretrained import NotAModel


@pytest.mark.parametrize(
    ('kind', 'section', 'setting', 'supported'),
    [
        ('openvla', 'text_config', {'rope_theta': 5e5}, '10000.0'),
        ('openvla', 'text_config', {'hidden_act': 'gelu'}, "'silu'"),
        ('openvla', 'text_config', {'model_type': 'mistral'}, "'llama'"),
        ('paligemma', 'text_config', {'hidden_act': 'silu'}, "'gelu_pytorch_tanh'"),
        ('paligemma', 'text_config', {'hidden_activation': 'gelu'}, "'gelu_pytorch_tanh'"),
        ('paligemma', 'text_config', {'rope_theta': 5e5}, '10000.0'),
        ('paligemma', 'vision_config', {'hidden_act': 'gelu'}, "'gelu_pytorch_tanh'"),
    ],
)
def test_a_setting_that_our_modules_do_not_support_is_rejected(
    request, kind, section, setting, supported
):
    source, _ = request.getfixturevalue(kind)
    config = json.loads((source / 'config.json').read_text())
    config[section].pop('rope_parameters', None)
    config[section] |= setting
    (source / 'config.json').write_text(json.dumps(config))
    with pytest.raises(NotAModel, match=rf'{section}: .* supported: .*{supported}'):
        open_pretrained(source)


def test_an_explicit_setting_with_the_published_value_is_accepted(openvla):
    source, model = openvla
    written = {'rope_theta': 10000.0, 'rope_scaling': None, 'hidden_act': 'silu'}
    config = json.loads((source / 'config.json').read_text())
    config['text_config'] = model.llama_config | written
    (source / 'config.json').write_text(json.dumps(config))
    assert open_pretrained(source).family == 'openvla'


def test_the_older_name_of_the_gemma_activation_takes_precedence(paligemma):
    source, _ = paligemma
    config = json.loads((source / 'config.json').read_text())
    older = {'hidden_act': 'gelu', 'hidden_activation': 'gelu_pytorch_tanh'}
    config['text_config'] |= older
    (source / 'config.json').write_text(json.dumps(config))
    assert open_pretrained(source).family == 'pi0'
