# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The decoding benchmark compares equivalent engines and reports the results."""

from dataclasses import fields, replace
import json

import pytest
import torch

from benchmarks.decoding import rows
from benchmarks.decoding.__main__ import main
from benchmarks.decoding.engines import Engine, Printed
from benchmarks.decoding.rows import BenchRow, table
from benchmarks.decoding.subjects import random_subject
from benchmarks.decoding.ties import Ties, count_ties
from genvla_policy.checkpoint.tiny import tiny_config, write_tiny_checkpoint
from genvla_policy.decoding.options import DecodingOptions
from genvla_policy.decoding.plan import PassCosts

FEWEST_PASSES = DecodingOptions(drafts=False, pass_costs=PassCosts((1, 128), (1.0, 1.0)))
ONCE = ('--no-compile', '--repeats', '1', '--device', 'cpu', '--dtype', 'float32')


def rows_of(tmp_path, *args):
    file = tmp_path / 'rows.json'
    assert main([*ONCE, *args, '--json', str(file)]) == 0
    return [BenchRow(**row) for row in json.loads(file.read_text())]


@pytest.mark.parametrize('system', ['pi0_plus', 'openvla_plus', 'openvla'])
def test_every_engine_prints_what_transformers_prints_under_the_grammar(tmp_path, capsys, system):
    rows = rows_of(tmp_path, '--sizes', 'tiny', '--systems', system)
    bound = [row for row in rows if row.same_text is not None]
    assert len(bound) >= 6
    assert all(row.same_text for row in bound)
    assert {row.engine for row in rows} == {
        *('transformers generate', 'genvla', 'sequential floor'),
    }
    assert all(0.0 < row.ms_per_action_median <= row.ms_per_action_p95 for row in rows)
    printed = capsys.readouterr().out
    assert all(row.features in printed for row in rows)


def test_transformers_is_measured_on_the_unfused_model(monkeypatch):
    subject = random_subject('pi0_plus', 'tiny', device=torch.device('cpu'), dtype=torch.float32)
    model, seen = subject.model, []

    def look():
        seen.append((model.fused, model.paligemma.vision_tower.pair))
        return Printed('', 0)

    monkeypatch.setattr(rows, 'generate_engines', lambda *_, **__: [Engine('other', '', look)])
    rows.measure(subject, repeats=2, compiled=False)
    assert seen == [(None, None)] * 3
    assert model.fused is not None


def test_no_feature_needs_more_passes_than_the_previous_one(tmp_path):
    rows = rows_of(tmp_path, '--sizes', 'tiny', '--systems', 'pi0_plus')
    passes = [row.passes_per_action for row in rows if row.engine == 'genvla']
    # A space, 48 characters and the end, of which the first needs no pass.
    assert passes[0] == passes[1] == 49
    assert passes[1] > passes[2] >= passes[3] >= passes[-1]
    assert passes[-1] <= 16


def test_a_checkpoint_can_replace_the_random_weights(tmp_path):
    write_tiny_checkpoint(tmp_path / 'mine', tiny_config('openvla_s'), seed=0)
    rows = rows_of(tmp_path, '--checkpoint', str(tmp_path / 'mine'))
    assert {row.model for row in rows} == {tiny_config('openvla_s').name}


@pytest.mark.parametrize(
    ('args', 'complaint'),
    [
        (['--systems', 'pi0_c', '--sizes', 'tiny'], 'generates no text'),
        (['--systems', 'pi9'], 'pi9'),
        (['--sizes', 'huge'], 'invalid choice'),
        (['--checkpoint', 'nowhere'], 'nowhere'),
        (['--repeats', '0'], 'expected 1 or more'),
        (['--json', 'nowhere/rows.json'], 'nowhere'),
    ],
)
def test_invalid_options_end_with_a_one_line_message(args, complaint, capsys):
    with pytest.raises(SystemExit) as refused:
        main([*ONCE, *args])
    assert refused.value.code == 2
    assert complaint in capsys.readouterr().err


def test_the_table_marks_a_different_text():
    values = {field.name: 0.0 for field in fields(BenchRow)}
    row = BenchRow(**{**values, 'engine': 'x', 'features': 'y', 'same_text': False})
    assert 'NO' in table([row])
    assert 'NO' not in table([replace(row, same_text=True)])


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_low_precision_texts_differ_only_at_ties(dtype):
    subject = random_subject('pi0_s', 'tiny', device=torch.device('cpu'), dtype=dtype)
    subject.model.fuse()
    ties = count_ties(subject, num_texts=12, options=FEWEST_PASSES)
    assert ties.num_different <= 4
    assert ties.widest_margin <= 1.0


def test_in_float32_no_text_differs():
    subject = random_subject('pi0_s', 'tiny', device=torch.device('cpu'), dtype=torch.float32)
    subject.model.fuse()
    assert count_ties(subject, num_texts=6, options=FEWEST_PASSES) == Ties(6, 0, 0.0)
