# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Actions in readable units."""

from __future__ import annotations

import numpy as np

from genvla_training.inspect.action_units import to_display


def test_actions_are_shown_in_centimetres_and_degrees():
    shown = to_display(np.array([[0.01, 0.0, -0.02, np.pi, 0.0, 0.0, 0.5]]))
    np.testing.assert_allclose(shown, [[1.0, 0.0, -2.0, 180.0, 0.0, 0.0, 0.5]])
