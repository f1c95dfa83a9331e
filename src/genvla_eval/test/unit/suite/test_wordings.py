# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Rewordings of instructions, some of which are held out from training."""

from __future__ import annotations

import ast
from pathlib import Path
import re

import numpy as np
import pytest

from genvla_eval.suite.wordings import ACTIONS, OBJECT_NAMES, OWN, reworded, wordings
from genvla_sim.scene.objects import OBJECTS
from genvla_sim.tasks.table_v import TASKS
from genvla_training.data.paraphrases import paraphrase
from genvla_training.synthetic import questions

DRAWS = 20_000
PLAIN = {'the', 'on', 'near', 'of'}


def drawn(task):
    return TASKS[task].draw(np.random.default_rng(0))


def words_of(texts):
    return {word for text in texts for word in re.findall(r'[a-z]+', text.lower())}


@pytest.fixture(scope='module')
def trained():
    """Every word in the training texts of the simulator's policies."""
    rng = np.random.default_rng(0)
    told = {
        paraphrase(task.draw(rng).instruction, rng) for task in TASKS.values() for _ in range(2000)
    }
    asked = [*literals(Path(questions.__file__)), *(kind.words for kind in OBJECTS.values())]
    return words_of(told) | words_of(asked)


def literals(file):
    """Yield the text literals of a module, without its docstrings."""
    tree = ast.parse(file.read_text(encoding='utf-8'))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in docstrings:
            yield node.value


@pytest.mark.parametrize('words', [ACTIONS, OBJECT_NAMES])
def test_no_held_out_word_is_in_any_training_text(trained, words):
    held_out = words_of(
        text.replace('{thing}', '').replace('{destination}', '')
        for texts in wordings(words).values()
        for text in texts
    )
    assert held_out - PLAIN
    assert (held_out - PLAIN) & trained == set()


@pytest.mark.parametrize('task', TASKS)
def test_own_words_are_those_of_training(task):
    rng, original = np.random.default_rng(0), drawn(task).instruction
    trained = {paraphrase(original, rng) for _ in range(DRAWS)}
    for number in range(len(wordings(OWN)[TASKS[task].skill.value])):
        assert reworded(drawn(task), original, OWN, number) in trained


@pytest.mark.parametrize('task', TASKS)
def test_held_out_words_describe_the_same_task(task):
    it = drawn(task)
    for number in range(6):
        action = reworded(it, it.instruction, ACTIONS, number)
        assert action != it.instruction
        assert f' {OBJECTS[it.target].words}' in action
        named = reworded(it, it.instruction, OBJECT_NAMES, number)
        assert OBJECTS[it.target].words not in named
        for color in ('blue', 'red', 'green', 'yellow', 'white'):
            assert (color in it.instruction) == (color in action) == (color in named)


def test_a_rewording_is_a_sentence():
    put, near = drawn('PutKnifeOnCloth'), drawn('PlaceCornNearKnife')
    assert reworded(put, put.instruction, ACTIONS, 0) == 'deposit the knife on the cloth'
    assert reworded(put, put.instruction, OBJECT_NAMES, 0) == 'put the blade on the napkin'
    assert reworded(near, near.instruction, OBJECT_NAMES, 1) == 'place the mealie near the cutter'
