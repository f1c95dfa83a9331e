# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Replays recorded bags to a policy, offline, and compares what it answers with what was done.

Read `run` first.
"""
