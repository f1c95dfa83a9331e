# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Validation: every process reads its share, and bad samples do not stop it."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from genvla_policy.models.batch import Sample
from genvla_policy.models.systems import system_config
from genvla_policy.models.vla import Loss
from genvla_training.data.episode import BadData
from genvla_training.run.validation import Validator


class Conversations:
    """A held-out source of 33 samples, some of which may be bad."""

    name = 'vl'
    lengths_E = np.ones(33, np.int64)

    def __init__(self, bad=()):
        self.bad, self.reads = bad, []

    def read(self, item):
        self.reads.append(item)
        if item in self.bad:
            raise BadData(f'vl, item {item}: broken')
        return item

    def sample(self, item, step, rng):
        return Sample(torch.zeros(1, 3, 8, 8), [1, 2], [False, True])


def validate(source, *, rank=0, skip_bad=False):
    """Return the sizes of the batches that one of two processes reads, and its report."""
    batches = []
    config = SimpleNamespace(
        fsdp=True,
        data=SimpleNamespace(seed=0, skip_bad=skip_bad),
        validation=SimpleNamespace(every_steps=1, num_samples=33),
    )
    accelerator = SimpleNamespace(
        process_index=rank, num_processes=2, device='cpu', reduce=lambda sums, how: sums
    )
    start = SimpleNamespace(config=system_config('pi0_plus', 'tiny'))
    data = SimpleNamespace(held_out=[source])

    def model(batch):
        batches.append(len(batch.token_ids_BT))
        ones_B, zero = torch.ones(batches[-1]), torch.zeros(())
        return Loss(zero, zero, zero, ones_B, ones_B, ones_B)

    report = Validator(config, start, data, accelerator).validate(model)
    return batches, report


@pytest.mark.parametrize('rank', [0, 1])
def test_every_process_reads_its_share_in_the_same_number_of_batches(rank):
    source = Conversations()
    batches, report = validate(source, rank=rank)
    # 17 samples for one process, 16 for the other, which reads one of them a second time.
    assert batches == [16, 1]
    assert source.reads == list(range(rank, 33, 2))
    assert report['held_out/vl/loss'] == 1.0


def test_an_item_is_read_once_for_all_its_steps():
    source = Conversations()
    source.lengths_E = np.array([30, 3])
    assert validate(source)[0] == [16, 1]
    assert source.reads == [0, 1]


def test_a_bad_sample_is_fatal():
    with pytest.raises(BadData, match='vl, item 4: broken'):
        validate(Conversations(bad=(4,)))


def test_bad_samples_are_skipped_on_request(caplog):
    assert validate(Conversations(bad=(4, 6)), skip_bad=True)[0] == [15, 1]
    assert 'skipped in validation: vl, item 6: broken' in caplog.text


def test_a_process_without_samples_reads_the_same_number_of_batches():
    batches, report = validate(Conversations(bad=range(0, 33, 2)), skip_bad=True)
    assert batches == [1, 1]
    assert report == {}


def test_nothing_is_validated_if_all_samples_are_bad():
    assert validate(Conversations(bad=range(33)), skip_bad=True) == ([], {})
