# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Trials on a real robot: randomised, blinded, paired, judged by a person. Read `run` first."""
