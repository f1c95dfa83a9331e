# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Building the network of a configuration."""

import pytest
import torch

from genvla_policy.models.build import build_empty_model, build_model
from genvla_policy.models.openvla import OpenVLA
from genvla_policy.models.pi0 import Pi0
from genvla_policy.models.pi0_flow import Pi0Flow
from genvla_policy.models.systems import system_config
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer

TOKENIZER = build_tiny_tokenizer()


@pytest.mark.parametrize(
    ('system', 'kind'), [('openvla', OpenVLA), ('pi0_s', Pi0), ('pi0_inst_aug', Pi0Flow)]
)
def test_the_family_and_the_head_determine_the_network(system, kind):
    assert type(build_empty_model(system_config(system, 'tiny'), TOKENIZER)) is kind


def test_a_tokenizer_without_the_prompt_tags_is_rejected():
    tokenizer = build_tiny_tokenizer(prompt_tags=False)
    with pytest.raises(ValueError, match=r"contain \['<VLM_PROMPT>', '<VLA_PROMPT>'\], which"):
        build_empty_model(system_config('pi0_plus', 'tiny'), tokenizer)


@pytest.mark.parametrize('system', ['openvla_plus', 'pi0_plus', 'pi0_inst_aug'])
def test_an_empty_model_has_the_buffers_that_are_not_stored(system):
    torch.manual_seed(0)
    built = build_model(system_config(system, 'tiny'), TOKENIZER)
    empty = build_empty_model(system_config(system, 'tiny'), TOKENIZER)
    assert all(parameter.is_meta for parameter in empty.parameters())
    buffers = dict(empty.named_buffers())
    assert buffers
    for name, buffer in built.named_buffers():
        assert torch.equal(buffers[name], buffer), name
