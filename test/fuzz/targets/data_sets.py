# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""LeRobot, RLDS, LLaVA JSON and parquet, as training reads them."""

import json
from pathlib import Path
import sys

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[3]))

from src.genvla_training.test.unit.conftest import _bridge_episode, _write_rlds
from targets._folder import AttackedFolder

from genvla_training.data.episode import BadData
from genvla_training.data.hf_parquet import open_hf_parquet
from genvla_training.data.lerobot import open_lerobot
from genvla_training.data.lerobot.writer import LeRobotWriter
from genvla_training.data.llava_json import open_llava_json
from genvla_training.data.rlds import open_rlds

_PICTURE = np.full((16, 16, 3), 90, np.uint8)
_JPEG = cv2.imencode('.jpg', _PICTURE)[1].tobytes()
_TURNS = [{'from': 'human', 'value': '<image>\nwhat is it?'}, {'from': 'gpt', 'value': 'a pan'}]


def _write(folder):
    options = {'fps': 5, 'robot_type': 'arm', 'cameras': {'front': (16, 16)}}
    names = ['x', 'y', 'z', 'roll', 'pitch', 'yaw', 'gripper']
    with LeRobotWriter(
        folder / 'lerobot', **options, state_names=['x'], action_names=names
    ) as writer:
        writer.add_episode(
            frames=[(_PICTURE,)] * 3,
            actions_TA=np.full((3, 7), 0.1),
            states_TS=np.ones((3, 1)),
            task='pick it up',
        )
    _write_rlds(folder / 'rlds' / '1.0.0', [[_bridge_episode(0)]])
    (folder / 'vl.json').write_text(
        json.dumps([{'id': '1', 'image': 'a.jpg', 'conversations': _TURNS}])
    )
    (folder / 'a.jpg').write_bytes(_JPEG)
    table = pa.table({'image': [{'bytes': _JPEG}], 'conversations': [_TURNS]})
    pq.write_table(table, folder / 'vl.parquet')
    return folder


FOLDER = AttackedFolder(_write, longest=60_000)
SEEDS = FOLDER.seeds
EXPECTED = (BadData,)


def attack(data):
    folder = FOLDER.put(data)
    errors = []
    for opened in (_lerobot, _rlds, _llava, _parquet):
        try:
            opened(folder)
        except BadData as error:
            errors.append(error)
    if errors:
        raise errors[0]


def _lerobot(folder):
    _read_robot(open_lerobot(folder / 'lerobot', with_states=True))


def _rlds(folder):
    _read_robot(
        open_rlds(folder / 'rlds' / '1.0.0', name='bridge_dataset', transform='bridge_orig')
    )


def _llava(folder):
    _read_conversations(open_llava_json(folder / 'vl.json'))


def _parquet(folder):
    _read_conversations(open_hf_parquet(folder / 'vl.parquet'))


def _read_robot(dataset):
    for number in range(min(2, len(dataset.lengths_E))):
        episode = dataset.read(number)
        assert np.isfinite(episode.actions_TA).all()
        assert len(episode.actions_TA) == dataset.lengths_E[number]
        assert all(frame[0].dtype == np.uint8 for frame in episode.frames)


def _read_conversations(dataset):
    for number in range(min(2, len(dataset))):
        dataset.read(number)
