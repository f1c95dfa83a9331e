# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Reading files in LLaVA's JSON format, written by the tests."""

from __future__ import annotations

import json
import pickle

import cv2
from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from genvla_training.data.conversation import Turn
from genvla_training.data.episode import BadData
from genvla_training.data.json_spans import entry_spans
from genvla_training.data.llava_json import open_llava_json


def human(value):
    return {'from': 'human', 'value': value}


def gpt(value):
    return {'from': 'gpt', 'value': value}


def entry(*conversation, **more):
    return {'id': 'x1', 'conversations': list(conversation), **more}


@pytest.fixture
def pictures(tmp_path):
    for number, name in enumerate(('a.png', 'b.png')):
        image = np.full((8, 12, 3), number, dtype=np.uint8)
        (tmp_path / name).write_bytes(cv2.imencode('.png', image)[1].tobytes())
    return tmp_path


def opened(folder, *entries):
    path = folder / 'chat.json'
    path.write_text(json.dumps(list(entries), ensure_ascii=False), encoding='utf-8')
    return open_llava_json(path)


def test_a_caption_is_one_turn_about_one_image(pictures):
    dataset = opened(pictures, entry(human('Describe it.\n<image>'), gpt('A cup.'), image='b.png'))
    conversation = dataset.read(0)
    assert conversation.turns == (Turn('Describe it.', 'A cup.'),)
    (image,) = conversation.images
    assert (image.shape, image[0, 0].tolist()) == ((8, 12, 3), [1, 1, 1])
    assert conversation.source.endswith("chat.json, entry 0 (id 'x1')")


@pytest.mark.parametrize(
    ('written', 'question'),
    [
        ('<image>\nWhat is it?', 'What is it?'),
        ('What is it?\n<image>', 'What is it?'),
        ('<image>\n<image>\nWhich one?', 'Which one?'),
        ('Is <image> left of it?', 'Is left of it?'),
        ('  as written\n', '  as written\n'),
    ],
)
def test_the_placeholder_is_removed_from_questions(pictures, written, question):
    dataset = opened(pictures, entry(human(written), gpt('yes'), image='a.png'))
    assert dataset.read(0).turns[0].question == question


def test_turns_keep_their_order_and_the_system_entry_is_removed(pictures):
    system = {'from': 'system', 'value': 'Be brief.'}
    said = [system, human('1?'), gpt('one'), human('2?'), gpt('two')]
    assert opened(pictures, entry(*said)).read(0).turns == (Turn('1?', 'one'), Turn('2?', 'two'))


def test_an_entry_may_have_several_pictures_or_none(pictures):
    said = human('What?'), gpt('That.')
    dataset = opened(pictures, entry(*said, image=['b.png', 'a.png']), entry(*said))
    assert [image[0, 0, 0] for image in dataset.read(0).images] == [1, 0]
    assert dataset.read(1).images == ()


def test_pictures_may_be_in_another_folder(pictures, tmp_path_factory):
    path = tmp_path_factory.mktemp('json') / 'chat.json'
    path.write_text(json.dumps([entry(human('<image>'), gpt('A cup.'), image='a.png')]))
    dataset = open_llava_json(path, image_folder=pictures, name='captions')
    assert dataset.name == 'captions'
    assert len(dataset.read(0).images) == 1


def test_lines_of_json_are_read_in_any_order(tmp_path):
    path = tmp_path / 'chat.jsonl'
    lines = [json.dumps(entry(human(f'{number}?'), gpt('yes'))) for number in range(3)]
    path.write_text('\n'.join(lines) + '\n\n')
    dataset = open_llava_json(path)
    assert len(dataset) == 3
    assert [dataset.read(index).turns[0].question for index in (2, 0, 1)] == ['2?', '0?', '1?']


def test_a_data_set_can_be_pickled(pictures):
    dataset = pickle.loads(pickle.dumps(opened(pictures, entry(human('a?'), gpt('b')))))
    assert dataset.read(0).turns == (Turn('a?', 'b'),)


@given(
    values=st.lists(st.dictionaries(st.text(), st.text() | st.integers()), min_size=1),
    indent=st.sampled_from([None, 2]),
    is_ascii=st.booleans(),
)
def test_each_json_object_is_located(tmp_path_factory, values, indent, is_ascii):
    path = tmp_path_factory.mktemp('json') / 'list.json'
    path.write_text(json.dumps(values, indent=indent, ensure_ascii=is_ascii), encoding='utf-8')
    data = path.read_bytes()
    assert [json.loads(data[start:end]) for start, end in entry_spans(path)] == values


def test_entries_longer_than_a_read_block_are_located(tmp_path):
    path = tmp_path / 'list.json'
    values = [{'text': '\u00e9' * size} for size in (10, 1_500_000, 3)]
    path.write_text(json.dumps(values, ensure_ascii=False), encoding='utf-8')
    data = path.read_bytes()
    assert [json.loads(data[start:end]) for start, end in entry_spans(path)] == values


@pytest.mark.parametrize(
    ('said', 'message'),
    [
        ([gpt('yes')], "part 0 of the conversation is by 'gpt', expected human"),
        ([human('a?'), human('b?')], "part 1 of the conversation is by 'human', expected gpt"),
        ([human('a?'), gpt('b'), human('c?')], "ends with a question by 'human'"),
        ([human('a?'), gpt(' \n')], 'an answer is blank'),
        ([human('a?'), {'from': 'bot', 'value': 'b'}], "is by 'bot', expected one of"),
        ([human('a?'), {'value': 'b'}], 'part 1 of the conversation is an entry with'),
        ([human('a?'), {'from': 'gpt', 'value': None}], 'part 1 of the conversation'),
        ([human('<image>\na?'), gpt('b')], 'is about an image, but the entry has none'),
        ([], 'the conversation is empty'),
    ],
)
def test_an_invalid_conversation_is_refused(pictures, said, message):
    dataset = opened(pictures, entry(human('?'), gpt('.')), entry(*said))
    with pytest.raises(BadData, match=message) as error:
        dataset.read(1)
    assert "chat.json, entry 1 (id 'x1')" in str(error.value)


@pytest.mark.parametrize(
    ('image', 'message'),
    [
        ('absent.png', 'put the images into .* or set image_folder'),
        ('chat.json', 'cannot be decoded as an image'),
        ([3], r'image is \[3\], expected a file name'),
        ({'path': 'a.png'}, 'expected a file name'),
    ],
)
def test_an_unavailable_image_is_named(pictures, image, message):
    dataset = opened(pictures, entry(human('?'), gpt('.'), image=image))
    with pytest.raises(BadData, match=message):
        dataset.read(0)


def test_an_entry_without_a_conversation_is_refused(pictures):
    with pytest.raises(BadData, match=r"has no conversations; it has \['id', 'image'\]"):
        opened(pictures, {'id': 1, 'image': 'a.png'}).read(0)


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('', 'has no entries'),
        ('[]', 'has no entries'),
        ('[{"id": 1}, {"id', 'entry 1, at byte 12, is not a complete JSON object'),
        ('[{"id": 1}', 'entry 1, at byte 10, is not a complete JSON object'),
        ('[1, 2]', 'entry 0, at byte 1, begins with'),
        ('version https://git-lfs', "begins with 'version https://git-"),
    ],
)
def test_a_file_in_another_format_is_refused(tmp_path, text, message):
    (tmp_path / 'chat.json').write_text(text)
    with pytest.raises(BadData, match=message):
        open_llava_json(tmp_path / 'chat.json')


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadData, match=r'chat\.json cannot be read'):
        open_llava_json(tmp_path / 'chat.json')


def test_a_file_that_changed_after_opening_is_detected(pictures):
    dataset = opened(pictures, entry(human('a?'), gpt('b')))
    (pictures / 'chat.json').write_text('[]')
    with pytest.raises(BadData, match='if the file has changed, open it again'):
        dataset.read(0)
