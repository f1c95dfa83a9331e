# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The operator's console: a page in a browser that shows the robot, and steers it."""
