# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The bridge's status on /diagnostics."""

from __future__ import annotations

from collections.abc import Sequence

from genvla_node.diagnostics import Level, Status
from genvla_viperx.arm.gripper import opening_from_finger
from genvla_viperx.arm.states import ArmState
from genvla_viperx.control.controller import ArmController

_CLOCK_TOLERANCE_S, _SLOWEST_S = 0.02, 0.2
"""Allowed age of the youngest recent heartbeat on arrival: a network is not slower."""

_LEVELS = {ArmState.STOPPED: Level.WARN, ArmState.FAULTED: Level.ERROR}


def bridge_status(
    controller: ArmController,
    now_s: float,
    num_commands: int,
    servo_silence: str = '',
    company: str = '',
) -> Status:
    """Return the level, message and values of a configured bridge.

    Args:
        controller: The arm's controller.
        now_s: The node's time [s].
        num_commands: Arm commands sent since configuring.
        servo_silence: Why the servos' errors are unknown; or empty.
        company: Which other nodes command the arm; or empty.
    """
    state, reason = controller.state, controller.reason
    chunk, sample = controller.last_chunk, controller.monitor.last
    finger_m = None if sample is None else sample.finger_m
    counts = controller.interventions.by_rule()
    rest, clock_s = controller.rest_error(now_s), controller.watchdogs.youngest_heartbeat_s
    message = f'{state}: {reason}' if reason else str(state)
    level = _LEVELS.get(state, Level.OK)
    if clock_s is not None and not -_CLOCK_TOLERANCE_S <= clock_s <= _SLOWEST_S:
        level = max(level, Level.WARN)
        message += (
            f'; heartbeats are {clock_s:.2f} s old on arrival; synchronise the clocks (chrony)'
        )
    rest_complaint = controller.rest_complaint(now_s)
    if rest_complaint:
        level = max(level, Level.WARN)
        message += f'; {rest_complaint}: sag, contact, or somebody moved it'
    wiring = controller.watchdogs.objection_to_wiring
    for complaint in filter(None, (servo_silence, company, '' if wiring == reason else wiring)):
        level = max(level, Level.WARN)
        message += f'; {complaint}'
    return Status(
        level=level,
        message=message,
        values={
            'state': str(state),
            'reason': reason or 'none',
            'commands': num_commands,
            'last_chunk_sequence': 'none' if chunk is None else chunk.sequence,
            'last_chunk_age_s': 'none' if chunk is None else now_s - chunk.stamp_s,
            'image_to_command_s': _or_none(controller.image_to_command_s),
            'joint_states_age_s': _or_none(controller.monitor.age_s(now_s)),
            'hardware_errors': controller.faults.errors or 'none',
            'gripper_opening': _or_none(
                None if finger_m is None else opening_from_finger(finger_m)
            ),
            'rest_error_rad': _or_none(None if rest is None else rest[1]),
            'policy_clock_s': _or_none(clock_s),
            'interventions': controller.interventions.total(),
            **{f'interventions.{rule}': count for rule, count in counts.items()},
        },
    )


def company(names: Sequence[str], own_name: str, num_chunk_publishers: int) -> str:
    """Return which nodes should not be in the graph, or an empty string.

    DDS still lists a killed node for some seconds.

    Args:
        names: Names of all nodes in the bridge's namespace.
        own_name: Name of the bridge.
        num_chunk_publishers: Number of nodes that publish action_chunk.
    """
    twins = names.count(own_name)
    found = [f'{twins} nodes are called {own_name}'] if twins > 1 else []
    if num_chunk_publishers > 1:
        found.append(f'{num_chunk_publishers} nodes publish action_chunk')
    return f'{" and ".join(found)}: end all but one' if found else ''


def _or_none(value: float | None) -> float | str:
    return 'none' if value is None else value
