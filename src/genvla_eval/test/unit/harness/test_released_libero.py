# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""OpenVLA's released LIBERO models: the benchmark gets the same actions as from their own code."""

from dataclasses import replace
import json

import numpy as np
import pytest

pytest.importorskip('vla_eval', reason='pip install vla-eval')

from genvla_eval.harness import libero
from genvla_eval.harness.server import HarnessServer, Unfit, check_fit
from genvla_policy.action_text.normalization import ActionNormalizer
from genvla_policy.checkpoint.tiny import tiny_config, write_tiny_checkpoint
from genvla_policy.decoding.options import DecodingOptions
from genvla_policy.inference.policy import Policy
from genvla_policy.observation import Observation
from genvla_policy.pretrained.libero_units import in_metres_and_radians

# Parts of the largest step, as large as they are in the released models.
RELEASED = {
    'libero_spatial': {
        'action': {
            'mean': [0.15, 0.13, -0.15, -0.005, -0.01, -0.006, 0.46],
            'std': [0.41, 0.35, 0.51, 0.04, 0.06, 0.08, 0.5],
            'max': [0.94, 0.94, 0.94, 0.19, 0.37, 0.36, 1.0],
            'min': [-0.94, -0.94, -0.94, -0.18, -0.27, -0.37, 0.0],
            'q01': [-0.75, -0.66, -0.93, -0.11, -0.17, -0.18, 0.0],
            'q99': [0.93, 0.86, 0.93, 0.14, 0.18, 0.15, 1.0],
            'mask': [True] * 6 + [False],
        },
        'num_trajectories': 432,
    }
}
VOCABULARY = 32_000
_EDGES = np.linspace(-1.0, 1.0, 256)
_CENTRES = (_EDGES[:-1] + _EDGES[1:]) / 2.0


def sent_by_openvla(numbers):
    """Return what run_libero_eval.py sends for 7 bins.

    Source: openvla c8f03f4, prismatic/extern/hf/modeling_prismatic.py (predict_action) and
    experiments/robot: robot_utils.py (both grippers), libero/run_libero_eval.py.
    """
    tokens = VOCABULARY - np.asarray(numbers)
    bins = np.clip(VOCABULARY - tokens - 1, 0, len(_CENTRES) - 1)
    normalised = _CENTRES[bins]
    bounds = {key: np.array(value) for key, value in RELEASED['libero_spatial']['action'].items()}
    low, high = bounds['q01'], bounds['q99']
    action = np.where(bounds['mask'], 0.5 * (normalised + 1) * (high - low) + low, normalised)
    action[-1] = -np.sign(2.0 * action[-1] - 1.0)
    return action


@pytest.fixture(scope='module')
def policy(tmp_path_factory):
    """Return a policy of random weights with the bounds of a converted LIBERO model."""
    folder = tmp_path_factory.mktemp('libero')
    config = tiny_config('openvla', control_rate_hz=20.0)
    write_tiny_checkpoint(folder, config, seed=1)
    statistics = in_metres_and_radians(RELEASED)
    (folder / 'dataset_statistics.json').write_text(json.dumps(statistics))
    (folder / 'config.json').write_text(replace(config, dataset='libero_spatial').to_json())
    return Policy.load(folder, decoding=DecodingOptions(drafts=False))


def test_all_bins_decode_to_openvlas_actions(policy):
    rng = np.random.default_rng(0)
    numbers = rng.integers(1, 257, (500, 7))
    numbers[:, 6] = rng.integers(128, 257, 500)
    decode = policy.head.grammar.text_format.decode
    for row in numbers:
        values = decode(' '.join(map(str, row)))
        [given] = libero.to_benchmark(policy.normalizer.unnormalize(values))
        np.testing.assert_allclose(given, sent_by_openvla(row), rtol=0, atol=1e-12)


@pytest.mark.parametrize('seed', [1, 2, 3])
def test_the_server_answers_a_picture_as_openvla_would(policy, seed):
    picture = np.random.default_rng(seed).integers(0, 256, (256, 256, 3), dtype=np.uint8)
    asked = {'images': {'agentview': picture}, 'task_description': 'Put the bowl on the plate'}
    server = HarnessServer(policy, libero.CONVENTION)
    [answer] = server.predict_batch([asked], [None])
    chunk = policy.infer(Observation((picture,), 'put the bowl on the plate', 0.0))
    wanted = sent_by_openvla([int(number) for number in chunk.text.split()])
    np.testing.assert_allclose(answer['actions'], [wanted], rtol=0, atol=1e-12)


def test_a_released_model_fits_libero_only_in_metres(policy):
    check_fit(policy, libero.CONVENTION)
    bounds = policy.normalizer
    try:
        policy.normalizer = ActionNormalizer.from_statistics(RELEASED, 'libero_spatial', 7)
        with pytest.raises(Unfit, match='are not in metres'):
            check_fit(policy, libero.CONVENTION)
    finally:
        policy.normalizer = bounds
