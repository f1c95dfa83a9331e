# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What docs/models.md shows, run as it stands."""

from pathlib import Path
import re

import pytest

from genvla_policy.models.systems import SYSTEMS

PAGE = Path(__file__).parents[4] / 'docs' / 'models.md'


@pytest.fixture(scope='module')
def text():
    return PAGE.read_text(encoding='utf-8')


def test_the_python_on_the_page_runs(text, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r'```python\n(.*?)```', text, flags=re.DOTALL)
    assert len(blocks) == 2
    # One after the other, as a reader would: the second uses numpy of the first.
    exec('\n'.join(blocks), {})
    assert '(2, 7)' in capsys.readouterr().out


def test_every_system_is_on_the_page(text):
    listed = re.findall(r'^\| `(\w+)` \| (?:pi0|openvla) \|', text, flags=re.MULTILINE)
    assert listed == list(SYSTEMS)
