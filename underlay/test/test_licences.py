# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The page of licences names what is locked."""

from __future__ import annotations

from pathlib import Path
import re

import pytest
from underlay import licences

PAGE = Path(licences.UNDERLAY).parent / 'docs/licences.md'


@pytest.mark.parametrize(
    'lock', ['python.lock', 'torch.lock', 'ros2_jazzy.lock', 'test.lock'], ids=lambda name: name
)
def test_the_page_names_every_locked_version(lock):
    on_page = set(re.findall(r'^\| (\S+) \| (\S+) \|', PAGE.read_text(), re.MULTILINE))
    expected = set(licences.locked(lock))
    assert expected
    assert not expected - on_page, 'run: python underlay/licences.py > docs/licences.md'


def test_an_installed_distribution_has_its_own_licence():
    assert licences.licence('numpy').startswith('BSD')


def test_a_distribution_that_is_missing_is_said_to_be():
    assert licences.licence('no-such-distribution') == 'not installed here'
