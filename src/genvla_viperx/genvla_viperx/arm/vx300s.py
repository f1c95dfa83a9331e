# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Constants of the ViperX 300 S, each with its source.

Source: Interbotix interbotix_ros_manipulators (jazzy), vx300s.urdf.xacro and config/vx300s.yaml.
If Trossen's documentation page disagrees with the URDF, the URDF wins.
"""

from __future__ import annotations

from math import pi
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def _constant(*values: float) -> Array:
    array = np.array(values, dtype=np.float64)
    array.flags.writeable = False
    return array


NUM_JOINTS: Final = 6

JOINT_NAMES: Final = (
    'waist',
    'shoulder',
    'elbow',
    'forearm_roll',
    'wrist_angle',
    'wrist_rotate',
)
"""Joints of the driver's `arm` group, from base to tool. Every joint vector here has this
order."""

GRIPPER_NAME: Final = 'gripper'
MOTOR_NAMES: Final = (*JOINT_NAMES, GRIPPER_NAME)
"""The motors of the driver's group `all`, in its order."""

SHADOW_MOTOR_NAMES: Final = ('shoulder_shadow', 'elbow_shadow')
"""Second servos of two joints. They accept the values written to the first servo (by their
Secondary_ID). The driver reads them only by name, because they are in no group."""

LEFT_FINGER_NAME: Final = 'left_finger'
"""The driver reports this finger as +d, the right finger as -d [m from the centre line]."""

JOINT_LOWER: Final = _constant(-pi + 1e-5, -1.85005, -1.76278, -pi + 1e-5, -1.86750, -pi + 1e-5)
JOINT_UPPER: Final = _constant(pi - 1e-5, 1.25664, 1.60570, pi - 1e-5, 2.23402, pi - 1e-5)
"""Position limits [rad]."""

JOINT_VELOCITY_LIMIT: Final = _constant(pi, pi, pi, pi, pi, pi)
"""Speed limits [rad/s]."""

SLEEP: Final = _constant(0.0, -1.85, 1.55, 0.0, 0.8, 0.0)
"""Folded sleep pose [rad]. The shoulder is 5e-5 rad inside its limit, so the measured value at
rest is often outside: give measured values a tolerance."""

BRIDGE_START_JOINTS: Final = _constant(0.0, -0.1358, 0.4950, 0.0, 1.2112, 0.0)
"""BridgeData V2's start pose on this arm [rad]: tool at (0.30, 0, 0.15) m, gripper straight down.
It is matched in Cartesian space; the WidowX's own joint values would give another pose."""

SHOULDER_HEIGHT: Final = 0.12705
"""Base to shoulder axis along z [m] (URDF 0.079 + 0.04805)."""

UPPER_ARM_X: Final = 0.05955
UPPER_ARM_Z: Final = 0.300
"""Shoulder axis to elbow axis at zero joints [m]."""

FOREARM: Final = 0.300
"""Elbow axis to wrist centre along x [m] (URDF 0.200 + 0.100). forearm_roll, wrist_angle and
wrist_rotate intersect in the wrist centre."""

ELBOW_TO_FOREARM: Final = 0.200
"""Elbow axis to the origin of the forearm_roll joint along x [m]."""

WRIST_ANGLE_TO_ROTATE: Final = 0.069744
"""Wrist centre to the origin of the wrist_rotate joint along x [m]."""

WRIST_TO_TOOL: Final = 0.176944
"""Wrist centre to ee_gripper_link along x [m] (URDF 0.069744 + 0.042825 + 0.025875 + 0.0385)."""

FINGER_CLOSED: Final = 0.021
FINGER_OPEN: Final = 0.057
"""Limits of one finger's distance from the centre line [m]."""

EFFORT_LIMIT_MA: Final = _constant(3100.0, 3100.0, 3100.0, 3100.0, 3100.0, 1600.0)
"""Motor current above which a joint counts as blocked [mA]: 70 % of the stall current at 12 V
(ROBOTIS data sheets: XM540-W270 4.4 A, joints 1-5; XM430-W350 2.3 A, wrist_rotate). Tune it on the
arm."""
