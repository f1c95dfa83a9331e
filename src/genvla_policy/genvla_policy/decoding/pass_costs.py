# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Measure the cost of a pass on this machine, by its number of tokens and of rows."""

from __future__ import annotations

from collections.abc import Callable
import time

from genvla_policy.decoding.plan import PassCosts
from genvla_policy.models.slot_cache import SlotCache
from genvla_policy.models.token_tree import TokenTree
from genvla_policy.models.vla import VLA

_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_NUM_REPEATS = 4
_SLOW_PASS_S = 0.3
_HOPELESS = 6.0
"""Passes slower than a one-token pass by this factor save no time: they make few choices."""


def measure_passes(
    model: VLA,
    cache: SlotCache,
    *,
    largest: int,
    num_rows: int = 1,
    clock: Callable[[], float] = time.perf_counter,
) -> PassCosts:
    """Return the shortest of some measured times for each size, after texts as long as a prompt.

    Args:
        model: The network.
        cache: Its cache; the contents are discarded.
        largest: Maximum number of tokens of a pass, in each row.
        num_rows: Number of texts that are read together.
        clock: Returns the time [s].
    """
    cache.clear(num_rows)
    num_read = min(model.config.num_image_tokens + 32, cache.num_slots - largest)
    model.advance([TokenTree.chain([0] * num_read)] * num_rows, cache)
    cache.keep([range(num_read)] * num_rows)
    sizes = [size for size in _SIZES if size < largest] + [largest]
    seconds: list[float] = []
    for size in sizes:
        trees = [TokenTree.chain([0] * size)] * num_rows
        times: list[float] = []
        # The first call of a size may do some set-up, so it does not count.
        model.advance(trees, cache)[0, -1, 0].item()
        while len(times) < _NUM_REPEATS and (len(times) < 2 or times[-1] < _SLOW_PASS_S):
            started_s = clock()
            # Reading a number waits for the GPU to finish.
            model.advance(trees, cache)[0, -1, 0].item()
            times.append(clock() - started_s)
        # A larger pass that seems cheaper is a measurement error.
        seconds.append(max([min(times), *seconds[-1:]]))
        if seconds[-1] > _HOPELESS * seconds[0]:
            break
    return PassCosts(tuple(sizes[: len(seconds)]), tuple(seconds))
