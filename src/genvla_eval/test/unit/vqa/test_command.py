# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Answering questions, and resuming a run."""

from __future__ import annotations

import json
import math

import pytest

from genvla_command.kept_settings import SettingsMismatch
from genvla_eval.picture_file import BadPicture
from genvla_eval.vqa import command
from genvla_eval.vqa.benchmarks import read_vsr
from genvla_eval.vqa.command import VqaOptions, ask, run
from genvla_policy.inference.answerer import Likelihood
from genvla_policy.shipped import SHIPPED_CHECKPOINT


class Opinion:
    """Return the likelihoods that the test sets."""

    def __init__(self, first, second):
        self._options = [Likelihood(math.log(p), False) for p in (first, second)]

    def likelihoods(self, images, question, options):
        assert options == ('True', 'False')
        assert images[0].shape == (40, 60, 3)
        return self._options


def test_the_more_likely_option_is_the_answer(data):
    yes, no = read_vsr([data / 'test.jsonl'], data)
    sure = ask(Opinion(0.003, 0.001), yes)
    assert sure.positive == pytest.approx(0.75)
    assert sure.is_right
    assert not ask(Opinion(0.003, 0.001), no).is_right
    assert ask(Opinion(0.001, 0.003), no).is_right


def test_an_image_that_cannot_be_decoded_is_reported(data):
    (data / 'a.jpg').write_bytes(b'no picture')
    with pytest.raises(BadPicture, match='Download it again'):
        ask(Opinion(0.5, 0.5), read_vsr([data / 'test.jsonl'], data)[0])


def options(data, **changes):
    given = {
        'benchmark': 'pope',
        'files': (data / 'coco_pope_random.json', data / 'coco_pope_popular.json'),
        'images': data,
        'checkpoint': SHIPPED_CHECKPOINT,
        'out': data / 'out',
        'device': 'cpu',
    }
    return VqaOptions(**{**given, **changes})


def test_a_run_asks_every_question_and_resumes(data, monkeypatch):
    summary = run(options(data))
    lines = (data / 'out' / 'answers.jsonl').read_text().splitlines()
    assert len(lines) == 3
    assert [each['split'] for each in summary['scores']] == [
        'coco_pope_random', 'coco_pope_popular', 'final'
    ]  # fmt: skip
    assert set(summary['files_sha256']) == {'coco_pope_random.json', 'coco_pope_popular.json'}
    # The same question about the same picture has the same answer.
    assert json.loads(lines[0])['positive'] == json.loads(lines[2])['positive']
    # A run that was killed within a line goes on from the whole ones.
    (data / 'out' / 'answers.jsonl').write_text('\n'.join(lines[:2]) + '\n' + lines[2][:9])
    asked = []
    monkeypatch.setattr(
        command,
        'ask',
        lambda answerer, question: asked.append(question) or ask(answerer, question),
    )
    assert run(options(data))['scores'] == summary['scores']
    assert [(q.split, q.number) for q in asked] == [('coco_pope_popular', 0)]
    # Nothing is left: nobody is asked.
    monkeypatch.setattr(command.Answerer, 'load', None)
    assert run(options(data))['scores'] == summary['scores']


def test_other_questions_or_settings_need_another_folder(data):
    run(options(data, files=(data / 'coco_pope_random.json',)))
    with pytest.raises(SettingsMismatch, match='files_sha256'):
        run(options(data))
    with pytest.raises(SettingsMismatch, match='lower_case'):
        run(options(data, files=(data / 'coco_pope_random.json',), lower_case=True))


def test_the_command_prints_the_table(data, capsys):
    command.main(
        [
            *('vsr', '--files', str(data / 'test.jsonl'), '--images', str(data)),
            *('--checkpoint', str(SHIPPED_CHECKPOINT), '--out', str(data / 'vsr')),
        ]
    )
    assert '| test | 2 |' in capsys.readouterr().out
    with pytest.raises(SystemExit, match='BadQuestions'):
        command.main(
            [
                *('vsr', '--files', str(data / 'none'), '--images', str(data)),
                *('--checkpoint', str(SHIPPED_CHECKPOINT), '--out', str(data / 'none_out')),
            ]
        )
