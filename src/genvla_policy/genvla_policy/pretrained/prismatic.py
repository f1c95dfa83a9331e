# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Prismatic VLMs and OpenVLA: the Hub's layout, and the .pt files of training.

Both contain timm's two vision transformers, a projector and Llama, under different names.
"""

from __future__ import annotations

from collections.abc import Mapping
import functools
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from transformers import LlamaConfig

from genvla_policy.checkpoint.folder import STATISTICS_FILE
from genvla_policy.checkpoint.safetensors_folder import SafetensorsFolder
from genvla_policy.models.config import PRISMATIC_QUESTION
from genvla_policy.pretrained.fixed_settings import TEXT, check_fixed_settings
from genvla_policy.pretrained.libero_units import is_libero
from genvla_policy.pretrained.pretrained import (
    NotAModel,
    Pretrained,
    first_line,
    name_of,
    read_json_object,
)
from genvla_policy.pretrained.prismatic_parts import (
    HUB,
    LLAMA_HEAD_DIM,
    TRAINING,
    PartNames,
    prismatic_dimensions,
    prismatic_weight_map,
)
from genvla_policy.pretrained.timm_folder import TimmFolder
from genvla_policy.pretrained.torch_file import TorchFile
from genvla_policy.pretrained.weight_map import JoinedSources, WeightSource
from genvla_policy.text.tokenizer import TextTokenizer

# Source: prism-dinosiglip-224px+7b in prismatic/conf/models.py of openvla/openvla.
_SUPPORTED = {
    'vision_backbone_id': 'dinosiglip-vit-so-224px',
    'arch_specifier': 'no-align+fused-gelu-mlp',
    'image_resize_strategy': 'resize-naive',
    'base_vlm': 'prism-dinosiglip-224px+7b',
}
_TIMM_DINO = 'timm/vit_large_patch14_reg4_dinov2.lvd142m'
_TIMM_SIGLIP = 'timm/vit_so400m_patch14_siglip_224.webli'
# Source: config.json of meta-llama/Llama-2-7b-hf, from which Prismatic builds its Llama.
_LLAMA_2_NORM_EPS = 1e-5
_REGISTERS = 'reg_token'
_LLAMA_SETTINGS = ('model_type', *TEXT, 'mlp_bias')
_PAD_TOKEN = '<PAD>'
_CROPPED = 0.9
"""Share of an image's area that the random crops of training with image_aug keep."""
_VLA_PROMPT_TOKEN = '<VLA_PROMPT>'
# Source: PurePromptBuilder of openvla/openvla; the VLM was trained with it, then OpenVLA.
_PRISMATIC_PROMPTS = {
    'prompt_template': 'In: What action should the robot take to {instruction}?\nOut:',
    'question_template': PRISMATIC_QUESTION,
}

_BINS: dict[str, Any] = {
    'action_head': 'bins',
    'action_format': 'bins256',
    'horizon': 1,
    'num_cameras': 1,
    **_PRISMATIC_PROMPTS,
}
# Source: akshaygopalkr/vla-plus, prismatic/vla/datasets/datasets.py.
_AUTHORS_STRING: dict[str, Any] = {
    'action_head': 'string',
    'action_format': 'paper',
    'horizon': 1,
    'num_cameras': 1,
    'lower_case_questions': True,
}


def open_openvla(folder: Path, config: Mapping[str, Any], tokenizer: TextTokenizer) -> Pretrained:
    """Open a downloaded openvla-7b, or another model in its layout.

    Args:
        folder: Folder of its files.
        config: Contents of its config.json.
        tokenizer: Its tokenizer.

    Raises:
        NotAModel: The architecture is not supported or is OpenVLA-OFT, or the statistics or a part
            are missing.
        WeightsUnreadable: As in SafetensorsFolder.
    """
    _check_settings(folder, config)
    parts = sorted(path.name for path in folder.glob('*--*_checkpoint.pt'))
    if parts:
        raise NotAModel(
            f'{folder} contains {parts}: OpenVLA-OFT has its own action head and projector, '
            'which are not supported; supported: OpenVLA trained with its original recipe'
        )
    try:
        llama = LlamaConfig(**config.get('text_config', {}))
        check_fixed_settings(f'{folder}: text_config', llama, LlamaConfig(), _LLAMA_SETTINGS)
        # As upstream loads a fine-tuned model: its own file replaces the statistics of its base.
        own = _statistics(folder)
        statistics = dict(config.get('norm_stats') or {}) if own is None else own
    except NotAModel:
        raise
    except Exception as error:  # transformers rejects a configuration in many ways
        raise NotAModel(
            f'{folder}: config.json does not describe an OpenVLA: {first_line(error)}'
        ) from error
    # A fine-tuned model has its own file, or statistics of LIBERO only. Upstream's fine-tuning
    # crops images by default, and did so for the released LIBERO models.
    is_fine_tuned = own is not None or (bool(statistics) and all(map(is_libero, statistics)))
    if config.get('model_type') == 'openvla':
        _check_statistics(folder, statistics)
    return _opened(
        folder,
        layout="OpenVLA in the Hub's layout",
        names=HUB,
        source=SafetensorsFolder(folder),
        tokenizer=tokenizer,
        norm_eps=llama.rms_norm_eps,
        head_dim=llama.head_dim,
        depth=llama.num_hidden_layers,
        statistics=statistics,
        center_crop=_CROPPED if is_fine_tuned and not _is_authors(tokenizer) else 1.0,
    )


def open_prismatic(
    file: Path,
    config: Mapping[str, Any],
    tokenizer: TextTokenizer,
    vision: tuple[Path, Path] | None = None,
) -> Pretrained:
    """Open the .pt file of a Prismatic training run.

    Args:
        file: RUN/checkpoints/NAME.pt.
        config: Contents of RUN/config.json.
        tokenizer: Llama's tokenizer, which the run does not hold.
        vision: Folders of timm's DINOv2 and SigLIP, if the run does not hold them either. A run
            keeps only what it trained, and the published VLMs were trained with frozen encoders.

    Raises:
        NotAModel: The architecture is not supported, a robot-trained run has no statistics, the
            vision encoders are not those of the training, or a part is missing.
        WeightsUnreadable: As in TorchFile and TimmFolder.
    """
    run = file.parent.parent
    _check_settings(run, config.get('vla') or config.get('model') or {})
    statistics = (_statistics(run) or {}) if 'vla' in config else {}
    if 'vla' in config:
        _check_statistics(run, statistics)
    return _opened(
        run,
        layout=f'a Prismatic training run ({file.name})',
        names=TRAINING,
        source=_with_vision(TorchFile(file, root='model'), file, vision),
        tokenizer=tokenizer,
        norm_eps=_LLAMA_2_NORM_EPS,
        head_dim=LLAMA_HEAD_DIM,
        statistics=statistics,
        center_crop=_CROPPED if config.get('image_aug') else 1.0,
    )


def _opened(
    folder: Path,
    *,
    layout: str,
    names: PartNames,
    source: WeightSource,
    tokenizer: TextTokenizer,
    norm_eps: float,
    head_dim: int,
    depth: int = 0,
    statistics: Mapping[str, Any],
    center_crop: float,
) -> Pretrained:
    try:
        dimensions = prismatic_dimensions(
            source.infos, names, norm_eps=norm_eps, head_dim=head_dim, depth=depth
        )
    except NotAModel as error:
        raise NotAModel(f'{folder}: {error}') from error
    except KeyError as error:
        raise NotAModel(f'{folder}: the weights lack {error}; expected {layout}') from error
    except (IndexError, ValueError) as error:
        raise NotAModel(
            f'{folder}: a weight has too few dimensions for {layout} ({error})'
        ) from error
    is_authors = _is_authors(tokenizer)
    switches = _AUTHORS_STRING if is_authors else _BINS
    return Pretrained(
        name=name_of(folder),
        layout=layout,
        family='openvla',
        dimensions=dimensions,
        tokenizer=_with_pad(tokenizer),
        source=source,
        weight_map=functools.partial(prismatic_weight_map, names, dimensions),
        default_system='openvla' if statistics and not is_authors else 'openvla_plus',
        statistics=statistics,
        switches=switches if statistics else {},
        center_crop=center_crop,
    )


def _is_authors(tokenizer: TextTokenizer) -> bool:
    return _VLA_PROMPT_TOKEN in tokenizer.vocabulary


def _with_vision(source: TorchFile, file: Path, vision: tuple[Path, Path] | None) -> WeightSource:
    has_own = any(name.startswith('vision_backbone.') for name in source.infos)
    if has_own and vision:
        raise NotAModel(f'{file} has its own vision encoders; omit --vision')
    if has_own:
        return source
    if not vision:
        raise NotAModel(
            f'{file} has no vision encoders: its training kept those of timm frozen. Download '
            f'{_TIMM_DINO} and {_TIMM_SIGLIP}, and pass both folders with --vision'
        )
    siglip = TimmFolder(vision[1])
    dino = TimmFolder(vision[0], num_patches=siglip.num_patches)
    for folder, tower, published in (
        (vision[0], dino, _TIMM_DINO),
        (vision[1], siglip, _TIMM_SIGLIP),
    ):
        if tower.model not in ('', published.removeprefix('timm/')):
            raise NotAModel(f'{folder} is {tower.model}; Prismatic was trained with {published}')
    if _REGISTERS not in dino.infos or _REGISTERS in siglip.infos:
        raise NotAModel(
            f'--vision takes {_TIMM_DINO} (with {_REGISTERS}) first and {_TIMM_SIGLIP} (without) '
            f'second; these are {vision[0]} and {vision[1]}'
        )
    return JoinedSources({'': source, TRAINING.dino: dino, TRAINING.siglip: siglip})


def _check_settings(folder: Path, settings: object) -> None:
    if not isinstance(settings, dict):
        raise NotAModel(f'{folder}: config.json has {settings!r} instead of an object')
    for key, supported in _SUPPORTED.items():
        if settings.get(key, supported) != supported:
            raise NotAModel(
                f'{folder}: {key} is {settings[key]!r}; supported: {supported!r} (DINOv2 and '
                'SigLIP at 224 px, Llama 2)'
            )


def _statistics(folder: Path) -> dict[str, Any] | None:
    path = folder / STATISTICS_FILE
    return read_json_object(path) if path.is_file() else None


def _check_statistics(folder: Path, statistics: Mapping[str, Any]) -> None:
    if not statistics:
        raise NotAModel(
            f'{folder}: neither {STATISTICS_FILE} nor norm_stats of config.json contains the '
            f"bounds of the model's actions; copy {STATISTICS_FILE} of its training run into the "
            'folder'
        )


def _with_pad(tokenizer: TextTokenizer) -> TextTokenizer:
    """Return the tokenizer with a pad token: its own, or else Prismatic's.

    As in Prismatic, the pad token is added first; tokens that are added later have higher ids.
    """
    if 'pad' in tokenizer.special_tokens:
        return tokenizer
    inner = Tokenizer.from_str(tokenizer.tokenizer.to_str())
    inner.add_special_tokens([_PAD_TOKEN])
    return TextTokenizer(inner, {**tokenizer.special_tokens, 'pad': _PAD_TOKEN})
