# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The benchmarks' files."""

from __future__ import annotations

import json

import pytest

from genvla_eval.vqa.benchmarks import BadQuestions, Question, read_pope, read_vsr


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
        (lambda row: row.pop('caption'), "line 1 has no usable 'caption'"),
        (lambda row: row.update(label=2), 'line 1 has no usable 2'),
        (lambda row: row.update(image='c.jpg'), 'c.jpg, which does not exist; check --images'),
    ],
)
def test_an_unusable_line_is_reported(data, change, sentence):
    row = json.loads((data / 'test.jsonl').read_text().splitlines()[0])
    change(row)
    (data / 'bad.jsonl').write_text(json.dumps(row))
    with pytest.raises(BadQuestions) as error:
        read_vsr([data / 'bad.jsonl'], data)
    assert sentence in str(error.value)


def test_two_files_of_the_same_name_are_refused(data):
    (data / 'other').mkdir()
    other = data / 'other' / 'test.json'
    other.write_text((data / 'test.jsonl').read_text())
    with pytest.raises(BadQuestions, match=r"test\.jsonl and .*would both be the split 'test'"):
        read_vsr([data / 'test.jsonl', other], data)


def test_a_truncated_or_missing_file_is_reported(data):
    whole = (data / 'test.jsonl').read_text()
    (data / 'cut.jsonl').write_text(whole[: whole.index('\n') + 30])
    with pytest.raises(BadQuestions, match='line 2 is not JSON'):
        read_vsr([data / 'cut.jsonl'], data)
    with pytest.raises(BadQuestions, match='No such file'):
        read_vsr([data / 'none.jsonl'], data)
