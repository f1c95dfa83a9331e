# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Finds what is wrong with a robot data set before it is trained on, and shows the worst of it."""
