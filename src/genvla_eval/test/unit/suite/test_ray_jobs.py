# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Jobs on a real Ray cluster of this machine."""

from __future__ import annotations

import json
import sys

import pytest

pytest.importorskip('ray', reason='pip install ray')

import ray
from ray.cluster_utils import Cluster

from genvla_command.ray_jobs import RayFailed, on_ray
from genvla_eval.suite import episodes
from genvla_eval.suite.cells import SUITES, Cell
from genvla_eval.suite.command import SuiteOptions, run_suite
from genvla_policy.checkpoint.tiny import tiny_config, write_tiny_checkpoint


@pytest.fixture(scope='module')
def address():
    """Start a cluster of two nodes with a CPU each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('RAY_USAGE_STATS_ENABLED', '0')
        cluster = Cluster(
            initialize_head=True, head_node_args={'num_cpus': 1, 'include_dashboard': False}
        )
        cluster.add_node(num_cpus=1)
        yield cluster.address
        ray.shutdown()
        cluster.shutdown()


def test_every_job_returns_its_result(address):
    found = dict(on_ray(str, [1, 2, 3], sizes=[1, 1, 1], address=address, unit='job'))
    assert found == {1: '1', 2: '2', 3: '3'}


def test_an_exception_of_a_job_is_raised(address):
    with pytest.raises(ValueError, match='invalid literal'):
        list(on_ray(int, ['1', 'x'], sizes=[1, 1], address=address, unit='job'))
    # The cluster can be used again.
    assert dict(on_ray(int, ['7'], sizes=[1], address=address, unit='job')) == {'7': 7}


def test_a_suite_is_the_same_on_a_cluster_as_in_processes(address, tmp_path, monkeypatch):
    write_tiny_checkpoint(tmp_path / 'tiny', tiny_config(), seed=0)
    cells = (Cell('visual_matching', 'PickCarrot', 'nothing'),)
    monkeypatch.setitem(SUITES, 'visual_matching', cells)
    monkeypatch.setattr(episodes, '_EPISODES_PER_JOB', 1)
    lines = {}
    for name, where in (('pool', {'workers': 1}), ('ray', {'ray': address})):
        options = SuiteOptions(
            suite='visual_matching',
            out=tmp_path / name,
            checkpoint=tmp_path / 'tiny',
            episodes=2,
            **where,
        )
        run_suite(options)
        text = (tmp_path / name / 'episodes.jsonl').read_text()
        lines[name] = sorted(text.splitlines(), key=lambda line: json.loads(line)['number'])
    assert lines['ray'] == lines['pool']
    assert len(lines['ray']) == 2


def test_a_cluster_that_does_not_answer_is_reported():
    with pytest.raises(RayFailed, match=r"at '127.0.0.1:1' .*refused.*ray start --head"):
        list(on_ray(str, [1], sizes=[1], address='127.0.0.1:1', unit='job'))
    with pytest.raises(RayFailed, match='expected "auto"'):
        list(on_ray(str, [1], sizes=[1], address='somewhere', unit='job'))


def test_without_ray_the_message_names_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, 'ray', None)
    with pytest.raises(RayFailed, match='pip install ray'):
        list(on_ray(str, [1], sizes=[1], address='auto', unit='job'))
