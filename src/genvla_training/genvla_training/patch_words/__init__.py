# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The first stage of a model: each patch of a picture learns the word for what it shows.

Read `command` first.
"""
