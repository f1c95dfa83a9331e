# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from std_srvs.srv import SetBool, Trigger

from genvla_node.service_calls import NotOffered, NotReached, Patience, ServiceCaller


@pytest.fixture
def caller(graph):
    """Calls services through a node that another thread spins."""
    node = graph.node('caller')
    with graph.spinning():
        yield ServiceCaller(node, answer_timeout_s=20.0)


def test_a_request_is_built_from_its_fields(caller, graph):
    def answer(request, response):
        response.message = f'data is {request.data}'
        return response

    graph.node('switch').create_service(SetBool, '~/set', answer)
    assert caller.call('switch/set', SetBool, data=True).message == 'data is True'


def test_a_missing_service_is_named(caller):
    with pytest.raises(NotOffered, match=r'absent/home was not available within 0\.2 s'):
        caller.call('absent/home', Trigger, timeout_s=0.2)


def test_a_service_that_does_not_answer_is_named(graph):
    graph.node('mute').create_service(Trigger, '~/home', lambda _request, response: response)
    caller = ServiceCaller(graph.node('caller'))
    with graph.spinning():
        caller.patience.until(lambda: _is_offered(caller, 'mute/home'), 20.0, 'no service')
    # Nothing spins from here on, so no answer arrives.
    with pytest.raises(NotReached, match=r'mute/home did not answer within 0\.2 s'):
        caller.call('mute/home', Trigger, timeout_s=0.2)


def _is_offered(caller, service):
    return service in [name.lstrip('/') for name, _ in caller.node.get_service_names_and_types()]


def test_waiting_ends_when_the_watch_raises():
    def watch():
        raise RuntimeError('the simulator died')

    with pytest.raises(RuntimeError, match='the simulator died'):
        Patience(watch).until(lambda: False, 20.0, 'never')
