# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The physics of one tabletop scene: an arm with position targets, objects, and a camera."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from math import isfinite
import threading

import mujoco
import numpy as np
from numpy.typing import ArrayLike, NDArray

from genvla_sim.arm.vx300s_model import ARM_JOINTS, PADS, TOOL_SITE
from genvla_sim.physics.renderer import SceneRenderer
from genvla_sim.physics.tabletop_model import build_tabletop
from genvla_sim.scene.camera import TABLE_CAMERA, Camera
from genvla_sim.scene.look import FLOOR, Look
from genvla_sim.scene.objects import OBJECTS
from genvla_sim.scene.placement import Placement
from genvla_sim.scene.state import TABLE, ObjectState, TabletopState
from genvla_viperx.arm import gripper, vx300s

Array = NDArray[np.float64]

_LIMP_FACTOR = 4.0
"""Damping of a joint without torque relative to a powered one: it sinks instead of dropping."""


class TabletopSimulation:
    """A ViperX 300 S at a table with one object of each given name.

        sim = TabletopSimulation(('carrot', 'blue_plate'))
        sim.reset({'carrot': Placement(0.3, 0.1, 0.0), 'blue_plate': Placement(0.4, -0.1, 0.0)})
        sim.set_joint_targets(q)
        sim.step(0.01)
        rgb = sim.render()

    After construction, the arm is at its start pose and the objects are in a row beside it.

    Threads: every method may be called from any thread; they run one at a time, except that
    drawing a frame does not block the others. Only rendering is bound to a thread: the OpenGL
    context belongs to the first thread that calls `render` or `segment`.
    """

    def __init__(self, objects: Sequence[str] = (), *, physics_step_s: float = 0.005) -> None:
        """Compile the scene, about 0.1 s.

        Args:
            objects: Names from `OBJECTS`, each at most once.
            physics_step_s: Time step of the physics [s]; 2 to 5 ms have been tested.
        """
        self.objects = tuple(objects)
        self._model = build_tabletop(self.objects, physics_step_s=physics_step_s)
        self._data = mujoco.MjData(self._model)
        self._lock = threading.RLock()
        self._renderer = SceneRenderer(self._model)
        self._powered = dict.fromkeys((*ARM_JOINTS, vx300s.LEFT_FINGER_NAME), True)
        self._limp = np.zeros(len(ARM_JOINTS), dtype=bool)
        self._finger = int(self._model.actuator(vx300s.LEFT_FINGER_NAME).id)
        self._wanted_time_s = 0.0
        self._servos = (
            self._model.actuator_gainprm.copy(),
            self._model.actuator_biasprm.copy(),
            self._model.dof_damping.copy(),
        )
        self._plain_rgba = self._model.geom_rgba.copy()
        self._contact_names = self._names_of_geoms()
        self.reset()

    @property
    def time_s(self) -> float:
        """Simulated time since the last reset."""
        return float(self._data.time)

    def reset(
        self,
        placements: Mapping[str, Placement] | None = None,
        *,
        joint_positions: ArrayLike = vx300s.BRIDGE_START_JOINTS,
        gripper_opening: float = 1.0,
    ) -> None:
        """Place the arm and the objects at rest, at time zero, with torque on.

        Args:
            placements: Placements of the objects; the others are in a row beside the arm.
            joint_positions: Joint positions and targets, shape (6,) [rad].
            gripper_opening: 0 closed to 1 open.

        Raises:
            ValueError: A placed object is not in the scene.
        """
        places = {name: _beside_the_arm(i) for i, name in enumerate(self.objects)}
        places.update(placements or {})
        unknown = sorted(set(places) - set(self.objects))
        if unknown:
            raise ValueError(f'{unknown} cannot be placed; objects in the scene: {self.objects}')
        with self._lock:
            self.set_torque_enabled(self._powered, True)
            mujoco.mj_resetData(self._model, self._data)
            self._wanted_time_s = 0.0
            self._data.qpos[:6] = joint_positions
            finger = gripper.finger_from_opening(gripper_opening)
            self._data.qpos[6:8] = finger, -finger
            self._data.ctrl[:] = *self._data.qpos[:6], finger
            for name, place in places.items():
                self._place(name, place)
            mujoco.mj_forward(self._model, self._data)

    def set_joint_targets(self, joint_positions: ArrayLike) -> None:
        """Set the targets of the arm's position servos immediately; the caller shapes the motion.

        Args:
            joint_positions: Targets, shape (6,) [rad]; clipped to the joint limits.

        Raises:
            ValueError: The shape is wrong or a value is not finite; nothing is changed.
        """
        targets = np.asarray(joint_positions, dtype=np.float64)
        if targets.shape != (6,) or not np.isfinite(targets).all():
            raise ValueError(f'joint targets must be 6 finite angles [rad], got {targets!r}')
        with self._lock:
            self._data.ctrl[:6] = np.clip(targets, vx300s.JOINT_LOWER, vx300s.JOINT_UPPER)

    def set_finger_target(self, finger_m: float) -> None:
        """Set the target of the finger servo.

        Args:
            finger_m: Offset of one finger from the centre line [m], clipped to 0.021 to 0.057.

        Raises:
            ValueError: The offset is not finite.
        """
        if not isfinite(finger_m):
            raise ValueError(f'a finger target must be a finite offset [m], got {finger_m!r}')
        with self._lock:
            self._data.ctrl[6] = min(max(finger_m, vx300s.FINGER_CLOSED), vx300s.FINGER_OPEN)

    def limit_finger_force(self, force: float) -> None:
        """Set the maximum squeezing force over both fingers, at least 0 [N]."""
        with self._lock:
            self._model.actuator_forcerange[self._finger] = -force, force

    def set_torque_enabled(self, joint_names: Iterable[str], enabled: bool) -> None:
        """Switch servos on or off. A joint without torque sinks slowly under gravity.

        Args:
            joint_names: Names of arm joints or 'left_finger'.
            enabled: Whether to switch on. A joint that is switched on pulls towards its last
                target immediately, as a servo does.
        """
        with self._lock:
            for name in joint_names:
                if enabled != self._powered[name]:
                    self._powered[name] = enabled
                    self._switch(name, enabled)

    def step(self, duration_s: float) -> None:
        """Advance time; remainders of the physics step accumulate without drift."""
        with self._lock:
            self._wanted_time_s += duration_s
            count = round((self._wanted_time_s - self._data.time) / self._model.opt.timestep)
            self._advance(max(count, 0))
            # A step leaves the poses of the previous state; update them to match the joints.
            mujoco.mj_kinematics(self._model, self._data)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Undo, bit by bit, all changes to the scene inside the with statement."""
        with self._lock:
            kept, kept_s = self._data, self._wanted_time_s
            self._data = copy(kept)
        try:
            yield
        finally:
            with self._lock:
                self._data, self._wanted_time_s = kept, kept_s

    def joint_positions(self) -> Array:
        """Return the measured angles, shape (6,) [rad]."""
        with self._lock:
            return np.array(self._data.qpos[:6])

    def joint_velocities(self) -> Array:
        """Return the measured velocities, shape (6,) [rad/s]."""
        with self._lock:
            return np.array(self._data.qvel[:6])

    def joint_torques(self) -> Array:
        """Return the torque of each servo, including gravity compensation, shape (6,) [N m]."""
        with self._lock:
            torques = self._data.actuator_force[:6] + self._data.qfrc_gravcomp[:6]
            return np.where(self._limp, 0.0, torques)

    def joint_targets(self) -> Array:
        """Return the targets of the arm's servos, shape (6,) [rad]."""
        with self._lock:
            return np.array(self._data.ctrl[:6])

    def finger_force(self) -> float:
        """Return the force of the gripper's servo, over both fingers; closing is negative [N]."""
        return float(self._data.actuator_force[self._finger])

    def finger_position(self) -> float:
        """Return the measured offset of one finger from the centre line [m]."""
        return float(self._data.qpos[6])

    def object_pose(self, name: str) -> Array:
        """Return `base_T_object`, shape (4, 4)."""
        with self._lock:
            return _pose(self._data.body(name))

    def state(self) -> TabletopState:
        """Return everything that can be measured now."""
        with self._lock:
            touches = self._touches()
            return TabletopState(
                time_s=self.time_s,
                joint_positions=self.joint_positions(),
                base_T_tool=_pose(self._data.site(TOOL_SITE)),
                finger_m=self.finger_position(),
                objects={
                    name: ObjectState(
                        self.object_pose(name),
                        float(np.linalg.norm(self._data.joint(name).qvel[:3])),
                        frozenset(touches[name]),
                    )
                    for name in self.objects
                },
            )

    def set_look(self, look: Look) -> None:
        """Change colours and light; a reset keeps them."""
        with self._lock:
            look.apply(self._model, self._plain_rgba)

    def render(self, camera: Camera = TABLE_CAMERA) -> NDArray[np.uint8]:
        """Return the current view of the camera, shape (height, width, 3) uint8 RGB.

        Raises:
            RuntimeError: Another thread has rendered this simulation before.
        """
        view = self._renderer.view(camera)
        with self._lock:
            view.look(self._data)
        return view.draw()

    def segment(self, camera: Camera = TABLE_CAMERA) -> NDArray[np.int32]:
        """Return the object in each pixel, shape (height, width).

        The values are indices into `objects`, -1 for pixels without any of them.

        Raises:
            RuntimeError: As for `render`.
        """
        view = self._renderer.view(camera)
        with self._lock:
            view.look(self._data)
        index = {name: i for i, name in enumerate(self.objects)}
        shown = np.array([index.get(name, -1) for name in self._contact_names] + [-1], np.int32)
        return shown[view.draw_geom_ids()]

    def segment_bodies(self, camera: Camera = TABLE_CAMERA) -> NDArray[np.str_]:
        """Return the body in each pixel, shape (height, width).

        The values are an object's name, a link of the arm such as 'wrist_link', 'table', or
        'floor', which also stands for the background.

        Raises:
            RuntimeError: As for `render`.
        """
        view = self._renderer.view(camera)
        with self._lock:
            view.look(self._data)
        names = []
        for index in range(self._model.ngeom):
            geom = self._model.geom(index)
            body = self._model.body(geom.bodyid[0]).name
            names.append(geom.name if body == 'world' else body)
        shown: NDArray[np.str_] = np.array([*names, FLOOR])[view.draw_geom_ids()]
        return shown

    def close(self) -> None:
        """Free the OpenGL contexts; call it from the thread that rendered."""
        self._renderer.close()

    def _advance(self, count: int) -> None:
        if not self._limp.any():
            mujoco.mj_step(self._model, self._data, nstep=count)
            return
        for _ in range(count):
            # The model compensates gravity on every link; cancel that on joints without torque.
            self._data.qfrc_applied[:6] = -self._data.qfrc_gravcomp[:6] * self._limp
            mujoco.mj_step(self._model, self._data)

    def _switch(self, name: str, enabled: bool) -> None:
        """Set or clear an actuator's gains; its index is also that of its joint and freedom."""
        gain, bias, damping = self._servos
        index = self._model.actuator(name).id
        self._model.actuator_gainprm[index] = gain[index] * enabled
        self._model.actuator_biasprm[index] = bias[index] * enabled
        if name in ARM_JOINTS:
            self._limp[index] = not enabled
            self._data.qfrc_applied[index] = 0.0
            self._model.dof_damping[index] = damping[index] * (1.0 if enabled else _LIMP_FACTOR)

    def _place(self, name: str, place: Placement) -> None:
        joint = self._data.joint(name)
        half = 0.5 * place.yaw_rad
        height = OBJECTS[name].rest_height_m
        joint.qpos[:] = place.x_m, place.y_m, height, np.cos(half), 0.0, 0.0, np.sin(half)

    def _names_of_geoms(self) -> list[str]:
        """Return the contact name of each geom: object, pad, table, or '' for anything else."""
        names = []
        for index in range(self._model.ngeom):
            geom = self._model.geom(index)
            body = self._model.body(geom.bodyid[0]).name
            named = geom.name in (*PADS, TABLE)
            names.append(geom.name if named else body if body in self.objects else '')
        return names

    def _touches(self) -> dict[str, set[str]]:
        touches: dict[str, set[str]] = {name: set() for name in (*self.objects, *PADS, TABLE, '')}
        for first, second in self._data.contact.geom.tolist():
            a, b = self._contact_names[first], self._contact_names[second]
            touches[a].add(b)
            touches[b].add(a)
        return touches


def _pose(frame: mujoco.MjData) -> Array:
    pose = np.eye(4)
    pose[:3, :3] = frame.xmat.reshape(3, 3)
    pose[:3, 3] = frame.xpos
    return pose


def _beside_the_arm(index: int) -> Placement:
    return Placement(0.55 - 0.2 * (index % 4), 0.45 - 0.9 * (index // 4 % 2), 0.0)
