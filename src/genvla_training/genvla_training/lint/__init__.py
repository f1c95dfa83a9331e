# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Find defects in a robot data set before training, and show the worst of them."""
