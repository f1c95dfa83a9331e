# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Launch files, parameter files, the recorder and the composed demo for the whole graph."""
