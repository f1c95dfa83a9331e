# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Why an input was changed or refused, as data: nothing in the control path raises."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    """The rules that can change or block a policy's action, as counted."""

    # A chunk was refused.
    CHUNK_SHAPE = 'chunk_shape'
    CHUNK_EMPTY = 'chunk_empty'
    CHUNK_PERIOD = 'chunk_period'
    CHUNK_FRAME = 'chunk_frame'
    CHUNK_NONFINITE = 'chunk_nonfinite'
    CHUNK_FUTURE = 'chunk_future'
    CHUNK_STALE = 'chunk_stale'
    CHUNK_PAST = 'chunk_past'
    CHUNK_SUPERSEDED = 'chunk_superseded'
    CHUNK_WHILE_MOVING = 'chunk_while_moving'
    CHUNK_SLOT = 'chunk_slot'
    CHUNK_INSTRUCTION = 'chunk_instruction'
    CHUNK_NOT_READY = 'chunk_not_ready'

    # A step was changed, or refused.
    STEP_CLIP = 'step_clip'
    WORKSPACE = 'workspace'
    KEEP_OUT = 'keep_out'
    UNREACHABLE = 'unreachable'
    JOINT_JUMP = 'joint_jump'
    JOINT_SPEED = 'joint_speed'
    JOINT_ACCELERATION = 'joint_acceleration'
    JOINT_JERK = 'joint_jerk'
    JOINT_LIMITS = 'joint_limits'
    NONFINITE = 'nonfinite'

    # A joint state was refused.
    JOINT_STATE_INCOMPLETE = 'joint_state_incomplete'
    JOINT_STATE_FAILED_READ = 'joint_state_failed_read'
    JOINT_STATE_JUMP = 'joint_state_jump'
    JOINT_STATE_LIMITS = 'joint_state_limits'
    JOINT_STATE_LATE = 'joint_state_late'

    # A watchdog stopped the motion.
    JOINT_STATES_STALE = 'joint_states_stale'
    JOINT_STATES_FROZEN = 'joint_states_frozen'
    COMMANDS_UNHEARD = 'commands_unheard'
    RIVAL_COMMANDER = 'rival_commander'
    BRIDGE_PAUSED = 'bridge_paused'
    HEARTBEAT_LOST = 'heartbeat_lost'
    DEAD_MAN = 'dead_man'
    HARDWARE_ERROR = 'hardware_error'
    SERVO_CHANGED = 'servo_changed'
    EFFORT = 'effort'
    TRACKING = 'tracking'
    GOAL_LEFT = 'goal_left'


@dataclass(frozen=True)
class Refusal:
    """One refused input.

    Attributes:
        rule: The rule that counts it.
        message: What was wrong, what was expected and what to do.
    """

    rule: Rule
    message: str


class Interventions:
    """How often each rule has intervened since counting started."""

    def __init__(self) -> None:
        """Start with zeros."""
        self._counts: Counter[Rule] = Counter()

    def add(self, rule: Rule) -> None:
        """Count one intervention."""
        self._counts[rule] += 1

    def refuse(self, refusal: Refusal) -> Refusal:
        """Count a refusal and return it."""
        self.add(refusal.rule)
        return refusal

    def __getitem__(self, rule: Rule) -> int:
        """Return the count of one rule."""
        return self._counts[rule]

    def total(self) -> int:
        """Return the total count of all rules."""
        return self._counts.total()

    def by_rule(self) -> dict[str, int]:
        """Return every rule's count, including zeros, in the order of `Rule`."""
        return {rule.value: self._counts[rule] for rule in Rule}
