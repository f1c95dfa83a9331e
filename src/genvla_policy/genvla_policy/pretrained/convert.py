# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Turn a downloaded model into a checkpoint folder: genvla convert."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
import shutil
from typing import Annotated, Any, Literal

import torch
from torch import Tensor
from tqdm import tqdm
import tyro

from genvla_command.command_line import ends_with_a_sentence, parse
from genvla_command.whole_folder import whole_folder
from genvla_policy.action_text.normalization import ActionNormalizer
from genvla_policy.checkpoint.folder import (
    FILES,
    Checkpoint,
    CheckpointMismatch,
    save_all_but_weights,
)
from genvla_policy.checkpoint.model_card import model_card
from genvla_policy.checkpoint.safetensors_folder import (
    INDEX_FILE,
    SafetensorsFolder,
    WeightInfo,
    write_safetensors,
)
from genvla_policy.models.answer_grammar import build_grammar
from genvla_policy.models.build import build_empty_model
from genvla_policy.models.config import VLAConfig
from genvla_policy.models.openvla import OpenVLA
from genvla_policy.models.pi0_flow import Pi0Flow
from genvla_policy.models.systems import SYSTEMS
from genvla_policy.models.vla import VLA
from genvla_policy.pretrained.converted_config import converted_config
from genvla_policy.pretrained.open_pretrained import open_pretrained
from genvla_policy.pretrained.pretrained import CannotConvert, Pretrained
from genvla_policy.pretrained.weight_map import MisfittingWeights, Origin, WeightSource
from genvla_policy.text.tokenizer import TextTokenizer

_DTYPES = {'float32': torch.float32, 'bfloat16': torch.bfloat16, 'float16': torch.float16}


@dataclass(frozen=True)
class ConvertOptions:
    """A downloaded model, and how to convert it."""

    source: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar='SOURCE')]
    """A downloaded Hub folder (PaliGemma, openvla-7b or its layout, or SmolLM2 with --vision), or
    a Prismatic training run or one of its files."""
    out: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar='OUT')]
    """Checkpoint folder to write."""
    system: str = ''
    """System to convert it to; by default the one it was trained as, or the paper's own."""
    tokenizer: Path | None = None
    """Folder of the tokenizer; by default that of the model."""
    vision: tuple[Path, ...] = ()
    """Folders of vision encoders: timm's DINOv2 and SigLIP for a Prismatic run without its own;
    the Hub's DINOv2 for a language model alone."""
    dataset: str = ''
    """Data set of the action bounds; by default bridge_orig if it exists, else the only one."""
    control_rate: float | None = None
    """Control steps per second [Hz]; known for bridge_orig, fractal20220817_data and LIBERO."""
    dtype: Literal['float32', 'bfloat16', 'float16'] | None = None
    """Number type to write; by default as downloaded."""
    horizon: int = 1
    """Actions per chunk."""
    cameras: int = 1
    """Images per observation."""
    center_crop: float | None = None
    """Share of an image's area that the model sees, around its centre: 0.9 for a model trained
    with OpenVLA's image_aug, 1 for the whole image; by default the value known for the model."""
    tag_robot_prompt: bool = True
    """Prompt the robot with the authors' <VLA_PROMPT>, if the system has it, as in their training.
    Their evaluation does not use it: --no-tag-robot-prompt."""
    seed: int = 0
    """Seed of the weights that are not pretrained, such as an action expert's."""
    force: bool = False
    """Replace OUT if it is a checkpoint."""

    def __post_init__(self) -> None:
        """Reject an unknown system."""
        if self.system and self.system not in SYSTEMS:
            raise ValueError(
                f'no system is called {self.system!r}; the systems are {", ".join(SYSTEMS)}'
            )


@dataclass(frozen=True, eq=False)
class _Weights:
    """The weights to write, converted one at a time from the downloaded ones.

    Attributes:
        infos: Shape and dtype by our name.
        origins: Origin of each weight; a weight without one is in `random`.
        source: The downloaded weights.
        random: Weights without a pretrained counterpart.
    """

    infos: Mapping[str, WeightInfo]
    origins: Mapping[str, Origin]
    source: WeightSource
    random: Mapping[str, Tensor]

    @property
    def num_bytes(self) -> int:
        """Size of all weights [bytes]."""
        return sum(info.num_bytes for info in self.infos.values())

    def make(self, name: str) -> Tensor:
        """Return one weight."""
        dtype = self.infos[name].dtype
        if name in self.random:
            return self.random[name].to(dtype)
        origin = self.origins[name]
        weight = origin.take(self.source.read(origin.source)).to(dtype)
        # A copy: the frozen and the trained tower share memory, and safetensors does not write one
        # tensor under two names.
        return weight.clone(memory_format=torch.contiguous_format)

    def make_finite(self, name: str) -> Tensor:
        """Return one weight, after checking its numbers.

        Raises:
            CannotConvert: The weight has numbers that are not finite.
        """
        weight = self.make(name)
        if not torch.isfinite(weight).all():
            raise CannotConvert(
                f'{self.origins[name].source} has values that are not finite in {weight.dtype}; '
                'download it again, or choose another --dtype'
            )
        return weight


def convert(
    pretrained: Pretrained,
    out: Path,
    *,
    system: str = '',
    dataset: str = '',
    dtype: torch.dtype | None = None,
    tag_robot_prompt: bool = True,
    seed: int = 0,
    overwrite: bool = False,
    **changes: Any,
) -> VLAConfig:
    """Write a checkpoint folder, and read it back to verify it.

    The folder appears only when it is complete. One shard of the weights is in memory at a time.

    Args:
        pretrained: The downloaded model.
        out: Folder to write.
        system: A name in SYSTEMS; empty: the one the model was trained as, or the paper's own.
        dataset: Data set whose bounds un-normalise the actions; empty: bridge_orig, or the only
            one.
        dtype: Number type to write; None: as downloaded.
        tag_robot_prompt: Prompt the robot with the authors' <VLA_PROMPT>, if the system has it.
        seed: Seed of the weights that are not pretrained, such as an action expert's.
        overwrite: Replace an existing checkpoint folder.
        changes: Fields of VLAConfig to override.

    Returns:
        The configuration that was written.

    Raises:
        CannotConvert: As converted_config(); or `out` exists, or holds something else; or the disk
            has too little space, a weight is not finite, or the result does not read back.
        TokenizerUnsuited: The tokenizer cannot write the action format.
        ConfigError: The changed fields describe no supported system.
        MisfittingWeights: The weights are not those of the model; nothing was written.
    """
    out = out.resolve()
    _check_replaceable(out, overwrite)
    config, statistics = converted_config(
        pretrained,
        system=system or pretrained.default_system,
        dataset=dataset,
        changes=changes,
        tag_robot_prompt=tag_robot_prompt,
    )
    tokenizer = pretrained.tokenizer
    if config.prompt_tags:
        tokenizer = tokenizer.with_prompt_tags()
    _check_tokenizer(config, tokenizer, statistics)
    model = build_empty_model(config, tokenizer)
    weights = _weights(pretrained, model, dtype, seed)
    with whole_folder(out) as partial:
        _check_space(partial, weights)
        card = model_card(
            config,
            num_parameters=model.num_parameters,
            weights=_origin_sentence(pretrained, config),
        )
        save_all_but_weights(
            partial,
            config=config,
            tokenizer=tokenizer,
            statistics=statistics,
            card=card,
        )
        _write(partial, weights)
        _verify(partial, weights)
    return config


def _check_replaceable(out: Path, overwrite: bool) -> None:
    is_empty = out.is_dir() and not any(out.iterdir())
    if is_empty or not out.exists():
        return
    if not overwrite:
        raise CannotConvert(f'{out} already exists; choose another folder, or pass --force')
    try:
        Checkpoint.open(out)
    except CheckpointMismatch as error:
        raise CannotConvert(
            f'{out} is not replaced, because it may not be a checkpoint: {error}'
        ) from error
    others = [
        path.name
        for path in out.iterdir()
        if path.name not in (*FILES, INDEX_FILE) and path.suffix != '.safetensors'
    ]
    if others:
        raise CannotConvert(
            f'{out} is not replaced, because it contains more than a checkpoint: {sorted(others)}'
        )


def _check_tokenizer(
    config: VLAConfig, tokenizer: TextTokenizer, statistics: Mapping[str, Any]
) -> None:
    """Reject a tokenizer that cannot write the actions, before hours of writing weights."""
    spare = config.dimensions.text.vocabulary_size - tokenizer.vocabulary_size
    if spare < 0:
        raise CannotConvert(
            f'with the tags of the prompts, the tokenizer has {tokenizer.vocabulary_size} tokens, '
            f'{-spare} more than the embedding has rows; use the tokenizer that comes with the '
            'model'
        )
    try:
        bounds = ActionNormalizer.from_statistics(statistics, config.dataset, config.action_dim)
    except (ValueError, TypeError, AttributeError) as error:
        raise CannotConvert(f'statistics of data set {config.dataset!r}: {error}') from error
    if config.action_head != 'flow':
        build_grammar(config, tokenizer, bounds.signed)


def _check_space(folder: Path, weights: _Weights) -> None:
    free, needed = shutil.disk_usage(folder).free, weights.num_bytes
    if needed > free:
        raise CannotConvert(
            f'{folder.parent} has {free / 1e9:.1f} GB free, but the checkpoint needs '
            f'{needed / 1e9:.1f} GB'
        )


def _weights(pretrained: Pretrained, model: VLA, dtype: torch.dtype | None, seed: int) -> _Weights:
    ours = model.state_dict()
    weight_map = pretrained.weight_map(ours)
    random = model.random_expert(seed) if isinstance(model, Pi0Flow) else {}
    if pretrained.fresh and isinstance(model, OpenVLA):
        random |= model.random_projector(seed)
    shapes = {name: weight.shape for name, weight in ours.items() if name not in random}
    weight_map.check(pretrained.source.infos, shapes)
    unknown = sorted(shapes.keys() - weight_map.origins.keys())
    if unknown:
        raise MisfittingWeights(f'{pretrained.layout} has no counterpart of {unknown}')
    theirs = pretrained.source.infos
    largest = max(theirs.values(), key=lambda info: info.num_bytes).dtype
    infos = {}
    for name, weight in ours.items():
        kept = largest if name in random else theirs[weight_map.origins[name].source].dtype
        infos[name] = WeightInfo(tuple(weight.shape), dtype or kept)
    return _Weights(infos, weight_map.origins, pretrained.source, random)


def _write(folder: Path, weights: _Weights) -> None:
    with _progress('writing', weights) as progress:
        write_safetensors(folder, weights.infos, _counted(weights.make_finite, progress))


def _verify(folder: Path, weights: _Weights) -> None:
    """Read all weights back and compare them.

    Raises:
        CannotConvert: A weight differs from the converted one.
        CheckpointMismatch: The folder cannot be opened.
    """
    Checkpoint.open(folder)
    written = SafetensorsFolder(folder)
    with _progress('verifying', weights) as progress:
        read = _counted(written.read, progress)
        for name in weights.infos:
            if not torch.equal(read(name), weights.make(name)):
                raise CannotConvert(
                    f'{name} reads back differently than it was written; check the disk'
                )


def _progress(what: str, weights: _Weights) -> tqdm[Any]:
    return tqdm(total=weights.num_bytes, desc=what, unit='B', unit_scale=True, mininterval=0.5)


def _counted(read: Callable[[str], Tensor], progress: tqdm[Any]) -> Callable[[str], Tensor]:
    def counted(name: str) -> Tensor:
        weight = read(name)
        progress.update(weight.nbytes)
        return weight

    return counted


def _origin_sentence(pretrained: Pretrained, config: VLAConfig) -> str:
    """Return the model card's sentence on the origin of the weights."""
    if config.trained:
        return f'Weights of {pretrained.name}, trained on robot data.'
    sentence = f'Weights of {pretrained.name}; not trained as this system yet: it cannot act.'
    if config.action_head == 'flow':
        sentence += ' The action expert is random.'
    if pretrained.fresh:
        sentence += f' Random: {pretrained.fresh.rstrip(".")}.'
    return sentence


def main(args: Sequence[str] | None = None) -> None:
    """Convert the model that the command line names."""
    options = parse(
        ConvertOptions, args, module='genvla_policy.pretrained.convert', description=__doc__
    )
    given = {'control_rate_hz': options.control_rate, 'center_crop': options.center_crop}
    changes: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    with ends_with_a_sentence(ValueError, OSError, if_stopped='no output was kept'):
        pretrained = open_pretrained(
            options.source, tokenizer=options.tokenizer, vision=options.vision
        )
        print(f'{options.source}: {pretrained.layout}', flush=True)
        config = convert(
            pretrained,
            options.out,
            system=options.system,
            dataset=options.dataset,
            dtype=_DTYPES[options.dtype] if options.dtype else None,
            tag_robot_prompt=options.tag_robot_prompt,
            seed=options.seed,
            overwrite=options.force,
            horizon=options.horizon,
            num_cameras=options.cameras,
            **changes,
        )
    print(f'wrote {config.name} to {options.out}')
    print(
        f'Load it with genvla_policy.Policy.load({str(options.out)!r}), or set the parameter '
        'checkpoint of the policy node to it.'
    )
    if not config.trained:
        print('It is not trained on robot data yet: train it before you run it on an arm.')


if __name__ == '__main__':
    main()
