# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A checkpoint as a model of lmms-eval: lmms_eval --model genvla --model_args pretrained=DIR."""

from __future__ import annotations

from collections.abc import Sequence
import os
from typing import Any

from lmms_eval.api.instance import Instance
from lmms_eval.api.model import lmms
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from genvla_policy.inference.answerer import Answerer

_MAX_NEW_TOKENS = 128


# lmms-eval has no types.
class GenvlaLmms(lmms):  # type: ignore[misc]
    """Answers questions about pictures, greedily.

    What lmms-eval passes for sampling (temperature, beams) is not followed: tasks that score a
    model ask for greedy answers.
    """

    def __init__(
        self,
        pretrained: str,
        device: str = 'auto',
        dtype: str = 'auto',
        lower_case: bool = False,
        batch_size: int | str = 1,
        **unknown: Any,
    ) -> None:
        """Load a checkpoint.

        Args:
            pretrained: Checkpoint folder.
            device: See load_model(); of several processes each takes its own GPU.
            dtype: See load_model().
            lower_case: Ask in lower case: for a checkpoint that was trained with data.lower_case.
            batch_size: 1; lmms-eval always passes one.
            unknown: Refused, but for what lmms-eval adds by itself.

        Raises:
            CheckpointMismatch: The folder holds no whole checkpoint.
            ValueError: An argument is unknown, or the batch size is not 1.
        """
        super().__init__()
        unknown.pop('max_batch_size', None)
        if unknown:
            raise ValueError(
                f'model_args has {sorted(unknown)[0]!r}; there are pretrained, device, dtype, '
                'lower_case'
            )
        if str(batch_size) not in ('1', 'auto'):
            raise ValueError(f'batch_size is {batch_size}, and questions are asked one by one: 1')
        if device in ('auto', 'cuda') and 'LOCAL_RANK' in os.environ:
            device = f'cuda:{os.environ["LOCAL_RANK"]}'
        self._answerer = Answerer.load(
            pretrained, device=device, dtype=dtype, lower_case=_is_true(lower_case)
        )

    @property
    def device(self) -> Any:
        """Where the model is; lmms-eval gathers results there."""
        return self._answerer.model.device

    def generate_until(self, requests: Sequence[Instance]) -> list[str]:
        """Print an answer to each question."""
        answers = []
        for request in tqdm(requests, disable=self.rank != 0, desc='answers'):
            context, settings, doc_to_visual, doc_id, task, split = request.args
            until = settings.get('until') or []
            answers.append(
                self._answerer.answer(
                    _pictures(doc_to_visual(self.task_dict[task][split][doc_id])),
                    context,
                    max_tokens=int(settings.get('max_new_tokens', _MAX_NEW_TOKENS)),
                    until=[until] if isinstance(until, str) else until,
                )
            )
        return answers

    def loglikelihood(self, requests: Sequence[Instance]) -> list[tuple[float, bool]]:
        """Say how likely each given answer is, and whether it is the greedy one."""
        found = []
        for request in tqdm(requests, disable=self.rank != 0, desc='likelihoods'):
            context, doc_to_target, doc_to_visual, doc_id, task, split = request.args
            doc = self.task_dict[task][split][doc_id]
            target = doc_to_target if isinstance(doc_to_target, str) else doc_to_target(doc)
            [likelihood] = self._answerer.likelihoods(
                _pictures(doc_to_visual(doc)), context, [target.strip()]
            )
            found.append((likelihood.log_prob, likelihood.is_greedy))
        return found

    def generate_until_multi_round(self, requests: Sequence[Instance]) -> list[str]:
        """Refuse tasks of several rounds.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError('genvla answers tasks of one round')


def _pictures(visuals: Sequence[Any]) -> list[NDArray[np.uint8]]:
    """Turn lmms-eval's PIL pictures into arrays, RGB."""
    return [np.asarray(visual.convert('RGB')) for visual in visuals]


def _is_true(value: bool | str) -> bool:
    return str(value).lower() in ('true', '1')
