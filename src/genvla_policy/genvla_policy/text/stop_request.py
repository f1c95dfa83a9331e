# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Words that ask an arm to stop: no policy was trained on them, and it would move on anyhow."""

from __future__ import annotations

import re

from genvla_policy.text.instruction import normalize_instruction

_VERBS = 'stop|stopp|halt|freeze|abort|cancel|pause|wait|hold|enough|quit|whoa|no|e-?stop'
_REST = (
    'it|that|this|now|there|here|still|on|please|right|immediately|at once|moving|motion|acting|'
    'everything|all|the arm|the robot|arm|robot|stop'
)
_STILL = "(?:do not|don't|dont|stop|never|quit) (?:move|moving)|(?:stand|stay|keep|hold) still"
_REQUEST = re.compile(
    f'(?:please |emergency |ok |okay )*(?:(?:{_VERBS})|{_STILL})(?:[ ,!]+(?:{_REST}))*'
)


def asks_to_stop(instruction: str) -> bool:
    """Return whether an instruction does nothing but ask the arm to stop.

    "Stop now!" and "please don't move" do; "hold the carrot" and "stop at the plate" name
    something to do.
    """
    return _REQUEST.fullmatch(normalize_instruction(instruction)) is not None
