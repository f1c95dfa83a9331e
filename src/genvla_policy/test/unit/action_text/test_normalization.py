# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Quantile normalisation of actions."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from genvla_policy.action_text.normalization import ActionNormalizer
from genvla_policy.checkpoint.bridge_statistics import BRIDGE_STATISTICS

BRIDGE = ActionNormalizer.from_statistics(BRIDGE_STATISTICS, 'bridge_orig', 7)
THREE = ActionNormalizer(
    q01=np.array([-1.0, 3.0, 0.0]),
    q99=np.array([3.0, 3.0, 1.0]),
    mask=np.array([True, True, False]),
)

AXIS_ANGLE = ActionNormalizer.from_statistics(
    {
        'libero': {
            'action': {
                'q01': [-0.05] * 3 + [-0.4] * 3 + [0.0],
                'q99': [0.05] * 3 + [0.4] * 3 + [1.0],
                'mask': [True] * 6 + [False],
                'rotation': 'axis_angle',
            }
        }
    },
    'libero',
    7,
)


def test_the_bounds_map_to_minus_one_and_one():
    assert BRIDGE.normalize(BRIDGE.q01)[:6].tolist() == [-1.0] * 6
    assert BRIDGE.normalize(BRIDGE.q99)[:6].tolist() == [1.0] * 6


def test_actions_outside_the_bounds_are_clipped():
    assert THREE.normalize(np.array([-9.0, 3.0, -9.0])).tolist() == [-1.0, 0.0, 0.0]
    assert THREE.normalize(np.array([9.0, 3.0, 9.0])).tolist() == [1.0, 0.0, 1.0]


def test_the_gripper_is_not_normalised():
    assert THREE.normalize(np.array([0.0, 3.0, 0.7]))[2] == 0.7
    assert THREE.unnormalize(np.array([0.0, 0.0, 0.7]))[2] == 0.7


def test_a_constant_dimension_becomes_zero_and_round_trips():
    assert THREE.normalize(np.array([0.0, 5.0, 0.0]))[1] == 0.0
    assert THREE.unnormalize(np.array([0.0, 1.0, 0.0]))[1] == 3.0


@given(st.lists(st.floats(-1.0, 1.0), min_size=6, max_size=6), st.floats(0.0, 1.0))
def test_normalize_inverts_unnormalize(values, gripper):
    normalized = np.array([*values, gripper])
    again = BRIDGE.normalize(BRIDGE.unnormalize(normalized))
    np.testing.assert_allclose(again, normalized, atol=1e-12)


def test_the_signed_dimensions_are_the_normalised_ones():
    assert BRIDGE.signed == (True, True, True, True, True, True, False)


def test_an_unknown_data_set_is_refused_and_the_known_ones_are_named():
    with pytest.raises(ValueError, match=r"'fractal'; available: \['bridge_orig'\]"):
        ActionNormalizer.from_statistics(BRIDGE_STATISTICS, 'fractal', 7)


def test_the_named_data_set_is_used():
    other = {'action': {'q01': [0.0] * 7, 'q99': [2.0] * 7}}
    chosen = ActionNormalizer.from_statistics(BRIDGE_STATISTICS | {'mine': other}, 'mine', 7)
    assert chosen.q99.tolist() == [2.0] * 7
    assert chosen.signed == (True,) * 7


@pytest.mark.parametrize(
    ('action', 'message'),
    [
        ({'q01': [0.0] * 7}, r"lack action \['q99'\]"),
        ({'q01': [0.0] * 7, 'q99': [1.0] * 8}, r'q99 has shape \(8,\).* 7 action dimensions'),
        ({'q01': [1.0] * 7, 'q99': [0.0] * 7}, 'q99 is below q01'),
        ({'q01': [0.0] * 7, 'q99': [float('nan')] * 7}, 'must be finite'),
    ],
)
def test_statistics_that_do_not_fit_are_rejected(action, message):
    with pytest.raises(ValueError, match=message):
        ActionNormalizer.from_statistics({'mine': {'action': action}}, 'mine', 7)


def test_bounds_of_an_axis_times_an_angle_give_roll_pitch_and_yaw():
    values = np.array([[0.5, 0.0, 0.0, 0.5, -0.75, 1.0, 1.0]])
    [action] = AXIS_ANGLE.unnormalize(values)
    np.testing.assert_allclose(action[:3], [0.025, 0.0, 0.0])
    # Source: scipy.spatial.transform.Rotation, which this package does not use.
    wanted = Rotation.from_rotvec([0.2, -0.3, 0.4]).as_euler('xyz')
    np.testing.assert_allclose(action[3:6], wanted, atol=1e-12)
    assert action[6] == 1.0
    np.testing.assert_allclose(AXIS_ANGLE.normalize(action[None]), values, atol=1e-6)


def test_zero_rotation_is_zero_in_both_forms():
    still = np.array([0.01, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    np.testing.assert_allclose(AXIS_ANGLE.unnormalize(AXIS_ANGLE.normalize(still)), still)


def test_an_unknown_rotation_is_rejected():
    with pytest.raises(ValueError, match=r"rotation is 'quat'; supported: \['rpy', 'axis_angle"):
        ActionNormalizer(THREE.q01, THREE.q99, THREE.mask, 'quat')


MEAN = ActionNormalizer.from_statistics(BRIDGE_STATISTICS, 'bridge_orig', 7, motion='mean')
CHUNKS = arrays(np.float64, (4, 7), elements=st.floats(0.0, 0.02))


def test_mean_motions_are_averages_from_the_first_step():
    steps = np.array([[0.01] + [0.0] * 5 + [1.0], [0.02] + [0.0] * 6])
    written = MEAN.normalize(steps)
    np.testing.assert_array_equal(written[0], BRIDGE.normalize(steps[0]))
    np.testing.assert_allclose(written[1, :6], BRIDGE.normalize(steps.mean(axis=0))[:6])
    assert written[:, 6].tolist() == [1.0, 0.0]


@given(CHUNKS)
def test_mean_motions_round_trip(steps):
    np.testing.assert_allclose(MEAN.unnormalize(MEAN.normalize(steps)), steps, atol=1e-12)


@given(CHUNKS, st.integers(1, 4))
def test_the_beginning_of_a_chunk_of_mean_motions_does_not_depend_on_its_end(steps, num_steps):
    written = MEAN.normalize(steps)
    beginning = MEAN.unnormalize(written[:num_steps])
    np.testing.assert_array_equal(beginning, MEAN.unnormalize(written)[:num_steps])


@pytest.mark.parametrize('normalizer', [BRIDGE, MEAN])
def test_given_motions_are_returned_as_they_were_given(normalizer):
    given = np.array([[0.09, -0.08, 0.01, 0.3, 0.0, -0.4, 1.0]])  # beyond q01 and q99
    values = np.concatenate([normalizer.normalize(given), np.full((2, 7), 0.25)])
    actions = normalizer.unnormalize(values, given)
    np.testing.assert_array_equal(actions[0], given[0])
    np.testing.assert_array_equal(actions[2:], normalizer.unnormalize(values)[2:])


def test_with_mean_motions_the_first_decided_step_ends_where_the_model_wrote():
    """Even if the given actions were clipped and rounded when they were written."""
    given = np.tile([0.09, -0.08, 0.01, 0.3, 0.0, -0.4, 1.0], (3, 1))
    written = np.concatenate([np.round(MEAN.normalize(given), 2), np.full((2, 7), 0.25)])
    actions = MEAN.unnormalize(written, given)
    mean = BRIDGE.unnormalize(written[3])[:6]
    np.testing.assert_allclose(actions[:4, :6].sum(axis=0), 4 * mean, atol=1e-12)
    np.testing.assert_allclose(actions[:5, :6].sum(axis=0), 5 * mean, atol=1e-12)


def test_an_unknown_motion_is_rejected():
    with pytest.raises(ValueError, match=r"motion is 'sum'; supported: \['step', 'mean'\]"):
        ActionNormalizer(THREE.q01, THREE.q99, THREE.mask, motion='sum')
