# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Questions about pictures: what of the vision-language model a policy still is.

Read `command` first.
"""
