# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A model on disk: its folder, its weights, its model card. Read `folder` first."""
