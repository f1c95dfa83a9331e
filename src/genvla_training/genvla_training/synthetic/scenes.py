# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of random scenes, with the simulator's full state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import pi

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from genvla_sim.scene.camera import TABLE_CAMERA, Camera
from genvla_sim.scene.look import PLAIN_LOOK, jittered, random_look
from genvla_sim.scene.objects import GRASPABLE, OBJECTS
from genvla_sim.scene.placement import Placement
from genvla_sim.scene.state import TabletopState
from genvla_sim.tasks.expert import Expert
from genvla_sim.tasks.table_v import Skill, Task
from genvla_sim.tasks.tabletop_env import TabletopEnv
from genvla_training.data.episode import Image
from genvla_viperx.arm.inverse_kinematics import solve
from genvla_viperx.arm.rotations import matrix_from_rpy
from genvla_viperx.arm.vx300s import BRIDGE_START_JOINTS

PICTURE_SIZE = (320, 240)
"""Width and height of the pictures [px]."""

_SCENES_PER_TABLE = 12
"""Number of consecutive scenes with the same objects: compiling a model costs ten drawings."""
_MAX_OBJECTS = 4
_EPISODE_SHARE = 0.5
"""Share of the scenes taken from an expert's episode; in the others, the arm pose is random."""


@dataclass(frozen=True, eq=False)
class Scene:
    """A picture and the state that it shows.

    Attributes:
        image: The picture.
        bodies: (height, width) body name of each pixel, see TabletopSimulation.segment_bodies.
        state: The simulator's state.
        camera: The camera that took the picture.
    """

    image: Image
    bodies: NDArray[np.str_]
    state: TabletopState
    camera: Camera


def random_scenes(rng: Generator, count: int, *, plain_share: float = 0.0) -> Iterator[Scene]:
    """Yield scenes of random objects, places, arm poses, colours, light and camera.

    Args:
        rng: The only source of randomness.
        count: Number of scenes.
        plain_share: Share of the scenes with the tasks' own look and camera. In [0, 1].
    """
    for first in range(0, count, _SCENES_PER_TABLE):
        env = TabletopEnv(_random_task(rng), render_images=False)
        try:
            for _ in range(min(_SCENES_PER_TABLE, count - first)):
                yield _random_scene(env, rng, is_plain=rng.random() < plain_share)
        finally:
            env.close()


def _random_task(rng: Generator) -> Task:
    """Return a pick task, or a put task if an object that can carry others is chosen."""
    num_objects = int(rng.integers(1, _MAX_OBJECTS + 1))
    target = str(rng.choice(GRASPABLE))
    # At most one large object, because two plates and a cloth leave little room.
    others = [name for name in OBJECTS if name != target]
    rng.shuffle(others)
    flat = [name for name in others if OBJECTS[name].top_m > 0.0][:1]
    small = [name for name in others if OBJECTS[name].top_m == 0.0]
    chosen = (flat if rng.random() < 0.5 else []) + small
    chosen = chosen[: num_objects - 1]
    destination = next((name for name in chosen if name in flat), None)
    distractors = tuple(name for name in chosen if name != destination)
    skill = Skill.PICK if destination is None else Skill.PUT_ON
    return Task('Random', skill, target, 'look at it', destination, distractors)


def _random_scene(env: TabletopEnv, rng: Generator, *, is_plain: bool) -> Scene:
    _reset(env, rng)
    if rng.random() < _EPISODE_SHARE:
        expert = Expert(env.task)
        for _ in range(int(rng.integers(0, 18))):
            env.step(expert.act(env.state()))
    else:
        env.simulation.reset(
            {
                name: Placement.from_pose(env.simulation.object_pose(name))
                for name in env.task.objects
            },
            joint_positions=_random_joints(rng),
            gripper_opening=float(rng.uniform(0.0, 1.0)),
        )
    simulation = env.simulation
    simulation.set_look(PLAIN_LOOK if is_plain else random_look(rng))
    camera = TABLE_CAMERA.resized(*PICTURE_SIZE)
    camera = camera if is_plain else jittered(camera, rng)
    return Scene(
        simulation.render(camera), simulation.segment_bodies(camera), simulation.state(), camera
    )


def _reset(env: TabletopEnv, rng: Generator) -> None:
    """Lay out the objects, retrying because four with a plate among them do not always fit."""
    while True:
        try:
            env.reset(seed=int(rng.integers(2**31)))
        except ValueError:
            continue
        return


def _random_joints(rng: Generator) -> NDArray[np.float64]:
    """Return the joints of a random reachable pose over the table, with the tool roughly down."""
    while True:
        base_T_tool = np.eye(4)
        tilt = rng.normal(0.0, 0.1, 2)
        base_T_tool[:3, :3] = matrix_from_rpy(
            np.array([tilt[0], pi / 2 + tilt[1], rng.uniform(-pi / 2, pi / 2)])
        )
        base_T_tool[:3, 3] = rng.uniform((0.18, -0.24, 0.05), (0.46, 0.24, 0.28))
        joints = solve(base_T_tool, BRIDGE_START_JOINTS).q
        if joints is not None:
            return joints
