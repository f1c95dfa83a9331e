# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A .pt file: tensors and nothing else."""

import os

import pytest
import torch

from genvla_policy.checkpoint.safetensors_folder import WeightsUnreadable
from genvla_policy.pretrained.open_pretrained import open_pretrained


def test_a_pt_file_with_code_in_it_is_refused_and_the_code_is_not_run(prismatic, tmp_path):
    class Malicious:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / 'run_by_pickle'),)

    file = prismatic[0] / 'checkpoints' / 'latest-checkpoint.pt'
    torch.save({'model': Malicious()}, file)
    with pytest.raises(WeightsUnreadable, match='files that need code to be run are not loaded'):
        open_pretrained(file, tokenizer=tmp_path)
    assert not (tmp_path / 'run_by_pickle').exists()


@pytest.mark.parametrize('content', [{'weights': {}}, [1, 2]])
def test_a_pt_file_of_another_layout_is_refused(prismatic, tmp_path, content):
    torch.save(content, prismatic[0] / 'checkpoints' / 'latest-checkpoint.pt')
    with pytest.raises(WeightsUnreadable, match="has no 'model'; it holds"):
        open_pretrained(prismatic[0], tokenizer=tmp_path)


def test_a_truncated_pt_file_is_refused(prismatic, tmp_path):
    file = prismatic[0] / 'checkpoints' / 'latest-checkpoint.pt'
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(WeightsUnreadable, match=r'is not a whole \.pt file'):
        open_pretrained(prismatic[0], tokenizer=tmp_path)


@pytest.mark.parametrize('content', [None, 3])
def test_a_pt_file_whose_model_is_no_dictionary_is_refused(prismatic, tmp_path, content):
    torch.save({'model': content}, prismatic[0] / 'checkpoints' / 'latest-checkpoint.pt')
    with pytest.raises(WeightsUnreadable, match=r"'model' is .*, expected weights by name"):
        open_pretrained(prismatic[0], tokenizer=tmp_path)


def test_what_is_no_tensor_in_a_pt_file_is_named(prismatic, tmp_path):
    torch.save(
        {'model': {'projector': {'0.bias': [1.0], '0.weight': torch.ones(2), '2.bias': 3}}},
        prismatic[0] / 'checkpoints' / 'latest-checkpoint.pt',
    )
    with pytest.raises(
        WeightsUnreadable, match=r'no tensors: projector.0.bias \(list\), projector.2.bias \(int\)'
    ):
        open_pretrained(prismatic[0], tokenizer=tmp_path)
