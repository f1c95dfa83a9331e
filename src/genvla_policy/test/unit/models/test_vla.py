# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Reading a training batch: padding, missing images, masks, and the loss."""

from dataclasses import replace

import pytest
import torch

from genvla_policy.checkpoint.tiny import tiny_config
from genvla_policy.models.batch import Batch, Sample
from genvla_policy.models.build import build_model
from genvla_policy.models.systems import SYSTEMS
from genvla_policy.models.tiny_tokenizer import build_tiny_tokenizer

TOKENIZER = build_tiny_tokenizer()
BOS = TOKENIZER.special_id('bos')
SHORT = ('what is this?\n', 'a red carrot')
LONG = ('where is the plate?\n', 'next to the blue cup in front of the robot arm')
FAMILIES = ['pi0_plus', 'openvla_plus']


def make(system='pi0_plus', **changes):
    torch.manual_seed(0)
    return build_model(tiny_config(system, **changes), TOKENIZER).eval()


def sample(question, answer, seed=0, num_images=1):
    generator = torch.Generator().manual_seed(seed)
    pixels = torch.rand(num_images, 3, 128, 128, generator=generator) * 2 - 1
    return Sample.of_answer(pixels, [BOS, *TOKENIZER.encode(question)], TOKENIZER.encode(answer))


def collate(*samples, num_cameras=1):
    return Batch.collate(samples, num_cameras=num_cameras, horizon=1, action_dim=7)


@pytest.mark.parametrize('system', FAMILIES)
@torch.inference_mode()
def test_a_whole_sequence_has_the_hidden_states_of_prefill_and_advance(read_prompt, system):
    model, (question, answer) = make(system), LONG
    asked = sample(question, answer)
    whole = model.hidden_states(model.sequences(collate(asked)))[0]
    read = read_prompt(model, asked.pixels_NCSS, TOKENIZER.encode(question))
    answer_ids = TOKENIZER.encode(answer)
    torch.testing.assert_close(whole[-len(answer_ids) - 1], read.hidden_D, atol=1e-5, rtol=0.0)
    torch.testing.assert_close(whole[-1], read.go_on(answer_ids), atol=1e-5, rtol=0.0)


@pytest.mark.parametrize('system', FAMILIES)
@torch.inference_mode()
def test_padding_and_neighbours_do_not_change_the_loss(system):
    model = make(system)
    short, long = sample(*SHORT), sample(*LONG, seed=1)
    one, other, both = (model(collate(*s)) for s in ([short], [long], [short, long]))
    expected = one.language * one.num_targets + other.language * other.num_targets
    assert both.num_targets == one.num_targets + other.num_targets
    torch.testing.assert_close(both.language * both.num_targets, expected, atol=1e-4, rtol=0.0)


@pytest.mark.parametrize('system', FAMILIES)
@torch.inference_mode()
def test_a_missing_image_does_not_change_the_loss(system):
    one_camera, two_cameras = make(system), make(system, num_cameras=2)
    alone = one_camera(collate(sample(*SHORT))).language
    padded = two_cameras(collate(sample(*SHORT), num_cameras=2)).language
    torch.testing.assert_close(padded, alone, atol=1e-5, rtol=0.0)


@pytest.mark.parametrize('system', FAMILIES)
@torch.inference_mode()
def test_only_existing_images_are_encoded(system, monkeypatch):
    model = make(system, num_cameras=2)
    num_encoded, encode = [], model.image_features
    monkeypatch.setattr(
        model, 'image_features', lambda p: (num_encoded.append(len(p)), encode(p))[1]
    )
    one, two, none = sample(*SHORT), sample(*LONG, num_images=2), sample(*SHORT, num_images=0)
    mixed = model(collate(none, two, one, num_cameras=2))
    alone = [model(collate(each, num_cameras=2)) for each in (none, two, one)]
    # If there is no image at all, one is encoded, so that every weight gets a gradient.
    assert num_encoded == [3, 1, 2, 1]
    sums_B = torch.cat([loss.language_sums_B for loss in alone])
    torch.testing.assert_close(mixed.language_sums_B, sums_B, atol=1e-4, rtol=0.0)


@torch.inference_mode()
def test_a_sample_may_have_no_image_at_all():
    loss = make()(collate(sample(*SHORT, num_images=0), sample(*LONG)))
    assert torch.isfinite(loss.total)


@pytest.mark.parametrize(
    ('system', 'changes', 'sees'),
    [
        ('pi0_plus', {}, True),
        ('pi0_plus', {'prefix_lm': False}, False),
        ('openvla_plus', {}, False),
    ],
)
@torch.inference_mode()
def test_an_image_token_attends_to_the_prompt_only_with_prefix_lm(system, changes, sees):
    model = make(system, **changes)
    first, second = sample(*SHORT), sample('where is this?\n', SHORT[1])
    hidden = model.hidden_states(model.sequences(collate(first, second)))
    difference = (hidden[0, 10] - hidden[1, 10]).abs().max()
    assert (difference > 1e-4) == sees


@pytest.mark.parametrize('system', FAMILIES)
@torch.inference_mode()
def test_an_answer_token_does_not_attend_to_later_ones(system):
    model = make(system)
    first, second = sample('what is this?\n', 'a red cup'), sample('what is this?\n', 'a red can')
    assert first.token_ids[:-1] == second.token_ids[:-1]
    hidden = model.hidden_states(model.sequences(collate(first, second)))
    torch.testing.assert_close(hidden[0, :-1], hidden[1, :-1], atol=1e-6, rtol=0.0)
    assert (hidden[0, -1] - hidden[1, -1]).abs().max() > 1e-3


@torch.inference_mode()
def test_the_first_answer_does_not_attend_to_the_second_question():
    model = make()
    tokens = [BOS, *TOKENIZER.encode('what is this?\n'), *TOKENIZER.encode('a cup')]
    targets = [False] * (len(tokens) - 2) + [True] * 2
    turns = [TOKENIZER.encode(text) for text in ('left or right?\n', 'where is it?\n')]
    pixels = sample(*SHORT).pixels_NCSS
    losses = [Sample(pixels, tokens + turn, targets + [False] * len(turn)) for turn in turns]
    one, other = (model(collate(turn)) for turn in losses)
    assert one.num_targets == other.num_targets == 2
    torch.testing.assert_close(one.language, other.language, atol=1e-6, rtol=0.0)


def test_only_answer_tokens_are_targets_and_correct_ones_are_counted():
    model = make()
    batch = collate(sample(*SHORT))
    loss = model(batch)
    sequences = model.sequences(batch)
    logits = model.hidden_states(sequences)[0] @ model.head_VD.T
    num_answer = len(TOKENIZER.encode(SHORT[1]))
    predicted = logits[-num_answer - 1 : -1]
    answer = torch.tensor(TOKENIZER.encode(SHORT[1]))
    expected = torch.nn.functional.cross_entropy(predicted, answer)
    torch.testing.assert_close(loss.total, expected)
    assert loss.num_targets == num_answer
    assert loss.num_correct == int((predicted.argmax(-1) == answer).sum())


def test_a_batch_without_targets_has_no_loss():
    ids = [BOS, 300, 301]
    batch = collate(Sample(torch.zeros(1, 3, 128, 128), ids, [False] * 3))
    loss = make()(batch)
    loss.total.backward()
    assert (loss.total.item(), loss.num_targets, loss.num_correct) == (0.0, 0, 0)


NOTHING_ASKED = Sample(torch.rand(1, 3, 128, 128), [BOS, 300, 301], [False] * 3)
ROBOT = replace(NOTHING_ASKED, actions_HA=torch.zeros(1, 7))


@pytest.mark.parametrize('system', SYSTEMS)
@pytest.mark.parametrize('kind', ['robot', 'caption', 'nothing asked'])
def test_every_trained_weight_gets_a_gradient_from_every_batch(system, kind):
    model = make(system)
    flow = model.config.action_head == 'flow'
    robot = ROBOT if flow else sample(*SHORT)
    samples = {'robot': robot, 'caption': sample(*SHORT), 'nothing asked': NOTHING_ASKED}
    model.train()(collate(samples[kind])).total.backward()
    without = [n for n, p in model.named_parameters() if p.requires_grad and p.grad is None]
    assert without == []


@pytest.mark.parametrize('system', FAMILIES)
@torch.inference_mode()
def test_eager_attention_gives_the_same_loss_as_the_default(system):
    model = make(system)
    batch = collate(sample(*SHORT), sample(*LONG, seed=1))
    expected = model(batch).total
    model.trunk.set_attn_implementation('eager')
    torch.testing.assert_close(model(batch).total, expected, atol=1e-5, rtol=0.0)


@pytest.fixture
def masks_of(monkeypatch):
    """Return a function that runs a call and reports which trunk attentions had a mask."""
    attention = torch.nn.functional.scaled_dot_product_attention

    def record(call):
        had_mask = []

        def watched(*args, attn_mask=None, is_causal=False, **keywords):
            # The attention of the towers is neither.
            if attn_mask is not None or is_causal:
                had_mask.append(attn_mask is not None)
            return attention(*args, attn_mask=attn_mask, is_causal=is_causal, **keywords)

        with monkeypatch.context() as patch:
            patch.setattr(torch.nn.functional, 'scaled_dot_product_attention', watched)
            call()
        return had_mask

    return record


@torch.inference_mode()
def test_plain_causal_attention_needs_no_mask(masks_of, read_prompt):
    model = make('openvla_plus')
    depth = model.config.dimensions.text.depth
    batch = collate(sample(*SHORT), sample(*LONG, seed=1))
    assert masks_of(lambda: model(batch)) == [False] * depth
    model.fuse()
    pixels = sample(*SHORT).pixels_NCSS
    assert masks_of(lambda: read_prompt(model, pixels, [300, 301])) == [False] * depth


@torch.inference_mode()
def test_an_absent_image_or_a_prefix_needs_a_mask(masks_of):
    two_cameras = make('openvla_plus', num_cameras=2)
    assert all(masks_of(lambda: two_cameras(collate(sample(*SHORT), num_cameras=2))))
    assert all(masks_of(lambda: make()(collate(sample(*SHORT)))))


def test_attention_that_does_not_support_the_mask_is_rejected():
    model = make()
    model.trunk.config._attn_implementation = 'flash_attention_2'
    with pytest.raises(
        ValueError, match=r"'flash_attention_2' does not support .* \['sdpa', 'eager'\]"
    ):
        model(collate(sample(*SHORT)))


@pytest.mark.parametrize('system', ['pi0_d', 'openvla_plus'])
def test_a_cast_keeps_the_buffers_in_float32(system):
    before = {name: buffer.clone() for name, buffer in make(system).named_buffers()}
    model = make(system).cast('cpu', torch.bfloat16)
    assert {parameter.dtype for parameter in model.parameters()} == {torch.bfloat16}
    assert any(buffer.is_floating_point() for buffer in before.values())
    for name, buffer in model.named_buffers():
        assert buffer.dtype == before[name].dtype
        assert torch.equal(buffer, before[name]), name
