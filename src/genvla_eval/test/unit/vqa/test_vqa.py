# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""VSR and POPE on samples in their own format."""

from __future__ import annotations

import json
import math

import cv2
import numpy as np
import pytest

from genvla_command.kept_settings import SettingsMismatch
from genvla_eval.vqa import command
from genvla_eval.vqa.benchmarks import BadQuestions, Question, read_pope, read_vsr
from genvla_eval.vqa.command import VqaOptions, ask, run
from genvla_eval.vqa.scores import Scored, as_markdown, score
from genvla_policy.inference.answerer import Likelihood
from genvla_policy.shipped import SHIPPED_CHECKPOINT

VSR = [
    {
        'image': 'a.jpg',
        'image_link': 'http://images.cocodataset.org/train2017/a.jpg',
        'caption': 'The cat is behind the bench.',
        'label': 1,
        'relation': 'behind',
        'subj': 'cat',
        'obj': 'bench',
    },
    {'image': 'b.jpg', 'caption': 'The cat is under {the} bench.', 'label': 0},
]
POPE = [
    {'question_id': 1, 'image': 'a.jpg', 'text': 'Is there a dog in the image?', 'label': 'no'},
    {'question_id': 2, 'image': 'b.jpg', 'text': 'Is there a cat in the image?', 'label': 'yes'},
]


@pytest.fixture
def data(tmp_path):
    """Write a file of each benchmark, and the pictures."""
    for seed, name in enumerate(('a.jpg', 'b.jpg')):
        noise = np.random.default_rng(seed).integers(0, 256, (40, 60, 3), dtype=np.uint8)
        cv2.imwrite(str(tmp_path / name), noise)
    files = {
        'test.jsonl': VSR,
        'coco_pope_random.json': POPE,
        'coco_pope_popular.json': POPE[:1],
    }
    for name, rows in files.items():
        (tmp_path / name).write_text('\n'.join(json.dumps(row) for row in rows) + '\n')
    return tmp_path


def test_vsr_asks_true_or_false(data):
    first, second = read_vsr([data / 'test.jsonl'], data)
    assert first == Question(
        'test',
        0,
        data / 'a.jpg',
        'Based on the image, is this statement "True" or "False"? The cat is behind the bench.\n'
        'Respond with "True" or "False" directly.',
        ('True', 'False'),
        True,
    )
    assert not second.is_positive
    assert 'under {the} bench' in second.text


def test_pope_asks_yes_or_no_split_by_split(data):
    found = read_pope([data / 'coco_pope_random.json', data / 'coco_pope_popular.json'], data)
    assert [(q.split, q.number, q.is_positive) for q in found] == [
        ('coco_pope_random', 0, False),
        ('coco_pope_random', 1, True),
        ('coco_pope_popular', 0, False),
    ]
    assert found[0].text == (
        'Is there a dog in the image?\nAnswer the question using a single word or phrase.'
    )


@pytest.mark.parametrize(
    ('change', 'sentence'),
    [
        (lambda row: row.pop('caption'), "line 1 has no 'caption'"),
        (lambda row: row.update(label=2), 'line 1 has no 2'),
        (lambda row: row.update(image='c.jpg'), 'c.jpg, which is not there; see --images'),
    ],
)
def test_a_line_that_cannot_be_used_is_said(data, change, sentence):
    row = dict(VSR[0])
    change(row)
    (data / 'bad.jsonl').write_text(json.dumps(row))
    with pytest.raises(BadQuestions) as error:
        read_vsr([data / 'bad.jsonl'], data)
    assert sentence in str(error.value)


def test_a_truncated_or_missing_file_is_said(data):
    (data / 'cut.jsonl').write_text(json.dumps(VSR[0]) + '\n' + json.dumps(VSR[1])[:30])
    with pytest.raises(BadQuestions, match='line 2 is no JSON'):
        read_vsr([data / 'cut.jsonl'], data)
    with pytest.raises(BadQuestions, match='No such file'):
        read_vsr([data / 'none.jsonl'], data)


class Opinion:
    """Finds options as likely as it is told."""

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


def test_a_picture_that_cannot_be_decoded_is_said(data):
    (data / 'a.jpg').write_bytes(b'no picture')
    with pytest.raises(BadQuestions, match='download it again'):
        ask(Opinion(0.5, 0.5), read_vsr([data / 'test.jsonl'], data)[0])


def answers(split, *pairs):
    return [Scored(split, n, p, right) for n, (p, right) in enumerate(pairs)]


def test_scores_are_per_split_and_the_final_accuracy_is_their_mean():
    given = [
        *answers('random', (0.9, True), (0.2, False), (0.6, False), (0.1, True)),
        *answers('popular', (0.7, True)),
    ]
    random, popular, final = score(given)
    assert (random.accuracy, popular.accuracy) == (0.5, 1.0)
    # Splits weigh alike, whatever their size, as in the paper's protocol.
    assert final.accuracy == 0.75
    assert (final.questions, final.wilson_95) == (5, None)
    assert (random.always_positive, random.says_positive) == (0.5, 0.5)
    assert random.f1 == pytest.approx(0.5)
    # Of the four pairs of a right and a wrong statement, two are in order.
    assert random.roc_auc == pytest.approx(0.5)
    assert popular.roc_auc is None
    text = as_markdown([random, popular, final])
    assert '| popular | 1 | 1.000 | 0.207 to 1.000 | 1.000 | 1.000 | 1.000 | - | - |' in text


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


def test_a_run_asks_all_and_goes_on_where_it_was(data, monkeypatch):
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


def test_other_questions_or_another_way_of_asking_need_another_folder(data):
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
