# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Invalid decoding options are rejected."""

import pytest

from genvla_policy.decoding.options import ONE_CHOICE_A_PASS, SAME_PASSES, DecodingOptions


@pytest.mark.parametrize('name', ['max_prompt_tokens', 'max_batch', 'max_pass_tokens'])
def test_a_number_below_one_is_rejected_by_name(name):
    with pytest.raises(ValueError, match=f'{name} is 0, expected at least 1'):
        DecodingOptions(**{name: 0})


def test_one_choice_a_pass_neither_reads_ahead_nor_drafts():
    assert (ONE_CHOICE_A_PASS.max_pass_tokens, ONE_CHOICE_A_PASS.drafts) == (1, False)


def test_the_same_passes_do_not_depend_on_measured_costs():
    assert SAME_PASSES.pass_costs is not None
