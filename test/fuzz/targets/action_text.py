# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What a language head may print, in all formats."""

import numpy as np

from genvla_policy.action_text.formats import ACTION_FORMATS, ActionTextError, action_format

SIGNED = (True,) * 6 + (False,)
FORMATS = [action_format(name, horizon=2, signed=SIGNED) for name in ACTION_FORMATS]
GOOD = np.linspace(-1.0, 1.0, 14).reshape(2, 7)
SEEDS = [
    bytes([number]) + text_format.encode(GOOD).encode()
    for number, text_format in enumerate(FORMATS)
]
EXPECTED = (ActionTextError,)


def attack(data):
    text_format = FORMATS[data[0] % len(FORMATS)] if data else FORMATS[0]
    text = data[1:].decode('utf-8', 'replace')
    beginning = text_format.first_steps(text, 1)
    assert beginning is None or isinstance(beginning, str)
    values = text_format.decode(text)
    assert values.shape == (2, 7)
    assert np.isfinite(values).all()
    assert (values <= 1.0).all()
    assert (values >= np.where(SIGNED, -1.0, 0.0)).all()
    np.testing.assert_array_equal(text_format.decode(text_format.encode(values)), values)
