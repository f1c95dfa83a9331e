# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Settings of the property tests."""

from __future__ import annotations

from hypothesis import settings

# A loaded machine is slow by itself; time limits on single examples only make tests flaky.
settings.register_profile('genvla_viperx', deadline=None, derandomize=True)
settings.load_profile('genvla_viperx')
