# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Options for choosing moments of a recording."""

from __future__ import annotations

from genvla_bags.asking import Asking, Frames, Reference


def test_by_default_the_bag_determines_frames_and_reference():
    asking = Asking(horizon=1, period_s=0.2)
    assert (asking.frames, asking.reference) == (Frames.AUTO, Reference.AUTO)
    assert asking.instruction == ''


def test_the_values_of_the_command_line_options_are_stable():
    assert [str(frames) for frames in Frames] == ['auto', 'answered', 'rate']
    assert [str(reference) for reference in Reference] == ['auto', 'chunks', 'deltas', 'reached']
