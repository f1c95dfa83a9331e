# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Run the command line of the decoding benchmark."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
import json
from pathlib import Path
import sys
from typing import Literal

import torch
from transformers.utils import logging

from benchmarks.decoding import __doc__ as package_doc
from benchmarks.decoding.rows import BenchRow, measure, table
from benchmarks.decoding.subjects import Subject, checkpoint_subject, random_subject
from benchmarks.decoding.ties import count_ties
from genvla_command.command_line import check_at_least, check_output_file, parse

_DTYPES = {'float32': torch.float32, 'bfloat16': torch.bfloat16, 'float16': torch.float16}
_NUM_TIE_TEXTS = 50
_HAS_GPU = torch.cuda.is_available()


@dataclass(frozen=True)
class BenchOptions:
    """Models to measure, and how."""

    json: Path | None = None
    """File to write the rows to."""
    systems: tuple[str, ...] = ('pi0_plus', 'openvla_plus')
    """Systems to measure; by default one of each family."""
    sizes: tuple[Literal['tiny', 'mid', 'full'], ...] = ('tiny', 'full' if _HAS_GPU else 'mid')
    """Sizes of the random weights."""
    checkpoint: Path | None = None
    """Checkpoint folder to measure instead."""
    device: str = 'cuda' if _HAS_GPU else 'cpu'
    """Device, such as cpu or cuda."""
    dtype: Literal['float32', 'bfloat16', 'float16'] = 'bfloat16' if _HAS_GPU else 'float32'
    """Number type of the weights."""
    repeats: int = 10
    """Number of measurements per engine."""
    no_compile: bool = False
    """Run transformers with a static cache, uncompiled."""

    def __post_init__(self) -> None:
        """Reject invalid options."""
        check_at_least(1, repeats=self.repeats)
        if self.json is not None:
            check_output_file(self.json)


def main(args: Sequence[str] | None = None) -> int:
    """Measure the models of the command line; return the exit status."""
    options = parse(BenchOptions, args, module='benchmarks.decoding', description=package_doc)
    logging.set_verbosity_error()
    rows: list[BenchRow] = []
    ties: list[str] = []
    try:
        for make in _subjects(options):
            subject = make()
            rows += measure(
                subject,
                repeats=options.repeats,
                compiled=not options.no_compile,
                progress=_show,
            )
            if options.dtype != 'float32':
                counted = count_ties(subject, num_texts=_NUM_TIE_TEXTS)
                ties.append(f'{subject.name}, {options.dtype}: {counted}')
            # Free it before the next one is built, because two large models may not fit.
            del subject
            if options.json:
                options.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + '\n')
    except (ValueError, RuntimeError, OSError) as error:
        print(f'python -m benchmarks.decoding: {error}', file=sys.stderr)
        raise SystemExit(2) from error
    _show('')
    print('\n'.join([table(rows), *ties]))
    return 0


def _subjects(options: BenchOptions) -> Iterator[Callable[[], Subject]]:
    """Yield functions that build the requested models."""
    device, dtype = torch.device(options.device), _DTYPES[options.dtype]
    if options.checkpoint:
        yield partial(checkpoint_subject, options.checkpoint, device=device, dtype=dtype)
        return
    for size in options.sizes:
        for system in options.systems:
            yield partial(random_subject, system, size, device=device, dtype=dtype)


def _show(text: str) -> None:
    if sys.stderr.isatty():
        print(f'\r{text:79.79}', end='' if text else '\r', file=sys.stderr, flush=True)


if __name__ == '__main__':
    sys.exit(main())
