# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The simulated ViperX 300 S: model, driver and servos. Read `driver` first."""
