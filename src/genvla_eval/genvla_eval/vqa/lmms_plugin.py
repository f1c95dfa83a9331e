# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Register the model "genvla" with lmms-eval; the entry point in setup.py names this module."""

from __future__ import annotations

from typing import Any


def manifest() -> Any:
    """Return the entry for lmms-eval's registry: the name and the path of the class."""
    from lmms_eval.models.registry_v2 import ModelManifest

    return ModelManifest(
        model_id='genvla', simple_class_path='genvla_eval.vqa.lmms_model.GenvlaLmms'
    )
