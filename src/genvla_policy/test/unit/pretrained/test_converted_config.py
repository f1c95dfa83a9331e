# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The configuration of a converted model: system, data set, control rate, trained or not."""

import json

import pytest

from genvla_policy.models.config import ConfigError
from genvla_policy.pretrained.convert import convert
from genvla_policy.pretrained.open_pretrained import open_pretrained
from genvla_policy.pretrained.pretrained import CannotConvert


@pytest.mark.parametrize(
    ('writer', 'system', 'expected'),
    [
        ('write_openvla', '', ('openvla', 'bins256', True)),
        ('write_openvla', 'openvla_d', ('openvla_d', 'bins256', True)),
        ('write_openvla', 'openvla_plus', ('openvla_plus', 'fixed4', False)),
        ('write_paligemma', '', ('pi0_plus', 'fixed4', False)),
    ],
)
def test_a_model_counts_as_trained_if_it_keeps_its_head(
    request, tmp_path, writer, system, expected
):
    request.getfixturevalue(writer)(tmp_path / 'source')
    config = convert(open_pretrained(tmp_path / 'source'), tmp_path / 'out', system=system)
    assert (config.name.split('-')[0], config.action_format, config.trained) == expected
    assert config.base == 'source'


@pytest.mark.parametrize('change', [{'horizon': 4}, {'num_cameras': 2}])
def test_a_change_that_it_was_not_trained_for_makes_a_model_untrained(openvla, tmp_path, change):
    assert not convert(open_pretrained(openvla[0]), tmp_path / 'out', **change).trained


def test_a_system_of_the_other_family_is_rejected_with_those_that_fit(paligemma, tmp_path):
    with pytest.raises(CannotConvert, match=r"family pi0; it can be converted to \['pi0', "):
        convert(open_pretrained(paligemma[0]), tmp_path / 'out', system='openvla')


def test_a_change_that_gives_no_valid_system_is_rejected(paligemma, tmp_path):
    with pytest.raises(ConfigError, match='horizon must be at least 1'):
        convert(open_pretrained(paligemma[0]), tmp_path / 'out', horizon=0)


def test_an_unknown_data_set_is_refused_and_the_known_ones_are_named(openvla, tmp_path):
    with pytest.raises(
        CannotConvert, match=r"'kuka'; choose one .*\['bridge_orig', 'fractal20220817_data'\]"
    ):
        convert(open_pretrained(openvla[0]), tmp_path / 'out', dataset='kuka')


def test_several_data_sets_without_bridge_need_a_choice(tmp_path, write_openvla, two_datasets):
    statistics = dict.fromkeys(
        ('fractal20220817_data', 'kuka'), two_datasets['fractal20220817_data']
    )
    write_openvla(tmp_path / 'source', statistics=statistics)
    with pytest.raises(CannotConvert, match='statistics of several data sets; choose one'):
        convert(open_pretrained(tmp_path / 'source'), tmp_path / 'out')


def test_the_control_rate_is_that_of_the_data_set(openvla, tmp_path):
    pretrained = open_pretrained(openvla[0])
    rates = [
        convert(pretrained, tmp_path / dataset, dataset=dataset).control_rate_hz
        for dataset in ('bridge_orig', 'fractal20220817_data')
    ]
    assert rates == [5.0, 3.0]


def test_an_unknown_control_rate_must_be_given(tmp_path, write_openvla, two_datasets):
    write_openvla(tmp_path / 'source', statistics={'kuka': two_datasets['bridge_orig']})
    pretrained = open_pretrained(tmp_path / 'source')
    with pytest.raises(CannotConvert, match=r"control rate of data set 'kuka' .* --control-rate"):
        convert(pretrained, tmp_path / 'out')
    assert convert(pretrained, tmp_path / 'out', control_rate_hz=10.0).control_rate_hz == 10.0


@pytest.mark.parametrize(
    ('dataset', 'ratio'), [('bridge_orig', 4 / 3), ('fractal20220817_data', 1.25)]
)
def test_the_aspect_ratio_is_that_of_the_camera_of_the_data_set(openvla, tmp_path, dataset, ratio):
    config = convert(open_pretrained(openvla[0]), tmp_path / 'out', dataset=dataset)
    assert (config.aspect_ratio, config.resize, config.center_crop) == (ratio, 'lanczos', 1.0)


def test_a_model_without_robot_data_has_no_aspect_ratio(paligemma, tmp_path):
    config = convert(open_pretrained(paligemma[0]), tmp_path / 'out')
    assert (config.aspect_ratio, config.resize, config.center_crop) == (0.0, 'bicubic', 1.0)


def test_a_fine_tuned_openvla_uses_the_centre_crop_of_its_training(
    openvla, tmp_path, two_datasets
):
    source, _ = openvla
    (source / 'dataset_statistics.json').write_text(json.dumps(two_datasets))
    assert convert(open_pretrained(source), tmp_path / 'a').center_crop == 0.9
    assert convert(open_pretrained(source), tmp_path / 'b', center_crop=1.0).center_crop == 1.0


def test_a_released_libero_model_uses_the_centre_crop(tmp_path, write_openvla, two_datasets):
    write_openvla(tmp_path / 'source', statistics={'libero_spatial': two_datasets['bridge_orig']})
    config = convert(open_pretrained(tmp_path / 'source'), tmp_path / 'out')
    assert (config.center_crop, config.aspect_ratio) == (0.9, 0.0)


@pytest.mark.parametrize(('image_aug', 'share'), [(True, 0.9), (False, 1.0), (None, 1.0)])
def test_the_centre_crop_of_a_training_run_is_read_from_its_config(
    tmp_path, save_tokenizer, write_prismatic, image_aug, share
):
    save_tokenizer(tmp_path)
    write_prismatic(tmp_path / 'run', kind='vla')
    path = tmp_path / 'run' / 'config.json'
    said = {} if image_aug is None else {'image_aug': image_aug}
    path.write_text(json.dumps(json.loads(path.read_text()) | said))
    pretrained = open_pretrained(tmp_path / 'run', tokenizer=tmp_path)
    assert convert(pretrained, tmp_path / 'out').center_crop == share
