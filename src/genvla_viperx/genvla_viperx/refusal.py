# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Why an input was not acted upon: data, because nothing in the control path raises."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """One refused input.

    Attributes:
        rule: Name under which it is counted, such as `chunk_stale`.
        message: What was wrong, what was expected and what to do.
    """

    rule: str
    message: str
