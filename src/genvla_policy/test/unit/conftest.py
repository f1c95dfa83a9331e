# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Tokenizers of different kinds, trained here, and a tiny checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import json
from pathlib import Path
import random

import pytest
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
import torch
from torch import Tensor
from transformers import PaliGemmaForConditionalGeneration

from genvla_policy.checkpoint.tiny import tiny_config, write_tiny_checkpoint
from genvla_policy.decoding.options import DecodingOptions
from genvla_policy.decoding.plan import PassCosts
from genvla_policy.inference.policy import Policy
from genvla_policy.models.pi0 import Pi0, paligemma_config
from genvla_policy.models.slot_cache import SlotCache
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_policy.models.token_tree import TokenTree
from genvla_policy.models.vla import VLA
from genvla_policy.text.tokenizer import TextTokenizer

SPECIAL_TOKENS = {'pad': '<pad>', 'eos': '</s>', 'bos': '<s>', 'image': '<image>'}
SPACE = '\u2581'


def action_corpus() -> list[str]:
    """Return texts whose statistics make punctuation merge: " -", ",-", ",", "0."."""
    sample = random.Random(0)
    numbers = [round(sample.uniform(-1, 1), 4) for _ in range(2000)]
    lines = [' '.join(f'{x:.4f}' for x in numbers[i : i + 7]) for i in range(0, 2000, 7)]
    lines += [','.join(str(x) for x in numbers[i : i + 7]) + ',' for i in range(0, 2000, 7)]
    lines += [' '.join(str(round(500 * (x + 1))) for x in numbers)]
    return [*lines, 'What action should the robot take to pick up the red carrot?\n'] * 3


def trained(tokenizer: Tokenizer, trainer: object) -> TextTokenizer:
    tokenizer.train_from_iterator(action_corpus(), trainer)
    return TextTokenizer(tokenizer, SPECIAL_TOKENS)


def byte_level_bpe() -> TextTokenizer:
    """Return a tokenizer like Qwen's: bytes as letters, digits separate, punctuation merged."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r'\p{N}|[^\p{N}]+'), behavior='isolated'),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=list(SPECIAL_TOKENS.values()),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    return trained(tokenizer, trainer)


def sentencepiece_bpe(unknown: str = '') -> TextTokenizer:
    """Return a tokenizer like Llama's: spaces as letters, one before the text, byte fallback."""
    learned = Tokenizer(models.BPE())
    learned.pre_tokenizer = pre_tokenizers.Split(Regex(r'[0-9]|[^0-9]+'), behavior='isolated')
    learned.normalizer = normalizers.Replace(' ', SPACE)
    trainer = trainers.BpeTrainer(vocab_size=200, show_progress=False)
    corpus = [line.translate({ord(char): None for char in unknown}) for line in action_corpus()]
    learned.train_from_iterator(corpus, trainer)
    model = json.loads(learned.to_str())['model']
    pieces = [*SPECIAL_TOKENS.values(), *(f'<0x{i:02X}>' for i in range(256)), *model['vocab']]
    vocabulary = {piece: i for i, piece in enumerate(pieces)}
    merges = [(left, right) for left, right in model['merges']]
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend(SPACE), normalizers.Replace(' ', SPACE)]
    )
    tokenizer.decoder = decoders.Sequence(
        [
            decoders.Replace(SPACE, ' '),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(' ', 1, 0),
        ]
    )
    tokenizer.add_special_tokens(list(SPECIAL_TOKENS.values()))
    return TextTokenizer(tokenizer, SPECIAL_TOKENS)


def grouped_digits_bpe() -> TextTokenizer:
    """Return a tokenizer like GPT-4's and Llama 3's: up to three digits make one token."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r'\p{N}{1,3}|[^\p{N}]+'), behavior='isolated'),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=380,
        special_tokens=list(SPECIAL_TOKENS.values()),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    return trained(tokenizer, trainer)


TOKENIZERS = {
    'tiny': build_tiny_tokenizer,
    'byte_level_bpe': byte_level_bpe,
    'sentencepiece_bpe': sentencepiece_bpe,
}


@pytest.fixture(scope='session', params=list(TOKENIZERS))
def tokenizer(request: pytest.FixtureRequest) -> TextTokenizer:
    """Return a tokenizer of each kind."""
    return TOKENIZERS[request.param]()


@pytest.fixture(scope='session')
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a tiny checkpoint with two actions per chunk."""
    folder = tmp_path_factory.mktemp('checkpoints') / 'tiny'
    write_tiny_checkpoint(folder, tiny_config(horizon=2), seed=0)
    return folder


@pytest.fixture(scope='session')
def given_plan() -> DecodingOptions:
    """Return options with fixed costs, so that no test depends on the machine's load."""
    return DecodingOptions(pass_costs=PassCosts((1, 128), (1.0, 2.0)))


@pytest.fixture(scope='session')
def tiny_policy(tiny_folder: Path, given_plan: DecodingOptions) -> Policy:
    return Policy.load(tiny_folder, device='cpu', decoding=given_plan)


@pytest.fixture
def edit_config(tiny_folder: Path, tmp_path: Path) -> Callable[..., Path]:
    """Return a function that copies the tiny checkpoint and edits keys of its config.json."""

    def edit(**changes: object) -> Path:
        folder = tmp_path / 'edited'
        folder.mkdir()
        for path in tiny_folder.iterdir():
            (folder / path.name).write_bytes(path.read_bytes())
        config = json.loads((folder / 'config.json').read_text()) | changes
        (folder / 'config.json').write_text(json.dumps(config))
        return folder

    return edit


@pytest.fixture(scope='session')
def with_language_head() -> Callable[..., PaliGemmaForConditionalGeneration]:
    """Return a function that wraps a Pi0's network, without a copy, in transformers' model."""

    def build(model: Pi0, tokenizer: TextTokenizer) -> PaliGemmaForConditionalGeneration:
        whole = PaliGemmaForConditionalGeneration(paligemma_config(model.config, tokenizer))
        whole.model = model.paligemma
        whole.lm_head.weight = model.embedding.weight
        return whole.eval()

    return build


@dataclass
class Reading:
    """One text that a model reads piece by piece.

    Attributes:
        model: The model.
        cache: Keys and values of what was read.
        hidden_D: Hidden state at the last token that was read.
    """

    model: VLA
    cache: SlotCache
    hidden_D: Tensor

    def go_on(self, token_ids: list[int]) -> Tensor:
        """Read tokens in one pass; return the hidden state at the last."""
        self.hidden_D = self.model.advance([TokenTree.chain(token_ids)], self.cache)[0, -1]
        self.cache.keep([range(len(token_ids))])
        return self.hidden_D


@pytest.fixture(scope='session')
def read_prompt() -> Callable[..., Reading]:
    """Return a function that reads one prompt and its images, and can continue."""

    def read(model: VLA, pixels_NCSS: Tensor, prompt_ids: list[int]) -> Reading:
        cache = model.new_cache(num_rows=1, num_slots=400)
        [hidden_D] = model.prefill(pixels_NCSS[None], [prompt_ids], cache)
        return Reading(model, cache, hidden_D)

    return read


@pytest.fixture(scope='session')
def our_logits(read_prompt: Callable[..., Reading]) -> Callable[..., Tensor]:
    """Return a function that reads a prompt and pieces of an answer, and scores the next token."""

    @torch.inference_mode()
    def logits(
        model: VLA, pixels_NCSS: Tensor, prompt_ids: list[int], pieces: list[list[int]]
    ) -> Tensor:
        read = read_prompt(model, pixels_NCSS, prompt_ids)
        hidden = [read.hidden_D, *(read.go_on(piece) for piece in pieces)]
        return torch.stack(hidden) @ model.head_VD.T

    return logits


@pytest.fixture(scope='session')
def grouped_digits_tokenizer() -> TextTokenizer:
    """Return a tokenizer that merges digits."""
    return grouped_digits_bpe()


@pytest.fixture(scope='session')
def tokenizer_without_seven() -> TextTokenizer:
    """Return a tokenizer that spells the digit 7 in bytes."""
    return sentencepiece_bpe(unknown='7')
