# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Detect requests that were delayed on their way: an old click must not move the arm.

The server sends its time to the page ten times a second, and each request returns the newest one.
The clock of the browser does not matter.
"""

from __future__ import annotations

from genvla_console.web.steering import NotGranted

MAX_AGE_S = 0.5
"""Largest age of a request [s]: the time between two pulses, the network, and a busy computer."""


def check_pulse(pulse: object, now_s: float) -> None:
    """Reject a late request.

    Args:
        pulse: The newest pulse that the browser had received, by time.monotonic() [s].
        now_s: The current time, by time.monotonic() [s].

    Raises:
        NotGranted: The pulse is too old, or is not a time of this server.
    """
    if not (isinstance(pulse, int | float) and 0.0 <= now_s - pulse <= MAX_AGE_S):
        raise NotGranted('the connection is slow or was lost: nothing was sent; try again')
