# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Suites of simulated episodes with fixed scenes, each of which tests one ability of a policy.

Read `cells` first.
"""
