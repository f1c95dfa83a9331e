# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Serve a policy to vla-evaluation-harness, which runs SimplerEnv and LIBERO.

Read `server` first.
"""
