# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The gain of bfloat16 on processors with AMX."""

from benchmarks import number_types


def test_an_action_and_a_training_step_are_compared_in_each_turn(monkeypatch):
    monkeypatch.setattr(number_types, 'has_amx', lambda: True)
    monkeypatch.setattr(number_types, '_SIZE', 'tiny')
    rows = {name: ratios for name, ratios, _ in number_types.number_types()}
    assert {name: len(ratios) for name, ratios in rows.items()} == {
        'decode_mid_bf16_over_float32': 5,
        'train_mid_bf16_over_float32': 3,
    }
    assert all(ratio > 0.0 for ratios in rows.values() for ratio in ratios)


def test_without_amx_nothing_is_measured_and_a_message_is_printed(monkeypatch, capsys):
    monkeypatch.setattr(number_types, 'has_amx', lambda: False)
    assert number_types.number_types() == []
    assert 'no AMX' in capsys.readouterr().out
