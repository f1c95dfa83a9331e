# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Validation on held-out data: losses, token accuracy, and errors of decoded actions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
import logging
from typing import Any

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
from genvla_training.data.mixture import Source
from genvla_training.data.robot_samples import RobotSamples, chunk
from genvla_training.run.config import TrainConfig
from genvla_training.run.metrics import Metrics
from genvla_training.run.run_data import RunData
from genvla_training.run.start_model import StartModel

_LOG = logging.getLogger(__name__)

_BATCH = 16


@dataclass(frozen=True, eq=False)
class HeldOutSample:
    """A held-out sample, with its recorded action if it is robot data.

    Attributes:
        sample: Input and targets of the model.
        dataset: Name of its data set.
        action_A: (7,) in metres, radians and gripper opening; None for vision-language data.
    """

    sample: Sample
    dataset: str
    action_A: np.ndarray | None


_Place = tuple[Source, int, int]
"""A data set, an item of it, and a step of the item."""


class Validator:
    """Validates on the same held-out samples every time, distributed over the processes."""

    def __init__(
        self, config: TrainConfig, start: StartModel, data: RunData, accelerator: Accelerator
    ) -> None:
        """Choose and read the samples."""
        self._start, self._accelerator = start, accelerator
        self._decodes = not config.fsdp
        self._datasets = [source.name for source in data.held_out]
        sources = data.held_out if config.validation.every_steps else []
        places = [place for source in sources for place in _choose(source, config)]
        # Every process runs the same number of batches, some of them unused. With weights sharded
        # by FSDP2, a process with fewer batches would block the others.
        self._most = -(-len(places) // accelerator.num_processes)
        share = places[accelerator.process_index :: accelerator.num_processes]
        self._samples = list(_read(share, config))
        self._spare = self._samples[:1] or list(islice(_read(places, config), 1))
        if not self._spare:
            self._most = 0

    @torch.inference_mode()
    def validate(self, model: nn.Module) -> dict[str, float]:
        """Return losses and action errors by name; every process must call this.

        Errors are those of a chunk's first action, decoded as in the policy: the mean distance of
        translations [mm] and of rotations [deg], and the share of correct gripper states.
        """
        metrics = Metrics(self._datasets, self._accelerator.device)
        config = self._start.config
        for first in range(0, self._most, _BATCH):
            own = self._samples[first : first + _BATCH]
            batch = Batch.collate(
                [held_out.sample for held_out in own or self._spare],
                num_cameras=config.num_cameras,
                horizon=config.horizon,
                action_dim=config.action_dim,
            )
            loss = model(batch.to(self._accelerator.device))
            if own:
                metrics.add(loss, [held_out.dataset for held_out in own])
        report = metrics.report(self._accelerator, 'held_out/')
        report = {k: v for k, v in report.items() if not k.endswith('/samples')}
        if self._decodes:
            report |= self._action_errors(self._accelerator.unwrap_model(model))
        return report

    def _action_errors(self, model: VLA) -> dict[str, float]:
        report = {}
        for name in self._datasets:
            own = [s for s in self._samples if s.dataset == name and s.action_A is not None]
            sums = _errors(self._decode(model, name, own), own).to(self._accelerator.device)
            count, millimetres, degrees, gripper = self._accelerator.reduce(sums, 'sum').tolist()
            if count:
                report[f'held_out/{name}/translation_error_mm'] = millimetres / count
                report[f'held_out/{name}/rotation_error_deg'] = degrees / count
                report[f'held_out/{name}/gripper_accuracy'] = gripper / count
        return report

    def _decode(
        self, model: VLA, dataset: str, samples: Sequence[HeldOutSample]
    ) -> list[np.ndarray]:
        """Return the first action that the model decodes for each sample of a data set."""
        if not samples:
            return []
        normalizer = ActionNormalizer.from_statistics(
            self._start.statistics,
            dataset,
            self._start.config.action_dim,
            motion=self._start.config.motion,
        )
        prompts = [list(held_out.sample.prompt_ids[1:]) for held_out in samples]
        options = replace(
            ONE_CHOICE_A_PASS, max_batch=_BATCH, max_prompt_tokens=max(map(len, prompts))
        )
        head = build_action_head(model, self._start.tokenizer, normalizer.signed, options, seed=0)
        actions: list[np.ndarray] = []
        for first in range(0, len(samples), _BATCH):
            pixels = [s.sample.pixels_NCSS for s in samples[first : first + _BATCH]]
            # Frozen weights are bfloat16, the others float32.
            with self._accelerator.autocast():
                answers = head.answer(
                    torch.stack(pixels).to(self._accelerator.device),
                    prompts[first : first + _BATCH],
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


def _read(places: Sequence[_Place], config: TrainConfig) -> Iterator[HeldOutSample]:
    """Read held-out samples; bad ones are skipped or fatal, as in training.

    An item is read once for all its places, which must follow each other.
    """
    last: tuple[int, int] | None = None
    read: Any = None
    for source, item, step in places:
        try:
            if last != (id(source), item):
                read = source.read(item)
                last = id(source), item
            sample = source.sample(read, step, np.random.default_rng((config.data.seed, 6, item)))
            action_A = chunk(read, step, 1)[0] if isinstance(source, RobotSamples) else None
        except BadData as error:
            if not config.data.skip_bad:
                raise
            _LOG.warning('skipped in validation: %s', error)
            continue
        yield HeldOutSample(sample, source.name, action_A)


def _errors(decoded: Sequence[np.ndarray], samples: Sequence[HeldOutSample]) -> Tensor:
    """Return sums of: 1, distance [mm], rotation [deg], and 1 if the gripper is correct."""
    sums = torch.zeros(4)
    for decoded_A, held_out in zip(decoded, samples, strict=True):
        assert held_out.action_A is not None
        difference = decoded_A - held_out.action_A
        sums += torch.tensor(
            [
                1.0,
                1e3 * float(np.linalg.norm(difference[:3])),
                float(np.degrees(np.linalg.norm(difference[3:6]))),
                float((decoded_A[6] > 0.5) == (held_out.action_A[6] > 0.5)),
            ]
        )
    return sums
