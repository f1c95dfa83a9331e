# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Tokens computed per step, for several ways of batching."""

import json

from benchmarks.padding import computed_tokens, main


def test_pieces_of_similar_length_compute_less_and_packed_pieces_nothing_extra():
    computed = computed_tokens([10, 100, 12, 90], size=2)
    assert list(computed.values()) == [400, 224, 212]


def test_a_table_of_given_lengths_is_printed(tmp_path, capsys):
    (tmp_path / 'lengths.json').write_text(json.dumps([744]))
    arguments = ['--rows', '4', '--micro-batch-size', '2', '--lengths']
    assert main([*arguments, str(tmp_path / 'lengths.json')]) == 0
    lines = capsys.readouterr().out.splitlines()
    # Two robot samples of 331 tokens and two conversations of 1,000.
    assert lines[1].split()[-2:] == ['4000', '1.50']
    assert [line.split()[-1] for line in lines[2:]] == ['1.00', '1.00']
