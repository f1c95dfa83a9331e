# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Protocol files."""

from __future__ import annotations

import pytest

from genvla_eval.trials.protocol import BadProtocol, Setup, Task, read_protocol

CARROT = Task('PickCarrot', 'pick up the carrot', (Setup('left'), Setup('right')))


def test_setups_take_turns():
    assert [CARROT.setup(n).arrange for n in range(3)] == ['left', 'right', 'left']


YAML = """
trials: 3
duration_s: 20
checkpoints: {before: a, after: b}
tasks:
  - name: PickCarrot
    instruction: pick up the carrot
    setups:
      - carrot on the left
      - {arrange: carrot on the right, photo: right.jpg}
"""


def test_paths_in_a_protocol_are_relative_to_it(tmp_path):
    (tmp_path / 'right.jpg').write_bytes(b'')
    (tmp_path / 'p.yaml').write_text(YAML)
    read = read_protocol(tmp_path / 'p.yaml')
    assert read.checkpoints == {'before': tmp_path / 'a', 'after': tmp_path / 'b'}
    assert (read.trials, read.duration_s, read.seed) == (3, 20.0, 0)
    assert read.tasks[0].setups[1] == Setup('carrot on the right', tmp_path / 'right.jpg')


@pytest.mark.parametrize(
    ('old', 'new', 'sentence'),
    [
        ('trials: 3', 'trials: 0', 'trials is 0, expected an integer of at least 1'),
        ('trials: 3', '', 'trials is None'),
        (
            'trials: 3',
            'trials: 3\nruns: 4',
            "the file has an unknown key 'runs'; expected checkpoints,",
        ),
        ('20', '-1', 'duration_s is -1'),
        ('20', '.nan', 'duration_s is nan'),
        ('{before: a, after: b}', '3', 'checkpoints is 3, expected keys with values'),
        ('    instruction: pick up the carrot\n', '', 'needs a name and an instruction'),
        ('PickCarrot', 'Pick/Carrot', 'remove the /'),
        ('right.jpg', 'wrong.jpg', 'wrong.jpg does not exist'),
        ('carrot on the left', '{photo: right.jpg}', 'needs `arrange`'),
        ('tasks:', 'tasks: [', 'is not YAML'),
    ],
)
def test_an_invalid_protocol_is_refused_with_the_reason(tmp_path, old, new, sentence):
    (tmp_path / 'right.jpg').write_bytes(b'')
    (tmp_path / 'p.yaml').write_text(YAML.replace(old, new))
    with pytest.raises(BadProtocol) as error:
        read_protocol(tmp_path / 'p.yaml')
    assert sentence in str(error.value)
    assert 'p.yaml' in str(error.value)


def test_a_missing_protocol_is_refused(tmp_path):
    with pytest.raises(BadProtocol, match='No such file'):
        read_protocol(tmp_path / 'p.yaml')
