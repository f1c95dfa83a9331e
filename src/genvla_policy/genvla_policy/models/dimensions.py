# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Sizes of a network's parts, for every size that has a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from genvla_policy.text.tokenizer import PROMPT_TAGS


@dataclass(frozen=True)
class VisionDimensions:
    """Sizes of a vision transformer.

    Attributes:
        width: Number of channels.
        depth: Number of transformer blocks that run. Prismatic uses the features of the
            second-to-last block, so its towers have one block less here than upstream.
        num_heads: Number of attention heads; divides width.
        mlp_width: Number of hidden channels of each block's MLP.
        patch_size: Side of a patch [px]; divides the image size.
        num_registers: Number of register tokens (DINOv2). 0 for SigLIP, and for DINOv2 without
            registers.
    """

    width: int
    depth: int
    num_heads: int
    mlp_width: int
    patch_size: int
    num_registers: int = 0


@dataclass(frozen=True)
class TextDimensions:
    """Sizes of a language model.

    Attributes:
        width: Number of channels.
        depth: Number of transformer blocks.
        num_heads: Number of query heads.
        num_kv_heads: Number of key and value heads; divides num_heads.
        head_dim: Number of channels of one head.
        mlp_width: Number of hidden channels of each block's MLP.
        vocabulary_size: Number of rows of the embedding; at least the tokenizer's size.
        context_length: Maximum number of tokens of images, prompt and answer together.
        norm_eps: Value that the RMS norms add to the mean square.
        rope_theta: Base of the rotary frequencies (openvla).
        tied_embedding: Whether the token embedding is also the language head (openvla; Gemma's
            always is).
        kept_layers: Indices of the pretrained model's blocks that are kept, in order. Empty: all.
    """

    width: int
    depth: int
    num_heads: int
    num_kv_heads: int
    head_dim: int
    mlp_width: int
    vocabulary_size: int
    context_length: int
    norm_eps: float = 1e-6
    rope_theta: float = 10_000.0
    tied_embedding: bool = False
    kept_layers: tuple[int, ...] = ()


@dataclass(frozen=True)
class ExpertDimensions:
    """Sizes of pi0's action expert; the others are those of the language model.

    Attributes:
        width: Number of channels.
        mlp_width: Number of hidden channels of each block's MLP.
        num_steps: Number of Euler steps from noise to actions.
    """

    width: int
    mlp_width: int
    num_steps: int = 10


@dataclass(frozen=True)
class Dimensions:
    """Sizes of a whole network.

    Attributes:
        image_size: Side of the square image that the vision towers read [px].
        text: The language model.
        siglip: The SigLIP tower; None if there is none (openvla).
        dino: The DINOv2 tower; None if there is none.
        expert: The action expert (pi0 with the flow head).
        bins_end: One more than the last token that stands for an action bin.
    """

    image_size: int
    text: TextDimensions
    siglip: VisionDimensions | None = None
    dino: VisionDimensions | None = None
    expert: ExpertDimensions | None = None
    bins_end: int = 0

    @property
    def towers(self) -> Mapping[str, VisionDimensions]:
        """The vision towers by name, in the order of their features."""
        both = {'dino': self.dino, 'siglip': self.siglip}
        return {name: tower for name, tower in both.items() if tower is not None}

    @property
    def patches_per_image(self) -> int:
        """Number of patches per image, which is the same for every tower."""
        tower = next(iter(self.towers.values()))
        return (self.image_size // tower.patch_size) ** 2


TINY_VOCABULARY_SIZE = 1024
"""Number of tokens of the tiny tokenizer; see tiny_tokenizer.py."""
_TINY_BINS_END = TINY_VOCABULARY_SIZE - len(PROMPT_TAGS)
"""As in Llama, the bins are the last ids before those of added tokens."""

_TINY_SIGLIP = VisionDimensions(width=192, depth=4, num_heads=4, mlp_width=768, patch_size=16)

DIMENSIONS: Mapping[tuple[str, str], Dimensions] = {
    ('pi0', 'tiny'): Dimensions(
        image_size=128,
        siglip=_TINY_SIGLIP,
        text=TextDimensions(
            width=192,
            depth=3,
            num_heads=4,
            num_kv_heads=1,
            head_dim=48,
            mlp_width=768,
            vocabulary_size=TINY_VOCABULARY_SIZE,
            context_length=1024,
        ),
        expert=ExpertDimensions(width=192, mlp_width=768),
        bins_end=_TINY_BINS_END,
    ),
    ('openvla', 'tiny'): Dimensions(
        image_size=128,
        siglip=_TINY_SIGLIP,
        dino=VisionDimensions(
            width=128, depth=4, num_heads=4, mlp_width=512, patch_size=16, num_registers=4
        ),
        text=TextDimensions(
            width=192,
            depth=3,
            num_heads=4,
            num_kv_heads=4,
            head_dim=48,
            mlp_width=512,
            vocabulary_size=TINY_VOCABULARY_SIZE,
            context_length=1024,
        ),
        bins_end=_TINY_BINS_END,
    ),
    # Source: config.json of HuggingFaceTB/SmolLM2-135M-Instruct and facebook/dinov2-small. Our
    # choices: images of 112 px, the towers' depth, and which of the 30 language layers are kept.
    ('openvla', 'small'): Dimensions(
        image_size=112,
        dino=VisionDimensions(width=384, depth=11, num_heads=6, mlp_width=1536, patch_size=14),
        text=TextDimensions(
            width=576,
            depth=20,
            num_heads=9,
            num_kv_heads=3,
            head_dim=64,
            mlp_width=1536,
            vocabulary_size=49_216,
            context_length=2048,
            norm_eps=1e-5,
            rope_theta=100_000.0,
            tied_embedding=True,
            kept_layers=(0, 1, 2, *range(8, 16), *range(20, 26), 27, 28, 29),
        ),
        bins_end=49_152,
    ),
    # Source: config.json of google/paligemma-3b-pt-224; the expert is openpi's gemma_300m.
    ('pi0', 'full'): Dimensions(
        image_size=224,
        siglip=VisionDimensions(width=1152, depth=27, num_heads=16, mlp_width=4304, patch_size=14),
        text=TextDimensions(
            width=2048,
            depth=18,
            num_heads=8,
            num_kv_heads=1,
            head_dim=256,
            mlp_width=16384,
            vocabulary_size=257216,
            context_length=8192,
        ),
        expert=ExpertDimensions(width=1024, mlp_width=4096),
        bins_end=257152,
    ),
    # Source: config.json of openvla/openvla-7b and the timm models that it names.
    ('openvla', 'full'): Dimensions(
        image_size=224,
        siglip=VisionDimensions(width=1152, depth=26, num_heads=16, mlp_width=4304, patch_size=14),
        dino=VisionDimensions(
            width=1024, depth=23, num_heads=16, mlp_width=4096, patch_size=14, num_registers=4
        ),
        text=TextDimensions(
            width=4096,
            depth=32,
            num_heads=32,
            num_kv_heads=32,
            head_dim=128,
            mlp_width=11008,
            vocabulary_size=32064,
            context_length=2048,
        ),
        bins_end=32000,
    ),
}
"""Dimensions by family and size."""

SIZES = ('tiny', 'small', 'full')
"""Only the family openvla has the size "small"."""
