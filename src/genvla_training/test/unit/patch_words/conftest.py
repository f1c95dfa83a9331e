# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Images of a few scenes."""

from __future__ import annotations

import pytest

from genvla_policy.models.systems import system_config
from genvla_training.make_vl import VlOptions, make_vl
from genvla_training.patch_words.patch_labels import PatchPictures, read_entries


@pytest.fixture(scope='session')
def data(tmp_path_factory, in_this_process):
    """The JSON of 12 scenes."""
    folder = tmp_path_factory.mktemp('data') / 'vl'
    with in_this_process():
        return make_vl(VlOptions(folder, scenes=12, seed=1), workers=1)


@pytest.fixture(scope='session')
def pictures(data):
    return PatchPictures(
        read_entries(data), data.parent, fit=system_config('pi0_s', 'tiny').picture_fit
    )
