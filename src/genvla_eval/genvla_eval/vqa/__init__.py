# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Test on questions about pictures how much of the vision-language model a policy retains.

Read `command` first.
"""
