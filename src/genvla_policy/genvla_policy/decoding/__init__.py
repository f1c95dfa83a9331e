# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Printing an action: from a model's hidden states to text under the grammar.

Read `decoder` first.
"""
