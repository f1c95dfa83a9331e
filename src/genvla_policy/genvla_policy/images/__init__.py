# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Camera images as arrays, resized, as a vision tower reads them. Read `camera_image` first."""
