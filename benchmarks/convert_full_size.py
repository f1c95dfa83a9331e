# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Measure time and memory of converting a full-size PaliGemma; needs 14 GB of disk.

Nothing is downloaded: the source has the Hub's names and shapes, and constant weights. Linux only:
memory is read from /proc.
"""

from __future__ import annotations

from dataclasses import dataclass
import json
from pathlib import Path
import subprocess
import sys
import tempfile
import time

import torch

from genvla_command.command_line import parse
from genvla_policy.checkpoint.safetensors_folder import WeightInfo, write_safetensors
from genvla_policy.models.build import build_empty_model
from genvla_policy.models.pi0 import paligemma_config
from genvla_policy.models.systems import SYSTEMS, system_config
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer

SAMPLE_PERIOD_S = 0.2


@dataclass(frozen=True)
class ConversionOptions:
    """System to convert to, and the folder to use."""

    system: str = 'pi0_plus'
    """System to convert PaliGemma to."""
    folder: Path | None = None
    """Folder with enough space; by default the usual one for temporary files."""

    def __post_init__(self) -> None:
        """Reject an unknown system."""
        if self.system not in SYSTEMS:
            raise ValueError(
                f'no system is called {self.system!r}; available: {", ".join(SYSTEMS)}'
            )


def write_source(folder: Path) -> None:
    """Write a folder like google/paligemma-3b-pt-224, in bfloat16."""
    tokenizer = build_tiny_tokenizer()
    config = system_config('pi0_s', 'full')
    infos = {
        _hub_name(name): WeightInfo(tuple(weight.shape), torch.bfloat16)
        for name, weight in build_empty_model(config, tokenizer).state_dict().items()
    }
    write_safetensors(
        folder, infos, lambda name: torch.full(infos[name].shape, 0.01, dtype=torch.bfloat16)
    )
    settings = paligemma_config(config, tokenizer).to_dict()
    (folder / 'config.json').write_text(json.dumps(settings))
    tokenizer.save(folder)


def _hub_name(name: str) -> str:
    name = name.removeprefix('network.')
    name = name.replace('vision_tower.', 'vision_tower.vision_model.', 1)
    return name.replace('language_model.', 'language_model.model.', 1)


def peak_bytes(command: list[str]) -> int:
    """Run a command; return its peak memory, excluding mapped files [bytes].

    Raises:
        subprocess.CalledProcessError: The command failed.
    """
    process = subprocess.Popen(command)
    status, peak = Path(f'/proc/{process.pid}/status'), 0
    while process.poll() is None:
        for line in status.read_text(encoding='utf-8').splitlines():
            if line.startswith('RssAnon:'):
                peak = max(peak, int(line.split()[1]) * 1024)
        time.sleep(SAMPLE_PERIOD_S)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return peak


def main() -> None:
    """Write the source, convert it, and print time, size and memory."""
    options = parse(ConversionOptions, module='benchmarks.convert_full_size', description=__doc__)
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        source, out = Path(name) / 'paligemma', Path(name) / 'converted'
        source.mkdir()
        print('writing a full-size PaliGemma ...', flush=True)
        write_source(source)
        command = [sys.executable, '-m', 'genvla_policy.pretrained.convert', str(source), str(out)]
        start_s = time.perf_counter()
        peak = peak_bytes([*command, '--system', options.system])
        duration_s = time.perf_counter() - start_s
        written = sum(path.stat().st_size for path in out.iterdir())
    print(f'{written / 1e9:.1f} GB in {duration_s:.0f} s, at most {peak / 1e9:.1f} GB of memory')


if __name__ == '__main__':
    main()
