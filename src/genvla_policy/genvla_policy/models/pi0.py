# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The pi0 family: PaliGemma (SigLIP and Gemma) from transformers' own classes.

Shape suffixes: N images, C channels, S image side, P image tokens per image, T tokens, D width of
the language model. There is no batch dimension: a policy answers one observation at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from transformers import DynamicCache, PaliGemmaConfig, PaliGemmaForConditionalGeneration

from genvla_policy.models.config import VLAConfig
from genvla_policy.tokenizer import TextTokenizer


@dataclass(frozen=True, eq=False)
class Prefill:
    """A model that has read the images and the prompt.

    Attributes:
        hidden_D: Final hidden state at the last prompt token; it predicts the first answer token.
        cache: Keys and values of everything read; grows with each advance.
    """

    hidden_D: Tensor  # noqa: N815 - shape suffix
    cache: DynamicCache


class Pi0(nn.Module):
    """PaliGemma that reads images and a prompt and prints an answer token by token.

    Layout: the image tokens of every camera in turn, <bos>, the prompt, then the answer. With
    prefix_lm all but the answer attend to each other both ways; the answer is causal. Positions
    count from 1 (PaliGemma). Token embeddings are scaled by sqrt(D) inside transformers' own
    embedding layer, and image features are not scaled at all.

    Attributes:
        paligemma: The transformers model; its parameters keep transformers' own names.
    """

    def __init__(self, config: VLAConfig, tokenizer: TextTokenizer) -> None:
        """Build the model with random weights.

        Raises:
            ValueError: The tokenizer has more tokens than the embedding has rows, or lacks a
                special token.
        """
        super().__init__()
        if tokenizer.vocabulary_size > config.text.vocabulary_size:
            raise ValueError(
                f'the tokenizer has {tokenizer.vocabulary_size} tokens but '
                f'text.vocabulary_size is {config.text.vocabulary_size}'
            )
        self._prefix_lm = config.prefix_lm
        self._bos_id = tokenizer.special_id('bos')
        self.paligemma = PaliGemmaForConditionalGeneration(paligemma_config(config, tokenizer))

    @property
    def weights(self) -> dict[str, Tensor]:
        """Every weight that a checkpoint holds, by transformers' name.

        The language head is left out: it is the token embedding (tied).
        """
        return {
            name: weight
            for name, weight in self.paligemma.state_dict().items()
            if name != 'lm_head.weight'
        }

    @property
    def dtype(self) -> torch.dtype:
        """Number type of the weights."""
        return self._embedding.weight.dtype

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self._embedding.weight.device

    def prefill(self, pixels_NCSS: Tensor, prompt_ids: Sequence[int]) -> Prefill:
        """Read the images and the prompt.

        Args:
            pixels_NCSS: One picture per camera, in [-1, 1].
            prompt_ids: Tokens of the prompt, without <bos>.
        """
        network = self.paligemma.model
        features_NPD = network.get_image_features(pixels_NCSS.to(self.dtype)).pooler_output
        ids_T = torch.tensor([self._bos_id, *prompt_ids], device=self.device)
        prompt_TD = self._embedding(ids_T)
        prefix_TD = torch.cat([features_NPD.flatten(0, 1), prompt_TD])
        cache = DynamicCache()
        hidden_TD = self._read(prefix_TD, cache, is_causal=not self._prefix_lm)
        return Prefill(hidden_TD[-1], cache)

    def advance(self, token_ids: Sequence[int], cache: DynamicCache) -> Tensor:
        """Read answer tokens, causally, in one pass.

        Returns:
            (D,) final hidden state at the last of them; it predicts the token that follows.
        """
        ids_T = torch.tensor(token_ids, device=self.device)
        embeddings_TD = self._embedding(ids_T)
        return self._read(embeddings_TD, cache, is_causal=True)[-1]

    def output_rows(self, token_ids: Sequence[int]) -> Tensor:
        """Return the (len(token_ids), D) rows of the language head that score these tokens."""
        return self._embedding.weight[list(token_ids)]

    @property
    def _embedding(self) -> nn.Embedding:
        """The token embedding, which is the language head as well (tied)."""
        return cast(nn.Embedding, self.paligemma.get_input_embeddings())

    def _read(self, embeddings_TD: Tensor, cache: DynamicCache, *, is_causal: bool) -> Tensor:
        num_past, num_new = cache.get_seq_length(), len(embeddings_TD)
        mask_TT = torch.ones(num_new, num_past + num_new, dtype=torch.bool, device=self.device)
        if is_causal:
            mask_TT = mask_TT.tril(num_past)
        positions_T = torch.arange(num_past + 1, num_past + num_new + 1, device=self.device)
        output = self.paligemma.model.language_model(
            inputs_embeds=embeddings_TD[None],
            # A mask of four dimensions is taken as it is, so transformers adds none of its own.
            attention_mask=mask_TT[None, None],
            position_ids=positions_T[None],
            past_key_values=cache,
            use_cache=True,
        )
        hidden_TD: Tensor = output.last_hidden_state[0]
        return hidden_TD


def paligemma_config(config: VLAConfig, tokenizer: TextTokenizer) -> PaliGemmaConfig:
    """Return transformers' configuration of the same model."""
    vision, text = config.vision, config.text
    return PaliGemmaConfig(
        vision_config={
            'model_type': 'siglip_vision_model',
            'hidden_size': vision.width,
            'num_hidden_layers': vision.depth,
            'num_attention_heads': vision.num_heads,
            'intermediate_size': vision.mlp_width,
            'image_size': config.image_size,
            'patch_size': vision.patch_size,
            'vision_use_head': False,
        },
        text_config={
            'model_type': 'gemma',
            'hidden_size': text.width,
            'num_hidden_layers': text.depth,
            'num_attention_heads': text.num_heads,
            'num_key_value_heads': text.num_kv_heads,
            'head_dim': text.head_dim,
            'intermediate_size': text.mlp_width,
            'vocab_size': text.vocabulary_size,
            'max_position_embeddings': text.context_length,
            # Gemma's 0.02 is about 1 / sqrt(2048): the same signal at every width.
            'initializer_range': text.width**-0.5,
        },
        projection_dim=text.width,
        hidden_size=text.width,
        vocab_size=text.vocabulary_size,
        image_token_index=tokenizer.special_id('image'),
        pad_token_id=tokenizer.special_id('pad'),
        bos_token_id=tokenizer.special_id('bos'),
        eos_token_id=tokenizer.special_id('eos'),
    )
