# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Action text in each format, written and read."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
import numpy as np
import pytest

from genvla_policy.action_text.formats import ACTION_FORMATS, ActionTextError, action_format

SIGNED = (True, True, False)
HALF_UNIT = {'fixed4': 0.5e-4, 'paper': 0.5e-4, 'int1000': 1e-3}

chunks = arrays(np.float64, (2, 3), elements=st.floats(-1.5, 1.5))


def make(name, horizon=1, signed=SIGNED):
    return action_format(name, horizon=horizon, signed=signed)


@pytest.mark.parametrize(
    ('name', 'text'),
    [
        ('fixed4', '0.0312 -0.1234 1.0000 -1.0000 0.5000 0.0000'),
        ('paper', '0.0312,-0.1234,1.0,-1.0,0.5,0.0,'),
        ('int1000', '516 438 1000 0 750 0'),
    ],
)
def test_a_chunk_is_written_time_major_in_the_format(name, text):
    values = np.array([[0.0312, -0.1234, 1.0], [-1.0, 0.5, 0.0]])
    assert make(name, horizon=2).encode(values) == text


@pytest.mark.parametrize('name', ACTION_FORMATS)
@given(values=chunks)
def test_decoding_inverts_encoding_within_half_a_unit_of_the_last_place(name, values):
    text_format = make(name, horizon=2)
    clipped = np.clip(values, [-1.0, -1.0, 0.0], 1.0)
    decoded = text_format.decode(text_format.encode(values))
    assert np.abs(decoded - clipped).max() <= HALF_UNIT[name] + 1e-12


@pytest.mark.parametrize('name', ACTION_FORMATS)
@given(values=chunks)
def test_a_decoded_chunk_is_encoded_as_the_same_text(name, values):
    text_format = make(name, horizon=2)
    text = text_format.encode(values)
    if '-0.0,' not in text:
        assert text_format.encode(text_format.decode(text)) == text


def test_fixed4_never_writes_minus_zero():
    assert make('fixed4').encode(np.array([[-0.00004, -0.0, -0.0]])) == '0.0000 0.0000 0.0000'


def test_paper_writes_minus_zero_as_the_authors_do_and_reads_it_as_zero():
    text = make('paper').encode(np.array([[-0.00004, 0.00006, 0.0]]))
    assert text == '-0.0,0.0001,0.0,'
    decoded = make('paper').decode(text)
    assert decoded.tolist() == [[0.0, 0.0001, 0.0]]
    assert not np.signbit(decoded).any()


def test_every_fixed4_number_of_a_kind_has_the_same_number_of_digits():
    numbers = make('fixed4').numbers(signed=True)
    assert len(numbers) == 20_001
    assert {len(number.lstrip('-')) for number in numbers} == {6}


@pytest.mark.parametrize(
    ('name', 'text', 'message'),
    [
        ('fixed4', '0.1000 0.1000', 'must have 3 numbers'),
        ('fixed4', '0.1000 0.1000 0.1000 ', 'must have 3 numbers'),
        ('fixed4', '0.1000 1.1000 0.1000', "number 1 of the text is '1.1000'"),
        ('fixed4', '0.1000 -0.0000 0.1000', 'number 1'),
        ('fixed4', '0.1000 0.1 0.1000', 'number 1'),
        ('fixed4', '0.1000 0.1000 -0.1000', r'number 2 .* in \[0, 1\]'),
        ('fixed4', 'nan nan nan', 'number 0'),
        ('fixed4', '', 'got 1 in'),
        ('paper', '0.1,0.1,0.1', "must end with ','"),
        ('paper', '0.10,0.1,0.1,', 'number 0'),
        ('int1000', '1 2 1001', 'number 2'),
        ('int1000', '1 02 3', 'number 1'),
    ],
)
def test_a_text_that_is_not_a_chunk_is_rejected_with_the_wrong_number(name, text, message):
    with pytest.raises(ActionTextError, match=message):
        make(name).decode(text)


def test_values_of_another_shape_are_rejected():
    with pytest.raises(ValueError, match=r'shape \(1, 3\), got \(3,\)'):
        make('fixed4').encode(np.zeros(3))


def test_values_that_are_not_finite_are_rejected():
    with pytest.raises(ValueError, match='finite'):
        make('fixed4').encode(np.full((1, 3), np.nan))


def test_an_unknown_format_is_rejected_with_the_known_ones():
    with pytest.raises(
        ValueError, match=r"'hex'; available: \['fixed4', 'paper', 'int1000', 'bins256'\]"
    ):
        make('hex')


def test_an_empty_chunk_is_rejected():
    with pytest.raises(ValueError, match='horizon must be at least 1'):
        make('fixed4', horizon=0)
