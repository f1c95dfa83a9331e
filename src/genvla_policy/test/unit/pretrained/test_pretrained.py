# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The name of a published model."""

from genvla_policy.pretrained.open_pretrained import open_pretrained


def test_a_model_in_the_hub_cache_gets_its_hub_name(tmp_path, write_paligemma):
    folder = tmp_path / 'models--google--paligemma-3b-pt-224' / 'snapshots' / '35e4f46485b4'
    folder.parent.mkdir(parents=True)
    write_paligemma(folder)
    assert open_pretrained(folder).name == 'paligemma-3b-pt-224'
