# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The state that the page shows: the newest message of each kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
import math
import time

import numpy as np
from numpy.typing import NDArray

from genvla_bags.camera_view import CameraView
from genvla_viperx.arm.obstacles import Obstacles

Array = NDArray[np.float64]

BRIDGE, POLICY, SUPERVISOR = 'bridge', 'policy', 'supervisor'
"""Nodes whose diagnostics are shown."""
JOINTS, PICTURE = 'joints', 'picture'
"""Sensors whose silence is shown."""

_PREFIX = 'interventions.'
_STALE_S = 1.0
_GONE_S = 2.5
"""Timeout of diagnostics [s]: they arrive every second, and one may be late."""


@dataclass(frozen=True, eq=False)
class ChunkView:
    """A chunk of actions.

    Attributes:
        sequence: Number of the chunk.
        instruction: Instruction that it answers.
        path_N3: Planned path of the tool, starting at its position when the chunk arrived, base
            frame [m].
        num_committed: Number of actions that were given to the model.
        text: Text of the language head; empty: it prints none.
        confidence: Confidence of each action, from 0 to 1; empty: unknown.
        inference_ms: Latency of the policy [ms].
    """

    sequence: int
    instruction: str
    path_N3: Array
    num_committed: int
    text: str
    confidence: tuple[float, ...]
    inference_ms: float


@dataclass
class RobotView:
    """The newest values; one thread writes them, and readers take each field as it is.

    Attributes:
        state: State of the bridge, such as "holding"; empty: not received.
        instruction: Instruction in force.
        trained_on: Instructions that the checkpoint was trained on; empty: unknown.
        session: State of the supervisor.
        bridge: Figures of the bridge's diagnostics, by name.
        policy: Figures of the policy's diagnostics, by name.
        messages: Newest diagnostic message of each node, by name.
        heard_s: Time of the newest data of each node and sensor, by time.monotonic() [s].
        q: Joint positions, shape (6,) [rad]; None: unknown.
        finger_m: Distance of the left finger from the centre line [m]; None: unknown.
        tool_3: Position of the tool in the base frame, shape (3,) [m]; None: unknown.
        obstacles: Table and boxes that the bridge keeps the arm out of; None: unknown.
        chunk: The newest chunk; None: there was none.
        picture: Returns the camera's picture, (height, width, 3) uint8 RGB; None: there is no
            readable picture.
        camera: View of the camera; None: unknown, so nothing is drawn into its pictures.
    """

    state: str = ''
    instruction: str = ''
    trained_on: tuple[str, ...] = ()
    session: str = ''
    bridge: Mapping[str, str] = field(default_factory=dict)
    policy: Mapping[str, str] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    heard_s: dict[str, float] = field(default_factory=dict)
    q: Array | None = None
    finger_m: float | None = None
    tool_3: Array | None = None
    obstacles: Obstacles | None = None
    chunk: ChunkView | None = None
    picture: Callable[[], NDArray[np.uint8] | None] = lambda: None
    camera: CameraView | None = None

    def note(self, node: str, message: str) -> None:
        """Store the newest diagnostic message of a node."""
        self.messages[node] = message
        self.hear(node)

    def hear(self, source: str) -> None:
        """Store that a node or a sensor has just sent data."""
        self.heard_s[source] = time.monotonic()

    def is_there(self, node: str) -> bool:
        """Return whether a node's diagnostics are recent."""
        return self._silence_s(node) < _GONE_S

    def silence(self, sensor: str) -> str:
        """Return how long a sensor has sent nothing, such as "for 3 s"; empty: it is heard."""
        silence_s = self._silence_s(sensor)
        if silence_s <= _STALE_S:
            return ''
        return f'for {silence_s:.0f} s' if math.isfinite(silence_s) else 'yet'

    def _silence_s(self, source: str) -> float:
        return time.monotonic() - self.heard_s.get(source, -math.inf)

    def interventions(self) -> dict[str, int]:
        """Return the number of interventions by rule of the bridge, without unused rules."""
        counts = {
            name.removeprefix(_PREFIX): int(value)
            for name, value in self.bridge.items()
            if name.startswith(_PREFIX)
        }
        return {name: count for name, count in sorted(counts.items()) if count}
