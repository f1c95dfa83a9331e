# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Files of both benchmarks in their own formats, and their images."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

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
    """Write files of both benchmarks, and their images."""
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
