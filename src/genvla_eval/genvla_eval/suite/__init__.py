# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Suites of simulated episodes, each asking one thing of a policy, with fixed scenes.

Read `cells` first.
"""
