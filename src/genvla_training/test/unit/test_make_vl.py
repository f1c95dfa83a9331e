# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The command that makes vision-language data."""

from __future__ import annotations

import json

import numpy as np
import pytest

from genvla_command.kept_settings import SettingsMismatch
from genvla_training import make_vl as command
from genvla_training.data.llava_json import open_llava_json
from genvla_training.make_vl import VlOptions, main, make_vl
from genvla_training.synthetic.geometry import is_long
from genvla_training.synthetic.scenes import random_scenes

SCENES, SEED = 7, 3


@pytest.fixture(scope='module', autouse=True)
def _small_parts():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, 'SCENES_PER_PART', 3)
        yield


@pytest.fixture(scope='module')
def whole(tmp_path_factory, in_this_process):
    """The folder of an uninterrupted run in three parts; not to be changed."""
    with in_this_process():
        return make(tmp_path_factory.mktemp('vl') / 'whole')


def make(folder, **options):
    return make_vl(VlOptions(folder, scenes=SCENES, seed=SEED, **options), workers=1).parent


def test_every_scene_has_an_image_and_a_conversation(whole):
    entries = json.loads((whole / 'vl.json').read_text())
    assert [entry['id'] for entry in entries] == [f'{number:06d}' for number in range(SCENES)]
    assert sorted(path.name for path in (whole / 'images').iterdir()) == [
        f'{number:06d}.jpg' for number in range(SCENES)
    ]


def test_the_file_opens_as_llava_json(whole):
    dataset = open_llava_json(whole / 'vl.json')
    assert len(dataset) == SCENES
    for index in range(SCENES):
        read = dataset.read(index)
        assert [image.shape for image in read.images] == [(240, 320, 3)]
        assert 1 <= len(read.turns) <= 4
        assert all(turn.question and turn.answer for turn in read.turns)
        assert '<image>' not in read.turns[0].question


def test_an_entry_has_patch_labels_and_object_positions(whole):
    for entry in json.loads((whole / 'vl.json').read_text()):
        assert len(entry['patches']) == 64
        assert 0.0 <= entry['gripper']['opening'] <= 1.01
        for thing in entry['objects'].values():
            assert all(0.0 <= number <= 1.0 for number in thing['point'])
            assert np.abs(thing['from_gripper_m']).max() < 1.0
        for name, thing in entry['objects'].items():
            assert ('turn_rad' in thing) == ('yaw_rad' in thing) == is_long(name)
            if is_long(name):
                assert -np.pi / 2 <= thing['turn_rad'] < np.pi / 2 + 1e-4
                turned = thing['yaw_rad'] - entry['gripper']['yaw_rad'] - thing['turn_rad']
                assert abs(np.sin(turned)) < 1e-3  # half turns


def test_a_stored_image_matches_the_camera_image(whole):
    scene = next(random_scenes(np.random.default_rng((SEED, 0)), 3, plain_share=0.3))
    [picture] = open_llava_json(whole / 'vl.json').read(0).images
    assert np.abs(picture.astype(float) - scene.image).mean() < 3.0  # of 255; it is a JPEG


def test_an_interrupted_run_resumes_with_the_same_result(whole, tmp_path, files_in):
    (tmp_path / 'vl' / 'images' / '000005.jpg').mkdir(parents=True)  # cannot be written
    settings = (whole / 'settings.json').read_text()
    (tmp_path / 'vl' / 'settings.json').write_text(settings)
    with pytest.raises(
        OSError, match=r'000005\.jpg could not be written; check that the disk is not full'
    ):
        make(tmp_path / 'vl')
    assert [path.name for path in (tmp_path / 'vl' / 'parts').iterdir()] == ['00000.json']
    assert not (tmp_path / 'vl' / 'vl.json').exists()
    (tmp_path / 'vl' / 'images' / '000005.jpg').rmdir()
    assert files_in(make(tmp_path / 'vl')) == files_in(whole)


def test_existing_parts_are_not_drawn_again(whole, tmp_path):
    (tmp_path / 'parts').mkdir()
    for name in ('settings.json', *(f'parts/0000{part}.json' for part in range(3))):
        (tmp_path / name).write_bytes((whole / name).read_bytes())
    assert (make(tmp_path) / 'vl.json').read_bytes() == (whole / 'vl.json').read_bytes()
    assert list((tmp_path / 'images').iterdir()) == []


def test_the_total_number_of_scenes_does_not_change_earlier_parts(
    whole, tmp_path, in_this_process
):
    with in_this_process():
        shorter = make_vl(VlOptions(tmp_path / 'vl', scenes=3, seed=SEED), workers=1)
    assert json.loads(shorter.read_text()) == json.loads((whole / 'vl.json').read_text())[:3]


@pytest.mark.parametrize(
    ('option', 'value'), [('turns', 2), ('plain_share', 0.4), ('seed', 4), ('scenes', 8)]
)
def test_a_folder_with_other_options_is_refused_and_unchanged(whole, option, value, files_in):
    before = files_in(whole)
    options = {'scenes': SCENES, 'seed': SEED} | {option: value}
    with pytest.raises(SettingsMismatch, match=rf'{option} .*, now {value}; delete the folder'):
        make_vl(VlOptions(whole, **options), workers=1)
    assert files_in(whole) == before


@pytest.mark.parametrize(
    ('arguments', 'said'),
    [
        (['--scenes', '0'], 'scenes is 0, expected 1 or more'),
        (['--turns', '0'], 'turns is 0, expected 1 or more'),
        (['--seed', '-1'], 'seed is -1, expected 0 or more'),
        (['--plain-share', '30'], 'plain_share is 30.0, expected a share from 0 to 1'),
        (['--scenes', 'many'], '--scenes'),
    ],
)
def test_invalid_options_end_with_a_one_line_message(tmp_path, sentence, arguments, said):
    assert said in sentence(main, tmp_path / 'vl', *arguments)
    assert not (tmp_path / 'vl').exists()


def test_a_folder_with_other_files_ends_with_a_one_line_message(tmp_path, sentence):
    (tmp_path / 'thesis.tex').touch()
    assert 'SettingsMismatch: ' in sentence(main, tmp_path)


def test_an_unwritable_folder_ends_with_a_one_line_message(tmp_path, sentence):
    (tmp_path / 'file').touch()
    said = sentence(main, tmp_path / 'file' / 'vl')
    assert 'vl cannot be read or written: Not a directory; choose another path' in said


def test_help_names_the_command_and_every_option(capsys):
    with pytest.raises(SystemExit, match='0'):
        main(['--help'])
    said = capsys.readouterr().out
    assert 'usage: python -m genvla_training.make_vl' in said
    for option in ('--scenes', '--seed', '--turns', '--plain-share'):
        assert option in said
