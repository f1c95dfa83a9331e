# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Only steps for the current instruction are executed."""

from __future__ import annotations

from genvla_viperx.arm.states import ArmState
from genvla_viperx.safety.refusal import Rule


def test_a_new_instruction_drops_the_steps_of_the_old_one(bench):
    bench.chunk(steps=20, instruction='pick the carrot')
    bench.run(0.3)
    bench.controller.follow_instruction('pick the corn', bench.now_s)
    assert bench.run(1.0) == []
    assert bench.controller.state is ArmState.HOLDING
    assert bench.chunk(steps=1, instruction='pick the corn') is None
    assert len(bench.run(0.1)) == 1


def test_an_image_from_before_a_new_instruction_may_be_answered(bench):
    bench.chunk(steps=20, instruction='pick the carrot')
    bench.run(0.3)
    bench.controller.follow_instruction('pick the corn', bench.now_s)
    assert bench.chunk(age_s=0.1, instruction='pick the corn') is None


def test_repeating_the_current_instruction_drops_nothing(bench):
    bench.chunk(steps=3, instruction='pick the carrot')
    bench.controller.follow_instruction('pick the carrot', bench.now_s)
    assert len(bench.run(1.0)) == 3


def test_a_chunk_for_an_old_instruction_is_refused_after_the_change(bench):
    bench.controller.follow_instruction('pick the corn', bench.now_s)
    assert bench.chunk(instruction='pick the carrot').rule is Rule.CHUNK_INSTRUCTION
    assert bench.chunk(instruction='pick the corn') is None


def test_every_chunk_is_refused_without_an_instruction(bench):
    bench.controller.follow_instruction('', bench.now_s)
    refusal = bench.chunk(instruction='pick the carrot')
    assert refusal.rule is Rule.CHUNK_INSTRUCTION
    assert refusal.message.endswith('but policy/instruction is empty')


def test_instruction_changes_do_not_shorten_the_time_between_steps(bench):
    """Only late steps may follow earlier: after nine tenths of a period."""
    num_steps = 0
    for index in range(9):
        bench.controller.follow_instruction(str(index), bench.now_s)
        bench.chunk(instruction=str(index))
        num_steps += len(bench.run(0.02))
    assert num_steps == 1


def test_a_chunk_without_an_instruction_is_refused_once_the_instruction_was_withdrawn(bench):
    assert bench.chunk(steps=20) is None  # none was announced
    bench.run(0.3)
    bench.controller.follow_instruction('', bench.now_s)
    assert bench.run(0.5) == []
    assert bench.controller.state is ArmState.HOLDING
    refusal = bench.chunk()
    assert refusal.rule is Rule.CHUNK_INSTRUCTION
    assert refusal.message.endswith('but policy/instruction is empty')
