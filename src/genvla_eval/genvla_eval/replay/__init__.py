# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Replay recorded bags to a policy offline, and compare its answers with the recorded actions.

Read `run` first.
"""
