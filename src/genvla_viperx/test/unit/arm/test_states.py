# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The names that are published on ~/state."""

from __future__ import annotations

from genvla_viperx.arm.states import ArmState


def test_a_state_is_published_by_its_name():
    assert [str(state) for state in ArmState] == [
        'inactive',
        'holding',
        'executing',
        'moving',
        'stopped',
        'faulted',
    ]
