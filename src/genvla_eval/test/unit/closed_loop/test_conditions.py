# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from genvla_eval.closed_loop.conditions import Conditions


@pytest.mark.parametrize('wrong', [{'latency_s': -0.1}, {'jitter': 1.5}])
def test_invalid_conditions_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Conditions(**wrong)
