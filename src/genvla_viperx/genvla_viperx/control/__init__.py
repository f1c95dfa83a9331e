# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Chunks in, commands out, tick by tick. Read `controller` first."""
