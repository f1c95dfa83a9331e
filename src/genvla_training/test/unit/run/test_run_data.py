# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The data of a run: sources, held-out data and fingerprints."""

from dataclasses import replace
import json
from types import SimpleNamespace

import numpy as np
import pytest

from genvla_policy.models.systems import system_config
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer
from genvla_training.data.episode import BadData, shared_aspect_ratio
from genvla_training.data.llava_json import open_llava_json
from genvla_training.data.rlds import OXE_MIXTURES
from genvla_training.run.config import (
    ModelChoice,
    RobotData,
    RobotMixture,
    ValidationOptions,
    VisionLanguageData,
)
from genvla_training.run.data_sets import open_robot, open_vision_language, robot_statistics
from genvla_training.run.recipes import RECIPES, tiny, tiny_base
from genvla_training.run.run_data import OpenedData, open_data, run_data

START = SimpleNamespace(config=system_config('pi0_s', 'tiny'), tokenizer=build_tiny_tokenizer())


@pytest.fixture
def conversations(tmp_path):
    """A function that opens conversations with some answers."""

    def opened(*answers):
        entries = [
            {'conversations': [{'from': 'human', 'value': '?'}, {'from': 'gpt', 'value': answer}]}
            for answer in answers
        ]
        (tmp_path / 'vl.json').write_text(json.dumps(entries))
        return open_llava_json(tmp_path / 'vl.json')

    return opened


@pytest.mark.parametrize(('every_steps', 'trained', 'held_out'), [(500, 8, [2]), (0, 10, [])])
def test_without_validation_nothing_is_held_out(conversations, every_steps, trained, held_out):
    validation = ValidationOptions(every_steps=every_steps, episode_share=0.2)
    config = replace(tiny_base(), validation=validation)
    data = run_data(config, OpenedData([], [conversations(*'abcdefghij')], None), START)
    assert data.parts[0].sources[0].lengths_E.sum() == trained
    assert [source.lengths_E.sum() for source in data.held_out] == held_out


def fingerprint(dataset, statistics=None):
    is_robot = statistics is not None
    opened = OpenedData(
        [dataset] * is_robot, [dataset] * (not is_robot), {dataset.name: statistics}
    )
    return opened.fingerprints[dataset.name]


def test_conversations_are_identified_by_their_location(conversations):
    same = fingerprint(conversations('one', 'two'))
    assert fingerprint(conversations('six', 'ten')) == same  # as far as can be seen unread
    assert fingerprint(conversations('one', 'three')) != same


def test_demonstrations_are_identified_by_their_lengths_and_actions():
    dataset = SimpleNamespace(name='demos', lengths_E=np.array([3, 4]))
    same = fingerprint(dataset, {'action': {'q01': [0.1, -0.2], 'mask': [True]}})
    # Another machine sums in another order.
    assert fingerprint(dataset, {'action': {'q01': [0.1 + 1e-15, -0.2], 'mask': [True]}}) == same
    assert fingerprint(dataset, {'action': {'q01': [0.1, -0.21], 'mask': [True]}}) != same
    longer = SimpleNamespace(name='demos', lengths_E=np.array([3, 5]))
    assert fingerprint(longer, {'action': {'q01': [0.1, -0.2], 'mask': [True]}}) != same


def test_a_transform_function_can_be_given_by_name(lerobot_v3):
    transform = 'numpy:concatenate'
    data = RobotData(lerobot_v3, transform=transform)
    assert open_robot(data, image_size=None).action_transform is np.concatenate


@pytest.mark.parametrize(
    'transform', ['deltas', 'numpy:no_such_thing', 'no_such_module:deltas', ':', 'numpy:pi']
)
def test_an_unavailable_function_is_named(lerobot_v3, transform):
    with pytest.raises(BadData, match=rf"transform '{transform}' .*expected MODULE:FUNCTION"):
        open_robot(RobotData(lerobot_v3, transform=transform), image_size=None)


def test_an_episode_that_is_left_out_counts_in_no_statistic(caplog):
    class Demos:
        name, lengths_E = 'demos', np.array([2, 2, 2])

        def actions(self, index):
            return np.full((2, 7), 0.01 * index) + np.arange(2)[:, None]

        def instruction(self, index):
            return 'go'

        def states(self, index):
            if index == 1:
                raise BadData('episode 1 has no states')
            return np.zeros((2, 3))

    found = robot_statistics([Demos()], allow_still=[False], skip_bad=True, with_states=True)
    assert found['demos']['num_trajectories'] == 2
    assert found['demos']['num_transitions'] == 4
    assert 'not counted in the action bounds: episode 1 has no states' in caplog.text


def test_cameras_cannot_be_chosen_for_rlds():
    data = RobotData('bridge', format='rlds', cameras=('front',))
    with pytest.raises(BadData, match='cameras can only be chosen for lerobot'):
        open_robot(data, image_size=None)


def test_a_mixture_lists_the_data_sets_without_a_transform():
    with pytest.raises(
        ValueError, match=r"oxe_magic_soup_plus: no transform for \['kuka'.*--robot"
    ):
        replace(tiny(), robot_mixture=RobotMixture('oxe_magic_soup_plus'))


@pytest.mark.parametrize(
    ('mixture', 'said'),
    [
        (RobotMixture('soup'), "no mixture is called 'soup'"),
        (RobotMixture('rtx', leave_out=('droid',)), r"leave_out names \['droid'\]"),
    ],
)
def test_an_unknown_mixture_or_data_set_is_refused(mixture, said):
    with pytest.raises(ValueError, match=said):
        replace(tiny(), robot_mixture=mixture)


def test_a_mixture_is_drawn_by_its_weights_times_the_steps(
    tmp_path, rlds_write, rlds_episode, rlds_droid, droid_episode
):
    rlds_write(tmp_path / 'bridge_orig', [[rlds_episode(0), rlds_episode(1), rlds_episode(2)]])
    rlds_droid(tmp_path / 'droid', droid_episode(0), droid_episode(1))
    only = ('bridge_orig', 'droid')
    without = tuple(n for n in OXE_MIXTURES['oxe_magic_soup_plus'] if n not in only)
    mixture = RobotMixture('oxe_magic_soup_plus', tmp_path, without)
    robot_only = replace(tiny(), model=ModelChoice('pi0_s'), vision_language=())
    opened = open_data(replace(robot_only, robot_mixture=mixture))
    assert [dataset.name for dataset in opened.robot] == ['bridge_orig', 'droid']
    # Of six steps, Bridge's first and last are left out.
    assert opened.robot_weights == pytest.approx([1.0 * 3 * 4, 0.06 * 2 * 6])


@pytest.mark.parametrize(
    ('data', 'said'),
    [
        (VisionLanguageData('a.json', split='train'), 'split is only for parquet'),
        (
            VisionLanguageData('a', format='parquet', image_folder='b'),
            'image_folder is only for llava',
        ),
    ],
)
def test_options_of_another_format_are_refused(data, said):
    with pytest.raises(BadData, match=said):
        open_vision_language(data)


@pytest.mark.parametrize(
    ('ratios', 'shared'),
    [([], 0.0), ([4 / 3, 1.334], 4 / 3), ([4 / 3, 1.25], 0.0), ([4 / 3, 0.0], 0.0)],
)
def test_data_sets_share_one_aspect_ratio_or_have_none(ratios, shared):
    assert shared_aspect_ratio(ratios) == shared


def test_a_run_stores_the_aspect_ratio_of_its_cameras(lerobot_v3):
    config = replace(RECIPES['pi0_s_tiny'](), robot=(RobotData(lerobot_v3, allow_still=True),))
    assert open_data(config).aspect_ratio == 1.5
    squashed = RobotData(lerobot_v3, allow_still=True, aspect_ratio=16 / 9)
    assert open_data(replace(config, robot=(squashed,))).aspect_ratio == 16 / 9
