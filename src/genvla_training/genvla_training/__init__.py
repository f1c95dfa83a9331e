# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Turns robot and vision-language data into checkpoints; runs without ROS."""
