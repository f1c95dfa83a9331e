# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Command line of the decoding bench."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
import json
from pathlib import Path
import sys

import torch
from transformers.utils import logging

from benchmarks.decoding import __doc__ as package_doc
from benchmarks.decoding.rows import BenchRow, measure, table
from benchmarks.decoding.subjects import BENCH_SIZES, Subject, checkpoint_subject, random_subject
from benchmarks.decoding.ties import count_ties

_DTYPES = {'float32': torch.float32, 'bfloat16': torch.bfloat16, 'float16': torch.float16}
_NUM_TIE_TEXTS = 50
_SYSTEMS = ('pi0_plus', 'openvla_plus')


def main(args: Sequence[str] | None = None) -> int:
    """Measure what the command line asks for; return the exit status."""
    has_gpu = torch.cuda.is_available()
    sizes = ['tiny', 'full'] if has_gpu else ['tiny', 'mid']
    parser = argparse.ArgumentParser(prog='python -m benchmarks.decoding', description=package_doc)
    parser.add_argument('--json', type=Path, help='file to write the rows to', metavar='FILE')
    parser.add_argument(
        '--systems', nargs='+', default=_SYSTEMS, help='default: both families', metavar='NAME'
    )
    parser.add_argument(
        '--sizes',
        nargs='+',
        choices=BENCH_SIZES,
        default=sizes,
        help=f'random weights of these sizes (default here: {" ".join(sizes)})',
    )
    parser.add_argument(
        '--checkpoint', type=Path, help='measure this one instead', metavar='FOLDER'
    )
    parser.add_argument('--device', default='cuda' if has_gpu else 'cpu', help='cpu, cuda, ...')
    parser.add_argument(
        '--dtype', choices=_DTYPES, default='bfloat16' if has_gpu else 'float32', help='of weights'
    )
    parser.add_argument('--repeats', type=int, default=10, help='actions of each (default 10)')
    parser.add_argument(
        '--no-compile', action='store_true', help='transformers with a static cache, uncompiled'
    )
    options = parser.parse_args(args)
    if options.repeats < 1:
        parser.error(f'--repeats is {options.repeats}, expected at least 1')
    if options.json and not options.json.absolute().parent.is_dir():
        parser.error(f'--json: there is no folder {options.json.parent}')
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
            # Before the next is made: two large ones need not fit.
            del subject
            if options.json:
                options.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + '\n')
    except (ValueError, RuntimeError, OSError) as error:
        parser.error(str(error))
    _show('')
    print('\n'.join([table(rows), *ties]))
    return 0


def _subjects(options: argparse.Namespace) -> Iterator[Callable[[], Subject]]:
    """Return what makes the models that are asked for."""
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
