# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Answer questions about images, in the format of a checkpoint's vision-language data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
import torch
from torch import Tensor
from torch.nn import functional

from genvla_policy.checkpoint.folder import Checkpoint
from genvla_policy.checkpoint.loading import load_model
from genvla_policy.images.pixels import to_pixels
from genvla_policy.models.batch import Batch, Sample
from genvla_policy.models.slot_cache import SlotCache
from genvla_policy.models.token_tree import TokenTree
from genvla_policy.models.vla import VLA
from genvla_policy.text.turns import encode_turn


@dataclass(frozen=True)
class Likelihood:
    """The likelihood of an answer under a model.

    Attributes:
        log_prob: Natural logarithm of its probability [nats].
        is_greedy: Whether greedy decoding prints this answer.
    """

    log_prob: float
    is_greedy: bool


class Answerer:
    """Answers questions about images greedily, and scores given answers.

    Not thread safe: one call at a time.

    Attributes:
        config: Configuration of the model.
        model: The network, in evaluation mode.
    """

    def __init__(self, checkpoint: Checkpoint, model: VLA, *, lower_case: bool = False) -> None:
        """Assemble an answerer; see load().

        Args:
            checkpoint: Configuration and tokenizer of the model.
            model: The network with its weights.
            lower_case: Ask in lower case even if the checkpoint does not record that it was
                trained so (VLAConfig.lower_case_questions).
        """
        self.config = checkpoint.config
        self.model = model.eval().requires_grad_(False)
        self.model.fuse()
        self._tokenizer = checkpoint.tokenizer
        self._lower_case = lower_case or checkpoint.config.lower_case_questions
        self._cache: SlotCache | None = None

    @classmethod
    def load(
        cls,
        folder: Path | str,
        *,
        device: str = 'auto',
        dtype: str = 'auto',
        lower_case: bool = False,
    ) -> Answerer:
        """Load a checkpoint folder; arguments and errors are those of load_model()."""
        checkpoint, model = load_model(folder, device=device, dtype=dtype)
        return cls(checkpoint, model, lower_case=lower_case)

    @torch.inference_mode()
    def answer(
        self,
        images: Sequence[NDArray[np.uint8]],
        question: str,
        *,
        max_tokens: int = 128,
        until: Sequence[str] = (),
    ) -> str:
        """Print the most probable token again and again until the model ends its answer.

        Args:
            images: At least one, (H, W, 3) uint8 RGB. Images beyond the number of the model's
                cameras are dropped, as in training.
            question: The question.
            max_tokens: The answer is cut off after this many tokens.
            until: Texts that end the answer; they are not part of it.

        Raises:
            ValueError: There is no image, or the question does not fit the model's context.
            FloatingPointError: The model's numbers overflow in its dtype.
        """
        pixels_NCSS = self._pixels(images)
        prompt = self._tokenizer.encode(self.config.question(self._cased(question)))
        room = self._room(len(pixels_NCSS), len(prompt), max_tokens)
        cache = self._slots(len(pixels_NCSS), len(prompt) + room)
        hidden_D = self.model.prefill(pixels_NCSS[None], [prompt], cache)[0]
        printed: list[int] = []
        while len(printed) < room:
            token_id = self._most_probable(hidden_D)
            if token_id == self._tokenizer.special_id('eos'):
                break
            printed.append(token_id)
            if any(text in self._tokenizer.decode(printed) for text in until):
                break
            hidden_D = self.model.advance([TokenTree.chain([token_id])], cache)[0, 0]
            cache.keep([[0]])
        text = self._tokenizer.decode(printed)
        return text[: min([len(text), *(text.find(end) for end in until if end in text)])].strip()

    @torch.inference_mode()
    def likelihoods(
        self, images: Sequence[NDArray[np.uint8]], question: str, answers: Sequence[str]
    ) -> list[Likelihood]:
        """Return how likely each of some answers is as the beginning of the model's answer.

        Args:
            images: As in answer().
            question: The question.
            answers: Not blank; without the space that some models write before an answer.

        Raises:
            ValueError: There is no image, an answer is blank, there is no answer, or they do not
                fit the model's context.
        """
        pixels_NCSS = self._pixels(images).cpu()
        samples = [self._sample(pixels_NCSS, question, answer) for answer in answers]
        batch = Batch.collate(
            samples,
            num_cameras=self.config.num_cameras,
            horizon=self.config.horizon,
            action_dim=self.config.action_dim,
        )
        loss = self.model(batch.to(self.model.device))
        return [
            Likelihood(-float(nats), bool(correct == targets))
            for nats, correct, targets in zip(
                loss.language_sums_B, loss.num_correct_B, loss.num_targets_B, strict=True
            )
        ]

    def _sample(self, pixels_NCSS: Tensor, question: str, answer: str) -> Sample:
        if not answer.strip():
            raise ValueError('an answer is blank; give the text to score')
        asked_ids, answer_ids = encode_turn(
            self._tokenizer,
            self.config.question(self._cased(question)),
            self.config.answer_prefix + self._cased(answer),
        )
        self._room(len(pixels_NCSS), len(asked_ids) + len(answer_ids), 1)
        prompt = [self._tokenizer.special_id('bos'), *asked_ids]
        return Sample.of_answer(pixels_NCSS, prompt, answer_ids)

    def _pixels(self, images: Sequence[NDArray[np.uint8]]) -> Tensor:
        if not images:
            raise ValueError('a question needs an image, but none was given')
        fit = self.config.picture_fit
        seen = [fit.whole(image) for image in images[: self.config.num_cameras]]
        return to_pixels(np.stack(seen), self.model.device)

    def _cased(self, text: str) -> str:
        return text.lower() if self._lower_case else text

    def _room(self, num_images: int, num_tokens: int, wanted: int) -> int:
        """Return how many tokens may follow: at most `wanted`, and what the context has left."""
        config = self.config
        taken = self._num_image_tokens(num_images) + 1 + num_tokens
        left = config.dimensions.text.context_length - taken
        if left < 1:
            raise ValueError(
                f'the question and its images take {taken} tokens, but {config.name} has room '
                f'for {config.dimensions.text.context_length}; shorten the question'
            )
        return min(wanted, left)

    def _num_image_tokens(self, num_images: int) -> int:
        return num_images * self.config.num_image_tokens // self.config.num_cameras

    def _slots(self, num_images: int, num_tokens: int) -> SlotCache:
        num_slots = self._num_image_tokens(num_images) + 1 + num_tokens
        if self._cache is None or self._cache.num_slots < num_slots:
            self._cache = None
            self._cache = self.model.new_cache(num_rows=1, num_slots=num_slots)
        return self._cache

    def _most_probable(self, hidden_D: Tensor) -> int:
        scores_V = functional.linear(hidden_D, self.model.head_VD).float()
        if not bool(scores_V.isfinite().all()):
            raise FloatingPointError(
                f'the largest score of the next token is {scores_V.max()}: the numbers overflow '
                f'in {self.model.dtype}; load the checkpoint with another dtype (float32)'
            )
        return int(scores_V.argmax())
