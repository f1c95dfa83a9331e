# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Published weights onto our models: the layouts in which others keep the same networks.

Read `convert` first.
"""
