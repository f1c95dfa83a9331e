# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The picture of the tasks."""

import cv2
import pytest

from genvla_sim.gallery import main


def test_a_row_a_task_with_the_asked_number_of_frames(tmp_path):
    main([str(tmp_path / 'tasks.png'), '--tasks', 'PickCarrot', 'PickKnife', '--frames', '3'])
    assert cv2.imread(str(tmp_path / 'tasks.png')).shape == (2 * 240, 3 * 320, 3)


@pytest.mark.parametrize(
    ('arguments', 'says'),
    [
        (['no/tasks.png'], 'there is no folder no to write tasks.png to'),
        (['tasks.txt'], 'tasks.txt has no ending of a picture'),
        (['tasks.png', '--frames', '1'], 'a first and a last frame: --frames 2 at least'),
        (['tasks.png', '--seed', '-1'], 'seed is -1, expected 0 or more'),
        (['tasks.png', '--tasks', 'Fold'], 'PickCarrot'),
    ],
)
def test_what_cannot_be_drawn_is_refused_at_once(arguments, says, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match='2'):
        main(arguments)
    assert says in capsys.readouterr().err
