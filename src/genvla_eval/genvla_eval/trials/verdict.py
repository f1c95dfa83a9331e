# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What an operator may say of a trial."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """What came of a trial; the failures are those of the simulated suites."""

    SUCCESS = 'success'
    NEVER_REACHED = 'never reached'
    WRONG_OBJECT = 'wrong object'
    DROPPED = 'dropped'
    TIMEOUT = 'timeout'
    REPEAT = 'repeat'
    """It does not count: something outside the policy went wrong."""


KEYS = {
    's': Verdict.SUCCESS,
    'n': Verdict.NEVER_REACHED,
    'w': Verdict.WRONG_OBJECT,
    'd': Verdict.DROPPED,
    't': Verdict.TIMEOUT,
    'r': Verdict.REPEAT,
}
"""What the operator presses."""
