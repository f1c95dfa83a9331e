# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Instructions in other words."""

import re

import numpy as np

from genvla_training.data.paraphrases import paraphrase


def said_otherwise(instruction):
    return {paraphrase(instruction, np.random.default_rng(k)) for k in range(200)}


def test_objects_and_relations_keep_their_positions():
    for text in said_otherwise('Put the carrot on the blue plate.'):
        assert re.search(r' the carrot (on|onto|on top of) the blue (flat )?plate\b', text)


def test_an_instruction_has_many_paraphrases():
    assert len(said_otherwise('pick up the carrot')) > 80


def test_unknown_verbs_and_other_words_stay_unchanged():
    assert all('turn on the stove' in text for text in said_otherwise('turn on the stove'))
