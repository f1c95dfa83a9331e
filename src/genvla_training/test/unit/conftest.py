# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Small LeRobot data sets, and what commands write and say."""

from __future__ import annotations

import numpy as np
import pytest

from genvla_training.data.lerobot import LeRobotWriter

LENGTHS = (7, 1, 12, 9)
TASKS = ('pick up the carrot', 'open the drawer', 'pick up the carrot', 'close the drawer')


def _picture(episode, step, height, width):
    """Return a picture whose blue tells the episode and step; smooth, so that it encodes well."""
    y, x = np.mgrid[:height, :width]
    blue = np.full_like(x, (60 * episode + 11 * step) % 256)
    return np.stack([x * 255 // width, y * 255 // height, blue], axis=-1).astype(np.uint8)


@pytest.fixture(scope='session')
def lerobot_episodes():
    """Arguments of add_episode() for four episodes of two cameras, front and wrist."""
    random = np.random.default_rng(0)
    return [
        {
            'frames': [
                (_picture(number, step, 64, 96), _picture(number + 2, step, 48, 48))
                for step in range(length)
            ],
            'states_TS': random.normal(size=(length, 3)),
            'actions_TA': random.normal(size=(length, 7)),
            'task': task,
        }
        for number, (length, task) in enumerate(zip(LENGTHS, TASKS, strict=True))
    ]


@pytest.fixture(scope='session')
def lerobot_writer():
    """A function that gives a writer for lerobot_episodes."""

    def writer(folder, **options):
        return LeRobotWriter(
            folder,
            fps=5,
            robot_type='tabletop',
            cameras={'front': (64, 96), 'wrist': (48, 48)},
            state_names=['x', 'y', 'z'],
            action_names=['x', 'y', 'z', 'roll', 'pitch', 'yaw', 'gripper'],
            **options,
        )

    return writer


@pytest.fixture(scope='session')
def lerobot_write(lerobot_writer):
    """A function that writes a data set and returns its folder."""

    def write(folder, episodes, **options):
        with lerobot_writer(folder, **options) as writer:
            for episode in episodes:
                writer.add_episode(**episode)
        return folder

    return write


@pytest.fixture(scope='session')
def lerobot_v3(tmp_path_factory, lerobot_episodes, lerobot_write):
    """A v3.0 folder with lerobot_episodes; not to be changed."""
    return lerobot_write(tmp_path_factory.mktemp('lerobot') / 'carrots', lerobot_episodes)


@pytest.fixture(scope='session')
def files_in():
    """A function that gives the bytes of all files of a folder, by their path in it."""

    def files(folder):
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in folder.rglob('*')
            if path.is_file()
        }

    return files


@pytest.fixture
def sentence(capsys):
    """A function that gives what a command says of wrong arguments, without the box around it."""

    def said(main, *arguments):
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        assert ended.value.code != 0
        output = capsys.readouterr()
        text = f'{output.out} {output.err} {ended.value.code}'.replace('\u2502', ' ')
        assert 'Traceback' not in text
        return ' '.join(text.split())

    return said
