# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Read VSR and POPE in their published formats.

Source of prompts, options and averages: TRI-ML/vlm-evaluation 7292fd6 and 11a1ba3,
vlm_eval/models/prismatic.py (get_true_false_chat_prompt_fn, get_vqa_chat_prompt_fn) and
vlm_eval/tasks/harnesses/{vsr,pope}.py; the paper's numbers come from that protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any

VSR_PROMPT = (
    'Based on the image, is this statement "True" or "False"? {caption}\n'
    'Respond with "True" or "False" directly.'
)
POPE_PROMPT = '{question}\nAnswer the question using a single word or phrase.'


class BadQuestions(ValueError):
    """A question file is invalid; the message gives place and reason."""


@dataclass(frozen=True)
class Question:
    """A question with two possible answers.

    Attributes:
        split: Part of the benchmark, with its own accuracy.
        number: Number in its split, from 0.
        image: File of the picture.
        text: Prompt to the model.
        options: The two answers, the positive one first.
        is_positive: Whether the positive answer is correct.
    """

    split: str
    number: int
    image: Path
    text: str
    options: tuple[str, str]
    is_positive: bool


def read_vsr(files: Sequence[Path], images: Path) -> list[Question]:
    """Read VSR's lines of JSON (image, caption, label 0 or 1), a split per file.

    Source: huggingface.co/datasets/cambridgeltl/vsr_zeroshot; the paper's split is its test.jsonl.

    Args:
        files: The downloaded files.
        images: Folder of the pictures.

    Raises:
        BadQuestions: A file or picture does not exist, a line is not JSON, lacks an entry, or has
            another label, or two files have the same name.
    """
    return _read(files, images, _vsr)


def read_pope(files: Sequence[Path], images: Path) -> list[Question]:
    """Read POPE's lines of JSON (image, text, label yes or no), a split per file.

    Source: github.com/RUCAIBox/POPE, output/coco/coco_pope_{random,popular,adversarial}.json.

    Args:
        files: The downloaded files.
        images: Folder of COCO's val2014 pictures.

    Raises:
        BadQuestions: As for read_vsr().
    """
    return _read(files, images, _pope)


def _vsr(row: dict[str, Any]) -> tuple[str, tuple[str, str], bool]:
    positive = {1: True, 0: False}[row['label']]
    return VSR_PROMPT.replace('{caption}', row['caption']), ('True', 'False'), positive


def _pope(row: dict[str, Any]) -> tuple[str, tuple[str, str], bool]:
    positive = {'yes': True, 'no': False}[row['label']]
    return POPE_PROMPT.replace('{question}', row['text']), ('Yes', 'No'), positive


def _read(
    files: Sequence[Path],
    images: Path,
    parse: Callable[[dict[str, Any]], tuple[str, tuple[str, str], bool]],
) -> list[Question]:
    found: list[Question] = []
    splits: dict[str, Path] = {}
    for file in files:
        if file.stem in splits:
            raise BadQuestions(
                f'{splits[file.stem]} and {file} would both be the split {file.stem!r}; pass each '
                'file once, and rename one of two different files'
            )
        splits[file.stem] = file
        for number, (where, row) in enumerate(_rows(file)):
            try:
                image = images / row['image']
                text, options, positive = parse(row)
            except (KeyError, TypeError) as error:
                raise BadQuestions(
                    f'{where} has no usable {error}: {row!r:.200}; check that the file is for '
                    'this benchmark'
                ) from error
            if not image.is_file():
                raise BadQuestions(
                    f'{where} is about {image}, which does not exist; check --images'
                )
            found.append(Question(file.stem, number, image, text, options, positive))
    return found


def _rows(file: Path) -> Iterator[tuple[str, Any]]:
    try:
        lines = file.read_text(encoding='utf-8').splitlines()
    except OSError as error:
        raise BadQuestions(f'{file} cannot be read: {error.strerror}') from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            where = f'{file}, line {number}'
            try:
                yield where, json.loads(line)
            except ValueError as error:
                raise BadQuestions(f'{where} is not JSON: {error}') from error


READERS: dict[str, Callable[[Sequence[Path], Path], list[Question]]] = {
    'vsr': read_vsr,
    'pope': read_pope,
}
"""Readers by the benchmark's name."""
