# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""timm's vision transformers for another image size than in their training."""

import pytest
from safetensors.torch import save_file
import torch

from genvla_policy.pretrained.pretrained import NotAModel
from genvla_policy.pretrained.timm_folder import TimmFolder, resample_positions


def ramps(side):
    """Return positions with rows, columns and a constant as channels."""
    rows, columns = torch.meshgrid(torch.arange(side), torch.arange(side), indexing='ij')
    return torch.stack([rows, columns, torch.full_like(rows, 5)], dim=-1).float().reshape(1, -1, 3)


@pytest.fixture
def folder(tmp_path):
    """DINOv2's 37 x 37 patches."""
    weights = {'pos_embed': ramps(37), 'cls_token': torch.full((1, 1, 3), 2.0)}
    save_file(weights, tmp_path / 'model.safetensors')
    return tmp_path


def test_resampling_keeps_rows_and_columns():
    grid = resample_positions(ramps(37), 256).reshape(16, 16, 3)
    # Patch centres map to patch centres; the kernel is truncated at the borders.
    expected = (torch.arange(3, 13) + 0.5) * 37 / 16 - 0.5
    torch.testing.assert_close(grid[3:13, 8, 0], expected, atol=0.01, rtol=0.0)
    torch.testing.assert_close(grid[8, 3:13, 1], expected, atol=0.01, rtol=0.0)
    torch.testing.assert_close(grid[..., 2], torch.full((16, 16), 5.0))


def test_positions_of_the_same_number_of_patches_are_unchanged():
    positions = torch.randn(1, 16, 8, generator=torch.Generator().manual_seed(0))
    assert torch.equal(resample_positions(positions, 16), positions)


def test_resampled_positions_keep_their_dtype():
    assert resample_positions(ramps(37).bfloat16(), 256).dtype == torch.bfloat16


def test_only_the_positions_of_a_folder_are_resampled(folder):
    files = TimmFolder(folder, num_patches=256)
    assert {name: info.shape for name, info in files.infos.items()} == {
        'pos_embed': (1, 256, 3),
        'cls_token': (1, 1, 3),
    }
    assert torch.equal(files.read('pos_embed'), resample_positions(ramps(37), 256))
    assert torch.equal(files.read('cls_token'), torch.full((1, 1, 3), 2.0))


def test_a_folder_has_the_number_of_patches_of_its_training(folder):
    assert TimmFolder(folder).num_patches == 1369


def test_a_folder_of_another_model_is_rejected(tmp_path):
    save_file({'visual.trunk.pos_embed': torch.zeros(1)}, tmp_path / 'model.safetensors')
    with pytest.raises(NotAModel, match=r"the weights have no pos_embed .*; expected .* timm's"):
        TimmFolder(tmp_path)


def test_a_class_token_with_its_own_position_is_rejected(tmp_path):
    save_file({'pos_embed': torch.zeros(1, 1370, 8)}, tmp_path / 'model.safetensors')
    with pytest.raises(NotAModel, match='1370 positions, which are not a square'):
        TimmFolder(tmp_path)


def test_a_missing_folder_is_rejected(tmp_path):
    with pytest.raises(NotAModel, match='nowhere is not a folder; download'):
        TimmFolder(tmp_path / 'nowhere')


@pytest.mark.parametrize(
    ('config', 'model'),
    [
        ('{"architecture": "vit", "pretrained_cfg": {"tag": "webli"}}', 'vit.webli'),
        ('{"architecture": "vit", "pretrained_cfg": {}}', ''),
        ('{"pretrained_cfg": 3}', ''),
    ],
)
def test_the_model_of_a_folder_is_read_from_its_config(folder, config, model):
    assert TimmFolder(folder).model == ''
    (folder / 'config.json').write_text(config)
    assert TimmFolder(folder).model == model
