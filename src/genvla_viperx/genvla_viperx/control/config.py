# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Configuration of the arm controller."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import pi

import numpy as np
from numpy.typing import NDArray

from genvla_viperx.arm import vx300s
from genvla_viperx.control.scheduler import SchedulerConfig
from genvla_viperx.safety import rules
from genvla_viperx.safety.config import SafetyConfig
from genvla_viperx.safety.settings import check_length, check_ranges, require, setting

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ControllerConfig:
    """Configuration of the controller; the bridge has parameters of the same names.

    Attributes:
        scheduler: How chunks are executed.
        safety: The limits of all rules.

    Raises:
        ValueError: A value is outside its range or is inconsistent with another.
    """

    control_rate_hz: float = setting(
        50.0,
        'Rate of the control tick, and of the commands of ~/home and ~/sleep',
        ge=10.0,
        le=200.0,
    )
    home_joints: tuple[float, ...] = setting(
        tuple(vx300s.BRIDGE_START_JOINTS.tolist()),
        'Joint positions that ~/home moves to, waist to wrist_rotate',
        unit='rad',
    )
    move_speed: float = setting(
        0.5, 'Peak joint speed of ~/home and ~/sleep', unit='rad/s', ge=0.01, le=pi
    )
    scheduler: SchedulerConfig = field(default_factory=SchedulerConfig)
    safety: SafetyConfig = field(default_factory=SafetyConfig)

    @property
    def home(self) -> Array:
        """Joint positions of the home pose, shape (6,) [rad]."""
        return np.array(self.home_joints)

    def __post_init__(self) -> None:
        """Reject a home pose outside the limits or inside an obstacle, and invalid speeds."""
        check_ranges(self)
        check_length('home_joints', self.home_joints, vx300s.NUM_JOINTS)
        outside = rules.joints_outside_limits(self.home)
        require(
            not outside,
            'home_joints',
            self.home_joints,
            f'positions inside the limits of {", ".join(outside)}',
        )
        obstacles = self.safety.obstacles
        for name, reached in (
            ('home_joints', obstacles.entered(self.home)),
            # The table is not checked: in its sleep pose the arm lies close above it.
            ('the sleep pose', obstacles.entered(vx300s.SLEEP, only_boxes=True)),
        ):
            if reached:
                raise ValueError(
                    f'{name} moves {reached}; change table_height, keep_out_boxes or the pose'
                )
        require(
            self.move_speed <= self.safety.max_joint_speed,
            'move_speed',
            self.move_speed,
            f'at most max_joint_speed {self.safety.max_joint_speed}',
        )
