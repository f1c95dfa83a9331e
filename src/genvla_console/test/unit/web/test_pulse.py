# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Only a pulse that the server has just sent is accepted."""

import math

import pytest

from genvla_console.web.pulse import MAX_AGE_S, check_pulse
from genvla_console.web.steering import NotGranted


@pytest.mark.parametrize('age_s', [0.0, MAX_AGE_S])
def test_a_recent_pulse_is_accepted(age_s):
    check_pulse(100.0 - age_s, 100.0)


@pytest.mark.parametrize('pulse', [None, '100.0', [100.0], 0, 99.4, 100.1, math.nan, math.inf])
def test_an_old_or_invented_pulse_is_rejected(pulse):
    with pytest.raises(NotGranted, match='nothing was sent; try again'):
        check_pulse(pulse, 100.0)
