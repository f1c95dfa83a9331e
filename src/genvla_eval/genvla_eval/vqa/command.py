# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
r"""Answer questions about images by comparing the likelihoods of two options: VSR and POPE.

    genvla eval vqa vsr --files test.jsonl --images coco --checkpoint MINE \
        --out runs/vqa/vsr
    genvla eval vqa pope --files coco_pope_*.json --images val2014 --checkpoint MINE \
        --out runs/vqa/pope

For TextVQA, GQA, VizWiz and a POPE with generated answers, use lmms-eval, see docs/vqa.md. The
same command resumes an interrupted run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
import hashlib
import json
import math
from pathlib import Path
import sys
from typing import Any, Literal

from tqdm import tqdm
import tyro

from genvla_command.command_line import ends_with_a_sentence, parse
from genvla_command.json_lines import append_lines, read_lines
from genvla_command.kept_settings import SettingsMismatch, keep_settings
from genvla_command.threads import use_threads
from genvla_command.versions import versions
from genvla_command.whole_folder import write_whole
from genvla_eval.picture_file import BadPicture, read_picture
from genvla_eval.vqa.benchmarks import READERS, BadQuestions, Question
from genvla_eval.vqa.scores import Scored, as_markdown, score
from genvla_policy.checkpoint.folder import CheckpointMismatch, checkpoint_sha256
from genvla_policy.inference.answerer import Answerer

ANSWERS = 'answers.jsonl'
_PACKAGES = ('numpy', 'scikit-learn', 'torch', 'transformers')


@dataclass(frozen=True)
class VqaOptions:
    """Benchmark to run, and the checkpoint to test."""

    benchmark: tyro.conf.Positional[Literal['vsr', 'pope']]
    """Name of the benchmark."""
    files: tuple[Path, ...]
    """Its question files, one per split."""
    images: Path
    """Folder of its images."""
    checkpoint: Path
    """Checkpoint folder."""
    out: Path
    """Folder to write, or the folder of a run to resume."""
    lower_case: bool = False
    """Ask in lower case, for a checkpoint trained with data.lower_case."""
    device: str = 'auto'
    """"cpu", "cuda", "cuda:1"; "auto": a GPU if there is one."""
    dtype: str = 'auto'
    """"float32", "bfloat16", "float16"; "auto": the best one for the device."""


@dataclass(frozen=True)
class _Settings:
    """Settings that must not change when a run resumes."""

    benchmark: str
    files_sha256: dict[str, str]
    checkpoint_sha256: str
    lower_case: bool
    dtype: str


def run(options: VqaOptions) -> dict[str, Any]:
    """Answer the missing questions, write summary.json and table.md, and return the summary.

    Raises:
        BadQuestions: The files are invalid.
        CheckpointMismatch: The folder does not hold a complete checkpoint.
        SettingsMismatch: The run was started with other settings.
    """
    questions = READERS[options.benchmark](options.files, options.images)
    if not questions:
        raise BadQuestions('the files contain no questions')
    settings = _Settings(
        options.benchmark,
        {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in options.files},
        checkpoint_sha256(options.checkpoint),
        options.lower_case,
        options.dtype,
    )
    keep_settings(options.out, settings)
    path = options.out / ANSWERS
    done = {(each.split, each.number) for each in read_lines(path, Scored)}
    left = [each for each in questions if (each.split, each.number) not in done]
    if left:
        use_threads(checkpoints=[options.checkpoint])
        answerer = Answerer.load(
            options.checkpoint,
            device=options.device,
            dtype=options.dtype,
            lower_case=options.lower_case,
        )
        for question in tqdm(left, total=len(questions), initial=len(done), unit='question'):
            append_lines(path, [ask(answerer, question)])
    scores = score(read_lines(path, Scored))
    summary = {
        'command': ' '.join(['genvla eval vqa', *sys.argv[1:]]),
        **asdict(settings),
        'versions': versions(_PACKAGES),
        'scores': [asdict(each) for each in scores],
    }
    write_whole(options.out / 'summary.json', json.dumps(summary, indent=2) + '\n')
    write_whole(options.out / 'table.md', as_markdown(scores))
    return summary


def ask(answerer: Answerer, question: Question) -> Scored:
    """Return the probability of the positive option relative to both.

    Raises:
        BadPicture: The picture cannot be decoded.
    """
    picture = read_picture(question.image)
    first, second = answerer.likelihoods([picture], question.text, question.options)
    positive = 1.0 / (1.0 + math.exp(min(second.log_prob - first.log_prob, 700.0)))
    return Scored(question.split, question.number, positive, question.is_positive)


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line."""
    options = parse(VqaOptions, args, module='genvla_eval.vqa', description=__doc__)
    with ends_with_a_sentence(
        BadPicture,
        BadQuestions,
        CheckpointMismatch,
        OSError,
        RuntimeError,
        SettingsMismatch,
        ValueError,
        if_stopped='run the same command again to resume',
    ):
        run(options)
        print((options.out / 'table.md').read_text(encoding='utf-8'))
