# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A policy behind the interface of vla-evaluation-harness, which runs SimplerEnv and LIBERO.

Read `server` first.
"""
