# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Exams on held-out data: losses, token accuracy, and how far decoded actions are off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
import logging

from accelerate import Accelerator
import numpy as np
import torch
from torch import Tensor, nn

from genvla_policy.action_text.normalization import ActionNormalizer
from genvla_policy.decoding.options import ONE_CHOICE_A_PASS
from genvla_policy.inference.action_heads import build_action_head
from genvla_policy.models.batch import Batch, Sample
from genvla_policy.models.vla import VLA
from genvla_training.data.episode import BadData
from genvla_training.data.robot_samples import chunk
from genvla_training.data.sources import Source
from genvla_training.run.config import TrainConfig
from genvla_training.run.metrics import Metrics
from genvla_training.run.run_data import RunData
from genvla_training.run.start_model import StartModel

_LOG = logging.getLogger(__name__)

_BATCH = 16


@dataclass(frozen=True, eq=False)
class Question:
    """A held-out sample, and for robot data the action that is right.

    Attributes:
        sample: What is read.
        dataset: Name of its data set.
        action_A: (7,) in metres, radians and opening; None: no robot data.
    """

    sample: Sample
    dataset: str
    action_A: np.ndarray | None


_Place = tuple[Source, int, int]
"""A data set, an item of it and a step of that."""


class Examiner:
    """Asks the same held-out questions in every exam; the processes share them."""

    def __init__(
        self, config: TrainConfig, start: StartModel, data: RunData, accelerator: Accelerator
    ) -> None:
        """Choose the questions, and read them."""
        self._start, self._accelerator = start, accelerator
        self._decodes = not config.fsdp
        self._datasets = [source.name for source in data.held_out]
        sources = data.held_out if config.validation.every_steps else []
        places = [place for source in sources for place in _choose(source, config)]
        # Every process reads as many batches, some of them for nothing: one that had fewer would
        # leave the others waiting where weights are shared (FSDP2).
        self._most = -(-len(places) // accelerator.num_processes)
        share = places[accelerator.process_index :: accelerator.num_processes]
        self._questions = list(_read(share, config, data))
        self._spare = self._questions[:1] or list(islice(_read(places, config, data), 1))
        if not self._spare:
            self._most = 0

    @torch.inference_mode()
    def examine(self, model: nn.Module) -> dict[str, float]:
        """Return the answers' losses and errors by name; every process has to call it.

        Errors are of the first action of a chunk, decoded as the policy decodes: the mean distance
        of translations [mm], of rotations [deg], and how often the gripper is right.
        """
        metrics = Metrics(self._datasets, self._accelerator.device)
        config = self._start.config
        for first in range(0, self._most, _BATCH):
            asked = self._questions[first : first + _BATCH]
            batch = Batch.collate(
                [question.sample for question in asked or self._spare],
                num_cameras=config.num_cameras,
                horizon=config.horizon,
                action_dim=config.action_dim,
            )
            loss = model(batch.to(self._accelerator.device))
            if asked:
                metrics.add(loss, [question.dataset for question in asked])
        report = metrics.report(self._accelerator, 'held_out/')
        report = {k: v for k, v in report.items() if not k.endswith('/samples')}
        if self._decodes:
            report |= self._action_errors(self._accelerator.unwrap_model(model))
        return report

    def _action_errors(self, model: VLA) -> dict[str, float]:
        report = {}
        for name in self._datasets:
            asked = [q for q in self._questions if q.dataset == name and q.action_A is not None]
            sums = _errors(self._decode(model, name, asked), asked).to(self._accelerator.device)
            count, millimetres, degrees, gripper = self._accelerator.reduce(sums, 'sum').tolist()
            if count:
                report[f'held_out/{name}/translation_error_mm'] = millimetres / count
                report[f'held_out/{name}/rotation_error_deg'] = degrees / count
                report[f'held_out/{name}/gripper_accuracy'] = gripper / count
        return report

    def _decode(self, model: VLA, dataset: str, asked: Sequence[Question]) -> list[np.ndarray]:
        """Return the first action that the model answers to each question of a data set."""
        if not asked:
            return []
        normalizer = ActionNormalizer.from_statistics(
            self._start.statistics, dataset, self._start.config.action_dim
        )
        prompts = [_prompt_ids(question.sample) for question in asked]
        options = replace(
            ONE_CHOICE_A_PASS, max_batch=_BATCH, max_prompt_tokens=max(map(len, prompts))
        )
        head = build_action_head(model, self._start.tokenizer, normalizer.signed, options, seed=0)
        actions: list[np.ndarray] = []
        for first in range(0, len(asked), _BATCH):
            pixels = [q.sample.pixels_NCSS for q in asked[first : first + _BATCH]]
            answers = head.answer(
                torch.stack(pixels).to(self._accelerator.device), prompts[first : first + _BATCH]
            )
            actions += [normalizer.unnormalize(answer.values)[0] for answer in answers]
        return actions


def _choose(source: Source, config: TrainConfig) -> list[_Place]:
    ends_E = np.cumsum(source.lengths_E)
    total = int(ends_E[-1])
    rng = np.random.default_rng((config.data.seed, 5))
    count = min(config.validation.num_samples, total)
    chosen = np.sort(rng.choice(total, count, replace=False))
    items = np.searchsorted(ends_E, chosen, side='right')
    steps = chosen - (ends_E[items] - source.lengths_E[items])
    return [
        (source, item, step) for item, step in zip(items.tolist(), steps.tolist(), strict=True)
    ]


def _read(places: Sequence[_Place], config: TrainConfig, data: RunData) -> Iterator[Question]:
    """Read questions; what is bad is left out or fatal, as in training."""
    for source, item, step in places:
        try:
            read = source.read(item)
            sample = source.sample(read, step, np.random.default_rng((config.data.seed, 6, item)))
            action_A = chunk(read, step, 1)[0] if source in data.held_out_robot else None
        except BadData as error:
            if not config.data.skip_bad:
                raise
            _LOG.warning('left out of the exam: %s', error)
            continue
        yield Question(sample, source.name, action_A)


def _prompt_ids(sample: Sample) -> list[int]:
    """Return the tokens of the question, without <bos>."""
    end = sample.is_target.index(True) if any(sample.is_target) else len(sample.token_ids)
    return list(sample.token_ids[1:end])


def _errors(decoded: Sequence[np.ndarray], asked: Sequence[Question]) -> Tensor:
    """Return the sums of: one, distance [mm], rotation [deg], whether the gripper is right."""
    sums = torch.zeros(4)
    for decoded_A, question in zip(decoded, asked, strict=True):
        assert question.action_A is not None
        difference = decoded_A - question.action_A
        sums += torch.tensor(
            [
                1.0,
                1e3 * float(np.linalg.norm(difference[:3])),
                float(np.degrees(np.linalg.norm(difference[3:6]))),
                float((decoded_A[6] > 0.5) == (question.action_A[6] > 0.5)),
            ]
        )
    return sums
