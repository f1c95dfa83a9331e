# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Recognise a published model by the files in its folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from genvla_policy.checkpoint.folder import CONFIG_FILE
from genvla_policy.checkpoint.safetensors_folder import check_downloaded
from genvla_policy.pretrained.paligemma import open_paligemma
from genvla_policy.pretrained.pretrained import NotAModel, Pretrained, read_json_object
from genvla_policy.pretrained.prismatic import open_openvla, open_prismatic
from genvla_policy.pretrained.small import open_small
from genvla_policy.text.tokenizer import TOKENIZER_CONFIG_FILE, TOKENIZER_FILE, TextTokenizer

# Tokens that every family reads or pads with.
_ROLES = ('bos', 'eos', 'pad')


def open_pretrained(
    source: Path, *, tokenizer: Path | None = None, vision: Sequence[Path] = ()
) -> Pretrained:
    """Open a downloaded model.

    Args:
        source: A folder from the Hub (PaliGemma, the layout of openvla-7b, or a small Llama), the
            folder of a Prismatic training run, or one of its .pt files.
        tokenizer: Folder of the tokenizer, if the source has none.
        vision: Folders of timm's DINOv2 and SigLIP, if a Prismatic run has none; or the folder of
            the Hub's DINOv2, if the source is a language model alone.

    Raises:
        NotAModel: The source is not one of these, or lacks a file or a special token; the message
            names it.
        WeightsUnreadable: The weights are incomplete, or Git LFS has not downloaded a file.
    """
    # Absolute, because a run is found from its file; links of the Hub's cache are not followed.
    file: Path | None = source.absolute()
    if source.suffix == '.pt':
        run = source.absolute().parent.parent
        if not source.is_file():
            raise NotAModel(f'{source} does not exist')
    elif source.is_dir():
        run, file = source, _newest_checkpoint(source / 'checkpoints')
    else:
        raise NotAModel(f'{source} is neither a folder nor a .pt file; download the model first')
    config = read_json_object(run / CONFIG_FILE)
    words = tokenizer or run
    kind = config.get('model_type')
    if file is not None:
        opened = open_prismatic(file, config, _tokenizer(words, of_run=True), _timm(vision))
    elif kind == 'llama':
        if len(vision) != 1:
            raise NotAModel(
                f'{source} is only a language model; pass the folder of one DINOv2 from the Hub '
                f'with --vision (facebook/dinov2-small), got {len(vision)} folders'
            )
        opened = open_small(run, config, _tokenizer(words), vision[0])
    elif vision:
        raise NotAModel(f'{source} is not a Prismatic run; omit --vision')
    elif kind == 'paligemma':
        opened = open_paligemma(run, config, _tokenizer(words))
    # The Hub's layout of a Prismatic VLM is OpenVLA's, without statistics.
    elif kind in ('openvla', 'prismatic'):
        opened = open_openvla(run, config, _tokenizer(words))
    else:
        raise NotAModel(
            f'{run / CONFIG_FILE}: model_type is {kind!r}, and there is no checkpoints/*.pt; '
            "supported are 'paligemma', 'openvla', 'prismatic', 'llama' with --vision, and "
            'Prismatic training runs'
        )
    _check_special_tokens(words, opened.tokenizer)
    return opened


def _timm(vision: Sequence[Path]) -> tuple[Path, Path] | None:
    if len(vision) not in (0, 2):
        raise NotAModel(
            f'--vision takes two folders for a Prismatic run, DINOv2 and SigLIP; got {len(vision)}'
        )
    return (vision[0], vision[1]) if vision else None


def _check_special_tokens(folder: Path, tokenizer: TextTokenizer) -> None:
    missing = [f'{role}_token' for role in _ROLES if role not in tokenizer.special_tokens]
    if missing:
        raise NotAModel(
            f'{folder / TOKENIZER_CONFIG_FILE} lacks {missing}; it has '
            f'{sorted(tokenizer.special_tokens)}. Use the file that comes with the model'
        )


def _newest_checkpoint(folder: Path) -> Path | None:
    """Return the .pt file of a training run; None if the folder has none."""
    latest = folder / 'latest-checkpoint.pt'
    if latest.is_file():
        return latest
    # Prismatic writes step-000123-epoch-..., so names sort by step.
    return max(folder.glob('*.pt'), default=None)


def _tokenizer(folder: Path, *, of_run: bool = False) -> TextTokenizer:
    missing = [f for f in (TOKENIZER_FILE, TOKENIZER_CONFIG_FILE) if not (folder / f).is_file()]
    if missing:
        advice = 'download them, or pass the folder of its tokenizer with --tokenizer'
        if of_run:
            advice = (
                'Prismatic runs have no tokenizer: pass the folder of one with --tokenizer '
                '(for Llama 2, that of openvla/openvla-7b)'
            )
        raise NotAModel(f'{folder} lacks {missing}; {advice}')
    check_downloaded(folder / TOKENIZER_FILE)
    try:
        return TextTokenizer.from_folder(folder)
    except Exception as error:
        raise NotAModel(f'{folder / TOKENIZER_FILE}: {error}') from error
