# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Mixtures: exact shares, resumable positions, no effect of ranks and workers."""

from collections import Counter
from itertools import islice

import numpy as np
import pytest
import torch

from genvla_policy.models.batch import Sample
from genvla_policy.models.systems import system_config
from genvla_training.data.episode import BadData
from genvla_training.data.loader import load_batches
from genvla_training.data.mixture import MixtureStream, Part, StreamOptions

CONFIG = system_config('pi0_plus', 'tiny')
OPTIONS = StreamOptions(num_streams=4)


class Numbered:
    """A source whose samples contain their item and step; some items are bad."""

    def __init__(self, name, lengths, bad=()):
        self.name, self.lengths_E, self.bad = name, np.array(lengths), bad
        self.reads = []

    def read(self, item):
        self.reads.append(item)
        if item in self.bad:
            raise BadData(f'{self.name}, item {item}: broken')
        return item

    def sample(self, item, step, rng):
        ids = [2, 10 + item, 10 + step, int(rng.integers(10, 99))]
        return Sample(torch.zeros(1, 3, 8, 8), ids, [False, True, True, True])


def parts(a_bad=(), b_bad=()):
    return [
        Part(
            [Numbered('a', [3, 5, 2, 4], a_bad), Numbered('b', [2] * 9, b_bad)], [3.0, 1.0], 2, 3
        ),
        Part([Numbered('vl', [1] * 11)], [1.0], 1, 3),
    ]


def tokens(loaded):
    return loaded.batch.token_ids_BT.tolist()


def batches(count, **kwargs):
    return list(islice(load_batches(parts(), CONFIG, OPTIONS, **kwargs), count))


def test_every_batch_of_every_rank_has_its_share():
    for rank in range(2):
        for loaded in batches(10, rank=rank, num_ranks=2):
            counts = Counter(loaded.datasets)
            assert counts['vl'] == 2
            assert counts['a'] + counts['b'] == 4


def test_data_sets_are_drawn_by_weight():
    counts = Counter()
    for loaded in batches(200):
        counts.update(loaded.datasets)
    assert counts['a'] / (counts['a'] + counts['b']) == pytest.approx(0.75, abs=0.04)


def test_ranks_divide_the_batch_of_a_single_process():
    alone = [tokens(loaded) for loaded in batches(3)]
    shared = [batches(3, rank=rank, num_ranks=2) for rank in range(2)]
    for step in range(3):
        assert tokens(shared[0][step]) + tokens(shared[1][step]) == alone[step]


def test_workers_change_neither_batches_nor_errors_about_bad_data():
    def drawn(num_workers):
        endless = load_batches(parts(b_bad=(2,)), CONFIG, OPTIONS, num_workers=num_workers)
        first = [tokens(next(endless)) for _ in range(2)]
        with pytest.raises(BadData) as ended:
            next(endless)
        return first, str(ended.value)

    assert drawn(num_workers=2) == drawn(num_workers=0)
    assert drawn(num_workers=0)[1] == 'b, item 2: broken'


@pytest.mark.parametrize('step', [0, 1, 7, 40])
def test_a_position_is_a_number_of_steps(step):
    begun = list(islice(load_batches(parts(), CONFIG, OPTIONS), step + 3))[step:]
    assert [tokens(b) for b in begun] == [tokens(b) for b in batches(3, step=step)]


def test_a_bad_item_is_fatal():
    with pytest.raises(BadData, match='a, item 1: broken'):
        list(islice(load_batches(parts((1,)), CONFIG, OPTIONS), 30))


def test_a_bad_item_is_skipped_and_counted_on_request():
    options = StreamOptions(num_streams=4, skip_bad=True)
    loaded = list(islice(load_batches(parts((1,)), CONFIG, options), 30))
    # Once in each of the four streams, however often it would have been drawn.
    assert sum(each.num_skipped for each in loaded) == 4
    assert all(each.datasets.count('vl') == 4 for each in loaded)


def test_a_bad_item_is_named_once_and_read_once(caplog):
    source = Numbered('a', [6] * 3, bad=(1,))
    options = StreamOptions(num_streams=1, skip_bad=True)
    stream = MixtureStream([Part([source], [1.0], 6, 3)], 0, options)
    for _ in range(3):
        next(stream)
    assert caplog.text.count('a, item 1: broken') == 1
    assert source.reads.count(1) == 1


class BadStep(Numbered):
    """A source in which one step of an item has an image that cannot be decoded."""

    def sample(self, item, step, rng):
        sample = super().sample(item, step, rng)  # draws before it fails
        if (item, step) == (1, 2):
            raise BadData(f'{self.name}, item {item}, step {step}: broken')
        return sample


def test_a_bad_step_does_not_exclude_its_item():
    options = StreamOptions(num_streams=1, skip_bad=True)
    stream = MixtureStream([Part([BadStep('a', [6] * 3)], [1.0], 6, 3)], 0, options)
    drawn = [each.sample.token_ids for _ in range(12) for each in next(stream)]
    steps = {step - 10 for _, item, step, _ in drawn if item == 11}
    assert steps == {0, 1, 3, 4, 5}


def test_a_pool_of_only_bad_items_is_replaced_by_later_items():
    source = Numbered('a', [1] * 60, bad=range(1, 60))
    options = StreamOptions(num_streams=1, skip_bad=True)
    stream = MixtureStream([Part([source], [1.0], 1, 2)], 0, options)
    assert [next(stream)[0].sample.token_ids[1] for _ in range(5)] == [10] * 5


def test_fully_unreadable_data_is_fatal_even_with_skip_bad():
    source = Numbered('a', [1] * 60, bad=range(60))
    options = StreamOptions(num_streams=1, skip_bad=True)
    with pytest.raises(BadData, match=r'a: 1000 consecutive samples are bad'):
        next(MixtureStream([Part([source], [1.0], 1, 2)], 0, options))


def test_bad_items_met_earlier_do_not_change_later_draws():
    options = StreamOptions(num_streams=1, skip_bad=True)

    def stream():
        return MixtureStream([Part([BadStep('a', [6] * 3, bad=(0,))], [1.0], 6, 3)], 0, options)

    whole, resumed = stream(), stream()
    for _ in range(5):
        next(whole)
    resumed.skip(5)
    for _ in range(5):
        first, again = ([d.sample.token_ids for d in next(s)] for s in (whole, resumed))
        assert first == again


def test_a_stream_keeps_one_pool_in_memory_and_reads_each_item_of_it_once():
    source = Numbered('a', [4] * 30)
    stream = MixtureStream([Part([source], [1.0], 4, 8)], 0, StreamOptions(num_streams=1))
    [(_, _, [reader])] = stream._parts
    held = []
    for _ in range(30):
        next(stream)
        held.append(len(reader._items))
    assert max(held) == 8
    # 120 draws: the 30 episodes of the first epoch, and those that have entered of the second.
    assert max(Counter(source.reads).values()) <= 2
    assert len(source.reads) <= 30 + 8


def test_a_pool_turns_over_one_item_at_a_time():
    source = Numbered('a', [10] * 300)
    stream = MixtureStream([Part([source], [1.0], 10, 50)], 0, StreamOptions(num_streams=1))
    reads = []
    for _ in range(120):
        before = len(source.reads)
        next(stream)
        reads.append(len(source.reads) - before)
    # A step has as many samples as an episode has steps.
    assert 0 < sum(reads[60:]) / 60 < 1.3
    assert max(reads[60:]) <= 4


def test_processes_must_divide_the_streams():
    with pytest.raises(ValueError, match='3 processes cannot divide 4 streams'):
        next(load_batches(parts(), CONFIG, OPTIONS, rank=0, num_ranks=3))
