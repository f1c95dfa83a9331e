# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Reading .pt files that contain only tensors."""

import os

import pytest
import torch

from genvla_policy.checkpoint.safetensors_folder import WeightsUnreadable
from genvla_policy.pretrained.open_pretrained import open_pretrained


def test_a_pt_file_with_code_is_rejected_without_running_the_code(prismatic, tmp_path):
    class Malicious:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / 'run_by_pickle'),)

    file = prismatic[0] / 'checkpoints' / 'latest-checkpoint.pt'
    torch.save({'model': Malicious()}, file)
    with pytest.raises(WeightsUnreadable, match='files that need code to run are not loaded'):
        open_pretrained(file, tokenizer=tmp_path)
    assert not (tmp_path / 'run_by_pickle').exists()


@pytest.mark.parametrize('content', [{'weights': {}}, [1, 2]])
def test_a_pt_file_of_another_layout_is_rejected(prismatic, tmp_path, content):
    torch.save(content, prismatic[0] / 'checkpoints' / 'latest-checkpoint.pt')
    with pytest.raises(WeightsUnreadable, match="has no 'model'; it contains"):
        open_pretrained(prismatic[0], tokenizer=tmp_path)


def test_a_truncated_pt_file_is_rejected(prismatic, tmp_path):
    file = prismatic[0] / 'checkpoints' / 'latest-checkpoint.pt'
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(WeightsUnreadable, match=r'is not a complete \.pt file'):
        open_pretrained(prismatic[0], tokenizer=tmp_path)


@pytest.mark.parametrize('content', [None, 3])
def test_a_pt_file_whose_model_is_not_a_dictionary_is_rejected(prismatic, tmp_path, content):
    torch.save({'model': content}, prismatic[0] / 'checkpoints' / 'latest-checkpoint.pt')
    with pytest.raises(WeightsUnreadable, match=r"'model' is .*, expected weights by name"):
        open_pretrained(prismatic[0], tokenizer=tmp_path)


def test_values_that_are_not_tensors_are_named(prismatic, tmp_path):
    torch.save(
        {'model': {'projector': {'0.bias': [1.0], '0.weight': torch.ones(2), '2.bias': 3}}},
        prismatic[0] / 'checkpoints' / 'latest-checkpoint.pt',
    )
    with pytest.raises(
        WeightsUnreadable,
        match=r'not tensors: projector\.0\.bias \(list\), .*\.2\.bias \(int\)',
    ):
        open_pretrained(prismatic[0], tokenizer=tmp_path)
