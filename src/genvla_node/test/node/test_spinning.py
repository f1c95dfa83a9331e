# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A node that a thread spins."""

import threading

import pytest

from genvla_node.spinning import spun_node


class Broken(RuntimeError):
    pass


def fail_in_a_callback(node):
    """Return an event that is set once a callback of the node has raised."""
    raised = threading.Event()

    def callback():
        raised.set()
        raise Broken('callback failed')

    node.create_timer(0.01, callback)
    return raised


def test_callbacks_run_while_the_program_waits(domain_id):
    called = threading.Event()
    with spun_node('spun', args=[], domain_id=domain_id) as node:
        node.create_timer(0.01, called.set)
        assert called.wait(60.0)


def test_an_exception_in_a_callback_is_known_inside_the_block_and_raised_at_its_end(domain_id):
    failures = []

    def wait_for_the_failure():
        with spun_node('spun', args=[], domain_id=domain_id, failures=failures) as node:
            assert fail_in_a_callback(node).wait(60.0)
            while not failures:
                pass
            assert isinstance(failures[0], Broken)

    with pytest.raises(Broken, match='callback failed'):
        wait_for_the_failure()
