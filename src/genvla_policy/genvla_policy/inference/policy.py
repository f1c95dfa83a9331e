# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A policy: an observation in, a chunk of actions out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
import logging
from pathlib import Path
import time

import numpy as np
from numpy.typing import NDArray
import torch
from torch import Tensor

from genvla_policy.action_chunk import ActionChunk
from genvla_policy.action_text.state_text import StateText
from genvla_policy.checkpoint.base import BaseMissing
from genvla_policy.checkpoint.folder import Checkpoint, CheckpointMismatch
from genvla_policy.checkpoint.loading import load_model
from genvla_policy.checkpoint.trained_on import trained_on
from genvla_policy.decoding.options import DecodingOptions
from genvla_policy.images.pixels import to_pixels
from genvla_policy.inference.action_heads import Answer, TextHead, build_action_head
from genvla_policy.inference.engine_check import check_engine
from genvla_policy.inference.text_score import TextScore, score_text
from genvla_policy.models.batch import Sample
from genvla_policy.models.config import VLAConfig
from genvla_policy.models.slot_cache import OutOfMemory
from genvla_policy.models.vla import VLA
from genvla_policy.observation import Observation
from genvla_policy.text.instruction import normalize_instruction

_LOG = logging.getLogger(__name__)
_DECODING = DecodingOptions()


class Policy:
    """A vision-language-action model with everything that turns its output into robot actions.

    Not thread safe: one call at a time.

    Attributes:
        config: Configuration of the model.
        model: The network, in evaluation mode, without gradients.
        head: Action head of the model.
        normalizer: Bounds of the actions.
        trained_on: Instructions that it was trained on; empty if its checkpoint lists none.
        decoding_report: One line on how fast and plain decoding compared during the warm-up; empty
            before the warm-up, or if the head prints no text.
        decoding_warning: The same line if the comparison switched something off; otherwise empty.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        model: VLA,
        *,
        decoding: DecodingOptions = _DECODING,
        seed: int = 0,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Assemble a policy; see load().

        Args:
            checkpoint: Configuration, tokenizer and action bounds of the model.
            model: The network with its weights.
            decoding: Memory and speed settings.
            seed: Seed of a flow head's noise; the other heads are greedy.
            clock: Clock that measures latency [s].

        Raises:
            ValueError: The tokenizer cannot write the action format, or the bounds of the state
                that the model reads are missing.
        """
        config = checkpoint.config
        self.config: VLAConfig = config
        self.model = model.eval().requires_grad_(False)
        self.model.fuse()
        self._clock = clock
        self._tokenizer = checkpoint.tokenizer
        self.normalizer = checkpoint.normalizer
        self.trained_on = trained_on(checkpoint.statistics, config.dataset)
        self._state_text = None
        if config.proprio_dim:
            self._state_text = StateText(checkpoint.statistics, config.dataset, config.proprio_dim)
        self.head = build_action_head(
            model, checkpoint.tokenizer, checkpoint.normalizer.signed, decoding, seed=seed
        )
        self._decoding = decoding
        self._last: ActionChunk | None = None
        self._noticed: set[str] = set()
        self.decoding_report = self.decoding_warning = ''

    @classmethod
    def load(
        cls,
        folder: Path | str,
        *,
        device: str = 'auto',
        dtype: str = 'auto',
        decoding: DecodingOptions = _DECODING,
        seed: int = 0,
        clock: Callable[[], float] = time.perf_counter,
    ) -> Policy:
        """Load a checkpoint folder; fetch the base of a difference if it is missing.

        Args:
            folder: Checkpoint folder; see checkpoint/folder.py.
            device: See load_model().
            dtype: See load_model().
            decoding: Memory and speed settings.
            seed: Seed of a flow head's noise; the other heads are greedy.
            clock: Clock that measures latency [s].

        Raises:
            CheckpointMismatch: The folder does not hold one complete, consistent model, or its
                base cannot be fetched.
            ValueError: The dtype or the devices are invalid; see load_model().
            RuntimeError: The device does not exist, or is out of memory.
        """
        try:
            checkpoint, model = load_model(folder, device=device, dtype=dtype)
        except BaseMissing as missing:
            _fetch(missing)
            checkpoint, model = load_model(folder, device=device, dtype=dtype)
        try:
            return cls(checkpoint, model, decoding=decoding, seed=seed, clock=clock)
        except ValueError as error:
            raise CheckpointMismatch(f'{checkpoint.folder}: {error}') from error

    def describe(self) -> str:
        """Return a one-line description for a log: what runs, and where."""
        config = self.config
        if config.trained:
            origin = 'trained'
        elif config.base:
            origin = f'weights of {config.base}, NOT TRAINED ON ROBOT DATA'
        else:
            origin = 'RANDOM WEIGHTS'
        return (
            f'{config.name} ({config.family}, {config.encoders} encoder, {config.action_head} '
            f'head, H={config.horizon} at {config.control_rate_hz:g} Hz, '
            f'{self.model.num_parameters / 1e6:.1f} M parameters, {origin}) on '
            f'{self.model.device}, {str(self.model.dtype).removeprefix("torch.")}'
        )

    @property
    def can_commit(self) -> bool:
        """Whether the policy was trained to continue from committed actions."""
        is_text = isinstance(self.head, TextHead)
        return is_text and self.config.begun_share > 0.0 and self.config.horizon > 1

    def check_instruction(self, instruction: str) -> None:
        """Reject an instruction that does not fit the model's context.

        Raises:
            ValueError: It is blank, too long (the message gives the limit), or contains a control
                token of the tokenizer.
        """
        self._prompt_ids(instruction, self._state_text.longest if self._state_text else '')

    def warm_up(self) -> None:
        """Measure the machine, compare fast decoding with plain, and answer the longest prompt.

        The first calls are slow, and a lack of memory shows here rather than while the arm moves.
        See engine_check.py for the comparison. After a difference that is not a tie, CUDA graphs
        are switched off. If that does not help, all fast decoding is switched off.

        Raises:
            OutOfMemory: The device does not have the memory that an answer takes.
        """
        state = (0.0,) * self.config.proprio_dim
        pictures = (_test_picture(self.config.image_size),) * self.config.num_cameras
        asked = Observation(pictures, 'warm up', 0.0, state)
        try:
            prints = isinstance(self.head, TextHead)
            self.model.capture_passes(self._decoding.cuda_graphs and prints)
            self.head.warm_up()
            if isinstance(self.head, TextHead):
                self._compare_with_plain(self.head, asked)
            prompt_ids = self._prompt_of(asked)
            longest = (prompt_ids * self._max_prompt_tokens)[: self._max_prompt_tokens]
            num_rows = self._decoding.max_batch
            self.head.answer(self._pixels([asked] * num_rows), [longest] * num_rows)
        except torch.OutOfMemoryError as error:
            raise OutOfMemory(
                f'{self.model.device} ran out of memory while the policy was warming up; load the '
                'checkpoint with a smaller dtype, lower max_prompt_tokens, max_batch or '
                f'max_pass_tokens, or free memory on the device: {error}'
            ) from error

    def _compare_with_plain(self, head: TextHead, asked: Observation) -> None:
        """Switch off what makes the text differ from plain decoding, and report the result."""
        pixels, prompts = self._pixels([asked]), [self._prompt_of(asked)]
        check, found = check_engine(head, pixels, prompts), ''
        if not check.is_right and self.model.graphs is not None:
            found = f'CUDA graphs are off, because with them {check}'
            self.model.capture_passes(False)
            head.warm_up()
            check = check_engine(head, pixels, prompts)
        head.is_plain = not check.is_right
        if head.is_plain:
            found = f'every token now takes a separate pass, which is slow, because {check}'
        self.decoding_warning, self.decoding_report = found, found or str(check)
        level = logging.WARNING if found else logging.INFO
        _LOG.log(level, '%s: %s', self.config.name, self.decoding_report)

    def restart(self, seed: int) -> None:
        """Forget earlier answers: from here on, the policy behaves as if just loaded.

        Args:
            seed: Seed of a flow head's noise; the other heads are greedy.
        """
        self._last = None
        self.head.reseed(seed)

    def infer(
        self,
        observation: Observation,
        *,
        committed: NDArray[np.float64] | None = None,
        watch: Callable[[ActionChunk], None] | None = None,
    ) -> ActionChunk:
        """Answer one observation.

        Args:
            observation: Images and an instruction.
            committed: (K, 7) actions that the robot will have executed or begun when the answer
                arrives. The answer begins with their motions, and the model decides the rest.
                Fewer than the horizon. The model reads values beyond its bounds clipped. None:
                there are none.
            watch: Called with the chunk up to its first action that is not committed, while the
                later ones are still being decoded. Not called if all actions are ready at once.

        Raises:
            ValueError: The number of images is not the model's number of cameras, the instruction
                is invalid, or the state that the model reads is missing. Or the committed actions
                are too many, are not finite, or are not supported by the head.
            FloatingPointError: The model's numbers overflow in its dtype.
        """
        started_s = self._clock()
        self._warn_of_aspect_ratios([observation])
        [answer] = self.head.answer(
            self._pixels([observation]),
            [self._prompt_of(observation)],
            self._drafts(observation),
            committed=[] if committed is None else [self.normalizer.normalize(committed)],
            watch=None
            if watch is None
            else lambda first: watch(self._chunk(first, observation, started_s, committed)),
        )
        self._last = self._chunk(answer, observation, started_s, committed)
        return self._last

    def infer_batch(self, observations: Sequence[Observation]) -> list[ActionChunk]:
        """Answer several observations at once: of several robots, or of one at several times.

        Earlier answers are not used as drafts, because they may come from other robots.

        Raises:
            ValueError: As infer(), or there are more observations than DecodingOptions.max_batch.
            FloatingPointError: As infer().
        """
        if not observations:
            return []
        started_s = self._clock()
        self._warn_of_aspect_ratios(observations)
        prompts = [self._prompt_of(each) for each in observations]
        answers = self.head.answer(self._pixels(observations), prompts)
        return [
            self._chunk(answer, observation, started_s)
            for answer, observation in zip(answers, observations, strict=True)
        ]

    def score(self, observation: Observation, actions: NDArray[np.float64]) -> TextScore | None:
        """Return how likely the policy finds given actions; None if its head prints no text.

        Args:
            observation: Images and an instruction.
            actions: (H, A) [m, rad]; clipped to the policy's range.

        Raises:
            ValueError: The actions are not finite or of another shape, or as infer().
        """
        if not isinstance(self.head, TextHead):
            return None
        grammar = self.head.grammar
        text = grammar.text_format.encode(self.normalizer.normalize(actions))
        prompt = [self._tokenizer.special_id('bos'), *self._prompt_of(observation)]
        asked = Sample(self._pixels([observation])[0], prompt, [False] * len(prompt))
        return score_text(self.model, grammar, asked, text)

    def _chunk(
        self,
        answer: Answer,
        observation: Observation,
        started_s: float,
        committed: NDArray[np.float64] | None = None,
    ) -> ActionChunk:
        return ActionChunk(
            actions=self.normalizer.unnormalize(answer.values, committed),
            step_period_s=self.config.step_period_s,
            text=answer.text,
            confidence=answer.confidence,
            inference_s=self._clock() - started_s,
            checkpoint=self.config.name,
            instruction=observation.instruction,
            stamp_s=observation.stamp_s,
            num_committed=0 if committed is None else len(committed),
        )

    def _drafts(self, observation: Observation) -> list[str]:
        """Guess that the arm continues as the last chunk planned, from the step that is due."""
        last = self._last
        if not self._decoding.drafts or last is None or not last.text:
            return []
        num_past = round((observation.stamp_s - last.stamp_s) / self.config.step_period_s)
        due = np.clip(np.arange(len(last)) + num_past, 0, len(last) - 1)
        return [self.head.write(self.normalizer.normalize(last.actions[due]))]

    def _prompt_of(self, observation: Observation) -> list[int]:
        state = self._state_text.write(observation.state) if self._state_text else ''
        return self._prompt_ids(observation.instruction, state)

    def _prompt_ids(self, instruction: str, state: str = '') -> list[int]:
        normalized = normalize_instruction(instruction)
        if not normalized:
            raise ValueError('the instruction is blank; describe what the robot should do')
        # Check both the original and the prompt's text: normalising may create a control token.
        written = f'{instruction} {normalized}'
        control = [text for text in self._tokenizer.special_texts if text in written]
        if control:
            raise ValueError(
                f'the instruction contains {", ".join(control)}, which this model reads as '
                'control tokens; remove them'
            )
        prompt_ids = self._tokenizer.encode(self.config.prompt(instruction, state))
        most = self._max_prompt_tokens
        if len(prompt_ids) > most:
            is_set = most == self._decoding.max_prompt_tokens
            remedy = 'shorten it, or raise max_prompt_tokens' if is_set else 'shorten it'
            raise ValueError(
                f'the instruction is too long: its prompt takes {len(prompt_ids)} tokens, but '
                f'there is room for {most}; {remedy}'
            )
        return prompt_ids

    @property
    def _max_prompt_tokens(self) -> int:
        """Maximum number of tokens in a prompt that the model's context and the cache allow."""
        config = self.config
        taken = config.num_image_tokens + self.head.max_tokens + 1
        room = config.dimensions.text.context_length - taken
        return min(room, self._decoding.max_prompt_tokens)

    def _warn_of_aspect_ratios(self, observations: Sequence[Observation]) -> None:
        """Log what happens to images of another aspect ratio, once for each size."""
        notice = self.config.picture_fit.notice
        found = {notice(image) for observation in observations for image in observation.images}
        for new in sorted(found - self._noticed - {''}):
            _LOG.warning('%s: %s', self.config.name, new)
        self._noticed |= found

    def _pixels(self, observations: Sequence[Observation]) -> Tensor:
        """Return the (B, N, 3, S, S) images in [-1, 1]."""
        for observation in observations:
            if len(observation.images) != self.config.num_cameras:
                raise ValueError(
                    f'the observation has {len(observation.images)} images, '
                    f'but {self.config.name} expects num_cameras = {self.config.num_cameras}'
                )
        fit = self.config.picture_fit
        pictures = np.stack(
            [
                np.stack([fit.robot(image) for image in observation.images])
                for observation in observations
            ]
        )
        return to_pixels(pictures, self.model.device)


def _test_picture(size: int) -> NDArray[np.uint8]:
    """Return an image with ramps and edges: a plain one may be answered with few numbers."""
    rows, columns = np.indices((size, size)) * 256 // size
    squares = (rows // 32 + columns // 32) % 2 * 255
    return np.stack([rows, columns, squares], axis=-1).astype(np.uint8)


def _fetch(missing: BaseMissing) -> None:
    """Fetch the base of a checkpoint.

    Raises:
        CheckpointMismatch: The base cannot be fetched.
    """
    # Imported here because a complete checkpoint needs no conversion.
    from genvla_policy.pretrained.bases import fetch_base
    from genvla_policy.pretrained.packaged import NotFetched

    try:
        fetch_base(missing.base.name)
    except (NotFetched, OSError) as error:
        raise CheckpointMismatch(f'{missing}; the automatic download failed: {error}') from error
