# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Check that pictures and states share the clock of the actions, and follow from them.

Shape suffixes: N steps of all episodes, T steps of an episode, S numbers of a state, A action
dimensions, F features.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from genvla_training.lint.finding import Finding

Array = NDArray[np.float64]

_EARLIEST_S, _LATEST_S = 0.0, 0.4
"""Plausible delay of the motion after its action: from none to the lag of an arm."""
_LOOKED_S = 1.0
_LEAST_CORRELATION = 0.3
_LEAST_EXPLAINED = 0.2
_CLEARER = 0.05
"""Another lag is reported only if its score exceeds the best plausible lag's by this much."""
_WORST_OF_MEDIAN = 10.0
_LEAST_STEPS = 200
_RIDGE = 1e-5


def picture_clock_findings(
    actions: Mapping[int, Array], changes: Mapping[int, Array], rate_hz: float
) -> Iterator[Finding]:
    """Compare the times of picture changes with those of commanded motion.

    Args:
        actions: (T, 7) by episode.
        changes: (T - 1,) by episode: difference between each picture and the next.
        rate_hz: Steps per second [Hz].
    """
    speeds = {number: np.linalg.norm(each[:, :3], axis=1) for number, each in actions.items()}
    found: dict[int, float] = {}
    for lag in _lags(rate_hz):
        pairs = [_shifted(speeds[n], changes[n], lag) for n in changes]
        one, other = (np.concatenate(each) for each in zip(*pairs, strict=True))
        if len(one) >= _LEAST_STEPS and one.std() > 0.0 and other.std() > 0.0:
            found[lag] = float(np.corrcoef(one, other)[0, 1])
    if found and max(found.values()) > _LEAST_CORRELATION:
        yield from _late('picture_clock', 'the images change', found, rate_hz)


def state_findings(
    actions: Mapping[int, Array], states: Mapping[int, Array], rate_hz: float
) -> Iterator[Finding]:
    """Predict changes of the state from the action and the state, at several lags.

    At least two episodes are needed, because each is predicted from others.

    A state may hold joints or a pose, in any unit. The prediction is linear in the action, the
    state and their products, because a Jacobian changes with the posture.

    Args:
        actions: (T, 7) by episode.
        states: (T, S) by episode.
        rate_hz: Steps per second [Hz].
    """
    if sum(map(len, states.values())) < _LEAST_STEPS:
        return
    explained = {lag: _explained(actions, states, lag) for lag in _lags(rate_hz)}
    shares = {lag: share for lag, (share, errors) in explained.items() if errors}
    possible = [lag for lag in shares if _is_possible(lag, rate_hz)]
    if not possible:
        return
    share, errors = explained[max(possible, key=lambda lag: shares[lag])]
    if max(shares.values()) < _LEAST_EXPLAINED:
        text = (
            f'the actions explain {max(share, 0.0):.0%} of the state changes; check that both '
            'come from the same arm, and that actions are changes of a pose in the base frame'
        )
        yield Finding('unexplained', text)
        return
    yield from _late('state_clock', 'the state changes', shares, rate_hz)
    usual = float(np.median([error for error, _ in errors.values()]))
    for number, (error, step) in errors.items():
        if error > _WORST_OF_MEDIAN * usual:
            text = (
                f'its state changes {error / usual:.0f} times less predictably than in the median '
                'episode'
            )
            yield Finding('unexplained', text, number, step, badness=error)


def _lags(rate_hz: float) -> range:
    most = max(2, round(_LOOKED_S * rate_hz))
    return range(-most, most + 1)


def _is_possible(lag: int, rate_hz: float) -> bool:
    return _EARLIEST_S <= lag / rate_hz <= max(_LATEST_S, 1.0 / rate_hz)


def _late(check: str, what: str, found: Mapping[int, float], rate_hz: float) -> Iterator[Finding]:
    best = max(found, key=lambda lag: found[lag])
    possible = max(value for lag, value in found.items() if _is_possible(lag, rate_hz))
    if _is_possible(best, rate_hz) or found[best] < possible + _CLEARER:
        return
    offset_s = best / rate_hz
    when = 'before' if offset_s < 0.0 else 'after'
    text = (
        f'{what} {abs(offset_s):.2f} s {when} the action that moves the arm; check that their '
        'stamps come from the same clock'
    )
    yield Finding(check, text, badness=abs(offset_s))


def _shifted(one: Array, other: Array, lag: int) -> tuple[Array, Array]:
    """Return pairs of one[t] and other[t + lag]."""
    start, end = max(0, -lag), min(len(one), len(other) - lag)
    return one[start : max(end, start)], other[start + lag : max(end, start) + lag]


def _explained(
    actions: Mapping[int, Array], states: Mapping[int, Array], lag: int
) -> tuple[float, dict[int, tuple[float, int]]]:
    """Return the explained share of the variance, and mean error and worst step by episode.

    The model is fitted on every other episode and evaluated on the rest, and vice versa. With
    fewer than two episodes that are longer than the lag, the share is 0 and there are no errors.
    """
    rows = {n: _rows(actions[n], states[n], lag) for n in states}
    rows = {n: row for n, row in rows.items() if len(row[0])}
    numbers = sorted(rows)
    if len(numbers) < 2:
        return 0.0, {}
    scale_S = np.concatenate([changes for _, changes in rows.values()]).std(axis=0)
    scale_S = np.where(scale_S > 0.0, scale_S, 1.0)
    errors: dict[int, tuple[float, int]] = {}
    total, unexplained = 0.0, 0.0
    for fold in (0, 1):
        fitted = [rows[n] for n in numbers[1 - fold :: 2]]
        weights_FS = _fit(*(np.concatenate(each) for each in zip(*fitted, strict=True)))
        for n in numbers[fold::2]:
            features, changes = rows[n]
            left_T = (((changes - features @ weights_FS) / scale_S) ** 2).mean(axis=1)
            errors[n] = float(left_T.mean()), int(left_T.argmax()) + max(0, -lag)
            unexplained += float(left_T.sum())
            total += float(((changes / scale_S) ** 2).mean(axis=1).sum())
    return 1.0 - unexplained / max(total, 1e-12), errors


def _rows(actions_TA: Array, states_TS: Array, lag: int) -> tuple[Array, Array]:
    actions_TA, changes_TS = _shifted(actions_TA, np.diff(states_TS, axis=0), lag)
    states_TS = states_TS[max(0, lag) :][: len(actions_TA)]
    num_steps, num_products = len(actions_TA), actions_TA.shape[1] * states_TS.shape[1]
    products = np.einsum('ta,ts->tas', actions_TA, states_TS).reshape(num_steps, num_products)
    ones = np.ones((num_steps, 1))
    return np.concatenate([actions_TA, states_TS, products, ones], axis=1), changes_TS


def _fit(features_NF: Array, changes_NS: Array) -> Array:
    scale_F = np.maximum(np.abs(features_NF).max(axis=0), 1e-12)
    scaled = features_NF / scale_F
    gram_FF = scaled.T @ scaled + _RIDGE * len(scaled) * np.eye(scaled.shape[1])
    weights_FS: Array = np.linalg.solve(gram_FF, scaled.T @ changes_NS) / scale_F[:, None]
    return weights_FS
