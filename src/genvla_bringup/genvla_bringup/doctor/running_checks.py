# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Check the running nodes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from genvla_bringup.checks.camera_verdicts import judge
from genvla_bringup.doctor.running import Running
from genvla_command.findings import Finding
from genvla_node.node_names import BRIDGE, POLICY, SUPERVISOR, in_diagnostics

_LEAST_JOINT_STATES_HZ = 50.0
"""The driver publishes at 100 Hz; the bridge commands at 50 Hz."""
_WELL = 0


def check_running(
    running: Running,
    *,
    namespace: str,
    camera_hz: float,
    reference: NDArray[np.uint8] | None = None,
) -> list[Finding]:
    """Return the findings about the running nodes.

    Args:
        running: The received data.
        namespace: Namespace of the robot.
        camera_hz: Configured rate of the cameras [Hz].
        reference: Image that the first camera should show; None: unknown.
    """
    if not _is_any(running):
        return [Finding('nodes', 'none are running', '')]
    findings = [_twins(running)]
    for name in (BRIDGE, POLICY, SUPERVISOR):
        findings += _node(running, in_diagnostics(name, namespace), name)
    findings += [_driver(running), _commanders(running, namespace)]
    for number, topic in enumerate(running.shots):
        findings += _camera(running, topic, camera_hz, None if number else reference)
    return findings


def _is_any(running: Running) -> bool:
    has_pictures = any(running.shots.values())
    return bool(running.said or running.joint_states_hz or has_pictures or running.unreadable)


def _twins(running: Running) -> Finding:
    twins = running.twins()
    objection = 'several nodes have the same name: end all but one of each' if twins else ''
    return Finding('names', ', '.join(twins) or f'{len(running.nodes)} nodes', objection)


def _node(running: Running, name: str, what: str) -> list[Finding]:
    said = running.said.get(name)
    if said is None:
        # The supervisor is optional, and teleoperation may replace the policy.
        needed = what == BRIDGE
        objection = 'start it: ros2 launch genvla_bringup real_robot.launch.py' if needed else ''
        return [Finding(what, 'publishes nothing on /diagnostics', objection)]
    objection = '' if said.level == _WELL else f'{said.message}; see docs/real_robot.md'
    return [Finding(what, said.message.partition(':')[0], objection)]


def _driver(running: Running) -> Finding:
    if not running.drivers:
        return Finding(
            'driver',
            'no node publishes joint_states',
            'start it (use_driver:=true), or set --robot-name to its namespace',
        )
    if len(running.drivers) > 1:
        names = ', '.join(sorted(running.drivers))
        return Finding('driver', f'{names} publish joint_states', 'end all but one of them')
    rate_hz = running.joint_states_hz
    slow = rate_hz < _LEAST_JOINT_STATES_HZ
    objection = 'the servo bus is slow: set the latency_timer of the U2D2 to 1 ms' if slow else ''
    return Finding('driver', f'{rate_hz:.0f} joint states per second', objection)


def _commanders(running: Running, namespace: str) -> Finding:
    bridge = f'{namespace.rstrip("/")}/{BRIDGE}'
    others = sorted(running.commanders - {bridge})
    advice = f'end {", ".join(others)}: only one node may command an arm'
    objection = advice if others else ''
    return Finding(
        'arm commands from', ', '.join(sorted(running.commanders)) or 'no node', objection
    )


def _camera(
    running: Running, topic: str, camera_hz: float, reference: NDArray[np.uint8] | None
) -> list[Finding]:
    shots: Sequence[object] = running.shots[topic]
    if topic in running.unreadable:
        return [Finding(topic, running.unreadable[topic], 'correct its encoding or its step')]
    if len(shots) < 2:
        return [
            Finding(
                topic,
                f'{len(shots)} images in {running.duration_s:g} s',
                'start the camera, or set --image-topics to its topic',
            )
        ]
    return [
        Finding(f'{topic}: {each.what}', each.measured, each.objection)
        for each in judge(running.shots[topic], camera_hz, reference)
    ]
