# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Words that ask an arm to stop: no policy was trained on them, so it would keep moving."""

from __future__ import annotations

import re

from genvla_policy.text.instruction import normalize_instruction

_MOVE = 'move|moving|do|doing|go|going|touch'
_REQUEST = (
    'stop|stopp|halt|freeze|abort|cancel|pause|wait|hold|enough|quit|whoa|no|e-?stop|'
    f"(?:do not|don't|dont|never|stop|quit) (?:{_MOVE})|do nothing|"
    '(?:stand|stay|keep|hold) still'
)
_FILLER = (
    'please|just|hey|ok|okay|oh|robot|arm|the arm|the robot|emergency|everything|all|it|that|this|'
    'now|there|here|still|on|right|immediately|at once|moving|motion|acting|and'
)
_WORDS = re.compile(f'(?:(?:{_FILLER}) )*(?:{_REQUEST})(?: (?:{_REQUEST}|{_FILLER}))*')


def asks_to_stop(instruction: str) -> bool:
    """Return whether an instruction only asks the arm to stop.

    "Stop now!", "no, no!" and "please don't move" do; "hold the carrot" and "stop at the plate"
    name a task.
    """
    plain = normalize_instruction(instruction).replace('\u2019', "'")
    words = ' '.join(re.sub(r"[^\w' -]", ' ', plain).split())
    return _WORDS.fullmatch(words) is not None
