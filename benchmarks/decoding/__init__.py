# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""How long an action takes to print, side by side: transformers' generate, and the decoder.

python -m benchmarks.decoding [--json FILE]
"""
