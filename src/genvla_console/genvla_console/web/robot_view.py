# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What the page shows: the newest of everything that was heard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
import time

import numpy as np
from numpy.typing import NDArray

from genvla_bags.camera_view import CameraView
from genvla_viperx.arm.obstacles import Obstacles

Array = NDArray[np.float64]

BRIDGE, POLICY, SUPERVISOR = 'bridge', 'policy', 'supervisor'
"""Who is heard."""

_PREFIX = 'interventions.'
_GONE_S = 2.5
"""Diagnostics come every second; one may be late."""


@dataclass(frozen=True, eq=False)
class ChunkView:
    """A chunk of actions.

    Attributes:
        sequence: Its number.
        instruction: What it answers.
        path_N3: Where the tool is to go, from where it was when the chunk came, base frame [m].
        num_committed: Actions that were given to the model.
        text: What the language head printed; empty: it prints none.
        confidence: Of each action, from 0 to 1; empty: unknown.
        inference_ms: How long the policy took [ms].
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
    """The newest of everything; one thread writes, and whoever reads takes a field as it is.

    Attributes:
        state: Of the bridge, such as "holding"; empty: it was not heard.
        instruction: In force.
        trained_on: Instructions that the checkpoint was trained on; none: it does not say.
        session: What the supervisor says.
        bridge: Figures of the bridge's diagnostics, by name.
        policy: Figures of the policy's diagnostics, by name.
        messages: Sentences of both, by the node's name.
        heard_s: When each node was heard last, by time.monotonic() [s].
        q: Joint positions, shape (6,) [rad]; None: unknown.
        finger_m: The left finger's distance from the centre line [m]; None: unknown.
        tool_3: Position of the tool in the base frame, shape (3,) [m]; None: unknown.
        obstacles: The table and the boxes that the bridge keeps the arm out of; None: unknown.
        chunk: The newest chunk; None: there was none.
        picture: Returns the camera's picture, (height, width, 3) uint8 RGB; None: there was none,
            or none that can be read.
        camera: Where it is; None: unknown, so nothing is drawn into its pictures.
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
        """Note that a node was heard, and what it says of itself."""
        self.messages[node] = message
        self.heard_s[node] = time.monotonic()

    def is_there(self, node: str) -> bool:
        """Whether a node was heard a moment ago."""
        return time.monotonic() - self.heard_s.get(node, -_GONE_S) < _GONE_S

    def interventions(self) -> dict[str, int]:
        """Return how often each rule of the bridge intervened, without those that did not."""
        counts = {
            name.removeprefix(_PREFIX): int(value)
            for name, value in self.bridge.items()
            if name.startswith(_PREFIX)
        }
        return {name: count for name, count in sorted(counts.items()) if count}
