# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Vision-language-action models, and the configuration that describes them. Read `vla` first."""
