# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The cost of passes is measured after set-up, for a given number of rows."""

import pytest
import torch

from genvla_policy.decoding.pass_costs import measure_passes
from genvla_policy.decoding.plan import make_plan


@torch.inference_mode()
def test_set_up_time_does_not_count_as_the_cost_of_a_pass(micro_model):
    model = micro_model()
    now_s, calls, advance = 0.0, [], model.advance

    def slow_at_first(trees, cache):
        nonlocal now_s
        size = len(trees[0])
        now_s += 0.001 * size + (5.0 if size not in calls else 0.0)
        calls.append(size)
        return advance(trees, cache)

    model.advance = slow_at_first
    cache = model.new_cache(num_rows=1, num_slots=200)
    costs = measure_passes(model, cache, largest=8, clock=lambda: now_s)
    assert costs.sizes == (1, 2, 4, 8)
    assert costs.seconds == pytest.approx((0.001, 0.002, 0.004, 0.008))


@torch.inference_mode()
def test_plans_for_many_rows_have_smaller_trees(grammar_of, micro_model):
    model, grammar = micro_model(), grammar_of()
    now_s, advance = 0.0, model.advance

    def each_token_takes_time(trees, cache):
        nonlocal now_s
        now_s += 1.0 + 0.005 * len(trees) * len(trees[0])
        return advance(trees, cache)

    model.advance = each_token_takes_time
    cache = model.new_cache(num_rows=16, num_slots=200)
    candidates = {}
    for num_rows in (1, 16):
        costs = measure_passes(model, cache, largest=128, num_rows=num_rows, clock=lambda: now_s)
        assert costs.of(8) == pytest.approx(1.0 + 0.04 * num_rows)
        plan = make_plan(grammar.start, costs, most_tokens=128)
        candidates[num_rows] = sum(map(len, plan.trees.values()))
    assert candidates[16] < 0.5 * candidates[1]
