# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The operator's console: a web page that shows and controls the robot."""
