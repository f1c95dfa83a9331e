# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The check of the fast decoder: equal texts, wrong texts, and ties."""

from dataclasses import replace
import logging

import numpy as np
import pytest
import torch

from genvla_policy import Observation, Policy
from genvla_policy.checkpoint.tiny import tiny_config, write_tiny_checkpoint
from genvla_policy.decoding.options import DecodingOptions
from genvla_policy.decoding.plan import PassCosts
from genvla_policy.inference.engine_check import check_engine
from genvla_policy.models import vla
from genvla_policy.models.token_tree import TreeBatch

FEWEST_PASSES = DecodingOptions(pass_costs=PassCosts((1, 128), (1.0, 1.0)))
PROMPT = [5, 6, 7]
# The first token is a space.
FIRST_CHOICE = 1


class SeesAll(TreeBatch):
    """Trees whose tokens also attend to their siblings, as in a kernel without a mask."""

    @classmethod
    def collate(cls, trees, device):
        batch = TreeBatch.collate(trees, device)
        return replace(batch, is_seen_BNN=torch.ones_like(batch.is_seen_BNN))


@pytest.fixture
def load(tiny_folder):
    return lambda: Policy.load(tiny_folder, device='cpu', decoding=FEWEST_PASSES)


def look(seed=0):
    image = np.random.default_rng(seed).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    return Observation((image,), 'pick up the carrot', 12.5)


def pixels():
    return torch.rand(1, 1, 3, 128, 128, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_a_working_policy_reports_equal_texts_in_one_line(load, caplog):
    policy = load()
    with caplog.at_level(logging.INFO):
        policy.warm_up()
    [record] = caplog.records
    assert record.levelname == 'INFO'
    assert '\n' not in record.getMessage()
    assert policy.decoding_report in record.getMessage()
    # Two actions take 98 tokens or more, and plain decoding stops after 64.
    assert 'print the same text (first ' in policy.decoding_report
    assert policy.decoding_warning == ''
    assert not policy.head.is_plain


def test_a_short_text_is_compared_completely(tmp_path):
    write_tiny_checkpoint(tmp_path, tiny_config(horizon=1), seed=0)
    policy = Policy.load(tmp_path, device='cpu', decoding=FEWEST_PASSES)
    policy.warm_up()
    assert ' characters, ' in policy.decoding_report
    assert policy.decoding_report.endswith(' passes instead of 49)')


def test_a_broken_fast_decoder_is_replaced_by_plain_decoding(load, monkeypatch, caplog):
    healthy, broken = load(), load()
    healthy.head.is_plain = True
    monkeypatch.setattr(vla, 'TreeBatch', SeesAll)
    broken.warm_up()
    [record] = caplog.records
    assert record.levelname == 'WARNING'
    assert 'every token now takes a separate pass' in record.getMessage()
    assert 'where plain decoding prints' in broken.decoding_warning
    assert broken.decoding_warning == broken.decoding_report
    assert broken.head.is_plain
    texts = [broken.infer(look(seed)).text for seed in range(3)]
    monkeypatch.undo()
    assert texts == [healthy.infer(look(seed)).text for seed in range(3)]


def test_plain_decoding_answers_several_rows_given_actions_and_a_watcher(tiny_folder):
    options = replace(FEWEST_PASSES, max_batch=2)
    fast, plain = (Policy.load(tiny_folder, device='cpu', decoding=options) for _ in range(2))
    plain.head.is_plain = True
    looks = [look(0), look(1)]
    assert [c.text for c in plain.infer_batch(looks)] == [c.text for c in fast.infer_batch(looks)]
    committed, early = fast.infer(look()).actions[:1], []
    chunk = plain.infer(look(1), committed=committed)
    assert chunk.text == fast.infer(look(1), committed=committed).text
    whole = plain.infer(look(), watch=early.append)
    np.testing.assert_array_equal(early[0].actions, whole.actions[:1])


def test_given_actions_come_back_from_a_policy_that_writes_mean_motions(tmp_path):
    write_tiny_checkpoint(tmp_path, tiny_config('pi0_plus', horizon=4, motion='mean'), seed=3)
    policy = Policy.load(tmp_path, device='cpu')
    given = np.full((2, 7), 0.004)
    early = []
    chunk = policy.infer(look(), committed=given, watch=early.append)
    np.testing.assert_allclose(chunk.actions[:2], given, atol=1e-5)
    np.testing.assert_array_equal(early[0].actions, chunk.actions[:3])
    again = policy.infer(look(), committed=given)  # now with a draft
    assert again.text == chunk.text


def test_fast_decoding_resumes_after_a_successful_warm_up(load, monkeypatch):
    policy = load()
    monkeypatch.setattr(vla, 'TreeBatch', SeesAll)
    policy.warm_up()
    monkeypatch.undo()
    policy.warm_up()
    assert not policy.head.is_plain
    assert policy.decoding_warning == ''


def other_choice(head, spelled, index):
    """Return the fast decoder's text with the second-best choice at one token."""
    node = head.grammar.start
    for token_id in spelled.token_ids[:index]:
        node = node.after(token_id)
    scores = spelled.scores[index]
    second = sorted(node.token_ids, key=scores.__getitem__)[-2]
    return replace(
        head.decode(pixels(), [PROMPT])[0],
        token_ids=(*spelled.token_ids[:index], second, *spelled.token_ids[index + 1 :]),
    )


def test_a_difference_at_a_tie_is_accepted(load, monkeypatch):
    head = load().head
    with torch.no_grad():
        # All digits have the same embedding, so only rounding decides between them.
        rows = [head.grammar.encode(f'0.{digit}000' + ' 0.0000' * 13)[3] for digit in range(10)]
        head.model.embedding.weight[rows] = head.model.embedding.weight[rows[:1]]
    [spelled] = head.spell(pixels(), [PROMPT])
    fast = other_choice(head, spelled, len(' 0.'))
    monkeypatch.setattr(head, 'decode', lambda *_, **__: [fast])
    check = check_engine(head, pixels(), [PROMPT])
    assert check.place is not None
    assert check.is_right
    assert 'the same text up to a tie' in str(check)


def test_a_difference_with_a_clear_margin_is_not_a_tie(load, monkeypatch):
    head = load().head
    [spelled] = head.spell(pixels(), [PROMPT])
    fast = other_choice(head, spelled, FIRST_CHOICE)
    monkeypatch.setattr(head, 'decode', lambda *_, **__: [fast])
    check = check_engine(head, pixels(), [PROMPT])
    assert not check.is_right
    assert 'where plain decoding prints' in str(check)


@pytest.mark.parametrize('dtype', ['float32', 'bfloat16', 'float16'])
def test_the_rounding_tolerance_is_small_relative_to_the_scores(tiny_folder, monkeypatch, dtype):
    head = Policy.load(tiny_folder, device='cpu', dtype=dtype, decoding=FEWEST_PASSES).head
    [spelled] = head.spell(pixels(), [PROMPT])
    fast = other_choice(head, spelled, FIRST_CHOICE)
    monkeypatch.setattr(head, 'decode', lambda *_, **__: [fast])
    check = check_engine(head, pixels(), [PROMPT])
    largest = max(map(abs, spelled.scores[FIRST_CHOICE].values()))
    eps = torch.finfo(getattr(torch, dtype)).eps
    assert eps * largest <= check.rounding <= 1000 * eps * largest


def test_a_flow_head_has_nothing_to_compare(tmp_path, caplog):
    write_tiny_checkpoint(tmp_path, tiny_config('pi0_d'), seed=0)
    policy = Policy.load(tmp_path, device='cpu')
    policy.warm_up()
    assert (policy.decoding_report, policy.decoding_warning) == ('', '')
    assert caplog.records == []
