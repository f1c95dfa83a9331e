# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

from genvla_bringup.demo import demo_options
from genvla_sim.scene.objects import OBJECTS
from genvla_sim.tasks.table_v import TASKS


@pytest.mark.parametrize(
    ('arguments', 'says'),
    [
        (['--duration', 'abc'], "--duration: could not convert string to float: 'abc'"),
        (['--duration', '-5'], 'duration is -5, expected a number above 0'),
        (['--seed', '-1'], 'seed is -1, expected 0 or more'),
        (['--instructions', 'one', ' '], 'expected one or more that are not empty'),
        (['--instructions'], 'instructions: got [], expected one or more'),
        (['--task', 'Fold'], 'PickCarrot'),
        (['--checkpoint', 'missing'], 'there is no folder missing; expected a checkpoint'),
        (['--checkpoint', '.'], '. holds notes.txt, but no config.json'),
    ],
)
def test_a_bad_option_is_reported_with_the_expected_value(
    arguments, says, capsys, monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'notes.txt').touch()
    with pytest.raises(SystemExit, match='2'):
        demo_options.parse_options(arguments)
    assert says in capsys.readouterr().err


def test_the_help_lists_the_tasks(capsys):
    with pytest.raises(SystemExit, match='0'):
        demo_options.parse_options(['--help'])
    text = ' '.join(capsys.readouterr().out.replace('\u2502', ' ').split())
    assert '--task TASK Task, with its objects on the table' in text
    assert 'PutCarrotOn{Color}Plate+plate' in text


def test_the_given_instructions_are_used():
    options = demo_options.parse_options(['--instructions', 'wave', 'stop waving'])
    assert demo_options.instructions(options) == ('wave', 'stop waving')


def test_the_first_instruction_is_that_of_the_simulated_task():
    options = demo_options.parse_options(
        ['--task', 'PutCarrotOn{Color}Plate+plate', '--seed', '3']
    )
    drawn = TASKS[options.task].draw(np.random.default_rng(3))
    assert demo_options.instructions(options)[0] == drawn.instruction


@pytest.mark.parametrize(
    ('task', 'second'),
    [
        ('PickCarrot', 'push the carrot to the left'),
        ('PickCarrot+knife', 'pick up the knife'),
        ('PutKnifeOnCloth', 'pick up the knife'),
        ('PlaceKnifeNearCorn', 'pick up the corn'),
    ],
)
def test_the_second_instruction_is_another_one(task, second):
    assert demo_options.another_instruction(TASKS[task]) == second


@pytest.mark.parametrize('name', TASKS)
def test_the_second_instruction_names_what_is_on_the_table(name):
    task = TASKS[name].draw(np.random.default_rng(0))
    text = demo_options.another_instruction(task)
    named = {kind for kind in OBJECTS if f'the {OBJECTS[kind].words}' in text}
    assert named
    assert named <= set(task.objects)
    assert text != task.instruction
