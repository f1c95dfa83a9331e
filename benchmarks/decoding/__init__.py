# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Compare the time to print an action: transformers' generate, and the decoder.

python -m benchmarks.decoding [--json FILE]
"""
