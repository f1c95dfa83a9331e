# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Judge an arm by small test moves. Read `verdicts` first."""
