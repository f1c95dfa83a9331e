# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Camera images as arrays, resized for a vision tower. Read `camera_image` first."""
