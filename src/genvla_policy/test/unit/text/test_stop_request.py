# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Requests to stop are distinguished from other instructions."""

import pytest

from genvla_policy.text.stop_request import asks_to_stop


@pytest.mark.parametrize(
    'instruction',
    [
        *('stop', 'STOP!!!', 'Stop.', 'please stop', 'stop it', 'stop now', 'stop, stop, stop'),
        *('halt', 'freeze', 'hold', 'hold on', 'hold still', 'wait', 'pause', 'abort', 'cancel'),
        *('stop the arm', 'stop moving', "don't move", 'do not move', 'stand still', 'e-stop'),
        *('don\u2019t move', 'no no no', 'no, no!', 'robot, stop', 'hey stop', 'just stop'),
        *(
            'please, stop',
            "stop, don't move",
            'Stop. Stop.',
            'stop doing that',
            '\u201cstop\u201d',
        ),
        *('do nothing', 'stop the robot now please', 'hold it right there'),
        *('emergency stop', 'stop right there', 'no', 'no, stop', 'enough', 'stop everything'),
    ],
)
def test_requests_to_stop_are_recognised(instruction):
    assert asks_to_stop(instruction)


@pytest.mark.parametrize(
    'instruction',
    [
        *('hold the carrot', 'stop at the plate', 'wait for the carrot', 'cancel the carrot'),
        *('pick up the stop sign', 'put the carrot on the plate and stop', '', 'nothing'),
        *('put the carrot on the plate', 'pick up the knife', 'put the eggplant near the pot'),
    ],
)
def test_other_requests_are_not_requests_to_stop(instruction):
    assert not asks_to_stop(instruction)
