# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The gallery image of the tasks."""

import cv2
import pytest

from genvla_sim.gallery import main


def test_each_task_is_a_row_with_the_requested_number_of_frames(tmp_path):
    main([str(tmp_path / 'tasks.png'), '--tasks', 'PickCarrot', 'PickKnife', '--frames', '3'])
    assert cv2.imread(str(tmp_path / 'tasks.png')).shape == (2 * 240, 3 * 320, 3)


@pytest.mark.parametrize(
    ('arguments', 'says'),
    [
        (['no/tasks.png'], 'cannot write no/tasks.png: there is no folder no; create it'),
        (['tasks.txt'], 'tasks.txt is not an image file name'),
        (['tasks.png', '--frames', '1'], '--frames must be at least 2'),
        (['tasks.png', '--seed', '-1'], 'seed is -1, expected 0 or more'),
        (['tasks.png', '--tasks', 'Fold'], 'PickCarrot'),
    ],
)
def test_invalid_options_are_refused_at_once(arguments, says, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match='2'):
        main(arguments)
    assert says in capsys.readouterr().err
