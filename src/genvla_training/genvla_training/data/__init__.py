# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Robot and vision-language data sets, by episode and by conversation. Read `episode` first."""
