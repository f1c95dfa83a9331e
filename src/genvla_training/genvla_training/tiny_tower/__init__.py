# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The first stage of the tiny model: a vision tower learns what each patch shows.

Read `command` first.
"""
