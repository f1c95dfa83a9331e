# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""How the arm controller is set up."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from genvla_viperx.arm import vx300s
from genvla_viperx.control.joint_motion import JointMotion
from genvla_viperx.control.scheduler import SchedulerConfig
from genvla_viperx.safety import rules
from genvla_viperx.safety.config import SafetyConfig

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ControllerConfig:
    """How the controller is set up.

    Attributes:
        scheduler: How chunks are executed.
        safety: The limits of every rule.
        home: Joint positions of the home pose, shape (6,) [rad].
        move_speed: Peak joint speed on the way to home and sleep, above 0 [rad/s].
        control_period_s: Time between two ticks, above 0 [s].

    Raises:
        ValueError: If a value is outside its range.
    """

    scheduler: SchedulerConfig = field(default_factory=SchedulerConfig)
    safety: SafetyConfig = field(default_factory=SafetyConfig)
    home: Array = field(default_factory=vx300s.BRIDGE_START_JOINTS.copy)
    move_speed: float = 0.5
    control_period_s: float = 0.02

    def motion(self, start: Array, goal: Array) -> JointMotion:
        """Returns the motion between two poses, shape (6,) [rad], at `move_speed`."""
        return JointMotion.within_speed(
            start,
            goal,
            max_speed=self.move_speed,
            min_duration_s=self.safety.move_time_s,
        )

    def __post_init__(self) -> None:
        """Refuses a home pose outside the limits and speeds that are none."""
        outside = rules.joints_outside_limits(self.home)
        if outside:
            raise ValueError(f'home is outside the limits of {", ".join(outside)}: {self.home}')
        for name, pose in (('home_joints', self.home), ('the sleep pose', vx300s.SLEEP)):
            # The table is another matter: in its sleep pose the arm lies close above it.
            reached = self.safety.obstacles.in_boxes(pose)
            if reached:
                raise ValueError(f'{name}: {reached}; move the box of keep_out_boxes, or the pose')
        if not 0 < self.move_speed <= self.safety.max_joint_speed:
            raise ValueError(
                f'move_speed is {self.move_speed}, expected above 0 and at most max_joint_speed '
                f'{self.safety.max_joint_speed}'
            )
        if not self.control_period_s > 0:
            raise ValueError(f'control_period_s is {self.control_period_s}, expected above 0')
