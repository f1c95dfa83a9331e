# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The instructions that a policy was trained on, stored beside the action bounds of its data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from genvla_policy.text.instruction import normalize_instruction

INSTRUCTIONS = 'instructions'
"""Key in the entry of a data set in dataset_statistics.json; OpenVLA's own files lack it."""
MOST_INSTRUCTIONS = 500


def told(instructions: Iterable[str]) -> list[str]:
    """Return the distinct instructions of a data set, the most frequent first.

    Args:
        instructions: Instructions of its episodes. If there are more than MOST_INSTRUCTIONS
            distinct ones, the rarest are dropped.
    """
    counts = Counter(filter(None, map(normalize_instruction, instructions)))
    ordered = sorted(counts, key=lambda text: (-counts[text], text))
    return ordered[:MOST_INSTRUCTIONS]


def trained_on(statistics: Mapping[str, Any], dataset: str) -> tuple[str, ...]:
    """Return the instructions that a policy was trained on; empty if its checkpoint lists none.

    Args:
        statistics: Contents of dataset_statistics.json.
        dataset: Name of a data set in it.
    """
    listed = statistics.get(dataset, {}).get(INSTRUCTIONS, ())
    return tuple(text for text in listed if isinstance(text, str))
