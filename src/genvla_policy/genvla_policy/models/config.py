# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What a model is: one configuration that describes every system by its switches."""

from __future__ import annotations

from collections.abc import Mapping
import dataclasses
from dataclasses import dataclass
import json
import math
from typing import Any, ClassVar

from genvla_policy.action_chunk import ACTION_DIM
from genvla_policy.action_text.formats import ACTION_FORMATS


class ConfigError(ValueError):
    """A configuration that names no supported system; says which field is wrong."""


@dataclass(frozen=True)
class VisionDimensions:
    """Numbers of a SigLIP vision tower.

    Attributes:
        width: Channels.
        depth: Transformer blocks.
        num_heads: Attention heads; divides width.
        mlp_width: Hidden channels of each block's MLP.
        patch_size: Side of a patch [px]; divides the image size.
    """

    width: int
    depth: int
    num_heads: int
    mlp_width: int
    patch_size: int


@dataclass(frozen=True)
class TextDimensions:
    """Numbers of a Gemma language model.

    Attributes:
        width: Channels.
        depth: Transformer blocks.
        num_heads: Query heads.
        num_kv_heads: Key and value heads; divides num_heads.
        head_dim: Channels of one head.
        mlp_width: Hidden channels of each block's MLP.
        vocabulary_size: Rows of the embedding; at least the tokenizer's size.
        context_length: Most tokens of images, prompt and answer together.
    """

    width: int
    depth: int
    num_heads: int
    num_kv_heads: int
    head_dim: int
    mlp_width: int
    vocabulary_size: int
    context_length: int


@dataclass(frozen=True)
class VLAConfig:
    """Everything that a checkpoint's config.json says about its model.

    Attributes:
        name: The checkpoint's name, as in its model card.
        size: Name of the set of dimensions ("tiny", "full").
        trained: False for random weights.
        vision: Dimensions of the vision tower.
        text: Dimensions of the language model.
        family: "pi0" (PaliGemma: SigLIP and Gemma).
        encoders: "single".
        action_head: "string" (the language head prints the action).
        action_format: How the string is written: "fixed4", "paper", "int1000".
        prefix_lm: True: image and prompt attend to each other both ways and the answer is causal
            (PaliGemma). False: causal everywhere (as the paper's authors trained).
        horizon: Control steps per chunk H.
        action_dim: Numbers per action A; 7.
        control_rate_hz: Control steps per second of the robot [Hz].
        num_cameras: Images per observation.
        image_size: Side of the square image that the vision tower sees [px].
        dataset: Key of dataset_statistics.json whose bounds un-normalise the actions.
        prompt_template: The prompt, with {instruction} in it. Must not end with a space.
        answer_prefix: What comes between the prompt and the action: "" or " ".
    """

    name: str
    size: str
    trained: bool
    vision: VisionDimensions
    text: TextDimensions
    family: str = 'pi0'
    encoders: str = 'single'
    action_head: str = 'string'
    action_format: str = 'fixed4'
    prefix_lm: bool = True
    horizon: int = 1
    action_dim: int = ACTION_DIM
    control_rate_hz: float = 5.0
    num_cameras: int = 1
    image_size: int = 224
    dataset: str = 'bridge_orig'
    prompt_template: str = 'What action should the robot take to {instruction}?\n'
    answer_prefix: str = ''

    SUPPORTED: ClassVar[Mapping[str, tuple[object, ...]]] = {
        'family': ('pi0',),
        'encoders': ('single',),
        'action_head': ('string',),
        'action_format': ACTION_FORMATS,
        'action_dim': (ACTION_DIM,),
        'answer_prefix': ('', ' '),
    }

    def __post_init__(self) -> None:
        """Refuse what no code here can run."""
        _check_types(self, '')
        for key, supported in self.SUPPORTED.items():
            value = getattr(self, key)
            if value not in supported:
                raise ConfigError(f'{key} is {value!r}; supported: {list(supported)}')
        if not (math.isfinite(self.control_rate_hz) and self.control_rate_hz > 0.0):
            raise ConfigError(f'control_rate_hz must be above 0, got {self.control_rate_hz}')
        if not self.name:
            raise ConfigError('name must not be empty')
        self._check_prompt()
        self._check_dimensions()

    def _check_prompt(self) -> None:
        template = self.prompt_template
        if template.count('{instruction}') != 1 or template.count('{') != 1:
            raise ConfigError(f'prompt_template needs {{instruction}} once, got {template!r}')
        if template.endswith(' '):
            raise ConfigError(
                f'prompt_template ends with a space ({template!r}); most tokenizers merge it with '
                'the answer, so put it into answer_prefix'
            )

    def _check_dimensions(self) -> None:
        vision, text = self.vision, self.text
        if vision.width % vision.num_heads:
            raise ConfigError(
                f'vision.num_heads {vision.num_heads} does not divide vision.width {vision.width}'
            )
        if self.image_size % vision.patch_size:
            raise ConfigError(
                f'vision.patch_size {vision.patch_size} does not divide image_size '
                f'{self.image_size}'
            )
        if text.num_heads % text.num_kv_heads:
            raise ConfigError(
                f'text.num_kv_heads {text.num_kv_heads} does not divide text.num_heads '
                f'{text.num_heads}'
            )

    @property
    def step_period_s(self) -> float:
        """Time between two control steps [s]."""
        return 1.0 / self.control_rate_hz

    @property
    def num_image_tokens(self) -> int:
        """Tokens that one observation's images take."""
        return self.num_cameras * (self.image_size // self.vision.patch_size) ** 2

    def prompt(self, instruction: str) -> str:
        """Return the prompt of an instruction: lower case, single spaces, as in training."""
        return self.prompt_template.replace('{instruction}', ' '.join(instruction.lower().split()))

    def to_json(self) -> str:
        """Return config.json's text."""
        return json.dumps(dataclasses.asdict(self), indent=2) + '\n'

    @classmethod
    def from_json(cls, text: str) -> VLAConfig:
        """Read config.json's text.

        Raises:
            ConfigError: Not a JSON object, an unknown or missing key, a value of the wrong type,
                or a system that is not supported.
        """
        try:
            data = json.loads(text)
        except json.JSONDecodeError as error:
            raise ConfigError(f'not JSON: {error}') from error
        _check_keys(cls, data, '')
        for key, part in (('vision', VisionDimensions), ('text', TextDimensions)):
            _check_keys(part, data[key], f'{key}.')
            data[key] = part(**data[key])
        return cls(**data)


def _check_keys(cls: type, data: Any, where: str) -> None:
    if not isinstance(data, dict):
        raise ConfigError(f'{where or "config"} must be a JSON object, got {data!r}')
    fields = {f.name: f for f in dataclasses.fields(cls)}
    unknown = sorted(set(data) - set(fields))
    if unknown:
        raise ConfigError(
            f'unknown keys {[where + key for key in unknown]}; available: {sorted(fields)}'
        )
    missing = [name for name, f in fields.items() if f.default is dataclasses.MISSING]
    missing = [where + name for name in missing if name not in data]
    if missing:
        raise ConfigError(f'missing keys {missing}')


def _check_types(config: object, where: str) -> None:
    kinds: dict[str, type | tuple[type, ...]] = {
        'str': str,
        'int': int,
        'bool': bool,
        'float': (int, float),
    }
    for f in dataclasses.fields(config):  # type: ignore[arg-type]
        value = getattr(config, f.name)
        if dataclasses.is_dataclass(value):
            _check_types(value, f'{where}{f.name}.')
            continue
        kind = kinds.get(str(f.type), object)
        is_bool = isinstance(value, bool)
        if not isinstance(value, kind) or is_bool != (f.type == 'bool'):
            raise ConfigError(f'{where}{f.name} must be {f.type}, got {value!r}')
        if isinstance(value, int) and not is_bool and value < 1:
            raise ConfigError(f'{where}{f.name} must be at least 1, got {value}')
