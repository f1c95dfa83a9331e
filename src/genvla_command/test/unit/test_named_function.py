# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Functions that an option names."""

import json
import sys

import pytest

from genvla_command.named_function import named_function


def test_an_installed_function_is_found():
    assert named_function('json:loads') is json.loads


def test_a_function_in_the_current_folder_is_found(tmp_path, monkeypatch):
    (tmp_path / 'my_function_of_this_test.py').write_text('def double(x):\n    return 2 * x\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, 'path', [*sys.path])
    assert named_function('my_function_of_this_test:double')(4) == 8


@pytest.mark.parametrize(
    'name', ['loads', 'json:none', 'no_such_module:loads', ':', '.json:loads', 'math:pi', 'json:']
)
def test_a_name_without_a_function_is_rejected(name):
    with pytest.raises(ValueError, match=rf"'{name}' .*expected MODULE:FUNCTION"):
        named_function(name)
