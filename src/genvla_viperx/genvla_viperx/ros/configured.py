# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What a configured bridge consists of, and when it last ran and heard its driver."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from genvla_node.clocks import lived_s
from genvla_viperx.control.controller import ArmController
from genvla_viperx.ros.conversions import JointStateReader
from genvla_viperx.ros.driver_setup import DriverSetup
from genvla_viperx.ros.hardware_poll import HardwarePoll
from genvla_viperx.ros.params import BridgeParams
from genvla_viperx.ros.xs_sdk_client import XsSdkClient
from genvla_viperx.safety.refusal import Refusal


@dataclass(eq=False)
class Configured:
    """The objects that exist from configuring to cleaning up."""

    params: BridgeParams
    controller: ArmController
    driver: XsSdkClient
    setup: DriverSetup
    hardware_poll: HardwarePoll | None = None
    wiring_timer: Any = None
    was_unheard: bool = False
    joint_state_refusal: Refusal | None = None
    joint_states: JointStateReader = field(default_factory=JointStateReader)
    heard_s: float | None = None
    awake_s: float = field(default_factory=lived_s)
    pulse: Any = None

    def note_pause(self, now_s: float) -> None:
        """Detect a pause of this whole process; call this before anything else."""
        last_s, self.awake_s = self.awake_s, lived_s()
        if self.controller.accept_pause(self.awake_s - last_s, now_s):
            # The driver was not silent.
            self.heard_s = None
            if self.hardware_poll is not None:
                self.hardware_poll.excuse_silence()

    def silence_s(self) -> float:
        """Return the time since the last call [s], 0 at the first; call it for every joint state.

        It uses its own clock, because the node's clock may be set while the driver is away.
        """
        last_s, self.heard_s = self.heard_s, lived_s()
        return 0.0 if last_s is None else self.heard_s - last_s
