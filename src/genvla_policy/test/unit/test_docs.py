# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The code and table of docs/models.md."""

from pathlib import Path
import re

import pytest

from genvla_policy.models.__main__ import rows

PAGE = Path(__file__).parents[4] / 'docs' / 'models.md'


@pytest.fixture(scope='module')
def text():
    return PAGE.read_text(encoding='utf-8')


def test_the_python_code_on_the_page_runs(text, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r'```python\n(.*?)```', text, flags=re.DOTALL)
    assert len(blocks) == 3
    # In order, as a reader would: each block uses the imports of those before it.
    exec('\n'.join(blocks), {})
    assert '(2, 7)' in capsys.readouterr().out


def test_the_table_on_the_page_matches_the_command(text):
    on_page = re.findall(r'^\| `(\w+)` \| ((?:pi0|openvla) \| .*) \|$', text, flags=re.MULTILINE)
    listed = [
        (
            system,
            ' | '.join([family, encoders.split()[0], head.split()[0], share, paraphrases, *sizes]),
        )
        for system, family, encoders, head, share, paraphrases, _tiny, *sizes in rows()
    ]
    assert on_page == listed
