# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Compare the tokens that a training step computes with those that it needs.

    python -m benchmarks.padding --rows 12 --lengths lengths.json

Half of the paper's batches is robot data with short texts, and half is conversations. The lengths
of the conversations are read from a JSON file (a list of numbers of tokens). Without one, they are
drawn from a log-normal distribution that is made up, not measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import json
from pathlib import Path
import sys

import numpy as np
from numpy.typing import NDArray

from genvla_command.command_line import check_at_least, parse
from genvla_policy.models.batch import pieces_of

_NUM_STEPS = 200


@dataclass(frozen=True)
class PaddingOptions:
    """Composition of a training step."""

    rows: int = 24
    """Number of samples per step and process."""
    micro_batch_size: int = 4
    """Number of samples per micro-batch."""
    image_tokens: int = 256
    """Number of image tokens per sample."""
    robot_tokens: int = 75
    """Number of text tokens of a robot sample."""
    vision_language_share: float = 0.5
    """Share of the samples that are conversations."""
    lengths: Path | None = None
    """JSON list of the lengths of conversations, in tokens."""
    median: float = 100.0
    """Median of the made-up lengths, in tokens."""
    spread: float = 1.0
    """Standard deviation of the logarithms of the made-up lengths."""
    most_tokens: int = 768
    """Maximum number of text tokens of a conversation; longer ones are cut."""

    def __post_init__(self) -> None:
        """Reject invalid options."""
        check_at_least(1, rows=self.rows, micro_batch_size=self.micro_batch_size)


def computed_tokens(lengths: Sequence[int], size: int) -> dict[str, int]:
    """Return the number of tokens that a step computes with each method.

    Args:
        lengths: Tokens of each sample, images included, in the order of the batch.
        size: Number of samples per micro-batch.
    """
    own_width = [[lengths[row] for row in rows] for rows in pieces_of(lengths, size)]
    return {
        'padded to the longest of the step': len(lengths) * max(lengths),
        'in pieces of similar length': sum(len(piece) * max(piece) for piece in own_width),
        'in pieces without padding': sum(lengths),
    }


def main(args: Sequence[str] | None = None) -> int:
    """Print the mean number of tokens per step; return the exit status."""
    options = parse(PaddingOptions, args, module='benchmarks.padding', description=__doc__)
    rng = np.random.default_rng(0)
    totals: dict[str, int] = {}
    for _ in range(_NUM_STEPS):
        computed = computed_tokens(_draw(options, rng), options.micro_batch_size)
        for way, tokens in computed.items():
            totals[way] = totals.get(way, 0) + tokens
    needed = totals['in pieces without padding']
    print(f'{"":36}{"tokens/step":>12}{"x needed":>12}')
    for way, tokens in totals.items():
        print(f'{way:36}{tokens / _NUM_STEPS:12.0f}{tokens / needed:12.2f}')
    return 0


def _draw(options: PaddingOptions, rng: np.random.Generator) -> list[int]:
    num_conversations = round(options.rows * options.vision_language_share)
    texts = _conversations(options, num_conversations, rng)
    lengths = [options.robot_tokens] * (options.rows - num_conversations) + texts.tolist()
    return [options.image_tokens + length for length in lengths]


def _conversations(
    options: PaddingOptions, count: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    if options.lengths is not None:
        known = np.array(json.loads(options.lengths.read_text()))
        lengths = rng.choice(known, count)
    else:
        lengths = options.median * np.exp(rng.normal(0.0, options.spread, count))
    return np.clip(lengths, 8, options.most_tokens).astype(np.int64)


if __name__ == '__main__':
    sys.exit(main())
