# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Measure engines side by side, and show the results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
import time

import numpy as np
import torch

from benchmarks.decoding.engines import Engine, Printed, our_engines
from benchmarks.decoding.floor import read_bytes_per_s, sequential_floor_s
from benchmarks.decoding.generate import generate_engines
from benchmarks.decoding.subjects import Subject

FLOOR = 'sequential floor'


@dataclass(frozen=True)
class BenchRow:
    """Time of one engine for an action (its share of a chunk), from pictures and prompt.

    Attributes:
        model: Name of the model.
        parameters_m: Number of weights [millions].
        device: Device of the run.
        dtype: Number type of the weights.
        engine: Name of the implementation.
        features: Features that are on.
        ms_per_action_median: Median time from pictures (as numbers) to text [ms].
        ms_per_action_p95: 95th percentile [ms].
        passes_per_action: Number of passes of the model after the prompt.
        same_text: Whether the text equals transformers' greedy decoding under the grammar. None:
            the engine does not follow the grammar.
    """

    model: str
    parameters_m: float
    device: str
    dtype: str
    engine: str
    features: str
    ms_per_action_median: float
    ms_per_action_p95: float
    passes_per_action: float
    same_text: bool | None


def measure(
    subject: Subject,
    *,
    repeats: int,
    compiled: bool,
    progress: Callable[[str], None] = lambda _: None,
    clock: Callable[[], float] = time.perf_counter,
) -> list[BenchRow]:
    """Measure all engines on one model, interleaved, so that background load affects all of them.

    Args:
        subject: The model and its input.
        repeats: Number of measurements per engine, after one for warm-up.
        compiled: Let transformers compile.
        progress: Callback with a description of the next step.
        clock: Clock that measures time [s].
    """
    subject.model.fuse()

    def print_with(engine: Engine) -> Printed:
        # Fused layers would be fused for transformers too, because the modules are shared.
        with nullcontext() if engine.is_fused else subject.model.unfused():
            return engine.print_action()

    ours = our_engines(subject)
    expected = print_with(ours[0])
    num_tokens = expected.num_passes + 1
    engines = [*generate_engines(subject, num_tokens, compiled=compiled), *ours]
    printed: dict[int, Printed] = {}
    for index, engine in enumerate(engines):
        progress(f'{subject.name}: {engine.name}, {engine.features}')
        printed[index] = print_with(engine)
    [reference] = [
        printed[i].text for i, e in enumerate(engines) if e.is_bound and e.name != ours[0].name
    ]
    times: dict[int, list[float]] = {index: [] for index in printed}
    for number in range(repeats):
        progress(f'{subject.name}: {number + 1} of {repeats}')
        for index, engine in enumerate(engines):
            started_s = clock()
            print_with(engine)
            times[index].append(clock() - started_s)
    rows = [
        _row(
            subject,
            (engine.name, engine.features),
            times[index],
            printed[index].num_passes,
            printed[index].text == reference if engine.is_bound else None,
        )
        for index, engine in enumerate(engines)
    ]
    floor_s = sequential_floor_s(subject, num_tokens, read_bytes_per_s(subject.model.device))
    return [*rows, _row(subject, (FLOOR, 'without the prompt'), [floor_s], num_tokens, None)]


def _row(
    subject: Subject,
    what: tuple[str, str],
    seconds: Sequence[float],
    num_passes: float,
    same_text: bool | None,
) -> BenchRow:
    model = subject.model
    device, horizon = model.device, model.config.horizon
    return BenchRow(
        model=subject.name,
        parameters_m=round(model.num_parameters / 1e6, 1),
        device=torch.cuda.get_device_name(device) if device.type == 'cuda' else 'cpu',
        dtype=str(model.dtype).removeprefix('torch.'),
        engine=what[0],
        features=what[1],
        ms_per_action_median=round(float(np.median(seconds)) * 1e3 / horizon, 3),
        ms_per_action_p95=round(float(np.percentile(seconds, 95)) * 1e3 / horizon, 3),
        passes_per_action=num_passes / horizon,
        same_text=same_text,
    )


def table(rows: Sequence[BenchRow]) -> str:
    """Return the rows as text."""
    lines: list[str] = []
    for row in rows:
        title = f'{row.model}, {row.parameters_m:g} M weights, {row.dtype}, {row.device}'
        if title not in lines:
            lines += [
                title,
                f'  {"":45}{"median":>10}{"p95":>10}    {"passes":>7}  same text',
            ]
        same = {True: 'yes', False: 'NO', None: ''}[row.same_text]
        lines.append(
            f'  {row.engine + ", " + row.features:45}{row.ms_per_action_median:10.1f}'
            f'{row.ms_per_action_p95:10.1f} ms {row.passes_per_action:7.1f}  {same}'
        )
    return '\n'.join(lines)
