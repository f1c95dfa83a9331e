# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The graph as a whole: launch files, parameter files, the recorder and the composed demo."""
