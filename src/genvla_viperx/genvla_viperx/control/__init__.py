# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Turn chunks into commands, tick by tick. Read `controller` first."""
