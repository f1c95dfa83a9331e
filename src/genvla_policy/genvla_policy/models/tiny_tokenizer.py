# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The tokenizer of the tiny checkpoints: Gemma's construction with a thousand tokens."""

from __future__ import annotations

from collections.abc import Iterator
import itertools
import json
import string
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, normalizers, pre_tokenizers
from tokenizers.models import BPE
from tokenizers.trainers import BpeTrainer

from genvla_policy.models.dimensions import TINY_VOCABULARY_SIZE
from genvla_policy.text.tokenizer import PROMPT_TAGS, TextTokenizer

SPECIAL_TOKENS = {'pad': '<pad>', 'eos': '<eos>', 'bos': '<bos>', 'image': '<image>'}

_VERBS = (
    'pick up', 'put', 'place', 'move', 'push', 'pull', 'lift', 'grasp', 'take', 'set down',
    'stack', 'open', 'close', 'turn', 'slide', 'drop', 'reach for', 'point at', 'hand over',
    'wipe',
)  # fmt: skip
_THINGS = (
    'carrot', 'eggplant', 'knife', 'corn', 'cloth', 'plate', 'cube', 'spoon', 'fork', 'bowl',
    'cup', 'mug', 'pot', 'pan', 'sponge', 'towel', 'drawer', 'basket', 'apple', 'banana',
    'orange', 'potato', 'tomato', 'lemon', 'bottle', 'can', 'box', 'table', 'robot',
    'gripper', 'arm', 'block',
)  # fmt: skip
_COLOURS = (
    'red', 'green', 'blue', 'yellow', 'orange', 'purple', 'pink', 'white', 'black', 'brown',
    'grey',
)  # fmt: skip
_PLACES = (
    'on', 'in', 'into', 'onto', 'near', 'next to', 'to the left of', 'to the right of',
    'behind', 'in front of', 'under', 'above', 'between', 'inside', 'away from', 'from',
)  # fmt: skip
_PHRASES = (
    'what action should the robot take to', 'what is this', 'what colour is the', 'where is the',
    'is there a', 'how many', 'are there in the picture', 'which object is', 'closest to the',
    'describe the image', 'a photo of', 'the answer is', 'yes', 'no', 'true', 'false', 'left',
    'right', 'top', 'bottom', 'one two three four five six seven eight nine ten',
    'caption', 'question', 'answer', 'In: Out:', 'What Where Which Is How Yes No The A',
)  # fmt: skip
_WORDS = (
    'image', 'object', 'person', 'people', 'man', 'woman', 'child', 'hand', 'holding',
    'standing', 'sitting', 'small', 'large', 'big', 'round', 'square', 'long', 'short',
    'wooden', 'metal', 'plastic', 'glass', 'paper', 'empty', 'full', 'first', 'second',
    'last', 'back', 'center', 'middle', 'corner', 'kitchen', 'counter', 'stove', 'sink',
    'fridge', 'shelf', 'door', 'window', 'wall', 'floor', 'animal', 'dog', 'cat', 'bird',
    'horse', 'car', 'bus', 'train', 'street', 'water', 'food', 'fruit', 'vegetable', 'color',
    'number', 'many', 'much', 'because', 'picture', 'photo', 'shows', 'there', 'their',
    'nothing', 'something', 'before', 'after', 'then', 'while', 'with', 'without', 'these',
    'those', 'this', 'that', 'what', 'when', 'who', 'why', 'does', 'did', 'can', 'could',
    'should', 'would', 'will', 'have', 'has', 'been', 'being',
)  # fmt: skip


def build_tiny_tokenizer(*, prompt_tags: bool = True) -> TextTokenizer:
    """Build the tokenizer, which is the same at every call.

    As in Gemma, spaces become U+2581 and belong to the word after them, every digit is a separate
    token, and a character outside the vocabulary is spelled in bytes.

    Args:
        prompt_tags: Add PROMPT_TAGS as the last tokens. Without them, the vocabulary has as many
            more pieces of words.
    """
    num_tags = len(PROMPT_TAGS) if prompt_tags else 0
    learned = _learn(TINY_VOCABULARY_SIZE - 256 - len(SPECIAL_TOKENS) - num_tags)
    vocabulary: dict[str, int] = {}
    pieces = sorted(learned['vocab'], key=learned['vocab'].__getitem__)
    bytes_ = [f'<0x{byte:02X}>' for byte in range(256)]
    for piece in itertools.chain(SPECIAL_TOKENS.values(), bytes_, pieces):
        vocabulary.setdefault(piece, len(vocabulary))
    merges = [(left, right) for left, right in learned['merges']]
    tokenizer = _with_pipeline(BPE(vocab=vocabulary, merges=merges, byte_fallback=True))
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace('\u2581', ' '), decoders.ByteFallback(), decoders.Fuse()]
    )
    tokenizer.add_special_tokens(
        [AddedToken(token, special=True, normalized=False) for token in SPECIAL_TOKENS.values()]
    )
    built = TextTokenizer(tokenizer, SPECIAL_TOKENS)
    return built.with_prompt_tags() if prompt_tags else built


def _learn(num_pieces: int) -> dict[str, Any]:
    tokenizer = _with_pipeline(BPE())
    trainer = BpeTrainer(
        vocab_size=num_pieces,
        initial_alphabet=[*string.printable[:95], '\n', '\u2581'],
        show_progress=False,
    )
    tokenizer.train_from_iterator(_corpus(), trainer)
    learned: dict[str, Any] = json.loads(tokenizer.to_str())['model']
    return learned


def _with_pipeline(model: BPE) -> Tokenizer:
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Replace(' ', '\u2581')
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            # So that a noun is the same token before a question mark and in an answer.
            pre_tokenizers.Split(Regex('[\n?.,]'), behavior='isolated'),
            pre_tokenizers.Split('\u2581', behavior='merged_with_next'),
        ]
    )
    return tokenizer


def _corpus() -> Iterator[str]:
    """Yield instructions, questions and answers like those that the policy will get."""
    yield from itertools.chain(_PHRASES, (f'{word} {word}' for word in _WORDS))
    for verb, thing, colour in itertools.product(_VERBS, _THINGS, _COLOURS):
        yield f'What action should the robot take to {verb} the {colour} {thing}?\n'
    for thing, place, other in itertools.product(_THINGS, _PLACES, _THINGS):
        yield f'put the {thing} {place} the {other}.'
        yield f'is the {thing} {place} the {other}? yes, it is, no.'
    for thing in _THINGS:
        yield f'{thing} {thing}s 0.0312 -0.1234 1.0000 0.5,-1.0,0.0,'
