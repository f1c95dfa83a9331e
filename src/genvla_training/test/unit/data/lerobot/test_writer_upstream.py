# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Our data sets open in the lerobot package itself; skipped if it is not installed."""

from __future__ import annotations

import json

import numpy as np
import pytest

from genvla_training.data.lerobot import merge, open_lerobot
from genvla_training.data.lerobot.layout import FileSizes

upstream = pytest.importorskip('lerobot.datasets.lerobot_dataset')
compute_stats = pytest.importorskip('lerobot.datasets.compute_stats')

FRONT = 'observation.images.front'


@pytest.fixture(scope='module')
def folder(tmp_path_factory, lerobot_write, lerobot_episodes):
    """Folders with episodes in several files, and with merged episodes."""
    sizes = FileSizes(data_mb=0.0001, video_mb=0.0001)
    parts = tmp_path_factory.mktemp('upstream')
    lerobot_write(parts / 'many', lerobot_episodes, sizes=sizes)
    lerobot_write(parts / 'one', lerobot_episodes)
    merge([parts / 'many', parts / 'one'], parts / 'all', sizes=sizes)
    return parts / 'all'


@pytest.fixture
def opened(folder, monkeypatch, tmp_path):
    monkeypatch.setenv('HF_HUB_OFFLINE', '1')
    return upstream.LeRobotDataset('genvla/test', root=folder)


def test_upstream_reads_the_same_steps(folder, opened):
    ours = open_lerobot(folder)
    step = 0
    for index in range(8):
        episode = ours.read(index)
        for action, frame in zip(episode.actions_TA, episode.frames, strict=True):
            item = opened[step]
            np.testing.assert_array_equal(item['action'].numpy(), action.astype(np.float32))
            picture = np.moveaxis(item[FRONT].numpy(), 0, 2) * 255
            assert np.abs(picture - frame[0]).max() <= 1
            assert (item['task'], int(item['episode_index'])) == (episode.instruction, index)
            step += 1
    assert step == len(opened) == 58


def test_upstream_merges_our_statistics_to_the_same(folder, opened):
    stored = json.loads((folder / 'meta/stats.json').read_text())
    assert stored.keys() == opened.meta.stats.keys()
    values = opened.hf_dataset.with_format('numpy')['action'][:]
    expected = compute_stats.get_feature_stats(np.asarray(values), axis=0, keepdims=False)
    for name in ('min', 'max', 'mean', 'std', 'count'):
        np.testing.assert_allclose(stored['action'][name], expected[name], atol=1e-5)


def test_upstream_aggregates_episodes_to_our_statistics(folder, opened):
    episodes = upstream.load_nested_dataset(folder / 'meta/episodes')
    parts = [
        {
            'action': {
                name: np.array(row[f'stats/action/{name}']) for name in opened.meta.stats['action']
            }
        }
        for row in episodes
    ]
    aggregated = compute_stats.aggregate_stats(parts)['action']
    for name, value in opened.meta.stats['action'].items():
        np.testing.assert_allclose(aggregated[name], value, atol=1e-9)
