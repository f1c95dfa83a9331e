# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What a published model becomes: system, data set, control rate, trained or not."""

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
def test_a_model_is_trained_if_it_keeps_the_head_that_it_was_trained_with(
    request, tmp_path, writer, system, expected
):
    request.getfixturevalue(writer)(tmp_path / 'source')
    config = convert(open_pretrained(tmp_path / 'source'), tmp_path / 'out', system=system)
    assert (config.name.split('-')[0], config.action_format, config.trained) == expected
    assert config.base == 'source'


@pytest.mark.parametrize('change', [{'horizon': 4}, {'num_cameras': 2}])
def test_what_it_was_not_trained_for_makes_it_untrained(openvla, tmp_path, change):
    assert not convert(open_pretrained(openvla[0]), tmp_path / 'out', **change).trained


def test_a_system_of_the_other_family_is_refused_with_those_that_fit(paligemma, tmp_path):
    with pytest.raises(CannotConvert, match=r"of pi0; it can become \['pi0', "):
        convert(open_pretrained(paligemma[0]), tmp_path / 'out', system='openvla')


def test_a_change_that_makes_no_system_is_refused(paligemma, tmp_path):
    with pytest.raises(ConfigError, match='horizon must be at least 1'):
        convert(open_pretrained(paligemma[0]), tmp_path / 'out', horizon=0)


def test_an_unknown_data_set_is_refused_and_the_known_ones_are_named(openvla, tmp_path):
    with pytest.raises(
        CannotConvert, match=r"'kuka'; name one .*\['bridge_orig', 'fractal20220817_data'\]"
    ):
        convert(open_pretrained(openvla[0]), tmp_path / 'out', dataset='kuka')


def test_several_data_sets_without_bridge_need_a_choice(tmp_path, write_openvla, two_datasets):
    statistics = dict.fromkeys(
        ('fractal20220817_data', 'kuka'), two_datasets['fractal20220817_data']
    )
    write_openvla(tmp_path / 'source', statistics=statistics)
    with pytest.raises(CannotConvert, match='statistics of several data sets; name one'):
        convert(open_pretrained(tmp_path / 'source'), tmp_path / 'out')


def test_the_control_rate_is_the_data_set_s(openvla, tmp_path):
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
