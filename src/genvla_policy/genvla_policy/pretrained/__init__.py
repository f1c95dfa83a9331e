# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Conversion of published weights to our models, from the layouts that others use.

Read `convert` first.
"""
