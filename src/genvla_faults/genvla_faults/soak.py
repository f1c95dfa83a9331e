# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Run the simulated loop for hours, and report memory growth, slowdown and watchdogs.

python -m genvla_faults.soak --duration 3600
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
import json
from pathlib import Path
import sys
import time

import numpy as np

from genvla_bringup.demo.processes import ProcessDied
from genvla_bringup.demo.progress import Progress
from genvla_command.command_line import check_at_least, interrupt_when_terminated, parse
from genvla_faults.chunk_latency import ChunkLatency
from genvla_faults.live_loop import LiveLoop, live_loop
from genvla_node.service_calls import NotReached

MAX_GROWTH_MB = 20.0
MIN_DURATION_S = 60.0
"""A shorter run cannot show growth: memory is measured every ten seconds, after a warm-up [s]."""
WATCHDOGS = ('heartbeat_lost', 'joint_states_stale', 'joint_states_frozen')
_WARM_UP = 1 / 6
"""Share of the time before memory counts: afterwards caches and pools are full."""

_SAMPLE_PERIOD_S = 10.0
_INSTRUCTION_PERIOD_S = 30.0
_ROUNDS_PER_SCENE = 10


@dataclass(frozen=True)
class SoakOptions:
    """How long to run, and where to write the results."""

    duration: float = 3600.0
    """How long to run [s]."""
    out: Path = Path('runs/soak')
    """Folder in which each run creates its own folder."""

    def __post_init__(self) -> None:
        """Reject a run that is too short to show growth."""
        check_at_least(MIN_DURATION_S, duration=self.duration)


@dataclass(frozen=True)
class Sample:
    """The measurements at one time.

    Attributes:
        at_s: Time since the loop was active [s].
        rss_mb: Resident memory of every process [MB].
        num_chunks: Chunks since the last sample.
        latency_p50_ms: Median time from the image's stamp to the chunk's arrival, over these
            chunks [ms].
        latency_p99_ms: The same, 99th percentile [ms].
    """

    at_s: float
    rss_mb: dict[str, float]
    num_chunks: int
    latency_p50_ms: float
    latency_p99_ms: float


@dataclass
class Soak:
    """The results of a run so far.

    Attributes:
        duration_s: Planned duration [s].
        samples: One every ten seconds.
        interventions: How often each rule of the bridge has intervened.
        rounds: Number of instructions given, each from the home pose.
        halts: Why the bridge was stopped, each time it was found so.
    """

    duration_s: float
    samples: list[Sample] = field(default_factory=list)
    interventions: dict[str, int] = field(default_factory=dict)
    rounds: int = 0
    halts: list[str] = field(default_factory=list)

    def growth_mb(self) -> dict[str, float]:
        """Return how much each process grew from the end of the warm-up to the end [MB]."""
        warm = [s for s in self.samples if s.at_s >= _WARM_UP * self.duration_s]
        tenth = max(len(warm) // 10, 1)
        return {
            name: float(
                np.median([s.rss_mb[name] for s in warm[-tenth:]])
                - np.median([s.rss_mb[name] for s in warm[:tenth]])
            )
            for name in warm[0].rss_mb
        }

    def objections(self) -> list[str]:
        """Return the problems of the run."""
        grown = [
            f'{name} has grown by {growth:.1f} MB, expected at most {MAX_GROWTH_MB:g} MB'
            for name, growth in self.growth_mb().items()
            if growth > MAX_GROWTH_MB
        ]
        bitten = [
            f'{rule} intervened {self.interventions[rule]} times'
            for rule in WATCHDOGS
            if self.interventions.get(rule)
        ]
        return grown + bitten


def soak(loop: LiveLoop, total_s: float, progress: Progress, out: Path) -> Soak:
    """Return the results of operating the loop for a time, and write them to `out` meanwhile.

    Raises:
        ProcessDied, NotReached: The loop did not survive.
    """
    latency = ChunkLatency(loop)
    run = Soak(total_s)
    started_s = time.monotonic()
    next_instruction_s = next_sample_s = 0.0
    while (elapsed_s := time.monotonic() - started_s) < total_s:
        if elapsed_s >= next_instruction_s:
            if loop.nodes.bridge_state == 'stopped':
                run.halts.append(loop.arm.bridge_says)
            if run.rounds and run.rounds % _ROUNDS_PER_SCENE == 0:
                loop.lay_objects_anew()
            loop.bring_into_motion()
            run.rounds += 1
            latency.take_all()  # drop chunks from before the new instruction
            next_instruction_s = time.monotonic() - started_s + _INSTRUCTION_PERIOD_S
        if elapsed_s >= next_sample_s:
            ages_ms = latency.take_all() or [float('nan')]
            p50, p99 = np.percentile(ages_ms, [50, 99]).tolist()
            run.samples.append(Sample(elapsed_s, loop.resident_mb(), len(ages_ms), p50, p99))
            run.interventions = dict(loop.arm.interventions)
            out.write_text(json.dumps(asdict(run)))
            loop.arm.forget()
            next_sample_s += _SAMPLE_PERIOD_S
            total_mb = sum(run.samples[-1].rss_mb.values())
            progress.tick(elapsed_s, total_s, f'{run.rounds} instructions   {total_mb:.0f} MB')
        loop.watch_for(min(1.0, total_s - elapsed_s))
    return run


def table(run: Soak) -> str:
    """Return a run as Markdown."""
    growth = run.growth_mb()
    samples = [s for s in run.samples if np.isfinite(s.latency_p50_ms)]
    sixth = max(len(samples) // 6, 1)
    lines = ['| process | MB at the end | growth after warm-up |', '|---|---|---|']
    for name, megabytes in run.samples[-1].rss_mb.items():
        lines.append(f'| {name} | {megabytes:.0f} | {growth[name]:+.1f} MB |')
    lines += ['', '| image to chunk | median | 99 % |', '|---|---|---|']
    for label, part in (('first sixth', samples[:sixth]), ('last sixth', samples[-sixth:])):
        lines.append(
            f'| {label} | {np.median([s.latency_p50_ms for s in part]):.0f} ms '
            f'| {np.median([s.latency_p99_ms for s in part]):.0f} ms |'
        )
    watchdogs = sum(run.interventions.get(rule, 0) for rule in WATCHDOGS)
    others = {
        rule: count for rule, count in run.interventions.items() if count and rule not in WATCHDOGS
    }
    lines += [
        '',
        f'{run.duration_s:.0f} s, {run.rounds} instructions, '
        f'{sum(s.num_chunks for s in run.samples)} chunks; watchdogs: {watchdogs}; other rules: '
        + (', '.join(f'{rule} {count}' for rule, count in others.items()) or 'none'),
    ]
    return '\n'.join(lines)


def main(args: Sequence[str] | None = None) -> int:
    """Run the soak; return 1 if memory grows, a watchdog intervenes, or the loop fails."""
    options = parse(SoakOptions, args, module='genvla_faults.soak', description=__doc__)
    interrupt_when_terminated()
    progress = Progress(sys.stderr)
    folder = options.out / datetime.now().strftime('%Y-%m-%d_%H-%M-%S')
    folder.mkdir(parents=True)
    progress.say(f'writing {folder}')
    try:
        with live_loop(folder / 'log') as loop:
            run = soak(loop, options.duration, progress, folder / 'soak.json')
    except (NotReached, ProcessDied) as error:
        progress.say(f'the loop failed: {error}')
        return 1
    except KeyboardInterrupt:
        progress.say('interrupted; all nodes are stopped')
        return 130
    (folder / 'table.md').write_text(table(run) + '\n')
    print(table(run))
    for objection in run.objections():
        progress.say(objection)
    return 1 if run.objections() else 0


if __name__ == '__main__':
    raise SystemExit(main())
