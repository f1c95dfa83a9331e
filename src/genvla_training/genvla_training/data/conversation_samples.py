# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Turn conversations into training samples: every answer turn is a target.

Shape suffixes: E blocks of conversations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
import torch

from genvla_policy.images.pixels import to_pixels
from genvla_policy.models.batch import Sample
from genvla_policy.models.config import VLAConfig
from genvla_policy.text.tokenizer import TextTokenizer
from genvla_policy.text.turns import encode_turn
from genvla_training.data.conversation import Conversation, VisionLanguageDataset
from genvla_training.data.episode import BadData


class ConversationSamples:
    """A source of conversations, in blocks.

    The conversations of a block stay encoded as in the file and are decoded one by one. Shuffling
    within a few blocks therefore reads a parquet file nearly from front to back.

    Attributes:
        name: Name of the data set.
        lengths_E: Number of conversations in each block.
    """

    def __init__(
        self,
        dataset: VisionLanguageDataset,
        indices: NDArray[np.int64],
        *,
        config: VLAConfig,
        tokenizer: TextTokenizer,
        max_tokens: int,
    ) -> None:
        """Choose the conversations and how to encode them.

        Args:
            dataset: The conversations.
            indices: Indices of the conversations to use, ascending.
            config: Configuration of the model.
            tokenizer: Tokenizer of the model.
            max_tokens: Maximum number of text tokens; a conversation ends before the first turn
                that does not fit.
        """
        self.name = dataset.name
        self._dataset, self._indices = dataset, indices
        starts = np.searchsorted(indices, dataset.block_starts_K)
        self._borders = np.append(np.unique(starts[starts < len(indices)]), len(indices))
        self.lengths_E: NDArray[np.int64] = np.diff(self._borders)
        self._config, self._tokenizer = config, tokenizer
        self._max_tokens = max_tokens
        self._bos_id, self._eos_id = tokenizer.special_id('bos'), tokenizer.special_id('eos')

    def read(self, item: int) -> list[Callable[[], Conversation]]:
        """Fetch one block.

        Raises:
            BadData: The block cannot be read.
        """
        first, end = self._borders[item : item + 2].tolist()
        return [self._dataset.fetch(index) for index in self._indices[first:end].tolist()]

    def sample(
        self, block: Sequence[Callable[[], Conversation]], step: int, rng: Generator
    ) -> Sample:
        """Return the sample of one conversation from a block that read() returned.

        The end of every answer is also a target. Pictures beyond the model's cameras are dropped.

        Raises:
            BadData: The conversation cannot be decoded, or its first turn exceeds max_tokens.
        """
        conversation = block[step]()
        token_ids, is_target = [self._bos_id], [False]
        config = self._config
        for number, turn in enumerate(conversation.turns):
            question, answer = turn.question, turn.answer
            if config.lower_case_questions:
                question, answer = question.lower(), answer.lower()
            question_ids, answer_ids = encode_turn(
                self._tokenizer, config.question(question), config.answer_prefix + answer
            )
            answer_ids.append(self._eos_id)
            if len(token_ids) + len(question_ids) + len(answer_ids) > self._max_tokens:
                if number == 0:
                    raise BadData(
                        f'{conversation.source}: its first question and answer need '
                        f'{len(question_ids) + len(answer_ids)} tokens, but the limit is '
                        f'{self._max_tokens}; raise max_text_tokens, or skip such conversations '
                        '(data.skip_bad)'
                    )
                break
            token_ids += question_ids + answer_ids
            is_target += [False] * len(question_ids) + [True] * len(answer_ids)
        images = conversation.images[: config.num_cameras]
        pixels = [to_pixels(config.picture_fit.whole(image)) for image in images]
        empty = torch.zeros(0, 3, config.image_size, config.image_size)
        return Sample(torch.stack(pixels) if pixels else empty, token_ids, is_target)
