# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Decoding options that leave no room are refused."""

import pytest

from genvla_policy.decoding.options import ONE_CHOICE_A_PASS, SAME_PASSES, DecodingOptions


@pytest.mark.parametrize('name', ['max_prompt_tokens', 'max_batch', 'max_pass_tokens'])
def test_a_number_below_one_is_refused_by_name(name):
    with pytest.raises(ValueError, match=f'{name} is 0, expected at least 1'):
        DecodingOptions(**{name: 0})


def test_one_choice_a_pass_neither_reads_in_advance_nor_guesses():
    assert (ONE_CHOICE_A_PASS.max_pass_tokens, ONE_CHOICE_A_PASS.drafts) == (1, False)


def test_the_same_passes_do_not_depend_on_what_a_machine_measures():
    assert SAME_PASSES.pass_costs is not None
