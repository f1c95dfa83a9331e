# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The named systems, their switches and their sizes."""

import re
import subprocess
import sys

import pytest

from genvla_policy.models.build import build_empty_model
from genvla_policy.models.config import ConfigError
from genvla_policy.models.systems import SYSTEMS, system_config
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer

TOKENIZER = build_tiny_tokenizer()

# Family, encoders, head, vision-language share, instruction augmentation.
# Source: the paper's Table II, its footnote on pi0, Figure 1c (plain pi0) and Table IV.
SWITCHES = {
    'openvla': ('openvla', 'native', 'bins', 0.0, False),
    'openvla_d': ('openvla', 'dual', 'bins', 0.0, False),
    'openvla_s': ('openvla', 'native', 'string', 0.0, False),
    'openvla_c': ('openvla', 'native', 'bins', 0.5, False),
    'openvla_ds': ('openvla', 'dual', 'string', 0.0, False),
    'openvla_sc': ('openvla', 'native', 'string', 0.5, False),
    'openvla_plus': ('openvla', 'dual', 'string', 0.5, False),
    'openvla_inst_aug': ('openvla', 'native', 'bins', 0.0, True),
    'pi0': ('pi0', 'single', 'flow', 0.0, False),
    'pi0_inst_aug': ('pi0', 'single', 'flow', 0.0, True),
    'pi0_d': ('pi0', 'dual', 'flow', 0.0, False),
    'pi0_s': ('pi0', 'single', 'string', 0.0, False),
    'pi0_c': ('pi0', 'single', 'flow', 0.5, False),
    'pi0_ds': ('pi0', 'dual', 'string', 0.0, False),
    'pi0_sc': ('pi0', 'single', 'string', 0.5, False),
    'pi0_plus': ('pi0', 'dual', 'string', 0.5, False),
}


def full(system):
    return build_empty_model(system_config(system, 'full'), TOKENIZER)


@pytest.mark.parametrize('size', ['tiny', 'full'])
@pytest.mark.parametrize('system', SWITCHES)
def test_a_system_has_its_switches(system, size):
    config = system_config(system, size)
    assert SWITCHES[system] == (
        config.family,
        config.encoders,
        config.action_head,
        config.vision_language_share,
        config.instruction_augmentation,
    )


@pytest.mark.parametrize('system', SYSTEMS)
def test_every_system_uses_the_prompt_tags_of_the_authors(system):
    config = system_config(system, 'full')
    assert config.prompt('pick up the carrot') == (
        'In: <VLA_PROMPT> What action should the robot take to pick up the carrot?\nOut:'
    )
    assert config.question('where?') == 'In: <VLM_PROMPT> where?\nOut:'


def test_every_system_is_tested():
    assert list(SYSTEMS) == list(SWITCHES)


def test_an_unknown_system_is_refused_and_the_known_ones_are_named():
    with pytest.raises(ValueError, match=r"unknown system 'rt2'; available: \['openvla', "):
        system_config('rt2', 'tiny')


def test_an_unknown_size_is_refused_and_the_known_ones_are_named():
    with pytest.raises(
        ValueError, match=r"unknown size 'huge'; available: \['tiny', 'small', 'full'\]"
    ):
        system_config('openvla', 'huge')


def test_a_switch_can_be_changed():
    assert system_config('pi0_plus', 'tiny', action_format='paper').action_format == 'paper'
    with pytest.raises(ConfigError, match='action_format'):
        system_config('openvla', 'tiny', action_format='paper')


def test_paligemma_has_the_published_number_of_weights():
    # Source: 2.92 B, and 11.69 GB of float32, as google/paligemma-3b-pt-224 is published.
    assert full('pi0_s').num_parameters == 2_923_466_480


def test_the_dual_encoder_adds_a_tower_and_widens_the_projector():
    tower = sum(p.numel() for p in full('pi0_s').paligemma.vision_tower.parameters())
    assert tower == 412_442_352
    assert full('pi0_plus').num_parameters == 2_923_466_480 + tower + 2048 * 1152
    assert full('pi0_plus').num_frozen == tower


def test_openvla_has_the_published_number_of_weights_except_unread_ones():
    # Source: 7.54 B, and 15.08 GB of bfloat16, as openvla/openvla-7b is published.
    dino_block = (
        2 * 2 * 1024 + (3 + 1) * 1024**2 + 4 * 1024 + 2 * 1024 + 2 * 4 * 1024**2 + 5 * 1024
    )
    siglip_block = 2 * 2 * 1152 + 4 * (1152**2 + 1152) + 2 * 1152 * 4304 + 4304 + 1152
    norms = 2 * 1024 + 2 * 1152
    pooling = 1152 + 4 * (1152**2 + 1152) + 2 * 1152 + 2 * 1152 * 4304 + 4304 + 1152
    unread = dino_block + siglip_block + norms + pooling
    folded = 1024  # timm adds the position of DINOv2's class token to that token
    assert full('openvla').num_parameters - folded + unread == 7_541_237_184


def test_the_flow_head_adds_an_expert_without_a_vocabulary():
    # Source: 3.3 B as pi0 is published, of which the expert is 300 M.
    expert = full('pi0_inst_aug').num_parameters - full('pi0_s').num_parameters
    assert 300e6 < expert < 320e6


def test_the_command_lists_every_system_with_its_size():
    command = [sys.executable, '-m', 'genvla_policy.models', '--list']
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    lines = {line.split()[0]: line for line in output.splitlines()[1:] if line}
    for system, (family, encoders, head, share, paraphrases) in SWITCHES.items():
        cells = re.split(r'\s{2,}', lines[system])
        switches = (*(cell.split()[0] for cell in cells[1:4]), float(cells[4]), cells[5] == 'yes')
        assert switches == (family, encoders, head, share, paraphrases)
    assert re.split(r'\s{2,}', lines['openvla_plus']) == [
        'openvla_plus', 'openvla', 'dual (siglip frozen)', 'string fixed4', '0.5', 'no',
        '5.3 M, 1.9 M frozen', '128.7 M, 19.8 M frozen', '7.50 B, 397.2 M frozen',
    ]  # fmt: skip
    assert re.split(r'\s{2,}', lines['pi0_inst_aug']) == [
        'pi0_inst_aug', 'pi0', 'single', 'flow', '0', 'yes', '5.5 M', '-', '3.24 B',
    ]  # fmt: skip
