# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The simulator as a rig."""

from __future__ import annotations

import numpy as np

from genvla_eval.closed_loop.actor import load_policy
from genvla_eval.replay.run import Candidate, ask_bags
from genvla_eval.trials.plan import Trial
from genvla_eval.trials.protocol import Setup, Task
from genvla_eval.trials.simulator import SimulatorRig
from genvla_policy.shipped import SHIPPED_CHECKPOINT
from genvla_sim.tasks.rollout import Verdict


def test_the_bag_of_a_trial_replays_exactly(tmp_path):
    rig = SimulatorRig()
    rig.load(SHIPPED_CHECKPOINT)
    task = Task('PickCarrot', 'pick up the carrot', (Setup('any'),))
    rig.start(Trial(1, task.name, 0, 'trained'), task, tmp_path / 'bag')
    assert rig.play(16.0) in Verdict
    rig.stop()
    candidate = Candidate('trained', load_policy(SHIPPED_CHECKPOINT), '')
    ask_bags([tmp_path / 'bag'], [candidate])
    assert len(candidate.rows) > 10
    assert [row.text for row in candidate.rows] == [row.recorded_text for row in candidate.rows]
    steps = [row.predicted_HA[0] - row.reference_HA[0] for row in candidate.rows]
    np.testing.assert_allclose(steps, 0.0, atol=1e-6)
