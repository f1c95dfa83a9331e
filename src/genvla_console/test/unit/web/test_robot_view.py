# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A sensor that sends nothing is noticed."""

import time

from genvla_console.web.robot_view import JOINTS, RobotView


def test_the_silence_of_a_sensor_is_given_in_words(monkeypatch):
    now_s = 100.0
    monkeypatch.setattr(time, 'monotonic', lambda: now_s)
    view = RobotView()
    assert view.silence(JOINTS) == 'yet'
    view.hear(JOINTS)
    now_s += 1.0
    assert view.silence(JOINTS) == ''
    now_s += 4.2
    assert view.silence(JOINTS) == 'for 5 s'
