# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Text as token ids. Read `tokenizer` first."""
