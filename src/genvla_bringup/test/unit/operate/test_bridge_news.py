# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from genvla_bringup.operate.bridge_news import BridgeNews, interventions, sum_up


@pytest.mark.parametrize(
    'status', ['stopped: motor current too high: shoulder', 'faulted: silent']
)
def test_a_halt_is_reported_once_with_its_reason(status):
    news = BridgeNews()
    assert news.sentences(['executing', status]) == [f'the bridge is {status}']
    assert news.sentences([status, status]) == []


def test_the_end_of_a_halt_is_reported():
    news = BridgeNews()
    news.sentences(['faulted: no joint states'])
    assert news.sentences(['holding', 'executing']) == ['the bridge is holding again']


def test_another_reason_is_reported():
    news = BridgeNews()
    news.sentences(['faulted: no joint states'])
    assert news.sentences(['stopped: asked to']) == ['the bridge is stopped: asked to']


def test_normal_operation_is_not_reported():
    statuses = ['inactive', 'holding', 'executing', 'holding', 'moving: to home, 2.0 s', 'holding']
    assert BridgeNews().sentences(statuses) == []


def test_the_rules_that_intervened_are_summed_up_busiest_first():
    figures = {
        'state': 'holding',
        'interventions': '41',
        'interventions.workspace': '3',
        'interventions.step_clip': '0',
        'interventions.unreachable': '38',
    }
    counts = interventions(figures)
    assert counts == {'workspace': 3, 'step_clip': 0, 'unreachable': 38}
    assert sum_up(counts) == 'unreachable 38, workspace 3'
