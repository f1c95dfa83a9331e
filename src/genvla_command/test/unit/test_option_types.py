# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from argparse import ArgumentTypeError

import pytest

from genvla_command import option_types


@pytest.mark.parametrize('text', ['0', '-3', '1.5', 'two', ''])
def test_a_count_is_a_whole_number_of_at_least_1(text):
    with pytest.raises(ArgumentTypeError, match=f'{text!r} is not a whole number of at least 1'):
        option_types.count(text)
    assert option_types.count('1') == 1


def test_a_seed_may_be_0_but_not_less():
    assert option_types.seed('0') == 0
    with pytest.raises(ArgumentTypeError, match='at least 0'):
        option_types.seed('-1')


@pytest.mark.parametrize('text', ['0', '-5', 'nan', 'inf', 'abc'])
def test_a_duration_is_a_number_of_seconds_above_0(text):
    with pytest.raises(ArgumentTypeError, match=f'{text!r} is not a number of seconds above 0'):
        option_types.duration_s(text)
    assert option_types.duration_s('2.5') == 2.5


def test_a_file_that_can_be_written_is_taken(tmp_path):
    path = tmp_path / 'rates.json'
    assert option_types.output_file(str(path)) == path
    assert not path.exists()


def test_a_file_in_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ArgumentTypeError, match=r'no folder .*missing to write rates\.json to'):
        option_types.output_file(str(tmp_path / 'missing' / 'rates.json'))


def test_a_folder_is_not_a_file(tmp_path):
    with pytest.raises(ArgumentTypeError, match='is a folder; name a file in it'):
        option_types.output_file(str(tmp_path))
