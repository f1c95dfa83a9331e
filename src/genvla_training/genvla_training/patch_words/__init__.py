# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""First training stage of a model: each image patch learns the word for its content.

Read `command` first.
"""
