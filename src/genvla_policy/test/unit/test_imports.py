# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Modules that are imported with the package."""

import subprocess
import sys


def run(code):
    return subprocess.run([sys.executable, '-c', code], check=True, capture_output=True, text=True)


def test_importing_the_package_does_not_import_torch():
    run(
        'import sys, genvla_policy; genvla_policy.Observation; genvla_policy.ActionChunk; '
        'assert "torch" not in sys.modules and "transformers" not in sys.modules'
    )
