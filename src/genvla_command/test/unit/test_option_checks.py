# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Amounts and shares on the command line."""

from __future__ import annotations

import pytest

from genvla_command.option_checks import check_at_least, check_shares


@pytest.mark.parametrize('value', [0, -3, float('nan')])
def test_a_number_that_is_too_small_is_refused_by_name(value):
    check_at_least(1, scenes=1, turns=6)
    with pytest.raises(ValueError, match=f'turns is {value}, expected 1 or more'):
        check_at_least(1, scenes=1, turns=value)


@pytest.mark.parametrize('value', [-0.1, 1.5, float('nan')])
def test_what_is_no_share_is_refused_by_name(value):
    check_shares(plain_share=0.0, step_share=1.0)
    with pytest.raises(ValueError, match=f'plain_share is {value}, expected a share from 0 to 1'):
        check_shares(plain_share=value)
