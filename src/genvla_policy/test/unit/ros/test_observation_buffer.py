# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Each frame is requested once while it is new; answers to void requests are dropped."""

from __future__ import annotations

import threading

import pytest

from genvla_policy.images.pacing import Pacer
from genvla_policy.ros.observation_buffer import Frame, ObservationBuffer


class Clock:
    """A clock that the test sets [s]."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def buffer(clock):
    buffer = ObservationBuffer(Pacer(0.2), timeout_s=0.5, now_s=clock)
    buffer.set_instruction('pick the carrot')
    buffer.open()
    return buffer


@pytest.fixture
def frame():
    return lambda stamp_s: Frame(messages=('picture',), stamp=None, stamp_s=stamp_s)


def test_a_request_contains_the_frame_and_the_instruction(buffer, frame):
    buffer.put(frame(100.0))
    request = buffer.next_request()
    assert (request.frame.stamp_s, request.instruction) == (100.0, 'pick the carrot')


def test_a_waiting_worker_is_woken_by_a_frame(buffer, frame):
    received = []
    worker = threading.Thread(target=lambda: received.append(buffer.next_request()))
    worker.start()
    buffer.put(frame(100.0))
    worker.join(10.0)
    assert received[0].frame.stamp_s == 100.0


def test_a_waiting_worker_is_released_at_the_end(buffer):
    received = []
    worker = threading.Thread(target=lambda: received.append(buffer.next_request()))
    worker.start()
    buffer.end()
    worker.join(10.0)
    assert received == [None]


def test_there_are_no_requests_before_opening(clock, frame):
    buffer = ObservationBuffer(Pacer(0.2), timeout_s=0.5, now_s=clock)
    buffer.set_instruction('pick the carrot')
    buffer.put(frame(100.0))
    assert buffer.poll() is None


def test_there_are_no_requests_without_an_instruction(buffer, frame):
    buffer.set_instruction('')
    buffer.put(frame(100.0))
    assert buffer.poll() is None


def test_a_frame_is_requested_once(buffer, frame):
    buffer.put(frame(100.0))
    assert [buffer.poll() is None, buffer.poll() is None] == [False, True]


def test_a_stale_frame_is_counted_and_not_requested(buffer, frame):
    buffer.put(frame(99.4))
    assert (buffer.poll(), buffer.num_stale) == (None, 1)


def test_a_frame_from_the_future_is_counted_and_not_requested(buffer, frame):
    buffer.put(frame(100.6))
    assert (buffer.poll(), buffer.num_stale) == (None, 1)


def test_the_age_of_the_newest_frame_is_known(buffer, clock, frame):
    buffer.put(frame(100.0))
    clock.now_s = 102.0
    assert buffer.frame_age_s == 2.0


def test_there_is_no_age_without_a_frame(buffer):
    assert buffer.frame_age_s is None


def test_an_answer_to_the_current_request_is_wanted(buffer, frame):
    buffer.put(frame(100.0))
    with buffer.delivering(buffer.poll()) as is_wanted:
        assert is_wanted


def test_an_instruction_does_not_change_while_an_answer_is_delivered(buffer, frame):
    buffer.put(frame(100.0))
    request = buffer.poll()
    changing = threading.Thread(target=lambda: buffer.set_instruction('pick the knife'))
    with buffer.delivering(request) as is_wanted:
        changing.start()
        assert (is_wanted, buffer.instruction) == (True, 'pick the carrot')
    changing.join(10.0)
    assert buffer.instruction == 'pick the knife'


@pytest.mark.parametrize(
    'change',
    [
        lambda buffer: buffer.set_instruction('pick the knife'),
        lambda buffer: buffer.set_instruction('pick the carrot'),
        lambda buffer: buffer.set_instruction(''),
        lambda buffer: buffer.close(),
        lambda buffer: (buffer.close(), buffer.open()),
        lambda buffer: buffer.end(),
    ],
    ids=['another instruction', 'the same again', 'cleared', 'closed', 'reopened', 'ended'],
)
def test_an_answer_is_void_after_a_change(buffer, frame, change):
    buffer.put(frame(100.0))
    request = buffer.poll()
    change(buffer)
    with buffer.delivering(request) as is_wanted:
        assert not is_wanted


def test_a_new_instruction_takes_the_next_frame_at_once(buffer, frame):
    buffer.put(frame(100.0))
    buffer.poll()
    buffer.set_instruction('pick the knife')
    buffer.put(frame(100.033))
    assert buffer.poll().instruction == 'pick the knife'


def test_closing_does_not_change_the_instruction(buffer):
    revision = buffer.revision
    buffer.close()
    assert (buffer.instruction, buffer.revision) == ('pick the carrot', revision)
