# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The probe of the shipped checkpoint's towers, on images that are easy to distinguish."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from genvla_eval.probe.command import ProbeOptions, main, run_probe
from genvla_policy.checkpoint.folder import checkpoint_sha256
from genvla_policy.shipped import SHIPPED_CHECKPOINT

COLOURS = {'blue': (200, 40, 40), 'green': (40, 200, 40)}


@pytest.fixture(scope='module')
def pictures(tmp_path_factory):
    """A folder per class: noisy images of one colour."""
    folder, rng = tmp_path_factory.mktemp('pictures'), np.random.default_rng(0)
    for name, colour in COLOURS.items():
        (folder / name).mkdir()
        for number in range(30):
            noise = rng.integers(-30, 30, (32, 32, 3))
            picture = np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)
            cv2.imwrite(str(folder / name / f'{number:02d}.png'), picture)
    return folder


@pytest.fixture(scope='module')
def ran(pictures, tmp_path_factory):
    """The folder and the summary of a run."""
    out = tmp_path_factory.mktemp('probe') / 'out'
    return out, run_probe(ProbeOptions(images=pictures, out=out, tsne=8))


def test_both_halves_distinguish_colours_and_the_summary_names_its_sources(ran):
    out, summary = ran
    written = json.loads((out / 'summary.json').read_text())
    assert written == json.loads(json.dumps(summary))
    assert summary['images']['classes'] == ['blue', 'green']
    assert summary['images']['chosen'] == {'train': 48, 'test': 12}
    assert len(summary['probes']) == 3  # the frozen half, the trained one, both
    assert all(each['accuracy'] == 1.0 for each in summary['probes'].values())
    [whose] = summary['checkpoints'].values()
    assert whose['sha256'] == checkpoint_sha256(SHIPPED_CHECKPOINT)
    for name in ('tsne.png', 'drift.png'):
        assert cv2.imread(str(out / name)) is not None


def test_training_has_changed_the_trained_tower_slightly(ran):
    _, summary = ran
    [drift] = summary['drift']
    assert 0.2 < drift['features'] < 1.0
    assert len(drift['blocks']) >= 2


def test_a_folder_without_classes_ends_with_a_one_line_message(tmp_path):
    (tmp_path / 'empty').mkdir()
    with pytest.raises(SystemExit, match='empty'):
        main(['--images', str(tmp_path / 'empty'), '--out', str(tmp_path / 'out')])
    assert not (tmp_path / 'out').exists()
