# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Exams on held-out data: losses, token accuracy, and how far decoded actions are off."""

from __future__ import annotations

from dataclasses import dataclass

from accelerate import Accelerator
import numpy as np
import torch
from torch import Tensor, nn

from genvla_policy.action_heads import build_action_head
from genvla_policy.action_text.normalization import ActionNormalizer
from genvla_policy.models.batch import Batch, Sample
from genvla_policy.models.vla import VLA
from genvla_training.data.robot_samples import chunk
from genvla_training.data.sources import Source
from genvla_training.training.config import TrainConfig
from genvla_training.training.metrics import Metrics
from genvla_training.training.run_data import RunData
from genvla_training.training.start_model import StartModel

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
    action_A: np.ndarray | None  # noqa: N815 - shape suffix


class Examiner:
    """Asks the same held-out questions in every exam; the processes share them."""

    def __init__(
        self, config: TrainConfig, start: StartModel, data: RunData, accelerator: Accelerator
    ) -> None:
        """Choose the questions, and read them."""
        self._start, self._accelerator = start, accelerator
        self._decodes = not config.fsdp
        self._datasets = [source.name for source in data.held_out]
        self._questions: list[Question] = []
        if config.validation.every_steps:
            for source in data.held_out:
                self._questions += self._choose(source, config, data)
        self._questions = self._questions[accelerator.process_index :: accelerator.num_processes]

    def _choose(self, source: Source, config: TrainConfig, data: RunData) -> list[Question]:
        rng = np.random.default_rng((config.data.seed, 5))
        places = [(i, t) for i, n in enumerate(source.lengths_E.tolist()) for t in range(n)]
        count = min(config.validation.num_samples, len(places))
        questions = []
        chosen = sorted(places[k] for k in rng.choice(len(places), count, replace=False))
        for item, step in chosen:
            read = source.read(item)
            sample = source.sample(read, step, rng)
            action_A = chunk(read, step, 1)[0] if source in data.held_out_robot else None
            questions.append(Question(sample, source.name, action_A))
        return questions

    @torch.inference_mode()
    def examine(self, model: nn.Module) -> dict[str, float]:
        """Return the answers' losses and errors by name; every process has to call it.

        Errors are of the first action of a chunk, decoded as the policy decodes: the mean distance
        of translations [mm], of rotations [deg], and how often the gripper is right.
        """
        metrics = Metrics(self._datasets, self._accelerator.device)
        config = self._start.config
        for first in range(0, len(self._questions), _BATCH):
            asked = self._questions[first : first + _BATCH]
            batch = Batch.collate(
                [question.sample for question in asked],
                num_cameras=config.num_cameras,
                horizon=config.horizon,
                action_dim=config.action_dim,
            )
            loss = model(batch.to(self._accelerator.device))
            metrics.add(loss, [question.dataset for question in asked])
        report = metrics.report(self._accelerator, 'held_out/')
        report = {k: v for k, v in report.items() if not k.endswith('/samples')}
        if self._decodes:
            report |= self._action_errors(self._accelerator.unwrap_model(model))
        return report

    def _action_errors(self, model: VLA) -> dict[str, float]:
        sums = {name: torch.zeros(4, device=self._accelerator.device) for name in self._datasets}
        for question in self._questions:
            if question.action_A is not None:
                decoded_A = self._decode(model, question)
                sums[question.dataset] += _errors(decoded_A, question.action_A).to(
                    self._accelerator.device
                )
        report = {}
        for name, each in sums.items():
            count, millimetres, degrees, gripper = self._accelerator.reduce(each, 'sum').tolist()
            if count:
                report[f'held_out/{name}/translation_error_mm'] = millimetres / count
                report[f'held_out/{name}/rotation_error_deg'] = degrees / count
                report[f'held_out/{name}/gripper_accuracy'] = gripper / count
        return report

    def _decode(self, model: VLA, question: Question) -> np.ndarray:
        config = self._start.config
        normalizer = ActionNormalizer.from_statistics(
            self._start.statistics, question.dataset, config.action_dim
        )
        head = build_action_head(model, self._start.tokenizer, normalizer.signed, seed=0)
        sample = question.sample
        end = sample.is_target.index(True) if any(sample.is_target) else len(sample.token_ids)
        pixels = sample.pixels_NCSS.to(self._accelerator.device)
        answer = head.answer(model.prefill(pixels, sample.token_ids[1:end]))
        action_A: np.ndarray = normalizer.unnormalize(answer.values)[0]
        return action_A


def _errors(decoded_A: np.ndarray, right_A: np.ndarray) -> Tensor:
    """One, distance [mm], rotation [deg], whether the gripper is right."""
    difference = decoded_A - right_A
    return torch.tensor(
        [
            1.0,
            1e3 * float(np.linalg.norm(difference[:3])),
            float(np.degrees(np.linalg.norm(difference[3:6]))),
            float((decoded_A[6] > 0.5) == (right_A[6] > 0.5)),
        ]
    )
