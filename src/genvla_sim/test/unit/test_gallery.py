# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The picture of the tasks."""

import cv2
import pytest

from genvla_sim.gallery import main


def test_a_row_a_task_with_the_asked_number_of_frames(tmp_path):
    main([str(tmp_path / 'tasks.png'), '--tasks', 'PickCarrot', 'PickKnife', '--frames', '3'])
    assert cv2.imread(str(tmp_path / 'tasks.png')).shape == (2 * 240, 3 * 320, 3)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(SystemExit, match='cannot be written; does its folder exist'):
        main([str(tmp_path / 'no' / 'tasks.png'), '--tasks', 'PickCarrot'])
