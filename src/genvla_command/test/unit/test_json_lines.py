# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Lines are appended correctly, however the previous run ended."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from genvla_command import json_lines
from genvla_command.json_lines import append_lines, read_lines


@dataclass(frozen=True)
class Note:
    """A line."""

    text: str


@pytest.mark.parametrize('block', [3, 1 << 16])
@pytest.mark.parametrize('half', ['', '{"te', '{"text": "' + 'x' * 50])
def test_a_partial_last_line_is_replaced(tmp_path, monkeypatch, half, block):
    monkeypatch.setattr(json_lines, '_BLOCK_BYTES', block)
    path = tmp_path / 'notes.jsonl'
    append_lines(path, [Note('one'), Note('zwei \u00fc')])
    path.write_text(path.read_text() + half)
    assert read_lines(path, Note) == [Note('one'), Note('zwei \u00fc')]
    append_lines(path, [Note('three')])
    assert read_lines(path, Note) == [Note('one'), Note('zwei \u00fc'), Note('three')]


def test_a_file_with_only_a_partial_line_is_overwritten(tmp_path):
    path = tmp_path / 'notes.jsonl'
    path.write_text('{"te')
    append_lines(path, [Note('one')])
    assert read_lines(path, Note) == [Note('one')]
    assert read_lines(tmp_path / 'none', Note) == []


def test_a_damaged_line_in_the_middle_is_an_error(tmp_path):
    path = tmp_path / 'notes.jsonl'
    path.write_text('{"text": "one"}\n{"te\n{"text": "two"}\n')
    with pytest.raises(ValueError, match=r'notes\.jsonl is damaged'):
        read_lines(path, Note)
