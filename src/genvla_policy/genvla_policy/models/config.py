# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The configuration of a model: one dataclass describes every system by its switches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
import dataclasses
from dataclasses import dataclass
import json
import math
from typing import Any

from genvla_command.end_effector_action import ACTION_DIM
from genvla_policy.action_text.formats import ACTION_FORMATS, BINS_FORMAT
from genvla_policy.action_text.normalization import MOTIONS
from genvla_policy.images.picture_fit import ASPECTS, PictureFit
from genvla_policy.images.resize import RESIZES
from genvla_policy.models.dimensions import Dimensions, VisionDimensions
from genvla_policy.models.json_dataclass import MalformedJson, from_json_object
from genvla_policy.text.instruction import normalize_instruction
from genvla_policy.text.tokenizer import PROMPT_TAGS

FAMILIES = ('pi0', 'openvla')
ENCODERS: Mapping[str, tuple[str, ...]] = {
    'pi0': ('single', 'dual'),
    'openvla': ('native', 'dual'),
}
"""Vision encoders by family; "native" are Prismatic's own, all of them trained."""
ACTION_HEADS: Mapping[str, tuple[str, ...]] = {
    'pi0': ('string', 'bins', 'flow'),
    'openvla': ('string', 'bins'),
}
HEAD_FORMATS: Mapping[str, tuple[str, ...]] = {
    'string': ACTION_FORMATS,
    'bins': (BINS_FORMAT,),
    'flow': ('',),
}
"""Formats in which an action head may write its actions; the flow head writes none."""


_MAY_BE_ZERO = ('num_registers', 'bins_end', 'tied_embedding')

PRISMATIC_QUESTION = 'In: {question}\nOut:'
"""Prismatic's question, and the default of an openvla config.json without question_template."""


class ConfigError(ValueError):
    """The configuration describes no supported system; the message names the wrong field."""


@dataclass(frozen=True)
class VLAConfig:
    """The contents of a checkpoint's config.json.

    Attributes:
        name: Name of the checkpoint, as in its model card.
        size: Name of the set of dimensions ("tiny", "full").
        trained: Whether the weights were trained to act on robot data.
        dimensions: Sizes of the network's parts.
        family: "pi0" (PaliGemma: SigLIP and Gemma) or "openvla" (Prismatic: DINOv2, SigLIP and
            Llama).
        encoders: "single" (pi0) or "native" (openvla): every vision encoder is trained. "dual":
            one is frozen, one trained, and their features are concatenated along channels.
        frozen_encoder: Frozen encoder of a dual one: "siglip" or "dino". If the model has only
            one encoder, a copy of it is frozen. Empty: none is frozen.
        shared_blocks: Number of leading blocks that the trained copy of a single encoder shares
            with the frozen one. These blocks are frozen too. Less than its depth (openvla).
        action_head: "string" (the language head prints digits), "bins" (256 values, each a token)
            or "flow" (an action expert; pi0 only).
        action_format: Format of the head's actions: "fixed4", "paper" or "int1000" (string),
            "bins256" (bins), empty (flow).
        motion: Form in which the head writes the motions of a chunk: "step" or "mean"; see
            ActionNormalizer.
        prefix_lm: True: image and prompt attend to each other in both directions, and the answer
            is causal (PaliGemma). False: causal everywhere (Prismatic; the paper's authors for
            both).
        vision_language_share: Share of vision-language data in each training batch; the rest is
            robot data. In [0, 1).
        instruction_augmentation: Whether training paraphrases the instructions.
        begun_share: Share of the training chunks that began with given actions. In [0, 1]. 0: the
            model was not trained to continue from committed actions, and does not do so.
        base: Name of the pretrained weights that it started from. Empty: random weights.
        horizon: Number of control steps per chunk H.
        action_dim: Number of values per action A; 7.
        control_rate_hz: Control steps per second of the robot [Hz].
        num_cameras: Number of images per observation.
        proprio_dim: Number of values of the robot's state in the prompt, after the instruction.
            0: none.
        dataset: Key in dataset_statistics.json of the bounds that un-normalise the actions.
        prompt_template: Prompt for an instruction, with {instruction} in it. Must not end with a
            space.
        question_template: Prompt for a question about images, with {question} in it. Must not end
            with a space.
        lower_case_questions: Whether questions and answers are in lower case, as in training.
        answer_prefix: Text between the prompt and the action or answer: "" or " ".
        resize: Filter that resizes an image to the model's square; see resize_image().
        center_crop: Share of the area of a robot's image that the model sees, around its centre;
            below 1 if training cropped at random. In (0, 1].
        aspect: Treatment of a robot's image whose aspect ratio is not aspect_ratio: "squash" (it
            is distorted), "crop" (to that ratio), "letterbox" (padded to it with its edge pixels)
            or "keep_height" (a wider image is cropped at the sides, a narrower one padded there).
        aspect_ratio: Width over height of the robot's images in the training data, as its camera
            took them. 0: unknown, or several; all images are squashed.
    """

    name: str
    size: str
    trained: bool
    dimensions: Dimensions
    family: str = 'pi0'
    encoders: str = 'single'
    frozen_encoder: str = ''
    shared_blocks: int = 0
    action_head: str = 'string'
    action_format: str = 'fixed4'
    motion: str = 'step'
    prefix_lm: bool = True
    vision_language_share: float = 0.0
    instruction_augmentation: bool = False
    begun_share: float = 0.0
    base: str = ''
    horizon: int = 1
    action_dim: int = ACTION_DIM
    control_rate_hz: float = 5.0
    num_cameras: int = 1
    proprio_dim: int = 0
    dataset: str = 'bridge_orig'
    prompt_template: str = 'What action should the robot take to {instruction}?\n'
    question_template: str = '{question}\n'
    lower_case_questions: bool = False
    answer_prefix: str = ''
    resize: str = 'area'
    center_crop: float = 1.0
    aspect: str = 'squash'
    aspect_ratio: float = 0.0

    def __post_init__(self) -> None:
        """Reject what no code here can run."""
        self._check_switches()
        if not (math.isfinite(self.control_rate_hz) and self.control_rate_hz > 0.0):
            raise ConfigError(f'control_rate_hz must be above 0, got {self.control_rate_hz}')
        if not 0.0 <= self.vision_language_share < 1.0:
            raise ConfigError(
                f'vision_language_share must lie in [0, 1), got {self.vision_language_share}'
            )
        if not 0.0 <= self.begun_share <= 1.0:
            raise ConfigError(f'begun_share must lie in [0, 1], got {self.begun_share}')
        if self.begun_share and (self.action_head == 'flow' or self.horizon == 1):
            raise ConfigError(
                f'begun_share is {self.begun_share}, but only a language head that writes several '
                f'actions can continue from given ones; this is a {self.action_head} head with '
                f'horizon {self.horizon}'
            )
        if not 0.0 < self.center_crop <= 1.0:
            raise ConfigError(f'center_crop must lie in (0, 1], got {self.center_crop}')
        if not (math.isfinite(self.aspect_ratio) and self.aspect_ratio >= 0.0):
            raise ConfigError(
                f'aspect_ratio must be width over height, or 0, got {self.aspect_ratio}'
            )
        for key in ('horizon', 'num_cameras'):
            if getattr(self, key) < 1:
                raise ConfigError(f'{key} must be at least 1, got {getattr(self, key)}')
        if self.proprio_dim < 0:
            raise ConfigError(f'proprio_dim must be at least 0, got {self.proprio_dim}')
        if not self.name:
            raise ConfigError('name must not be empty')
        self._check_prompt()
        self._check_dimensions()

    def _check_switches(self) -> None:
        _check_choice('family', self.family, FAMILIES)
        of_family = f' (family {self.family})'
        _check_choice('encoders', self.encoders, ENCODERS[self.family], of_family)
        frozen = tuple(self.dimensions.towers) if self.encoders == 'dual' else ('',)
        _check_choice('frozen_encoder', self.frozen_encoder, frozen, f' ({self.encoders} encoder)')
        _check_choice('action_head', self.action_head, ACTION_HEADS[self.family], of_family)
        formats = HEAD_FORMATS[self.action_head]
        _check_choice('action_format', self.action_format, formats, f' ({self.action_head} head)')
        _check_choice('motion', self.motion, MOTIONS)
        masks = (True, False) if self.family == 'pi0' else (False,)
        _check_choice('prefix_lm', self.prefix_lm, masks, of_family)
        _check_choice('action_dim', self.action_dim, (ACTION_DIM,))
        _check_choice('answer_prefix', self.answer_prefix, ('', ' '))
        _check_choice('resize', self.resize, RESIZES)
        _check_choice('aspect', self.aspect, ASPECTS)

    def _check_prompt(self) -> None:
        asked = {'prompt_template': '{instruction}', 'question_template': '{question}'}
        for key, slot in asked.items():
            template = getattr(self, key)
            if template.count(slot) != 1 or template.count('{') != 1:
                raise ConfigError(f'{key} must contain {slot} once, got {template!r}')
            if template.endswith(' '):
                raise ConfigError(
                    f'{key} ends with a space ({template!r}); most tokenizers merge it with the '
                    'answer, so put it into answer_prefix'
                )

    def _check_dimensions(self) -> None:
        dimensions = self.dimensions
        for key, value in _numbers(dataclasses.asdict(dimensions), 'dimensions.'):
            if not value > 0 and key.rpartition('.')[2] not in _MAY_BE_ZERO:
                raise ConfigError(f'{key} must be above 0, got {value}')
        needed = 'dino' if self.family == 'openvla' else 'siglip'
        if needed not in dimensions.towers:
            raise ConfigError(
                f'dimensions.{needed} is missing; family {self.family} needs that tower'
            )
        if self.family == 'pi0' and dimensions.dino is not None:
            raise ConfigError('dimensions.dino is set, but family pi0 has only a SigLIP tower')
        for name, tower in dimensions.towers.items():
            self._check_tower(name, tower)
        self._check_shared_blocks()
        if self.action_head == 'flow' and dimensions.expert is None:
            raise ConfigError('dimensions.expert is missing; the flow head needs an action expert')
        text = dimensions.text
        if text.kept_layers and len(text.kept_layers) != text.depth:
            raise ConfigError(
                f'dimensions.text.kept_layers names {len(text.kept_layers)} blocks, but '
                f'dimensions.text.depth is {text.depth}'
            )
        if text.num_heads % text.num_kv_heads:
            raise ConfigError(
                f'dimensions.text.num_kv_heads {text.num_kv_heads} does not divide '
                f'dimensions.text.num_heads {text.num_heads}'
            )
        if self.action_head == 'bins' and not 256 <= dimensions.bins_end <= text.vocabulary_size:
            raise ConfigError(
                f'dimensions.bins_end must lie in [256, {text.vocabulary_size}], got '
                f'{dimensions.bins_end}'
            )

    def _check_shared_blocks(self) -> None:
        towers = self.dimensions.towers
        is_copy = self.family == 'openvla' and self.encoders == 'dual' and len(towers) == 1
        most = towers['dino'].depth - 1 if is_copy else 0
        if not 0 <= self.shared_blocks <= most:
            raise ConfigError(
                f'shared_blocks must lie in [0, {most}], got {self.shared_blocks}; only the '
                'trained copy of a single encoder (openvla, dual) can share blocks with the '
                'frozen one'
            )

    def _check_tower(self, name: str, tower: VisionDimensions) -> None:
        where = f'dimensions.{name}'
        if tower.width % tower.num_heads:
            raise ConfigError(
                f'{where}.num_heads {tower.num_heads} does not divide {where}.width {tower.width}'
            )
        if name == 'dino' and tower.mlp_width % tower.width:
            raise ConfigError(
                f'{where}.mlp_width {tower.mlp_width} is not a multiple of {where}.width '
                f'{tower.width}'
            )
        other = next(iter(self.dimensions.towers.items()))
        if tower.patch_size != other[1].patch_size:
            raise ConfigError(
                f'dimensions.{other[0]}.patch_size {other[1].patch_size} and {where}.patch_size '
                f'{tower.patch_size} differ; the features of the towers are concatenated patch by '
                'patch'
            )
        if self.image_size % tower.patch_size:
            raise ConfigError(
                f'{where}.patch_size {tower.patch_size} does not divide dimensions.image_size '
                f'{self.image_size}'
            )

    @property
    def image_size(self) -> int:
        """Side of the square image that the vision towers read [px]."""
        return self.dimensions.image_size

    @property
    def picture_fit(self) -> PictureFit:
        """Conversion of an image to the model's square."""
        return PictureFit(
            self.image_size, self.resize, self.center_crop, self.aspect, self.aspect_ratio
        )

    @property
    def step_period_s(self) -> float:
        """Time between two control steps [s]."""
        return 1.0 / self.control_rate_hz

    @property
    def num_image_tokens(self) -> int:
        """Number of tokens that one observation's images take."""
        return self.num_cameras * self.dimensions.patches_per_image

    def prompt(self, instruction: str, state: str = '') -> str:
        """Return the prompt of an instruction, normalised as in training.

        Args:
            instruction: What the robot should do.
            state: Its state as StateText writes it; empty if the model reads none.
        """
        told = normalize_instruction(instruction)
        if state:
            told += f', State: {state}'
        return self.prompt_template.replace('{instruction}', told)

    def question(self, question: str) -> str:
        """Return the text before the answer to a question about images."""
        return self.question_template.replace('{question}', question)

    @property
    def prompt_tags(self) -> tuple[str, ...]:
        """The PROMPT_TAGS that occur in a prompt or a question."""
        templates = self.prompt_template + self.question_template
        return tuple(tag for tag in PROMPT_TAGS if tag in templates)

    def to_json(self) -> str:
        """Return the text of config.json."""
        return json.dumps(dataclasses.asdict(self), indent=2) + '\n'

    @classmethod
    def from_json(cls, text: str) -> VLAConfig:
        """Read the text of config.json.

        Raises:
            ConfigError: The text is not a JSON object, a key is unknown or missing, a value has
                the wrong type, or the system is not supported.
        """
        try:
            data = json.loads(text)
            if isinstance(data, dict) and data.get('family') == 'openvla':
                data.setdefault('question_template', PRISMATIC_QUESTION)
            return from_json_object(cls, data)
        except (json.JSONDecodeError, RecursionError) as error:
            raise ConfigError(f'not JSON: {error}') from error
        except MalformedJson as error:
            raise ConfigError(str(error)) from error


def _numbers(data: Mapping[str, Any], where: str) -> Iterator[tuple[str, float]]:
    """Yield the path and the value of every number."""
    for key, value in data.items():
        if isinstance(value, Mapping):
            yield from _numbers(value, f'{where}{key}.')
        elif value is not None and not isinstance(value, tuple):
            yield where + key, value


def _check_choice(key: str, value: object, supported: tuple[object, ...], why: str = '') -> None:
    if value not in supported:
        raise ConfigError(f'{key} is {value!r}; supported: {list(supported)}{why}')
