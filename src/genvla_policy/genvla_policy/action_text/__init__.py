# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Actions as text: normalisation, number formats, and the grammar of their tokens.

Read `formats` first.
"""
