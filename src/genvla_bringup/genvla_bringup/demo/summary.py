# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Compute the summary of an episode, as written to summary.json."""

from __future__ import annotations

from collections.abc import Mapping
import importlib.metadata
import os
import platform
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genvla_bringup.demo.episode import DemoEpisode, NotAnEpisode
from genvla_bringup.operate.bridge_news import interventions
from genvla_node.node_names import BRIDGE

_PACKAGES = ('mujoco', 'numpy', 'rosbags', 'torch', 'transformers')


def summarize(episode: DemoEpisode, *, task: str, versions: Mapping[str, str]) -> dict[str, Any]:
    """Return the summary; everything except `task` and `versions` comes from the recording.

    Raises:
        NotAnEpisode: The recording lacks a node's diagnostics.
    """
    policy = _figures(episode, 'policy')
    return {
        'task': task,
        'duration_s': round(episode.duration_s, 3),
        'chunks': len(episode.chunks),
        'commands': len(episode.commanded.times_s),
        'decode_failures': int(policy['decode_failures']),
        'safety_interventions': interventions(_figures(episode, BRIDGE)),
        'stopped_s': round(episode.stopped_s, 3),
        'ee_travel_m': round(episode.ee_travel_m, 4),
        'instruction_changes': episode.instruction_changes,
        'trained': policy['trained'] == 'true',
        'checkpoint': policy['checkpoint'],
        'success': episode.success,
        'lifted': [
            {'instruction': text, 'objects': list(things)}
            for text, things in episode.lifted_by_instruction
        ],
        'latency_ms': {
            'inference': percentiles(episode.inference_ms),
            'image_to_chunk': percentiles(episode.image_to_chunk_ms),
            'image_to_command': percentiles(episode.image_to_command_ms),
            'chunk_to_command': percentiles(episode.chunk_to_command_ms),
        },
        'versions': dict(versions),
    }


def percentiles(samples_ms: NDArray[np.float64]) -> dict[str, float | None]:
    """Return the median and the 95th percentile [ms], or None if there are no samples."""
    if not len(samples_ms):
        return {'p50': None, 'p95': None}
    p50, p95 = np.percentile(samples_ms, (50, 95))
    return {'p50': round(float(p50), 2), 'p95': round(float(p95), 2)}


def installed_versions() -> dict[str, str]:
    """Return the versions of Python, ROS and the main packages."""
    versions = {'python': platform.python_version(), 'ros': os.environ.get('ROS_DISTRO', 'jazzy')}
    for package in _PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = 'unknown'
    return versions


def _figures(episode: DemoEpisode, node: str) -> Mapping[str, str]:
    if node not in episode.diagnostics:
        raise NotAnEpisode(
            f'no diagnostics of {node} were recorded; the recorded nodes are: '
            f'{", ".join(sorted(episode.diagnostics)) or "none"}'
        )
    return episode.diagnostics[node]
