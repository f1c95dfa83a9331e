# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The GPU script, rehearsed at tiny size on a CPU."""

import json
from pathlib import Path
import subprocess

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.decoding.subjects import random_subject
from benchmarks.gpu import GpuOptions, main
from benchmarks.gpu_training import model_flops
from genvla_policy.models.batch import Batch, Sample

SCRIPT = Path(__file__).parents[1] / 'gpu.sh'
REHEARSAL = ('--device', 'cpu', '--size', 'tiny', '--dtype', 'float32', '--repeats', '1')


def test_the_script_measures_answers_and_training_and_writes_both_files(tmp_path):
    done = subprocess.run(
        [
            'bash', SCRIPT, *REHEARSAL, '--systems', 'openvla_plus', '--trained', 'pi0_plus',
            '--train-steps', '2', '--batch-size', '8', '--out', str(tmp_path),
        ],
        capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    measured = json.loads((tmp_path / 'gpu.json').read_text())
    rows = measured['decoding']
    assert {row['model'] for row in rows} == {'openvla_plus-tiny-random'}
    assert {row['engine'] for row in rows} == {
        *('transformers generate', 'genvla', 'sequential floor'),
    }
    assert all(row['same_text'] is not False for row in rows)
    trained = measured['training']
    assert (trained['steps'], trained['batch_size']) == (2, 8)
    assert trained['trained_m'] < trained['parameters_m']
    assert trained['samples_per_s'] > 0.0
    assert trained['utilisation_of_matmul'] > 0.0
    assert measured['left_out'] == []
    page = (tmp_path / 'gpu.md').read_text()
    assert page in done.stdout
    assert page.count('\n| openvla_plus-tiny-random |') == len(rows)
    assert '| samples_per_s |' in page
    assert 'step' in done.stdout


def test_parts_without_enough_time_are_skipped_and_listed(tmp_path, capsys):
    assert main([*REHEARSAL, '--budget-s', '0', '--out', str(tmp_path)]) == 0
    measured = json.loads((tmp_path / 'gpu.json').read_text())
    assert (measured['decoding'], measured['training']) == ([], None)
    assert len(measured['left_out']) == 3
    assert 'Skipped: training of pi0_plus, with 0 s left.' in capsys.readouterr().out


@pytest.mark.skipif(torch.cuda.is_available(), reason='there is a CUDA device')
def test_without_a_gpu_the_message_suggests_a_rehearsal():
    with pytest.raises(ValueError, match='rehearse with --device cpu --size tiny'):
        GpuOptions()


def test_frozen_weights_count_once_and_trained_ones_three_times():
    subject = random_subject('pi0_plus', 'tiny', device=torch.device('cpu'), dtype=torch.float32)
    model, size = subject.model, subject.model.config.image_size
    pixels = torch.zeros(1, 3, size, size)
    sample = Sample.of_answer(pixels, [1, 5, 6], [7, 8])
    batch = Batch.collate([sample], num_cameras=1, horizon=1, action_dim=7)
    whole, frozen = FlopCounterMode(display=False), FlopCounterMode(display=False)
    with torch.no_grad():
        with whole:
            model(batch)
        with frozen:
            model.vision_towers[model.frozen_tower](pixels)
    assert frozen.get_total_flops() > 0
    wanted = 3 * whole.get_total_flops() - 2 * frozen.get_total_flops()
    assert model_flops(model, batch) == wanted
