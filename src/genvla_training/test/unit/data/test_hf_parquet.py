# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Parquet files with the columns of the Hub's data sets."""

from __future__ import annotations

import pickle

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from genvla_policy.models.systems import system_config
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_training.data import hf_parquet
from genvla_training.data.conversation import Turn
from genvla_training.data.conversation_samples import ConversationSamples
from genvla_training.data.episode import BadData
from genvla_training.data.hf_parquet import open_hf_parquet
from genvla_training.data.mixture import MixtureStream, Part, StreamOptions


def encoded(shade):
    return cv2.imencode('.png', np.full((8, 12, 3), shade, dtype=np.uint8))[1].tobytes()


def said(question, answer):
    return [{'from': 'human', 'value': question}, {'from': 'gpt', 'value': answer}]


def write(path, rows, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), path, **options)
    return path


def onevision_row(number):
    return {
        'id': str(number),
        'image': {'bytes': encoded(number), 'path': None},
        'conversations': said('<image>\nWhich?', f'number {number}'),
        'data_source': 'test',
    }


def test_onevision_rows_are_read(tmp_path):
    dataset = open_hf_parquet(write(tmp_path / 'train-00000-of-00001.parquet', [onevision_row(3)]))
    conversation = dataset.read(0)
    assert conversation.turns == (Turn('Which?', 'number 3'),)
    (image,) = conversation.images
    assert (image.shape, image[0, 0].tolist()) == ((8, 12, 3), [3, 3, 3])
    assert conversation.source.endswith('train-00000-of-00001.parquet, row 0')


def test_vqasynth_rows_are_read(tmp_path):
    row = {
        'images': [{'bytes': encoded(1), 'path': 'a'}, {'bytes': encoded(2), 'path': 'b'}],
        'messages': [
            {
                'role': 'user',
                'content': [
                    {'index': None, 'text': 'How far is it?', 'type': 'text'},
                    {'index': 0, 'text': None, 'type': 'image'},
                ],
            },
            {
                'role': 'assistant',
                'content': [{'index': None, 'text': '2 m', 'type': 'text'}],
            },
        ],
    }
    conversation = open_hf_parquet(write(tmp_path / 'a.parquet', [row])).read(0)
    assert conversation.turns == (Turn('How far is it?', '2 m'),)
    assert [image[0, 0, 0] for image in conversation.images] == [1, 2]


def test_messages_may_be_plain_texts_and_images_plain_bytes(tmp_path):
    row = {
        'image': encoded(5),
        'messages': [
            {'role': 'system', 'content': 'Be brief.'},
            {'role': 'user', 'content': 'What?'},
            {'role': 'assistant', 'content': 'That.'},
        ],
    }
    conversation = open_hf_parquet(write(tmp_path / 'a.parquet', [row])).read(0)
    assert conversation.turns == (Turn('What?', 'That.'),)
    assert conversation.images[0][0, 0, 0] == 5


def test_a_row_may_have_no_picture(tmp_path):
    rows = [
        {'image': None, 'conversations': said('Why?', 'So.')},
        {'image': {'bytes': encoded(1), 'path': None}, 'conversations': said('Why?', 'So.')},
        {'image': {'bytes': None, 'path': None}, 'conversations': said('Why?', 'So.')},
    ]
    dataset = open_hf_parquet(write(tmp_path / 'a.parquet', rows))
    assert [len(dataset.read(index).images) for index in range(3)] == [0, 1, 0]


def test_rows_are_read_in_any_order_across_files_and_row_groups(tmp_path):
    rows = [onevision_row(number) for number in range(8)]
    write(tmp_path / 'x' / 'train-00000-of-00002.parquet', rows[:5], row_group_size=2)
    write(tmp_path / 'x' / 'train-00001-of-00002.parquet', rows[5:], row_group_size=2)
    dataset = open_hf_parquet(tmp_path / 'x')
    assert (dataset.name, len(dataset)) == ('x', 8)
    order = [7, 0, 4, 5, 3, 6, 1, 2, 7]
    assert [dataset.read(index).images[0][0, 0, 0] for index in order] == order
    assert dataset.read(7).source.endswith('train-00001-of-00002.parquet, row 2')
    with pytest.raises(IndexError, match='x has 8 conversations, but 8 was requested'):
        dataset.read(8)


def test_a_data_set_is_pickled_without_its_cache(tmp_path):
    dataset = open_hf_parquet(write(tmp_path / 'a.parquet', [onevision_row(3)]))
    size = len(pickle.dumps(dataset))
    dataset.read(0)
    assert len(pickle.dumps(dataset)) == size
    assert pickle.loads(pickle.dumps(dataset)).read(0).turns[0].answer == 'number 3'


def test_splits_are_not_mixed(tmp_path):
    for split in ('train', 'test'):
        write(tmp_path / f'{split}-00000-of-00001.parquet', [onevision_row(1)])
    with pytest.raises(BadData, match=r"of the splits \['test', 'train'\]; set `split`"):
        open_hf_parquet(tmp_path)
    assert len(open_hf_parquet(sorted(tmp_path.glob('train-*')))) == 1


def test_a_split_can_be_chosen(tmp_path):
    for number, split in enumerate(('train', 'test')):
        write(tmp_path / f'{split}-00000-of-00001.parquet', [onevision_row(number)])
    dataset = open_hf_parquet(tmp_path, split='test')
    assert [turn.answer for turn in dataset.read(0).turns] == ['number 1']
    with pytest.raises(BadData, match=r"no files of the split 'val'; it holds \['test', 'train'"):
        open_hf_parquet(tmp_path, split='val')


TOKENIZER = build_tiny_tokenizer()


def samples_of(dataset, indices):
    config = system_config('pi0_plus', 'tiny')
    return ConversationSamples(
        dataset, np.array(indices), config=config, tokenizer=TOKENIZER, max_tokens=100
    )


def answer(sample):
    ids = [i for i, t in zip(sample.token_ids, sample.is_target, strict=True) if t]
    return TOKENIZER.decode(ids).removesuffix('<eos>')


@pytest.fixture
def opened(monkeypatch):
    """Names of the files opened since, one entry per opening."""
    names = []
    whole = hf_parquet._opened
    monkeypatch.setattr(
        hf_parquet, '_opened', lambda path: (names.append(path.name), whole(path))[1]
    )
    return names


def test_shuffled_rows_come_from_row_groups_that_are_read_once(tmp_path, opened):
    rows = [onevision_row(number) for number in range(200)]
    write(tmp_path / 'a.parquet', rows, row_group_size=50)
    source = samples_of(open_hf_parquet(tmp_path), range(200))
    opened.clear()
    stream = MixtureStream([Part([source], [1.0], 8, 2)], 0, StreamOptions(num_streams=1))
    answers = [
        int(answer(drawn.sample).split()[1]) for _ in range(800 // 8) for drawn in next(stream)
    ]
    assert set(answers) == set(range(200))
    assert answers[:50] != sorted(answers[:50])
    # Four passes over four row groups, and two that have begun to be read again.
    assert len(opened) <= 4 * 4 + 2


def test_a_large_row_group_is_cut_into_blocks(tmp_path, monkeypatch):
    rows = [onevision_row(number) for number in range(10)]
    path = write(tmp_path / 'a.parquet', rows)
    size = pq.ParquetFile(path).metadata.row_group(0).total_byte_size
    monkeypatch.setattr(hf_parquet, '_BLOCK_BYTES', size // 3 + 1)
    dataset = open_hf_parquet(path)
    assert dataset.block_starts_K.tolist() == [0, 4, 8]
    order = [9, 0, 4, 3, 7]
    assert [dataset.read(index).turns[0].answer for index in order] == [
        f'number {index}' for index in order
    ]
    assert dataset.read(9).source.endswith('row 9')
    assert dataset._kept[1].num_rows == 2


def test_blocks_exclude_held_out_rows(tmp_path):
    rows = [onevision_row(number) for number in range(9)]
    dataset = open_hf_parquet(write(tmp_path / 'a.parquet', rows, row_group_size=3))
    source = samples_of(dataset, [0, 2, 6, 7, 8])
    assert source.lengths_E.tolist() == [2, 3]
    assert [answer(source.sample(source.read(1), step, None)) for step in range(3)] == [
        ' number 6', ' number 7', ' number 8',
    ]  # fmt: skip


def test_missing_columns_are_refused_with_the_available_ones(tmp_path):
    path = write(tmp_path / 'a.parquet', [{'img': b'', 'conversations': said('a', 'b')}])
    with pytest.raises(BadData, match=r"no column images or image; it has \['conversations', 'i"):
        open_hf_parquet(path)
    path = write(tmp_path / 'b.parquet', [{'image': b'', 'texts': said('a', 'b')}])
    with pytest.raises(BadData, match=r"no column conversations or messages; it has \['image', "):
        open_hf_parquet(path)


@pytest.mark.parametrize(
    ('image', 'message'),
    [
        ({'bytes': b'no picture', 'path': None}, 'row 1: 10 bytes that begin with'),
        ({'bytes': b'', 'path': None}, 'row 1: the image is empty'),
        ({'bytes': None, 'path': 'a.jpg'}, "row 1: an image has only the path 'a.jpg'"),
        ('a.jpg', "row 1: an image is 'a.jpg', expected struct"),
    ],
)
def test_an_unavailable_image_is_named(tmp_path, image, message):
    rows = [{'image': image, 'conversations': said('a', 'b')}] * 2
    with pytest.raises(BadData, match=message):
        open_hf_parquet(write(tmp_path / 'a.parquet', rows)).read(1)


@pytest.mark.parametrize(
    ('conversation', 'message'),
    [
        (said('a?', ''), 'row 0: an answer is blank'),
        (said('a?', 'b')[:1], 'row 0: the conversation ends with a question'),
        (None, 'row 0: the conversation is None'),
        ('text', "row 0: the conversation is 'text'"),
    ],
)
def test_an_invalid_conversation_is_refused(tmp_path, conversation, message):
    path = write(tmp_path / 'a.parquet', [{'image': encoded(1), 'conversations': conversation}])
    with pytest.raises(BadData, match=message):
        open_hf_parquet(path).read(0)


def test_files_in_another_format_are_refused(tmp_path):
    (tmp_path / 'a.parquet').write_text('version https://git-lfs.github.com/spec/v1')
    with pytest.raises(BadData, match=r'a\.parquet cannot be read'):
        open_hf_parquet(tmp_path)
    whole = write(tmp_path / 'b.parquet', [onevision_row(1)]).read_bytes()
    (tmp_path / 'b.parquet').write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadData, match=r'b\.parquet cannot be read'):
        open_hf_parquet(tmp_path / 'b.parquet')


def test_missing_files_are_named(tmp_path):
    with pytest.raises(BadData, match='holds no parquet files'):
        open_hf_parquet(tmp_path)
    with pytest.raises(BadData, match=r'a\.parquet cannot be read'):
        open_hf_parquet(tmp_path / 'a.parquet')
    with pytest.raises(BadData, match='no parquet files were given'):
        open_hf_parquet([])


def test_a_damaged_row_group_is_named(tmp_path):
    path = write(tmp_path / 'a.parquet', [onevision_row(1)])
    data = path.read_bytes()
    dataset = open_hf_parquet(path)
    path.write_bytes(b'PAR1' + bytes(len(data) // 2) + data[4 + len(data) // 2 :])
    with pytest.raises(BadData, match=r'a\.parquet cannot be read'):
        dataset.read(0)
