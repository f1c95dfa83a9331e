# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What passes cost is measured after they have been set up."""

import pytest
import torch

from genvla_policy.decoding.pass_costs import measure_passes


@torch.inference_mode()
def test_what_is_set_up_at_first_is_not_what_a_pass_costs(micro_model):
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
