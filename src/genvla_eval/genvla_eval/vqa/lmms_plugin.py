# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Tells lmms-eval of the model "genvla"; its entry point in setup.py names this."""

from __future__ import annotations

from typing import Any


def manifest() -> Any:
    """Return what lmms-eval's registry takes: a name, and where the class is."""
    from lmms_eval.models.registry_v2 import ModelManifest

    return ModelManifest(
        model_id='genvla', simple_class_path='genvla_eval.vqa.lmms_model.GenvlaLmms'
    )
