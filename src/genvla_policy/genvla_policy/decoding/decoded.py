# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The result of decoding: a printed chunk, and the model's confidence in it."""

from __future__ import annotations

from dataclasses import dataclass
import math


@dataclass(frozen=True)
class Choice:
    """A place where the grammar left the model a choice.

    Attributes:
        value_index: Index of the flattened action value that the choice belongs to.
        probability: Probability that the model gave to its chosen token, among the allowed ones.
    """

    value_index: int
    probability: float


@dataclass(frozen=True)
class Decoded:
    """A printed chunk, or its first action alone.

    Attributes:
        token_ids: Path through the grammar, including end-of-text. For a first action alone, the
            path printed so far.
        text: Text of the path, without the prefix.
        choices: The model's choices, in order.
        num_passes: Number of passes of the model after the prompt.
    """

    token_ids: tuple[int, ...]
    text: str
    choices: tuple[Choice, ...]
    num_passes: int

    def confidence(self, horizon: int, action_dim: int) -> list[float]:
        """Return per action the geometric mean of its choices' probabilities, in [0, 1].

        An action without a choice is certain: 1.
        """
        logs: list[list[float]] = [[] for _ in range(horizon)]
        for choice in self.choices:
            # The smallest positive double stands in for a probability that underflowed.
            logs[choice.value_index // action_dim].append(
                math.log(max(choice.probability, 5e-324))
            )
        return [math.exp(sum(step) / len(step)) if step else 1.0 for step in logs]
