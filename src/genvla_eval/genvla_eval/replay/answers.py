# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Answers of a policy at the moments of a recording, one row each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genvla_bags.asking import Moment
from genvla_policy.action_chunk import ActionChunk
from genvla_policy.inference.policy import Policy
from genvla_policy.inference.text_score import TextScore
from genvla_policy.observation import Observation
from genvla_viperx.control.accumulated_target import AccumulatedTarget
from genvla_viperx.control.scheduler import SchedulerConfig, shortest_period_s
from genvla_viperx.safety.config import SafetyConfig
from genvla_viperx.safety.refusal import Interventions, Refusal

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Row:
    """One answer, with the recorded actions.

    Attributes:
        bag: Name of the bag.
        time_s: Capture time of the picture [s since the epoch].
        instruction: Instruction to the policy.
        text: Text that the policy printed; empty: it prints no text.
        recorded_text: Text that the recorded policy printed; empty: it did not answer this
            picture.
        predicted_HA: Predicted actions (H, 7).
        reference_HA: Recorded actions (H, 7); NaN where unknown.
        confidence_H: Confidence of each action, (H,) or (0,).
        inference_s: Latency of the answer [s].
        first_action_s: Latency of its first action [s].
        score: Likelihood of the recorded actions; None: the policy prints no text, or they are not
            known.
        changed_H: Whether the bridge would change or reject each step; None: the arm's position is
            not known.
        rules: Number of interventions by rule of the bridge.
        q: Measured joints, (6,) [rad]; None: not known.
        num_committed: Number K of leading actions that were given to the policy. Step K is the
            first that it decided: every figure of "the first step" is about it.
    """

    bag: str
    time_s: float
    instruction: str
    text: str
    recorded_text: str
    predicted_HA: Array
    reference_HA: Array
    confidence_H: Array
    inference_s: float
    first_action_s: float
    score: TextScore | None
    changed_H: NDArray[np.bool_] | None
    rules: dict[str, int]
    q: Array | None
    num_committed: int = 0

    @property
    def first_predicted_A(self) -> Array:
        """The first action (7,) that the policy decided."""
        return np.asarray(self.predicted_HA[self.num_committed])

    @property
    def first_reference_A(self) -> Array:
        """The recorded action (7,) of the same step; NaN if unknown."""
        return np.asarray(self.reference_HA[self.num_committed])

    @property
    def translation_error_mm(self) -> float:
        """Distance of the first step's translation from the recorded one [mm]; NaN if unknown."""
        difference = self.first_predicted_A[:3] - self.first_reference_A[:3]
        return 1e3 * float(np.linalg.norm(difference))


def ask(policy: Policy, bag: str, moment: Moment) -> Row:
    """Return the answer of a policy to a moment of a bag.

    Raises:
        ValueError: The moment does not fit the policy; the message gives the reason.
    """
    observation = Observation(moment.images, moment.instruction, moment.time_s)
    firsts: list[ActionChunk] = []
    chunk = policy.infer(observation, committed=given_to(policy, moment), watch=firsts.append)
    first = firsts[0] if firsts else chunk
    known = np.isfinite(moment.reference_HA).all()
    score = policy.score(observation, moment.reference_HA) if known else None
    # The bridge plans for the shortest possible step.
    period_s = shortest_period_s(chunk.step_period_s, SchedulerConfig().execution)
    changed, interventions = _through_safety(chunk.actions, moment.q, period_s)
    return Row(
        bag=bag,
        time_s=moment.time_s,
        instruction=moment.instruction,
        text=chunk.text,
        recorded_text=moment.recorded_text,
        predicted_HA=chunk.actions,
        reference_HA=moment.reference_HA,
        confidence_H=chunk.confidence,
        inference_s=chunk.inference_s,
        first_action_s=first.inference_s,
        score=score,
        changed_H=changed,
        rules={rule: count for rule, count in interventions.by_rule().items() if count},
        q=moment.q,
        num_committed=chunk.num_committed,
    )


def given_to(policy: Policy, moment: Moment) -> Array | None:
    """Return the committed actions (K, 7) of a moment; None: there are none, or it takes none."""
    return moment.committed_KA if policy.can_commit and len(moment.committed_KA) else None


def _through_safety(
    actions_HA: Array, q: Array | None, period_s: float
) -> tuple[NDArray[np.bool_] | None, Interventions]:
    """Plan each step as the bridge does by default, starting from the measured joints."""
    interventions = Interventions()
    if q is None:
        return None, interventions
    target, changed = AccumulatedTarget(SafetyConfig()), []
    measured = q
    for action in actions_HA:
        before = interventions.total()
        outcome = target.next(
            action, measured=measured, step_period_s=period_s, interventions=interventions
        )
        changed.append(interventions.total() > before)
        if not isinstance(outcome, Refusal):
            target.sent(outcome)
            measured = outcome.q
    return np.array(changed), interventions
