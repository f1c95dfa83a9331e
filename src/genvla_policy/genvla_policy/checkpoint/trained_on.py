# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What a policy was trained to do: the instructions of its data, beside their action bounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from genvla_policy.text.instruction import normalize_instruction

INSTRUCTIONS = 'instructions'
"""Key of a data set in dataset_statistics.json; OpenVLA's own files do not have it."""
MOST_INSTRUCTIONS = 500


def told(instructions: Iterable[str]) -> list[str]:
    """Return the different instructions of a data set, the most frequent first.

    Args:
        instructions: Of its episodes. Of more than MOST_INSTRUCTIONS different ones, the rarest
            are left out.
    """
    counts = Counter(filter(None, map(normalize_instruction, instructions)))
    ordered = sorted(counts, key=lambda text: (-counts[text], text))
    return ordered[:MOST_INSTRUCTIONS]


def trained_on(statistics: Mapping[str, Any], dataset: str) -> tuple[str, ...]:
    """Return the instructions that a policy was trained on; none: its checkpoint does not say.

    Args:
        statistics: Contents of dataset_statistics.json.
        dataset: A key of it.
    """
    listed = statistics.get(dataset, {}).get(INSTRUCTIONS, ())
    return tuple(text for text in listed if isinstance(text, str))
