# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Parse questions and answers from the two conversation formats of the data sets.

LLaVA has a list of {from: human or gpt, value}. Chat templates have a list of {role: user or
assistant, content}, where content is a text or a list of {type: text or image, text, index}.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
import re
from typing import Any

from genvla_training.data.conversation import Turn
from genvla_training.data.episode import BadData

_PLACEHOLDER = '<image>'
_PLACEHOLDER_AND_SPACE = re.compile(rf'\s*{_PLACEHOLDER}\s*')
_ASKS = 'human', 'user'
_ANSWERS = 'gpt', 'assistant'
_SYSTEM = 'system'


def parse_turns(entries: object, *, num_images: int, source: str) -> tuple[Turn, ...]:
    """Return the questions and answers of a conversation, in order.

    The <image> placeholder and the white space around it are removed from the questions. A system
    entry at the beginning is ignored.

    Args:
        entries: The conversation, in either format.
        num_images: Number of pictures.
        source: File and entry, for messages.

    Raises:
        BadData: The format is unknown, a question has no answer or an answer no question, an
            answer is blank, or a question has a placeholder without a picture.
    """
    said = list(_said(entries, source))
    if said and said[0][0] == _SYSTEM:
        del said[0]
    if not said:
        raise BadData(f'{source}: the conversation is empty; exclude the entry')
    for number, (role, _) in enumerate(said):
        expected = _ANSWERS if number % 2 else _ASKS
        if role not in expected:
            raise BadData(
                f'{source}: part {number} of the conversation is by {role!r}, expected '
                f'{" or ".join(expected)}; each question needs one answer. Exclude the entry'
            )
    if len(said) % 2:
        raise BadData(
            f'{source}: the conversation ends with a question by {said[-1][0]!r}, expected an '
            'answer; exclude the entry'
        )
    pairs = zip(said[::2], said[1::2], strict=True)
    return tuple(
        Turn(_question(question, num_images, source), _answer(answer, source))
        for (_, question), (_, answer) in pairs
    )


def _question(text: str, num_images: int, source: str) -> str:
    if _PLACEHOLDER in text and not num_images:
        raise BadData(
            f'{source}: the question {text[:80]!r} is about an image, but the entry has none; '
            'exclude the entry'
        )
    return _PLACEHOLDER_AND_SPACE.sub(' ', text).strip() if _PLACEHOLDER in text else text


def _answer(text: str, source: str) -> str:
    if not text.strip():
        raise BadData(f'{source}: an answer is blank; exclude the entry')
    return text


def _said(entries: object, source: str) -> Iterator[tuple[str, str]]:
    """Yield role and text of each entry."""
    if not isinstance(entries, list):
        raise BadData(
            f'{source}: the conversation is {_kind(entries)}, expected a list of {{from, value}} '
            'or {role, content}'
        )
    for number, entry in enumerate(entries):
        match entry:
            case {'from': role, 'value': str(text)}:
                pass
            case {'role': role, 'content': str(text)}:
                pass
            case {'role': role, 'content': [*parts]}:
                text = '\n'.join(_texts(parts, source))
            case _:
                raise BadData(
                    f'{source}: part {number} of the conversation is {_kind(entry)}, expected '
                    '{from, value} or {role, content} with a text'
                )
        if role not in (*_ASKS, *_ANSWERS, _SYSTEM):
            raise BadData(
                f'{source}: part {number} of the conversation is by {role!r}, expected one of '
                f'{[*_ASKS, *_ANSWERS, _SYSTEM]}'
            )
        yield role, text


def _texts(parts: list[Any], source: str) -> Iterator[str]:
    for part in parts:
        match part:
            case {'type': 'text', 'text': str(text)}:
                yield text
            case {'type': 'image'}:
                pass
            case _:
                raise BadData(
                    f'{source}: content has {_kind(part)}, expected {{type: text, text}} or '
                    '{type: image}'
                )


def _kind(value: object) -> str:
    if isinstance(value, Mapping):
        return f'an entry with {dict.fromkeys(value)!r:.100}'
    return f'{value!r:.80}'
