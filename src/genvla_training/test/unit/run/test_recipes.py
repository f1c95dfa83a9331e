# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The recipes, including the paper's models, and their description in docs/training.md."""

from dataclasses import replace
from pathlib import Path
import re

import pytest

from genvla_policy.checkpoint.tiny import tiny_config, write_tiny_checkpoint
from genvla_policy.models.systems import SYSTEMS, system_config
from genvla_training.run.paper_recipes import PAPER_ROWS
from genvla_training.run.recipes import RECIPES
from genvla_training.run.start_model import start_model
from genvla_training.train import length, main

PAGE = (Path(__file__).parents[5] / 'docs' / 'training.md').read_text(encoding='utf-8')
FULL = [name for name, recipe in RECIPES.items() if name.endswith(('_rt1', '_bridge', '_h4'))]

# The models of the paper's tables, and those that a figure shows and no table.
ON_RT1 = {
    'openvla', 'openvla_d', 'openvla_s', 'openvla_c', 'openvla_ds', 'openvla_sc', 'openvla_plus',
    'openvla_inst_aug', 'pi0', 'pi0_inst_aug', 'pi0_plus',
}  # fmt: skip
ON_BRIDGE = {'openvla', 'openvla_plus', 'pi0_inst_aug', 'pi0_plus'}


def test_every_recipe_is_a_complete_configuration():
    for name, recipe in RECIPES.items():
        config = recipe()
        assert config.to_json(), name
        assert sum(config.samples_per_stream) * config.data.num_streams == config.batch_size


def test_no_two_recipes_write_to_the_same_folder():
    folders = [recipe().out for recipe in RECIPES.values()]
    assert len(set(folders)) == len(folders)


def test_every_model_of_the_paper_has_a_recipe():
    assert {system for system, data in PAPER_ROWS if data == 'rt1'} >= ON_RT1
    assert {system for system, data in PAPER_ROWS if data == 'bridge'} == ON_BRIDGE


def test_every_system_can_be_trained_on_rt1():
    assert {system for system, data in PAPER_ROWS if data == 'rt1'} == set(SYSTEMS)


@pytest.mark.parametrize('name', FULL)
def test_a_recipe_matches_its_name(name):
    config = RECIPES[name]()
    system, data = re.fullmatch(r'(.+)_(rt1|bridge)(?:_h4)?', name).groups()
    assert config.model.system == system
    dataset = {'rt1': 'fractal20220817_data', 'bridge': 'bridge_orig'}[data]
    assert [robot.name for robot in config.robot] == [dataset]
    assert len(config.vision_language) == (4 if config.vision_language_share else 0)


@pytest.mark.parametrize(
    ('name', 'passes', 'batch_size'),
    [('openvla_plus_rt1', 10, 256), ('openvla_bridge', 10, 128), ('pi0_plus_rt1', 10, 96)],
)
def test_string_and_bins_follow_the_authors_cosine(name, passes, batch_size):
    config = RECIPES[name]()
    optimizer = config.optimizer
    assert (config.steps, config.passes, config.batch_size) == (0, passes, batch_size)
    assert (optimizer.schedule, optimizer.final_rate) == ('cosine', 0.0)
    assert (optimizer.learning_rate, optimizer.warmup_steps) == (2e-5, 0)
    assert (optimizer.weight_decay, optimizer.clip_norm) == (0.0, 1.0)


@pytest.mark.parametrize(
    ('name', 'passes', 'batch_size'),
    [('pi0_rt1', 10, 128), ('pi0_inst_aug_bridge', 15, 1024)],
)
def test_flow_heads_follow_the_authors_fork_of_open_pi_zero(name, passes, batch_size):
    config = RECIPES[name]()
    optimizer = config.optimizer
    assert (config.steps, config.passes, config.batch_size) == (0, passes, batch_size)
    assert (optimizer.schedule, optimizer.learning_rate) == ('constant', 5e-5)
    assert (optimizer.warmup_steps, config.model.horizon) == (200, 4)


def test_one_string_recipe_has_chunks_of_four_actions():
    one, four = (RECIPES[name]() for name in ('pi0_plus_bridge', 'pi0_plus_bridge_h4'))
    assert (one.model.horizon, four.model.horizon) == (1, 4)
    model = replace(four.model, horizon=1)
    assert replace(four, model=model, out=one.out) == one


@pytest.fixture(scope='module')
def tiny_bases(tmp_path_factory):
    """Checkpoints at tiny size under the names that docs/training.md converts."""
    folder = tmp_path_factory.mktemp('checkpoints')
    for base in ('openvla_plus', 'pi0', 'pi0_s', 'pi0_plus'):
        write_tiny_checkpoint(folder / base, tiny_config(base), seed=0)
    return folder


@pytest.mark.parametrize('name', FULL)
def test_a_recipe_can_start_from_its_checkpoint(tiny_bases, name):
    choice = RECIPES[name]().model
    choice = replace(choice, init=tiny_bases / choice.init.name)
    start = start_model(choice, None, control_rate_hz=3.0, seed=0)
    switches = SYSTEMS[choice.system]
    wanted = system_config(choice.system, 'tiny')
    for key in (*switches, 'frozen_encoder', 'vision_language_share', 'instruction_augmentation'):
        assert getattr(start.config, key) == getattr(wanted, key), key
    assert start.config.horizon == choice.horizon
    assert (start.model.num_frozen > 0) == (switches['encoders'] == 'dual')


def test_the_page_lists_the_full_recipes():
    rows = re.findall(r'^\| `(\w+)` \| (.+) \| (.+) \| (\d+) \|$', PAGE, re.MULTILINE)
    assert rows == [
        (name, recipe.summary, length(recipe()), str(recipe().model.horizon))
        for name, recipe in RECIPES.items()
        if name in FULL
    ]


def test_the_page_converts_the_checkpoints_that_recipes_start_from():
    for name in FULL:
        assert f' {RECIPES[name]().model.init}' in PAGE


def test_the_list_has_a_line_for_every_recipe(capsys):
    with pytest.raises(SystemExit) as ended:
        main(['--list'])
    assert ended.value.code == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(RECIPES)
    assert all(
        line.endswith(recipe.summary) for line, recipe in zip(lines, RECIPES.values(), strict=True)
    )
