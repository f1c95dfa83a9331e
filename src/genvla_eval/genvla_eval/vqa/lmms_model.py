# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Checkpoints as models of lmms-eval: lmms_eval --model genvla --model_args pretrained=DIR."""

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


# lmms-eval has no type information.
class GenvlaLmms(lmms):  # type: ignore[misc]
    """Answers questions about pictures, greedily.

    Sampling options of lmms-eval (temperature, beams) are ignored: tasks that score a model
    request greedy answers.
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
            device: See load_model(); with several processes, each uses its own GPU.
            dtype: See load_model().
            lower_case: Ask in lower case, for a checkpoint trained with data.lower_case.
            batch_size: Must be 1 or "auto"; lmms-eval always passes it.
            unknown: Rejected, except for max_batch_size, which lmms-eval adds itself.

        Raises:
            CheckpointMismatch: The folder does not hold a complete checkpoint.
            ValueError: An argument is unknown, or the batch size is neither 1 nor "auto".
        """
        super().__init__()
        unknown.pop('max_batch_size', None)
        if unknown:
            raise ValueError(
                f'model_args has the unknown key {sorted(unknown)[0]!r}; expected pretrained, '
                'device, dtype or lower_case'
            )
        if str(batch_size) not in ('1', 'auto'):
            raise ValueError(
                f'batch_size is {batch_size}, expected 1: questions are answered one by one'
            )
        if device in ('auto', 'cuda') and 'LOCAL_RANK' in os.environ:
            device = f'cuda:{os.environ["LOCAL_RANK"]}'
        self._answerer = Answerer.load(
            pretrained, device=device, dtype=dtype, lower_case=_is_true(lower_case)
        )

    @property
    def device(self) -> Any:
        """Device of the model, on which lmms-eval gathers results."""
        return self._answerer.model.device

    def generate_until(self, requests: Sequence[Instance]) -> list[str]:
        """Return a generated answer to each question."""
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
        """Return each given answer's likelihood, and whether it is the greedy answer."""
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
        """Reject tasks with several rounds.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError('genvla supports only tasks of one round')


def _pictures(visuals: Sequence[Any]) -> list[NDArray[np.uint8]]:
    """Convert lmms-eval's PIL pictures to RGB arrays."""
    return [np.asarray(visual.convert('RGB')) for visual in visuals]


def _is_true(value: bool | str) -> bool:
    return str(value).lower() in ('true', '1')
