# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Every planted defect is found at its location, and a good data set has no findings."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from genvla_policy.action_text.normalization import ActionNormalizer
from genvla_training.data.action_statistics import action_statistics
from genvla_training.data.episode import BadData, Episode
from genvla_training.lint.clock_checks import state_findings
from genvla_training.lint.page import lint_page, lint_text
from genvla_training.lint.survey import range_findings, survey

LENGTH, RATE_HZ = 60, 5.0
BOUNDS = ActionNormalizer(
    np.array([-0.02] * 6 + [0.0]), np.array([0.02] * 6 + [1.0]), np.array([True] * 6 + [False])
)


@dataclass
class Dataset:
    """Episodes in memory; None stands for an unreadable one."""

    episodes: list[Episode | None]
    name: str = 'here'
    control_rate_hz: float = RATE_HZ

    @property
    def lengths_E(self):
        return np.array([LENGTH for _ in self.episodes])

    def read(self, index):
        if self.episodes[index] is None:
            raise BadData(f'episode {index} is cut off')
        return self.episodes[index]


def episode(seed):
    """Return an episode in which the image brightness follows the motion of the arm."""
    rng = np.random.default_rng(seed)
    speeds_T6 = rng.choice([0.2, 1.0], (LENGTH, 1)) * rng.uniform(0.3, 1.0, (LENGTH, 6))
    actions_TA = np.concatenate(
        [0.02 * speeds_T6 * rng.choice([-1.0, 1.0], (LENGTH, 6)), np.ones((LENGTH, 1))], axis=1
    )
    actions_TA[LENGTH // 2 :, 6] = 0.0
    states_TS = np.cumsum(np.vstack([np.zeros(6), actions_TA[:-1, :6]]), axis=0)
    speeds_T = np.linalg.norm(actions_TA[:, :3], axis=1)
    return Episode(f'episode {seed}', 'pick it up', actions_TA, pictures(speeds_T), states_TS)


def pictures(speeds_T):
    """Return grey images that change as fast as the arm moves."""
    level_T = 40.0 + 2000.0 * np.concatenate([[0.0], np.cumsum(speeds_T[:-1])]) % 180.0
    return [(np.full((24, 32, 3), round(level), np.uint8),) for level in level_T]


def dataset(**changed):
    """Return twelve good episodes; changes are given by keyword (n3=change for episode 3)."""
    episodes = [episode(seed) for seed in range(12)]
    for number, change in changed.items():
        index = int(number.removeprefix('n'))
        episodes[index] = change(episodes[index])
    return Dataset(episodes)


def found(data, against=None):
    return {(each.check, each.episode, each.step) for each in survey(data, against).findings}


def with_actions(value, steps, columns=slice(None)):
    def change(good):
        actions_TA = good.actions_TA.copy()
        actions_TA[steps, columns] = value
        return replace(good, actions_TA=actions_TA)

    return change


def with_picture(steps, of):
    def change(good):
        frames = list(good.frames)
        for step in steps:
            frames[step] = of(frames, step)
        return replace(good, frames=frames)

    return change


def black(_frames, _step):
    return (np.zeros((24, 32, 3), np.uint8),)


def test_good_data_has_no_findings():
    assert found(dataset(), BOUNDS) == set()


def test_a_pause_is_reported_at_its_start():
    still = np.array([0.0] * 6 + [1.0])
    assert ('idle', 3, 10) in found(dataset(n3=with_actions(still, slice(10, 18))))


def test_a_gripper_that_never_moves_is_found():
    stiff = with_actions(1.0, slice(None), 6)
    assert found(dataset(n4=stiff)) == {('gripper', 4, 0)}


def test_grippers_that_never_move_in_any_episode_give_one_finding():
    stiff = {f'n{number}': with_actions(1.0, slice(None), 6) for number in range(12)}
    assert found(dataset(**stiff)) == {('gripper', None, 0)}


def test_a_black_image_is_found():
    assert ('black', 5, 20) in found(dataset(n5=with_picture([20], black)))


def test_one_repeated_image_is_a_dropped_frame_and_several_are_a_frozen_camera():
    def last(frames, step):
        return frames[step - 1]

    data = dataset(n1=with_picture([20], last), n2=with_picture(range(30, 36), last))
    assert found(data) == {('dropped', 1, 20), ('frozen', 2, 29)}


@pytest.mark.parametrize('late_steps', [-3, 4])
def test_shifted_images_are_found(late_steps):
    def late(good):
        frames = list(good.frames)
        shown = np.clip(np.arange(LENGTH) - late_steps, 0, LENGTH - 1)
        return replace(good, frames=[frames[step] for step in shown])

    checks = {check for check, _, _ in found(dataset(**{f'n{n}': late for n in range(12)}))}
    assert 'picture_clock' in checks
    assert 'state_clock' not in checks


@pytest.mark.parametrize('late_steps', [-3, 4])
def test_shifted_states_are_found(late_steps):
    def late(good):
        shown = np.clip(np.arange(LENGTH) - late_steps, 0, LENGTH - 1)
        return replace(good, states_TS=good.states_TS[shown])

    findings = survey(dataset(**{f'n{n}': late for n in range(12)})).findings
    [clock] = [each for each in findings if each.check == 'state_clock']
    when = 'before' if late_steps < 0 else 'after'
    assert clock.text.startswith(f'the state changes {abs(late_steps) / RATE_HZ:.2f} s {when} ')


def test_actions_of_another_arm_explain_nothing():
    def other(good):
        return replace(good, states_TS=episode(int(good.source[8:]) + 100).states_TS)

    assert ('unexplained', None, 0) in found(dataset(**{f'n{n}': other for n in range(12)}))


@pytest.mark.parametrize('seed', range(8))
def test_states_that_the_actions_do_not_explain_are_not_called_late(seed):
    rng = np.random.default_rng(seed)
    actions = {n: rng.normal(size=(LENGTH, 7)) for n in range(6)}
    states = {n: np.cumsum(rng.normal(size=(LENGTH, 6)), axis=0) for n in range(6)}
    [finding] = state_findings(actions, states, RATE_HZ)
    assert finding.check == 'unexplained'


@pytest.mark.parametrize('lengths', [[300], [300, 1]])
def test_states_of_less_than_two_episodes_are_not_judged(lengths):
    rng = np.random.default_rng(0)
    actions = {n: rng.normal(size=(length, 7)) for n, length in enumerate(lengths)}
    states = {n: np.cumsum(each[:, :6], axis=0) for n, each in actions.items()}
    assert list(state_findings(actions, states, RATE_HZ)) == []


def test_one_episode_of_another_arm_is_found():
    data = dataset(n7=lambda good: replace(good, states_TS=episode(99).states_TS))
    data.episodes += [episode(seed) for seed in range(20, 40)]
    assert {('unexplained', 7)} <= {(check, number) for check, number, _ in found(data)}


def test_a_range_that_differs_from_the_checkpoint_is_reported_with_units():
    narrow = replace(BOUNDS, q01=BOUNDS.q01 / 3.0, q99=BOUNDS.q99 / 3.0)
    findings = survey(dataset(), narrow).findings
    assert {each.check for each in findings} == {'statistics'}
    assert len(findings) == 6
    text = next(each.text for each in findings if each.text.startswith('dx '))
    assert text.endswith('here, from -0.667 to 0.667 cm there: 2.9 times wider')


def test_the_same_data_with_pauses_has_the_same_range():
    actions_NA = np.zeros((1000, 7))
    actions_NA[::25, :6] = np.linspace(-0.02, 0.02, 40)[:, None]
    bounds = action_statistics([actions_NA], mask=[True] * 6 + [False])['action']
    against = ActionNormalizer(*(np.array(bounds[key]) for key in ('q01', 'q99', 'mask')))
    assert list(range_findings(actions_NA, against)) == []


def test_an_unreadable_episode_is_named_and_the_others_are_checked():
    data = dataset(n5=with_picture([20], black))
    data.episodes[2] = None
    assert {('broken', 2, 0), ('black', 5, 20)} <= found(data)


def test_data_without_states_is_checked_by_its_images_and_actions():
    data = dataset(n5=with_picture([20], black))
    data.episodes = [replace(each, states_TS=None) for each in data.episodes]
    assert ('black', 5, 20) in found(data)
    assert 'no states to check' in lint_text(survey(data))


def test_the_page_shows_the_moment_and_the_text_gives_its_location():
    data = dataset(n5=with_picture([20], black))
    seen = survey(data)
    page = lint_page(seen, data, num_shown=2)
    assert '<b>step 20</b>' in page
    assert 'episode 5, step 20: 1 image is black' in lint_text(seen)
