# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A protocol: checkpoints, tasks and number of trials, and the setups to arrange."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import yaml


class BadProtocol(ValueError):
    """The protocol file is invalid; the message gives the reason."""


@dataclass(frozen=True)
class Setup:
    """A setup for the operator to arrange.

    Attributes:
        arrange: Description in words.
        photo: Picture of the setup; None: there is none.
    """

    arrange: str
    photo: Path | None = None


@dataclass(frozen=True)
class Task:
    """A task of a protocol.

    Attributes:
        name: Name in the table.
        instruction: Instruction to the policy.
        setups: Setups used in turn, one per repetition.
    """

    name: str
    instruction: str
    setups: tuple[Setup, ...]

    def setup(self, repetition: int) -> Setup:
        """Return the setup of a repetition, from 0; it is the same for every checkpoint."""
        return self.setups[repetition % len(self.setups)]


@dataclass(frozen=True)
class Protocol:
    """Tasks and checkpoints to try.

    Attributes:
        tasks: Tasks in the order of the table.
        checkpoints: Folders by the name in the table; at least two names make a comparison.
        trials: Number of trials of each checkpoint in each task.
        duration_s: Maximum duration of a trial [s].
        seed: Seed of the order.
    """

    tasks: tuple[Task, ...]
    checkpoints: Mapping[str, Path]
    trials: int
    duration_s: float = 30.0
    seed: int = 0

    def task(self, name: str) -> Task:
        """Return a task by its name."""
        return next(task for task in self.tasks if task.name == name)


def read_protocol(path: Path) -> Protocol:
    """Read a YAML file; paths in it are relative to its folder.

    Raises:
        BadProtocol: The file does not exist, is not YAML, or a key is missing, unknown or has a
            wrong value.
    """
    try:
        found = yaml.safe_load(path.read_text(encoding='utf-8'))
        return _protocol(_mapping(found, 'the file'), path.parent)
    except OSError as error:
        raise BadProtocol(f'{path} cannot be read: {error.strerror}') from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadProtocol(f'{path} is not YAML: {error}') from error
    except BadProtocol as error:
        raise BadProtocol(f'{path}: {error}; see docs/trials.md') from error


def _protocol(data: Mapping[str, Any], folder: Path) -> Protocol:
    _check_keys(data, {'tasks', 'checkpoints', 'trials', 'duration_s', 'seed'}, 'the file')
    checkpoints = _mapping(data.get('checkpoints'), 'checkpoints')
    tasks = data.get('tasks')
    if not isinstance(tasks, list) or not tasks or not checkpoints:
        raise BadProtocol(
            'tasks needs a list of at least one task, and checkpoints at least one name with a '
            'folder'
        )
    protocol = Protocol(
        tasks=tuple(_task(_mapping(task, 'a task'), folder) for task in tasks),
        checkpoints={str(name): folder / str(path) for name, path in checkpoints.items()},
        trials=_count(data.get('trials'), 'trials', at_least=1),
        duration_s=_seconds(data.get('duration_s', Protocol.duration_s)),
        seed=_count(data.get('seed', Protocol.seed), 'seed', at_least=0),
    )
    names = [task.name for task in protocol.tasks]
    if len(set(names)) < len(names):
        raise BadProtocol(f'two tasks have the same name: {", ".join(names)}')
    return protocol


def _task(data: Mapping[str, Any], folder: Path) -> Task:
    _check_keys(data, {'name', 'instruction', 'setups'}, 'a task')
    name, instruction = (str(data.get(key) or '').strip() for key in ('name', 'instruction'))
    if not name or not instruction:
        raise BadProtocol(f'a task needs a name and an instruction, got {dict(data)}')
    if '/' in name:
        raise BadProtocol(f'task name {name!r} cannot be a folder name; remove the /')
    setups = data.get('setups')
    if not isinstance(setups, list) or not setups:
        raise BadProtocol(f'task {name!r} needs a list of at least one setup')
    return Task(name, instruction, tuple(_setup(each, name, folder) for each in setups))


def _setup(data: object, task: str, folder: Path) -> Setup:
    if isinstance(data, str):
        return Setup(data)
    setup = _mapping(data, f'a setup of task {task!r}')
    _check_keys(setup, {'arrange', 'photo'}, f'a setup of task {task!r}')
    if not setup.get('arrange'):
        raise BadProtocol(f'a setup of task {task!r} needs `arrange`, which describes the scene')
    photo = folder / str(setup['photo']) if setup.get('photo') else None
    if photo is not None and not photo.is_file():
        raise BadProtocol(f'the photo {photo} does not exist')
    return Setup(str(setup['arrange']), photo)


def _mapping(data: object, what: str) -> Mapping[str, Any]:
    if not isinstance(data, dict):
        raise BadProtocol(f'{what} is {data!r:.60}, expected keys with values')
    return data


def _check_keys(data: Mapping[str, Any], known: set[str], what: str) -> None:
    if unknown := [str(key) for key in data if key not in known]:
        raise BadProtocol(
            f'{what} has an unknown key {unknown[0]!r}; expected {", ".join(sorted(known))}'
        )


def _count(value: object, key: str, *, at_least: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < at_least:
        raise BadProtocol(f'{key} is {value!r}, expected an integer of at least {at_least}')
    return value


def _seconds(value: object) -> float:
    if not isinstance(value, int | float) or not isfinite(value) or not value > 0:
        raise BadProtocol(f'duration_s is {value!r}, expected a number of seconds above 0')
    return float(value)
