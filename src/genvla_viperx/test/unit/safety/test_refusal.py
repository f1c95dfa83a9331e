# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Refusals are counted by rule."""

from __future__ import annotations

from genvla_viperx.safety.refusal import Interventions, Refusal, Rule


def test_a_refusal_is_counted_and_returned():
    interventions, refusal = Interventions(), Refusal(Rule.WORKSPACE, 'outside')
    assert interventions.refuse(refusal) is refusal
    assert interventions[Rule.WORKSPACE] == 1
    assert interventions[Rule.EFFORT] == 0


def test_the_total_counts_all_rules_and_every_rule_is_listed():
    interventions = Interventions()
    for rule in (Rule.STEP_CLIP, Rule.STEP_CLIP, Rule.EFFORT):
        interventions.add(rule)
    assert interventions.total() == 3
    assert list(interventions.by_rule()) == [rule.value for rule in Rule]
    assert interventions.by_rule()['step_clip'] == 2
