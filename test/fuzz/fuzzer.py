# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Attacks one target with made-up bytes, guided by coverage (atheris), in a process of its own.

    python test/fuzz/fuzzer.py camera_images --seconds 3600

A target is a module of targets/: SEEDS are good inputs, attack() reads what was made of them, and
EXPECTED are the errors that it may end with. Anything else is a finding, and so is an input that
takes more than LONGEST_S of the processor, or MOST_MB of memory more than the good ones.
"""

import argparse
import importlib
from pathlib import Path
import re
import sys
import time

LONGEST_S = 1.0
MOST_MB = 512.0
_PACKAGES = [
    *('genvla_bags', 'genvla_bringup', 'genvla_command', 'genvla_policy', 'genvla_training'),
    'genvla_viperx',
]


class Finding(Exception):
    """An input takes too long, or too much memory."""


def memory_mb():
    """Return the most memory that this program has had.

    getrusage would also count the memory of the process that started it.
    """
    status = Path('/proc/self/status').read_text()
    return int(re.search(r'VmHWM:\s+(\d+) kB', status)[1]) / 1024.0


def guarded(target):
    """Return a function that attacks the target and looks at what it takes."""
    attack, expected = target.attack, target.EXPECTED
    for seed in target.SEEDS:
        attack(seed)
    most_mb = memory_mb() + MOST_MB

    def one(data):
        start_s = time.process_time()
        try:
            attack(data)
        except expected as error:
            if not str(error).strip():
                raise Finding(f'{type(error).__name__} says nothing') from error
        took_s = time.process_time() - start_s
        if took_s > LONGEST_S:
            raise Finding(f'{took_s:.1f} s of the processor for {len(data)} bytes')
        if memory_mb() > most_mb:
            raise Finding(f'{memory_mb():.0f} MB for {len(data)} bytes')

    return one


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('target')
    parser.add_argument('--seconds', type=int, default=60)
    parser.add_argument('--runs', type=int, default=-1, help='inputs at most')
    parser.add_argument('--folder', type=Path, default=Path('runs/fuzz'))
    options = parser.parse_args()
    import atheris

    sys.path.insert(0, str(Path(__file__).parent))
    with atheris.instrument_imports(include=_PACKAGES):
        target = importlib.import_module(f'targets.{options.target}')
    folder = options.folder / options.target
    corpus = folder / 'corpus'
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.SEEDS):
        (corpus / f'seed-{number}').write_bytes(seed)
    atheris.Setup(
        [
            sys.argv[0],
            str(corpus),
            f'-artifact_prefix={folder}/',
            f'-max_total_time={options.seconds}',
            f'-runs={options.runs}',
            f'-max_len={2 * max(map(len, target.SEEDS)) + 64}',
            '-timeout=120',
            '-rss_limit_mb=0',
            '-print_final_stats=1',
        ],
        guarded(target),
    )
    atheris.Fuzz()


if __name__ == '__main__':
    main()
