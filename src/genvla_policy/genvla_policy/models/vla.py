# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A vision-language-action model: images, a prompt and an answer, read as one sequence.

Shape suffixes: B samples, N images per sample, C channels, S image side, P image tokens per
image, I image tokens per sample, T text tokens, L tokens of a sequence, M past and new tokens,
D width of the language model, V vocabulary, H horizon, A action dimensions.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar, cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils import _pytree
from transformers import Cache, PreTrainedModel

from genvla_policy.models.batch import Batch
from genvla_policy.models.config import VLAConfig
from genvla_policy.models.encoders import DualEncoder
from genvla_policy.models.fused_trunk import FusedTrunk
from genvla_policy.models.pass_graphs import PassGraphs
from genvla_policy.models.slot_cache import SlotCache
from genvla_policy.models.token_tree import TokenTree, TreeBatch
from genvla_policy.models.unpadded import UNPADDED, RowLayout
from genvla_policy.text.tokenizer import TextTokenizer


@dataclass(frozen=True, eq=False)
class Loss:
    """The loss of a batch.

    Attributes:
        total: Value to differentiate: language plus flow.
        language: Mean cross-entropy over the target tokens; 0 without any.
        flow: Mean squared error of the velocities of recorded actions; 0 without a flow head or
            robot samples.
        language_sums_B: Summed cross-entropy of each sample, without a gradient.
        num_targets_B: Number of target tokens of each sample.
        num_correct_B: Number of target tokens of each sample that were the most probable.
    """

    total: Tensor
    language: Tensor
    flow: Tensor
    language_sums_B: Tensor
    num_targets_B: Tensor
    num_correct_B: Tensor

    @property
    def num_targets(self) -> int:
        """Number of target tokens."""
        return int(self.num_targets_B.sum())

    @property
    def num_correct(self) -> int:
        """Number of target tokens that were the most probable."""
        return int(self.num_correct_B.sum())


# FSDP2 searches an output for tensors, to gather weights before their gradient.
_pytree.register_dataclass(Loss)


@dataclass(frozen=True, eq=False)
class Sequences:
    """The input of the language model: one padded row per sample.

    Attributes:
        embeddings_BLD: Images and text.
        is_valid_BL: False at padding and at missing images.
        is_prefix_BL: Images and prompt.
        labels_BL: Token that the place before it must predict; IGNORED elsewhere.
        has_gaps: False if all padding is at the ends of rows.
    """

    embeddings_BLD: Tensor
    is_valid_BL: Tensor
    is_prefix_BL: Tensor
    labels_BL: Tensor
    has_gaps: bool = True


IGNORED = -100
_ATTENTION = ('sdpa', 'eager')


class VLA(nn.Module, ABC):
    """A language model that reads images and a prompt, and answers token by token.

    A family defines its encoders, projector and language model, the place of <bos> and the first
    position. Everything else is here: masks, layout, training loss and decoding.

    Attributes:
        config: Configuration of the model.
        bos_id: Token that every text begins with.
    """

    bos_before_images: ClassVar[bool]
    first_position: int

    def __init__(self, config: VLAConfig, tokenizer: TextTokenizer) -> None:
        """Store what every family needs; the family builds the networks.

        Raises:
            ValueError: The tokenizer has more tokens than the embedding has rows, or lacks a
                special token or a tag of the prompts.
        """
        super().__init__()
        num_rows = config.dimensions.text.vocabulary_size
        if tokenizer.vocabulary_size > num_rows:
            raise ValueError(
                f'the tokenizer has {tokenizer.vocabulary_size} tokens but '
                f'dimensions.text.vocabulary_size is {num_rows}'
            )
        missing = [tag for tag in config.prompt_tags if tag not in tokenizer.vocabulary]
        if missing:
            raise ValueError(
                f'the prompts of {config.name} contain {missing}, which the tokenizer lacks; add '
                'them with TextTokenizer.with_prompt_tags()'
            )
        self.config = config
        self.fused: FusedTrunk | None = None
        self.graphs: PassGraphs | None = None
        self.bos_id = tokenizer.special_id('bos')

    @property
    @abstractmethod
    def trunk(self) -> PreTrainedModel:
        """The language model of transformers, without its head."""

    @property
    def layers(self) -> nn.ModuleList:
        """The layers of the language model."""
        return cast(nn.ModuleList, self.trunk.layers)

    @property
    @abstractmethod
    def embedding(self) -> nn.Embedding:
        """The token embedding."""

    @property
    @abstractmethod
    def vision_towers(self) -> Mapping[str, nn.Module]:
        """The vision encoders by name, in the order of their features."""

    @property
    def frozen_tower(self) -> str:
        """Name of the vision encoder that training does not change; empty if there is none."""
        return next((m.frozen for m in self.modules() if isinstance(m, DualEncoder)), '')

    @property
    @abstractmethod
    def head_VD(self) -> Tensor:
        """The weight of the language head, one row per token."""

    @abstractmethod
    def image_features(self, pixels_NCSS: Tensor) -> Tensor:
        """Convert images in [-1, 1], float32, to (N, P, D) tokens of the language model."""

    @property
    def dtype(self) -> torch.dtype:
        """Number type of the weights."""
        return self.embedding.weight.dtype

    @property
    def device(self) -> torch.device:
        """Device of the weights."""
        return self.embedding.weight.device

    @property
    def num_parameters(self) -> int:
        """Number of weights."""
        return sum(parameter.numel() for parameter in self.parameters())

    @property
    def frozen_linears(self) -> list[str]:
        """Names of the linear layers that are not trained, and so get no adapters."""
        return [
            name
            for name, module in self.named_modules()
            if isinstance(module, nn.Linear) and not module.weight.requires_grad
        ]

    @property
    def new_parts(self) -> Mapping[str, nn.Module]:
        """Modules that are not pretrained, by name; they are trained in full beside adapters."""
        return {}

    @property
    def num_frozen(self) -> int:
        """Number of weights that training does not change."""
        return sum(p.numel() for p in self.parameters() if not p.requires_grad)

    def cast(self, device: torch.device | str, dtype: torch.dtype) -> VLA:
        """Move the model, and convert its weights to a number type, one at a time.

        Values that are computed rather than stored stay in float32, as upstream keeps them. In
        bfloat16, the rotary frequencies would be off by 0.4 rad at position 300.
        """
        for parameter in self.parameters():
            parameter.data = parameter.data.to(device, dtype)
        return self.to(device)

    # Answering observations.

    def fuse(self) -> None:
        """Make answers faster; the weights must not be trained or replaced after this.

        Parts that are not plain (with adapters, or quantised) are not changed.
        """
        self.fused = FusedTrunk.of(self.trunk)
        for module in self.modules():
            if isinstance(module, DualEncoder):
                module.fuse()

    @contextmanager
    def unfused(self) -> Iterator[None]:
        """Run transformers' own layers, without CUDA graphs, inside this context."""
        fused, graphs = self.fused, self.graphs
        pairs = {each: each.pair for each in self.modules() if isinstance(each, DualEncoder)}
        self.fused = self.graphs = None
        for encoder in pairs:
            encoder.pair = None
        try:
            yield
        finally:
            self.fused, self.graphs = fused, graphs
            for encoder, pair in pairs.items():
                encoder.pair = pair

    def new_cache(self, *, num_rows: int, num_slots: int) -> SlotCache:
        """Allocate memory for the keys and values of some texts that are read together.

        Raises:
            OutOfMemory: There is not enough memory.
        """
        return SlotCache(
            self.trunk.config,
            num_rows=num_rows,
            num_slots=num_slots,
            devices=self._layer_devices,
            dtype=self.dtype,
        )

    @property
    def _layer_devices(self) -> list[torch.device]:
        return [next(layer.parameters()).device for layer in self.layers]

    def prefill(
        self,
        pixels_BNCSS: Tensor,
        prompts: Sequence[Sequence[int]],
        cache: SlotCache,
        answers: Sequence[Sequence[int]] = (),
    ) -> Tensor:
        """Clear the cache; read the images, the prompts and the beginnings of answers.

        Args:
            pixels_BNCSS: One image per camera, float32 in [-1, 1].
            prompts: Tokens of each prompt, without <bos>.
            cache: Receives the keys and values.
            answers: Tokens that each answer begins with; if empty, no answer has begun. They are
                causal like the rest of the answer, even if a prompt is read in both directions.

        Returns:
            (B, D) final hidden states at the last of these tokens; they predict the next ones.

        Raises:
            CacheFull: The texts, or that many of them, do not fit into the cache.
        """
        cache.clear(len(prompts))
        begun = answers or [()] * len(prompts)
        texts = [[self.bos_id, *ids, *first] for ids, first in zip(prompts, begun, strict=True)]
        most = max(map(len, texts))
        padded = [[*ids, *([0] * (most - len(ids)))] for ids in texts]
        ids_BT = torch.tensor(padded, device=self.device)
        places_T = torch.arange(ids_BT.shape[1], device=self.device)
        is_token_BT, is_prompt_BT = (
            places_T < torch.tensor(lengths, device=self.device)[:, None]
            for lengths in (list(map(len, texts)), [1 + len(ids) for ids in prompts])
        )
        features_NPD = self.image_features(pixels_BNCSS.flatten(0, 1))
        features_BID = features_NPD.reshape(len(prompts), -1, features_NPD.shape[-1])
        is_image_BI = torch.ones(features_BID.shape[:2], dtype=torch.bool, device=self.device)
        is_valid_BL = self._join(is_image_BI, is_token_BT)
        hidden_BLD = self.hidden_states(
            Sequences(
                self._join(features_BID, self.embedding(ids_BT)),
                is_valid_BL,
                is_prefix_BL=self._join(is_image_BI, is_prompt_BT),
                labels_BL=torch.full_like(is_valid_BL, IGNORED, dtype=torch.long),
                has_gaps=False,
            ),
            cache,
        )
        num_read = [features_BID.shape[1] + len(ids) for ids in texts]
        cache.keep([range(number) for number in num_read])
        last_B = torch.tensor(num_read, device=self.device) - 1
        return hidden_BLD[torch.arange(len(prompts), device=self.device), last_B]

    def advance(self, trees: Sequence[TokenTree], cache: SlotCache) -> Tensor:
        """Read answer tokens in one pass, each after its ancestors and what is in the cache.

        Args:
            trees: One per row.
            cache: Receives the keys and values; keep() selects those that stay.

        Returns:
            (B, N, D) final hidden states; each predicts the token that follows.
        """
        batch = TreeBatch.collate(trees, self.device)
        if self.graphs is not None and (hidden_BND := self.graphs(batch, cache)) is not None:
            return hidden_BND
        return self._read(
            batch.token_ids_BN,
            cache.seen(batch.is_seen_BNN),
            cache.lengths_B[:, None] + batch.depths_BN,
            cache,
        )

    def capture_passes(self, on: bool) -> None:
        """Run passes as CUDA graphs from now on, if that is possible, or stop doing so."""
        is_alone = {self.device} == set(self._layer_devices)
        is_possible = self.device.type == 'cuda' and is_alone and self.fused is not None
        self.graphs = PassGraphs(self._read) if on and is_possible else None

    def _read(self, ids_BN: Tensor, mask_BNM: Tensor, places_BN: Tensor, cache: Cache) -> Tensor:
        positions_BN = places_BN + self.first_position
        return self._run(self.embedding(ids_BN), mask_BNM, positions_BN, cache)

    def output_rows(self, token_ids: Sequence[int]) -> Tensor:
        """Return the (len(token_ids), D) rows of the language head that score these tokens."""
        return self.head_VD[list(token_ids)]

    # Reading a training batch.

    def leave_out_padding(self) -> None:
        """Skip padding when whole sequences are read without a cache, as in training."""
        self.trunk.config._attn_implementation = UNPADDED

    def forward(self, batch: Batch) -> Loss:
        """Return the loss of a batch, and how many tokens the model predicts correctly.

        A sample without targets, or a batch without any, adds nothing to the language part. Every
        trained weight gets a gradient from every batch, even if only zeros, because DDP waits for
        all of them.
        """
        sequences = self.sequences(batch)
        return self._language_loss(self.hidden_states(sequences), sequences.labels_BL)

    def sequences(self, batch: Batch) -> Sequences:
        """Lay out a batch as the language model reads it."""
        is_image_BI = batch.has_image_BN.repeat_interleave(
            self.config.num_image_tokens // self.config.num_cameras, dim=1
        )
        features_BID = self._features_of_images(batch).reshape(*is_image_BI.shape, -1)
        ids_BT, is_target_BT = batch.token_ids_BT, batch.is_target_BT
        has_begun_BT = (is_target_BT | batch.is_given_BT).cumsum(1) > 0
        labels_BT = ids_BT.masked_fill(~is_target_BT, IGNORED)
        # <bos> replaces a hidden token: nowhere else does it follow a text.
        told_BT = ids_BT.masked_fill(batch.is_hidden_BT, self.bos_id)
        return Sequences(
            self._join(features_BID, self.embedding(told_BT)),
            self._join(is_image_BI, batch.is_token_BT),
            self._join(torch.ones_like(is_image_BI), ~has_begun_BT),
            self._join(torch.full_like(is_image_BI, IGNORED, dtype=torch.long), labels_BT),
            has_gaps=not batch.has_image_BN.all(),
        )

    def _features_of_images(self, batch: Batch) -> Tensor:
        """Encode the images that exist; return (B * N, P, D), with zeros for the others."""
        has_image_N = batch.has_image_BN.flatten()
        present = has_image_N.nonzero()[:, 0]
        if not len(present):
            # An image that no token attends to gives the towers a gradient of zeros.
            present = present.new_zeros(1)
        features_NPD = self.image_features(batch.pixels_BNCSS.flatten(0, 1)[present])
        if len(present) == len(has_image_N):
            return features_NPD
        absent_NPD = features_NPD.new_zeros(len(has_image_N), *features_NPD.shape[1:])
        return absent_NPD.index_copy(0, present, features_NPD)

    def hidden_states(self, sequences: Sequences, cache: Cache | None = None) -> Tensor:
        """Read whole sequences at once.

        Args:
            sequences: See sequences().
            cache: Receives the keys and values, if given.

        Returns:
            (B, L, D) final hidden states; those at padding have no meaning.
        """
        is_valid_BL = sequences.is_valid_BL
        positions_BL = (is_valid_BL.cumsum(1) - 1).clamp(min=0) + self.first_position
        mask_BLM = self._mask(sequences)
        if cache is None and self.trunk.config._attn_implementation == UNPADDED:
            mask = None if mask_BLM is None else mask_BLM[:, None]
            layout = RowLayout.of(is_valid_BL, mask)
            output = self.trunk(
                inputs_embeds=layout.join(sequences.embeddings_BLD),
                position_ids=layout.join(positions_BL),
                use_cache=False,
                is_causal=mask is None,
                layout=layout,
            )
            return layout.split(output.last_hidden_state)
        if mask_BLM is None:
            # Without a mask, transformers takes a repeated position for another text.
            positions_BL = torch.arange(is_valid_BL.shape[1], device=self.device)[None]
            positions_BL = (positions_BL + self.first_position).expand_as(is_valid_BL)
        return self._run(sequences.embeddings_BLD, mask_BLM, positions_BL, cache)

    def _mask(self, sequences: Sequences) -> Tensor | None:
        """Return the tokens that each token attends to, (B, L, L); None: all before it.

        Padding at the end of a row needs no mask, because only padding sees it.
        """
        is_valid_BL = sequences.is_valid_BL
        length = is_valid_BL.shape[1]
        is_eager = self.trunk.config._attn_implementation == 'eager'
        if not (self.config.prefix_lm or is_eager or sequences.has_gaps):
            return None
        mask_BLM = torch.ones(length, length, dtype=torch.bool, device=self.device).tril()[None]
        if self.config.prefix_lm:
            is_prefix_BL = sequences.is_prefix_BL
            mask_BLM = mask_BLM | (is_prefix_BL[:, :, None] & is_prefix_BL[:, None, :])
        mask_BLM = mask_BLM & is_valid_BL[:, None, :]
        # A row that sees nothing has no softmax, so padding sees itself.
        return mask_BLM | torch.eye(length, dtype=torch.bool, device=self.device)

    def _language_loss(self, hidden_BLD: Tensor, labels_BL: Tensor) -> Loss:
        is_asked_BL = labels_BL[:, 1:] != IGNORED
        targets, rows = labels_BL[:, 1:][is_asked_BL], is_asked_BL.nonzero()[:, 0]
        # Only the places with targets are multiplied with the head: it has up to 257,216 rows.
        logits = functional.linear(hidden_BLD[:, :-1][is_asked_BL], self.head_VD).float()
        losses = functional.cross_entropy(logits, targets, reduction='none')
        # Without a target, the loss is 0, but every weight still gets a gradient.
        nothing = (hidden_BLD.float().sum() + self.head_VD[:1].float().sum()) * 0.0
        language = losses.mean() if len(targets) else nothing
        sums_B, correct_B = (
            torch.zeros(len(hidden_BLD), device=self.device).index_add_(0, rows, each.float())
            for each in (losses.detach(), logits.argmax(-1) == targets)
        )
        return Loss(
            total=language,
            language=language,
            flow=torch.zeros_like(language),
            language_sums_B=sums_B,
            num_targets_B=is_asked_BL.sum(1),
            num_correct_B=correct_B.long(),
        )

    # Used by both.

    def _join(self, images: Tensor, text: Tensor) -> Tensor:
        """Join values of the images and of the text (from <bos>) in the family's order."""
        if self.bos_before_images:
            return torch.cat([text[:, :1], images, text[:, 1:]], dim=1)
        return torch.cat([images, text], dim=1)

    def _run(
        self,
        embeddings_BLD: Tensor,
        mask_BLM: Tensor | None,
        positions_BL: Tensor,
        cache: Cache | None,
    ) -> Tensor:
        """Run the language model; without a mask, every token sees all before it."""
        if self.fused is not None and cache is not None:
            return self.fused(embeddings_BLD, mask_BLM, positions_BL, cache)
        attention = self.trunk.config._attn_implementation
        if attention not in (*_ATTENTION, UNPADDED):
            raise ValueError(
                f'attention {attention!r} does not support the mask of images, prompt and answer; '
                f'choose one of {list(_ATTENTION)}'
            )
        mask = None if mask_BLM is None else mask_BLM[:, None]
        if mask is not None and attention == 'eager':
            # Eager attention adds the mask to the scores; sdpa uses it as it is.
            lowest = torch.finfo(embeddings_BLD.dtype).min
            mask = torch.zeros_like(mask, dtype=embeddings_BLD.dtype).masked_fill(~mask, lowest)
        output = self.trunk(
            inputs_embeds=embeddings_BLD,
            # transformers uses a mask of four dimensions as it is, and adds none of its own.
            attention_mask=mask,
            position_ids=positions_BL,
            past_key_values=cache,
            use_cache=cache is not None,
            # Without a mask, PaliGemma's Gemma would let every token see all others.
            is_causal=mask is None,
        )
        hidden_BLD: Tensor = output.last_hidden_state
        return hidden_BLD
