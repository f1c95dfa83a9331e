# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What a data set holds, for people to look at before they train on it. Read `command` first."""
