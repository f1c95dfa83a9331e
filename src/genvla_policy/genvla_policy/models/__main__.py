# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""List the named systems: genvla models --list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from genvla_command.command_line import parse
from genvla_policy.models.build import build_empty_model
from genvla_policy.models.dimensions import DIMENSIONS, SIZES
from genvla_policy.models.systems import SYSTEMS, system_config
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_policy.text.tokenizer import TextTokenizer

_HEADER = ('system', 'family', 'D: encoders', 'S: head', 'C: share', 'inst-aug', *SIZES)


@dataclass(frozen=True)
class ModelsOptions:
    """Options of the list of systems."""

    list: bool = False
    """Print the systems with their switches and parameter counts."""

    def __post_init__(self) -> None:
        """Reject a call that prints nothing."""
        if not self.list:
            raise ValueError('nothing to print; --list prints the systems')


def rows() -> Iterator[tuple[str, ...]]:
    """Yield a row of text per system: its switches and its parameters, with the frozen ones."""
    tokenizer = build_tiny_tokenizer()
    for system in SYSTEMS:
        config = system_config(system, 'full')
        frozen = f' ({config.frozen_encoder} frozen)' if config.frozen_encoder else ''
        yield (
            system,
            config.family,
            config.encoders + frozen,
            ' '.join([config.action_head, config.action_format]).rstrip(),
            f'{config.vision_language_share:g}',
            'yes' if config.instruction_augmentation else 'no',
            *(_count(system, size, tokenizer) for size in SIZES),
        )


def _count(system: str, size: str, tokenizer: TextTokenizer) -> str:
    if (SYSTEMS[system]['family'], size) not in DIMENSIONS:
        return '-'
    model = build_empty_model(system_config(system, size), tokenizer)
    frozen = f', {_short(model.num_frozen)} frozen' if model.num_frozen else ''
    return _short(model.num_parameters) + frozen


def _short(count: int) -> str:
    return f'{count / 1e9:.2f} B' if count >= 1e9 else f'{count / 1e6:.1f} M'


def main(args: Sequence[str] | None = None) -> None:
    """Print the table of systems."""
    parse(ModelsOptions, args, module='genvla_policy.models', description=__doc__)
    table = [_HEADER, *rows()]
    widths = [max(len(row[column]) for row in table) for column in range(len(_HEADER))]
    for row in table:
        print(
            '  '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )


if __name__ == '__main__':
    main()
