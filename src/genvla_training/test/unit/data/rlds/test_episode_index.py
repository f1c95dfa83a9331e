# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The episode index: built once, stored, and rebuilt for changed files."""

from __future__ import annotations

import os

import pytest

from genvla_training.data.episode import BadData
from genvla_training.data.rlds import open_rlds


def test_only_changed_files_are_opened_again(rlds_bridge, rlds_shard):
    index = rlds_bridge / 'genvla_index'
    open_rlds(rlds_bridge)
    before = {path.name: path.stat().st_mtime_ns for path in index.iterdir()}
    os.utime(rlds_shard(rlds_bridge, 1, 2), ns=(1, 1))
    assert open_rlds(rlds_bridge).lengths_E.tolist() == [4, 4, 4]
    after = {path.name: path.stat().st_mtime_ns for path in index.iterdir()}
    assert [before[name] == after[name] for name in sorted(before)] == [True, False]
    assert len(after) == 2


def test_an_existing_index_is_used(rlds_bridge, rlds_shard):
    open_rlds(rlds_bridge)
    path = rlds_shard(rlds_bridge, 1, 2)
    stat = path.stat()
    path.write_bytes(bytes(stat.st_size))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert open_rlds(rlds_bridge).lengths_E.tolist() == [4, 4, 4]


def test_a_damaged_index_is_rebuilt(rlds_bridge):
    open_rlds(rlds_bridge)
    for path in (rlds_bridge / 'genvla_index').iterdir():
        path.write_bytes(path.read_bytes()[:100])
    assert open_rlds(rlds_bridge).lengths_E.tolist() == [4, 4, 4]


def test_an_interrupted_pass_resumes(rlds_bridge, rlds_shard):
    last = rlds_shard(rlds_bridge, 1, 2)
    whole = last.read_bytes()
    last.write_bytes(whole[:-10])
    with pytest.raises(BadData, match='truncated'):
        open_rlds(rlds_bridge)
    (kept,) = (rlds_bridge / 'genvla_index').iterdir()
    before = kept.stat().st_mtime_ns
    last.write_bytes(whole)
    assert open_rlds(rlds_bridge).lengths_E.tolist() == [4, 4, 4]
    assert kept.stat().st_mtime_ns == before


def test_an_index_can_be_stored_elsewhere(rlds_bridge, tmp_path):
    open_rlds(rlds_bridge, index_dir=tmp_path / 'index')
    assert len(list((tmp_path / 'index').glob('*.npz'))) == 2
    assert not (rlds_bridge / 'genvla_index').exists()


def test_read_only_data_is_indexed_each_time(rlds_bridge, caplog):
    (rlds_bridge / 'genvla_index').write_text('')
    assert len(open_rlds(rlds_bridge).lengths_E) == 3
    assert 'is read each time' in caplog.text


def test_an_empty_shard_is_valid(tmp_path, rlds_write, rlds_episode):
    assert open_rlds(rlds_write(tmp_path, [[], [rlds_episode()]])).lengths_E.tolist() == [4]


def test_a_shard_with_fewer_episodes_than_announced_is_refused(
    rlds_bridge, rlds_write, rlds_episode, rlds_shard, tmp_path
):
    shorter = rlds_write(tmp_path / 'shorter', [[rlds_episode()]])
    rlds_shard(rlds_bridge, 0, 2).write_bytes(rlds_shard(shorter, 0, 1).read_bytes())
    with pytest.raises(BadData, match=r'holds 1 episodes, but .* says 2'):
        open_rlds(rlds_bridge)


def test_an_episode_without_instructions_is_named_while_indexing(
    tmp_path, rlds_write, rlds_episode
):
    episode = {k: v for k, v in rlds_episode().items() if k != 'steps/language_instruction'}
    with pytest.raises(
        BadData, match=r"episode 0 lacks the text feature .*; it has \['steps/action'"
    ):
        open_rlds(rlds_write(tmp_path, [[episode]]))
