# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A folder that exists completely or not at all."""

import pytest

from genvla_command.whole_folder import whole_folder


def fill(folder, text):
    (folder / 'file').write_text(text)


def fill_half(out, error):
    with whole_folder(out) as folder:
        fill(folder, 'half')
        raise error


def test_a_folder_gets_its_name_when_it_is_complete(tmp_path):
    out = tmp_path / 'deep' / 'out'
    with whole_folder(out) as folder:
        fill(folder, 'new')
        assert not out.exists()
    assert (out / 'file').read_text() == 'new'
    assert [path.name for path in out.parent.iterdir()] == ['out']


def test_an_existing_folder_is_replaced_completely(tmp_path):
    (tmp_path / 'out').mkdir()
    fill(tmp_path / 'out', 'old')
    (tmp_path / 'out' / 'other').touch()
    with whole_folder(tmp_path / 'out') as folder:
        fill(folder, 'new')
        assert (tmp_path / 'out' / 'file').read_text() == 'old'
    assert [path.name for path in (tmp_path / 'out').iterdir()] == ['file']
    assert [path.name for path in tmp_path.iterdir()] == ['out']


@pytest.mark.parametrize('error', [ValueError, KeyboardInterrupt])
def test_a_failure_keeps_the_existing_folder(tmp_path, error):
    (tmp_path / 'out').mkdir()
    fill(tmp_path / 'out', 'old')
    with pytest.raises(error):
        fill_half(tmp_path / 'out', error)
    assert (tmp_path / 'out' / 'file').read_text() == 'old'
    assert [path.name for path in tmp_path.iterdir()] == ['out']


def test_another_partial_folder_is_kept(tmp_path):
    (tmp_path / 'out.partial').mkdir()
    with whole_folder(tmp_path / 'out') as folder:
        fill(folder, 'new')
    assert {path.name for path in tmp_path.iterdir()} == {'out', 'out.partial'}


def test_everyone_can_read_the_folder(tmp_path):
    with whole_folder(tmp_path / 'out'):
        pass
    assert (tmp_path / 'out').stat().st_mode & 0o777 == 0o755
