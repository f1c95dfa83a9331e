# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Model servers of vla-evaluation-harness: what all have in common, and the server of a policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from vla_eval.model_servers.predict import PredictModelServer
from vla_eval.specs import IMAGE_RGB, LANGUAGE, POSITION_DELTA, DimSpec

from genvla_eval.harness.convention import Array, Convention
from genvla_policy.inference.policy import Policy
from genvla_policy.observation import Observation

_ROUNDING = 1.05
"""Factor by which bounds may exceed the arm's largest step and still count as metres."""


class Unfit(ValueError):
    """The checkpoint was not made for the benchmark."""


def check_fit(policy: Policy, convention: Convention, *, any_rate: bool = False) -> None:
    """Reject a checkpoint whose answers would have another meaning for the benchmark.

    Raises:
        Unfit: The checkpoint was made for another control rate (unless any_rate) or for more
            cameras than the benchmark has, or its actions are not in metres.
    """
    config = policy.config
    if config.num_cameras > len(convention.cameras):
        raise Unfit(
            f'{config.name} needs {config.num_cameras} cameras, but {convention.name} has '
            f'{len(convention.cameras)}: {", ".join(convention.cameras)}'
        )
    if config.control_rate_hz != convention.control_rate_hz and not any_rate:
        raise Unfit(
            f'{config.name} was trained for {config.control_rate_hz:g} Hz, but the '
            f'{convention.robot} executes {convention.control_rate_hz:g} actions per second, so '
            'each action would cover another distance than the policy learnt; use a checkpoint '
            'for that rate, or --any-rate'
        )
    bounds = policy.normalizer
    reach_m = float(np.abs([bounds.q01[:3], bounds.q99[:3]]).max())
    if reach_m > _ROUNDING * convention.max_translation_m:
        raise Unfit(
            f'the data of {config.name} moves by up to {reach_m:g} m per step, but the '
            f'{convention.robot} by '
            f'at most {convention.max_translation_m:g} m: the actions of its data set '
            f'{config.dataset!r} are not in metres; train on metres and radians (see '
            'docs/harness.md)'
        )


# vla-eval has no type information.
class ChunkServer(PredictModelServer):  # type: ignore[misc]
    """Answers the observations of a benchmark with chunks in the benchmark's conventions.

    The harness keeps one chunk per session and sends a request when it is used up. Simultaneous
    requests of several sessions are answered together, up to max_batch.
    """

    def __init__(
        self,
        convention: Convention,
        *,
        horizon: int,
        num_cameras: int,
        execute: int = 0,
        max_batch: int = 1,
    ) -> None:
        """Store the conventions.

        Args:
            convention: Conventions of the benchmark.
            horizon: Number of actions of a chunk.
            num_cameras: Number of pictures that the answers depend on.
            execute: Number of actions of a chunk to execute; 0: all.
            max_batch: Maximum number of observations to answer together.

        Raises:
            ValueError: execute is not in [0, horizon].
        """
        if not 0 <= execute <= horizon:
            raise ValueError(f'execute is {execute}, expected 1 to {horizon}, or 0 for all')
        super().__init__(chunk_size=execute or horizon, max_batch_size=max_batch)
        self._convention = convention
        self._cameras = convention.cameras[:num_cameras]

    def chunks(
        self, obs_batch: Sequence[Mapping[str, Any]], ctx_batch: Sequence[Any]
    ) -> Sequence[Array]:
        """Return a chunk per observation, shape (H, 7) each, in the units of an ActionChunk."""
        raise NotImplementedError

    def predict_batch(
        self, obs_batch: Sequence[Mapping[str, Any]], ctx_batch: Sequence[Any]
    ) -> list[dict[str, Any]]:
        """Answer the observations of several sessions.

        Raises:
            ValueError: An observation lacks something, or has another shape or type.
        """
        answers = self.chunks(obs_batch, ctx_batch)
        return [{'actions': self._convention.to_benchmark(each)} for each in answers]

    def get_action_spec(self) -> dict[str, DimSpec]:
        """Return the action format, which the harness compares with the benchmark's."""
        convention = self._convention
        return {
            'position': POSITION_DELTA,
            'rotation': DimSpec('rotation', 3, convention.rotation, (-3.15, 3.15)),
            'gripper': DimSpec('gripper', 1, convention.gripper, (-1, 1)),
        }

    def get_observation_spec(self) -> dict[str, DimSpec]:
        """Return the required observations, which the harness compares with the benchmark's."""
        return {**dict.fromkeys(self._cameras, IMAGE_RGB), 'language': LANGUAGE}

    def get_observation_params(self) -> dict[str, Any]:
        """Return the parameters that the harness sets in the benchmark."""
        return dict(self._convention.parameters(len(self._cameras)))


class HarnessServer(ChunkServer):
    """Answers observations with the chunks of a policy, those of several sessions in one pass."""

    def __init__(
        self, policy: Policy, convention: Convention, *, execute: int = 0, max_batch: int = 1
    ) -> None:
        """Store a policy that check_fit() accepts.

        Args:
            policy: The policy; its DecodingOptions.max_batch is at least max_batch.
            convention: Conventions of the benchmark.
            execute: Number of actions of a chunk to execute; 0: all.
            max_batch: Maximum number of observations per pass.

        Raises:
            ValueError: execute is not in [0, horizon].
        """
        super().__init__(
            convention,
            horizon=policy.config.horizon,
            num_cameras=policy.config.num_cameras,
            execute=execute,
            max_batch=max_batch,
        )
        self._policy = policy

    def chunks(
        self, obs_batch: Sequence[Mapping[str, Any]], ctx_batch: Sequence[Any]
    ) -> Sequence[Array]:
        """Return the policy's chunks, shape (H, 7) each.

        Raises:
            ValueError: A picture or the instruction is missing, or has another shape or type.
        """
        asked = [self._observation(each) for each in obs_batch]
        return [each.actions for each in self._policy.infer_batch(asked)]

    def _observation(self, obs: Mapping[str, Any]) -> Observation:
        pictures = obs.get('images', {})
        missing = [camera for camera in self._cameras if camera not in pictures]
        if missing:
            raise ValueError(
                f'the observation has no image {missing[0]!r}, only {sorted(pictures)}; check '
                f'that the benchmark runs the {self._convention.robot}'
            )
        images = tuple(np.asarray(pictures[camera]) for camera in self._cameras)
        return Observation(images, str(obs.get('task_description', '')), 0.0)
