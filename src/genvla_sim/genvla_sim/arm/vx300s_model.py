# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""MuJoCo model of one ViperX 300 S, built from the meshes in the gym-aloha wheel."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import mujoco

from genvla_viperx.arm import vx300s

ARM_JOINTS = vx300s.JOINT_NAMES
"""Actuated arm joints, in the order of every (6,) joint vector in this package."""

TOOL_SITE = 'ee_gripper_link'
PADS = ('left_pad', 'right_pad')
"""Collision boxes of the fingers, the only parts of the arm that can touch an object. They meet
where the fingers are at their lower limit."""

_FINGER_RANGE_M = (vx300s.FINGER_CLOSED - 0.006, vx300s.FINGER_OPEN)
"""Wider than the real finger's range, so that contact and not the joint limit ends a grasp."""

_TOOL_IN_GRIPPER_LINK = (0.1072, 0.0, 0.0)
_SOURCE_PREFIX = 'vx300s_left/'


@dataclass(frozen=True)
class _Servo:
    """Gains of one position servo, chosen for a lag kv/kp of 0.08 to 0.1 s and no static error.

    The force limits are above the data sheet's torques, so that the lag is the same for every
    load. A pushed joint therefore yields later than a real one.
    """

    kp: float
    """[N m/rad]"""
    kv: float
    """[N m s/rad]"""
    armature: float
    """[kg m2]"""
    force_limit: float
    """[N m]"""


_SERVOS = {
    'waist': _Servo(300.0, 30.0, 0.10, 35.0),
    'shoulder': _Servo(600.0, 60.0, 0.15, 57.0),
    'elbow': _Servo(400.0, 40.0, 0.10, 35.0),
    'forearm_roll': _Servo(100.0, 8.0, 0.03, 22.0),
    'wrist_angle': _Servo(100.0, 8.0, 0.03, 22.0),
    'wrist_rotate': _Servo(60.0, 5.0, 0.02, 10.0),
}
_FINGER_SERVO = _Servo(4000.0, 200.0, 1.0, 25.0)  # [N/m], [N s/m], [kg], [N]; lag 0.05 s
FINGER_FORCE = _FINGER_SERVO.force_limit
"""Maximum squeezing force of the gripper, over both fingers [N]."""

_MODEL_XML = """
<mujoco model="vx300s">
  <compiler angle="radian" meshdir="{meshes}" inertiafromgeom="auto" inertiagrouprange="0 5"/>
  {assets}
  <worldbody>{body}</worldbody>
</mujoco>
"""


def asset_folder() -> Path:
    """Return the folder of the ViperX meshes in the gym-aloha wheel, without importing it.

    Raises:
        FileNotFoundError: gym-aloha is not installed.
    """
    spec = find_spec('gym_aloha')
    if spec is None or spec.origin is None:
        raise FileNotFoundError(
            'the ViperX meshes come with the package gym-aloha, which is not installed: '
            'run "pip install gym-aloha"'
        )
    return Path(spec.origin).parent / 'assets'


def build_arm() -> mujoco.MjSpec:
    """Return one ViperX 300 S with position servos, base link at the origin, x forward, z up.

    The kinematics are those of the vx300s URDF. Three things differ from the upstream model. The
    servos are our own, because the upstream dry friction of 30 to 60 N m makes dead zones of over
    1 rad. Gravity compensation replaces the servos' integral term. The only collision shape is one
    box pad per finger.
    """
    folder = asset_folder()
    spec = mujoco.MjSpec.from_string(
        _MODEL_XML.format(
            meshes=folder,
            assets=_element(folder / 'vx300s_dependencies.xml', 'asset'),
            body=_element(folder / 'vx300s_left.xml', 'body'),
        )
    )
    _strip_upstream_extras(spec)
    for geom in spec.geoms:
        geom.contype = geom.conaffinity = 0
        geom.rgba = (0.13, 0.13, 0.14, 1.0)
    _add_tool_and_pads(spec)
    _add_servos(spec)
    return spec


def _element(path: Path, tag: str) -> str:
    text = path.read_text()
    return text[text.index(f'<{tag}') : text.rindex(f'</{tag}>') + len(f'</{tag}>')]


def _strip_upstream_extras(spec: mujoco.MjSpec) -> None:
    """Remove the bimanual scene's cameras, sites and name prefix; move the base to the origin."""
    for element in (*spec.cameras, *spec.sites):
        spec.delete(element)
    spec.delete(spec.body(_SOURCE_PREFIX + 'camera_focus'))
    base = spec.body('vx300s_left')
    base.name = 'base_link'
    base.pos = (0.0, 0.0, 0.0)
    for element in (*spec.bodies, *spec.joints, *spec.geoms):
        element.name = element.name.removeprefix(_SOURCE_PREFIX)
    for body in spec.bodies[1:]:
        body.gravcomp = 1.0


def _add_tool_and_pads(spec: mujoco.MjSpec) -> None:
    spec.body('gripper_link').add_site(name=TOOL_SITE, pos=_TOOL_IN_GRIPPER_LINK, group=3)
    for pad, side in zip(PADS, (1.0, -1.0), strict=True):
        finger = spec.body(pad.replace('pad', 'finger_link'))
        finger.geoms[0].pos[1] += side * 0.0014  # keeps the meshes apart when the pads meet
        finger.add_geom(
            name=pad,
            type=mujoco.mjtGeom.mjGEOM_BOX,
            size=(0.032, 0.005, 0.010),
            pos=(0.0530, side * (0.005 - vx300s.FINGER_CLOSED), 0.0),
            mass=0.001,
            friction=(1.5, 0.02, 0.0005),
            condim=4,
            priority=1,
            solref=(0.01, 1.0),
            solimp=(0.95, 0.99, 0.001, 0.5, 2.0),
            group=3,
            rgba=(0.13, 0.13, 0.14, 1.0),
        )


def _add_servos(spec: mujoco.MjSpec) -> None:
    for name in ARM_JOINTS:
        servo, joint = _SERVOS[name], spec.joint(name)
        joint.damping, joint.frictionloss, joint.armature = (1.0, 0.0, 0.0), 0.1, servo.armature
        _add_position_actuator(spec, name, servo, (joint.range[0], joint.range[1]))
    for name, side in (('left_finger', 1.0), ('right_finger', -1.0)):
        joint = spec.joint(name)
        joint.damping, joint.frictionloss, joint.armature = (
            (1.0, 0.0, 0.0),
            0.1,
            _FINGER_SERVO.armature,
        )
        joint.range = sorted(side * limit for limit in _FINGER_RANGE_M)
    _add_position_actuator(spec, 'left_finger', _FINGER_SERVO, _FINGER_RANGE_M)
    spec.add_equality(
        type=mujoco.mjtEq.mjEQ_JOINT,
        name1='right_finger',
        name2='left_finger',
        data=(0.0, -1.0, *[0.0] * 9),
        solref=(0.01, 1.0),
    )


def _add_position_actuator(
    spec: mujoco.MjSpec, joint: str, servo: _Servo, control_range: tuple[float, float]
) -> None:
    spec.add_actuator(
        name=joint,
        target=joint,
        trntype=mujoco.mjtTrn.mjTRN_JOINT,
        gaintype=mujoco.mjtGain.mjGAIN_FIXED,
        gainprm=(servo.kp, *[0.0] * 9),
        biastype=mujoco.mjtBias.mjBIAS_AFFINE,
        biasprm=(0.0, -servo.kp, -servo.kv, *[0.0] * 7),
        ctrllimited=True,
        ctrlrange=control_range,
        forcelimited=True,
        forcerange=(-servo.force_limit, servo.force_limit),
    )
