# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The configuration of the checkpoint that a published model is converted to."""

from __future__ import annotations

from collections.abc import Mapping
import dataclasses
from typing import Any

from genvla_policy.checkpoint.bridge_statistics import BRIDGE_STATISTICS
from genvla_policy.models.config import VLAConfig
from genvla_policy.models.dimensions import DIMENSIONS, Dimensions
from genvla_policy.models.systems import SYSTEMS, for_dimensions
from genvla_policy.pretrained.libero_units import (
    LIBERO_RATE_HZ,
    in_metres_and_radians,
    is_libero,
)
from genvla_policy.pretrained.pretrained import CannotConvert, Pretrained

_DEFAULT_DATASET = 'bridge_orig'
# Source: the data sets' control rates in OpenVLA's mixture.
_CONTROL_RATES_HZ = {'bridge_orig': 5.0, 'fractal20220817_data': 3.0}
# The camera's ratio: Bridge's images are squashed to 256x256 on the way to RLDS. Source: the
# images of bridge_data_robot (640x480) and of fractal20220817_data (320x256).
_ASPECT_RATIOS = {'bridge_orig': 640 / 480, 'fractal20220817_data': 320 / 256}


def converted_config(
    pretrained: Pretrained,
    *,
    system: str,
    dataset: str,
    changes: Mapping[str, Any],
    tag_robot_prompt: bool = True,
) -> tuple[VLAConfig, Mapping[str, Any]]:
    """Return the configuration and the statistics of a converted model.

    The model counts as trained if it keeps every switch that the published model was trained with.

    Args:
        pretrained: The published model.
        system: A name in SYSTEMS.
        dataset: Data set whose bounds un-normalise the actions; empty: bridge_orig, or the only
            one.
        changes: Fields of VLAConfig to override.
        tag_robot_prompt: False leaves <VLA_PROMPT> out of the robot's prompt.

    Raises:
        CannotConvert: The system is unknown or of another family, or the data set or its control
            rate is unknown.
        ConfigError: The changed fields describe no supported system.
    """
    if system not in SYSTEMS:
        raise CannotConvert(f'unknown system {system!r}; available: {list(SYSTEMS)}')
    switches = dict(SYSTEMS[system])
    if switches['family'] != pretrained.family:
        of_family = [name for name, s in SYSTEMS.items() if s['family'] == pretrained.family]
        raise CannotConvert(
            f'{system} has family {switches["family"]}, but {pretrained.name} has family '
            f'{pretrained.family}; it can be converted to {of_family}'
        )
    switches = for_dimensions(switches, pretrained.dimensions)
    trained_as = pretrained.switches
    if trained_as and trained_as['action_head'] == switches['action_head']:
        switches |= trained_as
    statistics = in_metres_and_radians(pretrained.statistics or BRIDGE_STATISTICS)
    dataset = _dataset(statistics, dataset)
    fields: dict[str, Any] = {
        'name': f'{system}-{pretrained.name}',
        'size': _size(pretrained.family, pretrained.dimensions),
        'dimensions': pretrained.dimensions,
        'base': pretrained.name,
        'dataset': dataset,
        'center_crop': pretrained.center_crop,
        'aspect_ratio': _ASPECT_RATIOS.get(dataset, 0.0) if pretrained.statistics else 0.0,
        **switches,
        **changes,
    }
    if 'control_rate_hz' not in changes:
        fields['control_rate_hz'] = _control_rate_hz(dataset)
    config = VLAConfig(trained=False, **fields)
    is_trained = bool(trained_as) and all(getattr(config, k) == v for k, v in trained_as.items())
    prompt = config.prompt_template
    if not tag_robot_prompt:
        prompt = prompt.replace('<VLA_PROMPT> ', '')
    return dataclasses.replace(config, trained=is_trained, prompt_template=prompt), statistics


def _dataset(statistics: Mapping[str, Any], dataset: str) -> str:
    if dataset in statistics:
        return dataset
    if not dataset and _DEFAULT_DATASET in statistics:
        return _DEFAULT_DATASET
    if not dataset and len(statistics) == 1:
        return next(iter(statistics))
    asked = (
        f'no statistics of data set {dataset!r}' if dataset else 'statistics of several data sets'
    )
    raise CannotConvert(f'{asked}; choose one with --dataset: {sorted(statistics)}')


def _control_rate_hz(dataset: str) -> float:
    if is_libero(dataset):
        return LIBERO_RATE_HZ
    if dataset not in _CONTROL_RATES_HZ:
        raise CannotConvert(
            f'the control rate of data set {dataset!r} is unknown, and at a wrong rate the arm '
            'would move too fast or too slowly; pass it with --control-rate (Hz)'
        )
    return _CONTROL_RATES_HZ[dataset]


def _size(family: str, dimensions: Dimensions) -> str:
    """Return the name of the published size with these numbers, whatever its norm_eps."""
    for (of_family, size), published in DIMENSIONS.items():
        text = dataclasses.replace(dimensions.text, norm_eps=published.text.norm_eps)
        if of_family == family and dataclasses.replace(dimensions, text=text) == published:
            return size
    return 'custom'
