# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Action heads: each kind answers images and a prompt with normalised actions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray
import torch
from torch import Tensor

from genvla_policy.action_text.beginning import Beginning, beginning
from genvla_policy.action_text.bin_grammar import BinGrammar
from genvla_policy.action_text.formats import ActionTextError
from genvla_policy.action_text.grammar import TokenGrammar
from genvla_policy.decoding.decoded import Decoded
from genvla_policy.decoding.decoder import Decoder
from genvla_policy.decoding.draft import NO_DRAFT, Draft, draft_of
from genvla_policy.decoding.grammar_head import GrammarHead
from genvla_policy.decoding.options import DecodingOptions
from genvla_policy.decoding.pass_costs import measure_passes
from genvla_policy.decoding.plan import PassCosts, make_plan
from genvla_policy.decoding.token_by_token import Spelled, TokenByToken
from genvla_policy.models.answer_grammar import build_grammar
from genvla_policy.models.pi0_flow import Pi0Flow
from genvla_policy.models.vla import VLA
from genvla_policy.text.tokenizer import TextTokenizer


@dataclass(frozen=True, eq=False)
class Answer:
    """A chunk of normalised actions, or its first actions.

    Attributes:
        values: (H, A) float64 in [-1, 1], or in [0, 1] if the action is not signed (the gripper).
        text: Text that the language head printed. Empty if the head prints none.
        confidence: (H,) float64 in [0, 1], see ActionChunk; (0,) if the head has no measure.
        num_passes: Number of passes of the model after the prompt.
    """

    values: NDArray[np.float64]
    text: str
    confidence: NDArray[np.float64]
    num_passes: int


class ActionHead(Protocol):
    """Answers images and prompts.

    Attributes:
        max_tokens: Maximum number of tokens that an answer takes of the model's context.
    """

    @property
    def max_tokens(self) -> int:
        """Maximum number of tokens that an answer takes of the model's context."""

    def warm_up(self) -> None:
        """Measure the machine now, so that no answer has to."""

    def reseed(self, seed: int) -> None:
        """Restart the noise from a seed, if there is any."""

    def write(self, values_HA: NDArray[np.float64]) -> str:
        """Return the text of a chunk of normalised actions; empty if there is none."""

    def answer(
        self,
        pixels_BNCSS: Tensor,
        prompts: Sequence[Sequence[int]],
        drafts: Sequence[str] = (),
        *,
        committed: Sequence[NDArray[np.float64]] = (),
        watch: Callable[[Answer], None] | None = None,
    ) -> list[Answer]:
        """Answer images and prompts, one row each; see TextHead."""


class TextHead:
    """The language head: prints actions as digits or bins, under a grammar.

    Attributes:
        grammar: Grammar of what it can print.
        model: Network that prints it.
        is_plain: Set to print one token per pass, with layers that are not fused.
    """

    is_plain = False

    def __init__(
        self, model: VLA, grammar: TokenGrammar | BinGrammar, options: DecodingOptions
    ) -> None:
        """Reserve the cache; the machine is measured when first needed.

        Raises:
            OutOfMemory: There is not enough memory for the cache.
        """
        self.grammar = grammar
        self.model, self._options = model, options
        self._cache = model.new_cache(
            num_rows=options.max_batch,
            # The text, followed by the largest pass: candidates and a draft.
            num_slots=model.config.num_image_tokens
            + 1
            + options.max_prompt_tokens
            + grammar.max_tokens
            + options.max_pass_tokens
            + grammar.max_tokens,
        )
        self._costs: list[PassCosts] = []
        self._decoders: dict[int, Decoder] = {}

    @property
    def max_tokens(self) -> int:
        """Maximum number of tokens that an answer takes of the model's context."""
        return self.grammar.max_tokens

    @property
    def drafts(self) -> bool:
        """Whether drafts are read."""
        return self._options.drafts

    @torch.inference_mode()
    def warm_up(self) -> None:
        """Measure the cost of passes on this machine, for one row and for the maximum of rows."""
        options = self._options
        largest = options.max_pass_tokens + self.grammar.max_tokens * options.drafts
        self._costs = [
            options.pass_costs
            or measure_passes(self.model, self._cache, largest=largest, num_rows=num_rows)
            for num_rows in sorted({1, options.max_batch})
        ]
        self._decoders = {}
        for num_rows in range(1, options.max_batch + 1):
            self.decoder(num_rows)

    def decoder(self, num_rows: int) -> Decoder:
        """Return the decoder of `num_rows` rows; measure the machine if it was not measured."""
        if not self._costs:
            self.warm_up()
        if num_rows not in self._decoders:
            share = (num_rows - 1) / max(1, self._options.max_batch - 1)
            plan = make_plan(
                self.grammar.start,
                self._costs[0].towards(self._costs[-1], share),
                most_tokens=self._options.max_pass_tokens,
            )
            self._decoders[num_rows] = Decoder(self.model, self.grammar, plan)
        return self._decoders[num_rows]

    def reseed(self, seed: int) -> None:
        """Do nothing: the answers are greedy."""

    def write(self, values_HA: NDArray[np.float64]) -> str:
        """Return the text of a chunk of normalised actions."""
        return self.grammar.text_format.encode(values_HA)

    @torch.inference_mode()
    def answer(
        self,
        pixels_BNCSS: Tensor,
        prompts: Sequence[Sequence[int]],
        drafts: Sequence[str] = (),
        *,
        committed: Sequence[NDArray[np.float64]] = (),
        watch: Callable[[Answer], None] | None = None,
    ) -> list[Answer]:
        """Print the actions for rows of images and a prompt each.

        Args:
            pixels_BNCSS: One image per camera, float32 in [-1, 1].
            prompts: Tokens of each prompt, without <bos>.
            drafts: One guess at the text per row; '' for no guess. A guess changes how long the
                answer takes, not what it is.
            committed: Per row, (K, A) normalised actions that its answer begins with, fewer than
                the horizon; if empty, nothing is given.
            watch: Called once with the first row, up to the first action that was not given, as
                soon as that action is printed.

        Raises:
            ValueError: As many actions as the horizon are given, or one is not finite.
            FloatingPointError: The model's numbers overflow in its dtype.
            CacheFull: The prompts, or that many of them, do not fit into the cache.
        """
        nothing = np.empty((0, len(self.grammar.text_format.signed)))
        begun = [beginning(self.grammar, each) for each in committed or [nothing] * len(prompts)]
        watched = (
            None
            if watch is None
            else lambda first: watch(self._answer(first, horizon=begun[0].num_actions + 1))
        )
        printed: Sequence[Decoded]
        if self.is_plain:
            printed = self.spell(pixels_BNCSS, prompts, begun, watch=watched)
        else:
            printed = self.decode(pixels_BNCSS, prompts, begun, drafts=drafts, watch=watched)
        return [self._answer(decoded, horizon=self.model.config.horizon) for decoded in printed]

    @torch.inference_mode()
    def decode(
        self,
        pixels_BNCSS: Tensor,
        prompts: Sequence[Sequence[int]],
        begun: Sequence[Beginning] = (),
        *,
        drafts: Sequence[str] = (),
        watch: Callable[[Decoded], None] | None = None,
    ) -> list[Decoded]:
        """Print the tokens of each row in few passes; see answer()."""
        # Measuring passes overwrites the cache, so it comes before anything is read.
        decoder = self.decoder(len(prompts))
        hidden_BD = self._prefill(pixels_BNCSS, prompts, begun)
        guesses = [self._guess(text) for text in drafts]
        return decoder.decode(hidden_BD, self._cache, guesses, begun=begun, watch=watch)

    @torch.inference_mode()
    def spell(
        self,
        pixels_BNCSS: Tensor,
        prompts: Sequence[Sequence[int]],
        begun: Sequence[Beginning] = (),
        *,
        watch: Callable[[Decoded], None] | None = None,
        most_tokens: int | None = None,
    ) -> Sequence[Spelled]:
        """Print the tokens of each row one by one, with transformers' own layers.

        See TokenByToken.decode().
        """
        plain = TokenByToken(self.model, GrammarHead(self.model, self.grammar))
        with self.model.unfused():
            hidden_BD = self._prefill(pixels_BNCSS, prompts, begun)
            return plain.decode(
                hidden_BD, self._cache, begun=begun, watch=watch, most_tokens=most_tokens
            )

    def _prefill(
        self,
        pixels_BNCSS: Tensor,
        prompts: Sequence[Sequence[int]],
        begun: Sequence[Beginning],
    ) -> Tensor:
        answers = [each.token_ids for each in begun]
        return self.model.prefill(pixels_BNCSS, prompts, self._cache, answers)

    def _guess(self, text: str) -> Draft:
        if not text:
            return NO_DRAFT
        try:
            return draft_of(self.grammar.start, self.grammar.encode(text))
        except ActionTextError:
            # A tokenizer may split this text in a way that the grammar does not: guess nothing.
            return NO_DRAFT

    def _answer(self, decoded: Decoded, *, horizon: int) -> Answer:
        text_format = replace(self.grammar.text_format, horizon=horizon)
        confidence = decoded.confidence(horizon, len(text_format.signed))
        values = text_format.decode(decoded.text)
        return Answer(values, decoded.text, np.array(confidence), decoded.num_passes)


class FlowHead:
    """pi0's action expert: from noise to actions. It has no text and no confidence."""

    max_tokens = 0

    def __init__(
        self, model: Pi0Flow, signed: tuple[bool, ...], options: DecodingOptions, *, seed: int
    ) -> None:
        """Set the range of the actions, seed the noise and reserve the cache.

        Args:
            model: The network.
            signed: Per action dimension: True if its values lie in [-1, 1], False if in [0, 1].
            options: Memory settings.
            seed: Seed of the noise of all answers, in order.

        Raises:
            OutOfMemory: There is not enough memory for the cache.
        """
        self._model = model
        self._lower = np.where(signed, -1.0, 0.0)
        self._noise = torch.Generator().manual_seed(seed)
        num_read = model.config.num_image_tokens + 1 + options.max_prompt_tokens
        # The expert reads a state and the horizon's noisy actions.
        num_slots = num_read + 1 + model.config.horizon
        self._cache = model.new_cache(num_rows=1, num_slots=num_slots)

    def warm_up(self) -> None:
        """Do nothing: there is nothing to measure."""

    def reseed(self, seed: int) -> None:
        """Restart the noise from a seed."""
        self._noise.manual_seed(seed)

    def write(self, values_HA: NDArray[np.float64]) -> str:
        """Return an empty text: this head prints none."""
        return ''

    @torch.inference_mode()
    def answer(
        self,
        pixels_BNCSS: Tensor,
        prompts: Sequence[Sequence[int]],
        drafts: Sequence[str] = (),
        *,
        committed: Sequence[NDArray[np.float64]] = (),
        watch: Callable[[Answer], None] | None = None,
    ) -> list[Answer]:
        """Denoise the actions of each row in turn, and clip them to their range.

        All actions of a chunk are ready at once, so `watch` is never called.

        Raises:
            ValueError: Committed actions are given.
            FloatingPointError: The model's numbers overflow in its dtype.
            CacheFull: A prompt does not fit into the cache.
        """
        if any(map(len, committed)):
            raise ValueError(
                'a flow head denoises all actions of a chunk at once and cannot continue from '
                'given ones; use a checkpoint with a string or bins head, or commit no actions'
            )
        return [
            self._denoise(pixels_NCSS, prompt)
            for pixels_NCSS, prompt in zip(pixels_BNCSS, prompts, strict=True)
        ]

    def _denoise(self, pixels_NCSS: Tensor, prompt: Sequence[int]) -> Answer:
        config = self._model.config
        self._model.prefill(pixels_NCSS[None], [prompt], self._cache)
        noise_HA = torch.randn(config.horizon, config.action_dim, generator=self._noise)
        values = self._model.sample(self._cache, noise_HA).double().cpu().numpy()
        if not np.isfinite(values).all():
            raise FloatingPointError(
                f'the action expert returns {values.tolist()}: its numbers overflow in '
                f'{self._model.dtype}; load the checkpoint with another dtype (float32)'
            )
        answer = np.clip(values, self._lower, 1.0)
        return Answer(answer, '', np.empty(0), self._model.num_steps)


def build_action_head(
    model: VLA,
    tokenizer: TextTokenizer,
    signed: tuple[bool, ...],
    options: DecodingOptions,
    *,
    seed: int,
) -> ActionHead:
    """Return the head that a model's configuration names.

    Args:
        model: The network with its weights.
        tokenizer: Tokenizer of the model.
        signed: Per action dimension: True if its values lie in [-1, 1], False if in [0, 1].
        options: Memory and speed settings.
        seed: Seed of the flow head's noise.

    Raises:
        ValueError: The tokenizer cannot write the action format.
        OutOfMemory: There is not enough memory for the cache.
    """
    config = model.config
    if config.action_head == 'flow':
        return FlowHead(cast(Pi0Flow, model), signed, options, seed=seed)
    return TextHead(model, build_grammar(config, tokenizer, signed), options)
