# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The twelve rows of the paper's Table V as data, each with its success test."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from math import hypot

from numpy.random import Generator

from genvla_sim.arm.vx300s_model import PADS
from genvla_sim.scene import placement
from genvla_sim.scene.objects import GRASPABLE, OBJECTS, PLATE_COLORS
from genvla_sim.scene.placement import Placement
from genvla_sim.scene.state import TABLE, ObjectState, TabletopState

LIFTED_M = 0.05
"""Minimum height above rest at which a held object counts as picked."""
NEAR_M = 0.05
"""Maximum free distance between two objects that count as near each other."""
RESTING_SPEED_M_S = 0.05

_GAP_M = 0.045
"""Gap around every object at reset, so that open fingers fit beside it."""
_APART_M = 0.09
"""Gap at reset if the task is to bring two objects near each other."""


class Skill(Enum):
    """What to do with the target object."""

    PICK = 'pick'
    PUT_ON = 'put on'
    PLACE_NEAR = 'place near'


@dataclass(frozen=True)
class Task:
    """One task: its instruction, objects and success test."""

    name: str
    skill: Skill
    target: str
    """The object to move."""
    instruction: str
    destination: str | None = None
    """The object to put the target on, or near to; None for a pick."""
    distractors: tuple[str, ...] = ()
    """Objects that the task does not need and that may mislead a policy."""
    plate_colors: tuple[str, ...] = ()
    """If not empty, `{color}` and `{other}` stand for two of these, drawn for each episode."""
    num_random_distractors: int = 0
    """Number of further graspable objects, drawn for each episode."""

    @property
    def objects(self) -> tuple[str, ...]:
        """All objects on the table; large ones first, so that random placement finds room."""
        names = (self.target, *self._destinations, *self.distractors)
        return tuple(sorted(names, key=lambda name: (-OBJECTS[name].radius_m, name)))

    @property
    def _destinations(self) -> tuple[str, ...]:
        return () if self.destination is None else (self.destination,)

    @property
    def _other_graspables(self) -> list[str]:
        taken = {self.target, *self._destinations, *self.distractors}
        return [name for name in GRASPABLE if name not in taken]

    def draw(self, rng: Generator) -> Task:
        """Return the task of one episode: this one, with colours and distractors drawn."""
        return self._draw_colors(rng)._draw_distractors(rng)

    def cluttered(self, count: int) -> Task:
        """Return the same task with more objects on the table, drawn for each episode.

        Raises:
            ValueError: There are fewer other objects than `count`.
        """
        others = self._other_graspables
        if count > len(others):
            raise ValueError(
                f'{self.name} leaves only {len(others)} other graspable objects, but {count} were '
                'requested'
            )
        return replace(self, num_random_distractors=count)

    def _draw_distractors(self, rng: Generator) -> Task:
        if not self.num_random_distractors:
            return self
        drawn = rng.choice(self._other_graspables, self.num_random_distractors, replace=False)
        return replace(
            self,
            distractors=(*self.distractors, *(str(name) for name in drawn)),
            num_random_distractors=0,
        )

    def _draw_colors(self, rng: Generator) -> Task:
        if not self.plate_colors:
            return self
        color, other = rng.choice(self.plate_colors, size=2, replace=False)
        return replace(
            self,
            instruction=self.instruction.format(color=color),
            destination=f'{color}_plate',
            distractors=(f'{other}_plate',),
            plate_colors=(),
        )

    def place(self, rng: Generator) -> dict[str, Placement]:
        """Return the placements of a drawn task's objects at the start of one episode."""
        apart = _APART_M if self.skill is Skill.PLACE_NEAR else _GAP_M
        return placement.sample(self.objects, rng, min_gap_m=apart)

    def success(self, state: TabletopState) -> bool:
        """Return whether a drawn task is done in this state."""
        target = state.objects[self.target]
        if self.destination is None:
            return is_lifted(self.target, target)
        released = not is_touched(target) and target.speed_m_s < RESTING_SPEED_M_S
        return released and self.is_placed(state)

    def is_placed(self, state: TabletopState) -> bool:
        """Return whether the target is at its destination, held or not; false for a pick."""
        if self.destination is None:
            return False
        target, destination = state.objects[self.target], state.objects[self.destination]
        if self.skill is Skill.PUT_ON:
            return is_on(target, self.destination, destination)
        return TABLE in target.touches and (
            free_distance(self.target, target, self.destination, destination) <= NEAR_M
        )


def lifted(state: TabletopState) -> str:
    """Return the name of the object that is held in the air; empty if there is none."""
    return next((name for name, item in state.objects.items() if is_lifted(name, item)), '')


def is_lifted(name: str, item: ObjectState) -> bool:
    """Return whether an object is held high enough to count as picked."""
    return is_held(item) and height_above_rest(name, item) > LIFTED_M


def is_held(item: ObjectState) -> bool:
    """Return whether both finger pads touch an object."""
    return item.touches.issuperset(PADS)


def is_touched(item: ObjectState) -> bool:
    """Return whether either finger pad touches an object."""
    return not item.touches.isdisjoint(PADS)


def height_above_rest(name: str, item: ObjectState) -> float:
    """Return the height of an object's origin above its height at rest on the table [m]."""
    return float(item.position[2]) - OBJECTS[name].rest_height_m


def free_distance(name: str, item: ObjectState, other_name: str, other: ObjectState) -> float:
    """Return the free distance between two footprints [m]; negative if they overlap."""
    return placement.gap(
        OBJECTS[name],
        Placement.from_pose(item.base_T_object),
        OBJECTS[other_name],
        Placement.from_pose(other.base_T_object),
    )


def is_on(item: ObjectState, base_name: str, base: ObjectState) -> bool:
    """Return whether an object touches a plate or cloth with its origin over it."""
    offset = item.position[:2] - base.position[:2]
    return base_name in item.touches and hypot(*offset) < OBJECTS[base_name].radius_m


def _pick(target: str, *distractors: str) -> Task:
    name = f'Pick{target.capitalize()}' + ''.join(f'+{d}' for d in distractors)
    return Task(name, Skill.PICK, target, f'pick up the {target}', distractors=distractors)


def _put_carrot_on_plate(*distractors: str) -> Task:
    return Task(
        'PutCarrotOnPlate' + ''.join(f'+{d}' for d in distractors),
        Skill.PUT_ON,
        'carrot',
        'put the carrot on the plate',
        'blue_plate',
        distractors,
    )


_ROWS = (
    _pick('carrot'),
    _pick('eggplant'),
    _pick('knife'),
    Task('PlaceKnifeNearCorn', Skill.PLACE_NEAR, 'knife', 'place the knife near the corn', 'corn'),
    Task('PutKnifeOnCloth', Skill.PUT_ON, 'knife', 'put the knife on the cloth', 'cloth'),
    _put_carrot_on_plate(),
    Task('PlaceCornNearKnife', Skill.PLACE_NEAR, 'corn', 'place the corn near the knife', 'knife'),
    _pick('carrot', 'knife'),
    _pick('knife', 'carrot'),
    _put_carrot_on_plate('knife'),
    Task(
        'PutCarrotOn{Color}Plate+plate',
        Skill.PUT_ON,
        'carrot',
        'put the carrot on the {color} plate',
        '{color}_plate',
        ('{other}_plate',),
        tuple(PLATE_COLORS),
    ),
    _put_carrot_on_plate('cloth'),
)

TASKS: dict[str, Task] = {task.name: task for task in _ROWS}
"""The rows of Table V by name, in its order; the suffix after '+' names the distractor."""
