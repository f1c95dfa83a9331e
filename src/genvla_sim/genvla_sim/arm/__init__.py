# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The simulated ViperX 300 S: its model, its driver, its servos. Read `driver` first."""
