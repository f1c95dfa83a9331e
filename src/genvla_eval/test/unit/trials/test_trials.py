# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Trials: the order, the protocol's file, the session, the table."""

from __future__ import annotations

from itertools import pairwise
import json
import os
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest
from scipy.stats import binomtest

from genvla_eval.mcnemar import mcnemar_exact
from genvla_eval.replay.run import Candidate, Question, ask_bags
from genvla_eval.trials import command
from genvla_eval.trials.plan import trial_order
from genvla_eval.trials.protocol import BadProtocol, Protocol, Setup, Task, read_protocol
from genvla_eval.trials.results import TrialResult, new_bag, read_results
from genvla_eval.trials.rig import Quit, RigFailed
from genvla_eval.trials.run import run_trials
from genvla_eval.trials.table import as_markdown, comparisons, rates
from genvla_eval.trials.verdict import Verdict
from genvla_policy.checkpoint.tiny import tiny_config, write_tiny_checkpoint
from genvla_policy.decoding.options import ONE_CHOICE_A_PASS
from genvla_policy.inference.policy import Policy
from genvla_policy.shipped import SHIPPED_CHECKPOINT

CARROT = Task('PickCarrot', 'pick up the carrot', (Setup('left'), Setup('right')))
KNIFE = Task('PickKnife', 'pick up the knife', (Setup('anywhere'),))


def protocol(tmp_path, **changes):
    """Return two checkpoints that are no more than names, on two tasks."""
    folders = {'before': tmp_path / 'a', 'after': tmp_path / 'b'}
    given = {'tasks': (CARROT, KNIFE), 'checkpoints': folders, 'trials': 10, **changes}
    return Protocol(**given)


def test_every_setup_is_tried_with_every_checkpoint_one_after_the_other(tmp_path):
    order = trial_order(protocol(tmp_path))
    assert [trial.number for trial in order] == list(range(1, 41))
    pairs = list(zip(order[::2], order[1::2], strict=True))
    for first, second in pairs:
        assert (first.task, first.repetition) == (second.task, second.repetition)
        assert {first.checkpoint, second.checkpoint} == {'before', 'after'}
    assert len({(first.task, first.repetition) for first, _ in pairs}) == 20
    # Random: neither checkpoint is always first, and neither task.
    assert 3 < sum(first.checkpoint == 'before' for first, _ in pairs) < 17
    assert {first.task for first, _ in pairs[::2]} == {'PickCarrot', 'PickKnife'}


def test_the_order_is_the_same_again_and_another_for_another_seed(tmp_path):
    assert trial_order(protocol(tmp_path)) == trial_order(protocol(tmp_path))
    assert trial_order(protocol(tmp_path)) != trial_order(protocol(tmp_path, seed=1))


def test_setups_take_turns():
    assert [CARROT.setup(n).arrange for n in range(3)] == ['left', 'right', 'left']


@given(st.integers(0, 40), st.integers(0, 40))
def test_mcnemar_is_the_sign_test_on_the_pairs_that_differ(first, second):
    wanted = binomtest(first, first + second).pvalue if first + second else 1.0
    assert mcnemar_exact(first, second) == pytest.approx(wanted)


def test_mcnemar_refuses_counts_below_nothing():
    with pytest.raises(ValueError, match='expected 0 or more'):
        mcnemar_exact(-1, 2)


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


def test_a_protocol_is_read_with_paths_beside_it(tmp_path):
    (tmp_path / 'right.jpg').write_bytes(b'')
    (tmp_path / 'p.yaml').write_text(YAML)
    read = read_protocol(tmp_path / 'p.yaml')
    assert read.checkpoints == {'before': tmp_path / 'a', 'after': tmp_path / 'b'}
    assert (read.trials, read.duration_s, read.seed) == (3, 20.0, 0)
    assert read.tasks[0].setups[1] == Setup('carrot on the right', tmp_path / 'right.jpg')


@pytest.mark.parametrize(
    ('old', 'new', 'sentence'),
    [
        ('trials: 3', 'trials: 0', 'trials is 0, expected a whole number from 1 on'),
        ('trials: 3', '', 'trials is None'),
        ('trials: 3', 'trials: 3\nruns: 4', "the file has a key 'runs'; there are checkpoints,"),
        ('20', '-1', 'duration_s is -1'),
        ('20', '.nan', 'duration_s is nan'),
        ('{before: a, after: b}', '3', 'checkpoints is 3, expected keys with values'),
        ('    instruction: pick up the carrot\n', '', 'needs a name and an instruction'),
        ('PickCarrot', 'Pick/Carrot', 'leave out the /'),
        ('right.jpg', 'wrong.jpg', 'there is no photo'),
        ('carrot on the left', '{photo: right.jpg}', 'does not say what to arrange'),
        ('tasks:', 'tasks: [', 'is no YAML'),
    ],
)
def test_a_protocol_that_cannot_be_used_is_refused_with_the_reason(tmp_path, old, new, sentence):
    (tmp_path / 'right.jpg').write_bytes(b'')
    (tmp_path / 'p.yaml').write_text(YAML.replace(old, new))
    with pytest.raises(BadProtocol) as error:
        read_protocol(tmp_path / 'p.yaml')
    assert sentence in str(error.value)
    assert 'p.yaml' in str(error.value)


def test_a_protocol_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BadProtocol, match='No such file'):
        read_protocol(tmp_path / 'p.yaml')


class Diary:
    """A rig and an operator in one, who write down what happens."""

    def __init__(self, verdicts):
        self.happened = []
        self._verdicts = iter(verdicts)

    def load(self, checkpoint):
        self.happened.append(f'load {checkpoint.name}')

    def home(self):
        self.happened.append('home')

    def start(self, trial, task, bag):
        assert not bag.exists()
        bag.mkdir()
        self.happened.append(f'start {bag.name}')

    def halt(self):
        self.happened.append('halt')

    def stop(self):
        self.happened.append('stop')

    def ready_for_home(self, number, total):
        self.happened.append(f'ready {number}/{total}')

    def arrange(self, task, setup):
        self.happened.append(f'arrange {setup.arrange}')

    def watch(self, rig, duration_s):
        said = next(self._verdicts)
        if isinstance(said, BaseException):
            raise said
        return said


def test_a_trial_goes_home_loads_arranges_runs_and_stops(tmp_path):
    diary = Diary([Verdict.SUCCESS, Verdict.DROPPED])
    few = protocol(tmp_path, tasks=(CARROT,), trials=1)
    run_trials(few, tmp_path, diary, diary, clock=iter([1.0, 4.5, 5.0, 6.0]).__next__)
    first, second = trial_order(few)
    folder = {'before': 'a', 'after': 'b'}
    assert diary.happened == [
        *('ready 1/2', 'home', f'load {folder[first.checkpoint]}', 'arrange left'),
        *('start 0001-PickCarrot', 'stop'),
        *('ready 2/2', 'home', f'load {folder[second.checkpoint]}', 'arrange left'),
        *('start 0002-PickCarrot', 'stop'),
    ]
    results = read_results(tmp_path)
    assert [(r.verdict, r.duration_s) for r in results] == [('success', 3.5), ('dropped', 1.0)]
    assert [r.bag for r in results] == ['bags/0001-PickCarrot', 'bags/0002-PickCarrot']


@pytest.mark.parametrize('end', [Quit(), RigFailed('no answer'), KeyboardInterrupt()])
def test_whatever_ends_a_session_stops_the_arm_and_the_next_session_goes_on(tmp_path, end):
    some = protocol(tmp_path, tasks=(CARROT,), trials=2)
    diary = Diary([Verdict.SUCCESS, end])
    with pytest.raises(type(end)):
        run_trials(some, tmp_path, diary, diary)
    assert diary.happened[-1] == 'stop'
    assert [result.number for result in read_results(tmp_path)] == [1]
    later = Diary([Verdict.TIMEOUT] * 3)
    run_trials(some, tmp_path, later, later)
    assert later.happened[0] == 'ready 2/4'
    # The bag of the trial that was cut short stays, under its own name.
    assert 'start 0002-PickCarrot-2' in later.happened
    assert [result.number for result in read_results(tmp_path)] == [1, 2, 3, 4]


def test_a_trial_that_does_not_count_is_repeated_and_its_bag_stays(tmp_path):
    few = protocol(tmp_path, tasks=(KNIFE,), trials=1)
    diary = Diary([Verdict.REPEAT, Verdict.REPEAT, Verdict.SUCCESS, Verdict.SUCCESS])
    run_trials(few, tmp_path, diary, diary)
    assert [r.bag for r in read_results(tmp_path)] == [
        'bags/0001-PickKnife-3',
        'bags/0002-PickKnife',
    ]


def test_half_a_line_of_a_killed_run_does_not_count(tmp_path):
    few = protocol(tmp_path, tasks=(KNIFE,), trials=1)
    diary = Diary([Verdict.SUCCESS] * 2)
    run_trials(few, tmp_path, diary, diary)
    path = tmp_path / 'trials.jsonl'
    path.write_text(path.read_text()[:-20])
    assert [r.number for r in read_results(tmp_path)] == [1]
    again = Diary([Verdict.DROPPED])
    run_trials(few, tmp_path, again, again)
    assert [r.verdict for r in read_results(tmp_path)] == ['success', 'dropped']


def result(task, repetition, checkpoint, verdict):
    return TrialResult(1, task, repetition, checkpoint, verdict, 1.0, '', '')


def test_the_table_has_rates_intervals_kinds_and_the_paired_test():
    said = [
        result('PickCarrot', n, name, 'success' if n < wins else 'dropped')
        for name, wins in (('a', 9), ('b', 3))
        for n in range(10)
    ]
    said.append(result('PickKnife', 0, 'a', 'timeout'))
    by_cell = {(rate.task, rate.checkpoint): rate for rate in rates(said)}
    assert set(by_cell) == {
        ('PickCarrot', 'a'), ('PickCarrot', 'b'), ('PickKnife', 'a'), ('all', 'a'), ('all', 'b')
    }  # fmt: skip
    assert by_cell['all', 'a'].failures == {'dropped': 1, 'timeout': 1}
    low, high = by_cell['PickCarrot', 'a'].wilson_95
    assert (low, high) == (pytest.approx(0.596, abs=1e-3), pytest.approx(0.982, abs=1e-3))
    [pair] = comparisons(said)
    assert (pair.pairs, pair.only_first, pair.only_second) == (10, 6, 0)
    assert pair.p_value == pytest.approx(2 / 2**6)
    text = as_markdown(said)
    assert '| PickKnife | 0 of 1, 0 % (0 to 79); 1 timeout | - |' in text
    assert "McNemar's exact test p = 0.031" in text


@pytest.fixture(scope='module')
def session(tmp_path_factory):
    """Trials in the simulator: the shipped policy against one that knows nothing."""
    folder = tmp_path_factory.mktemp('trials')
    write_tiny_checkpoint(folder / 'fresh', tiny_config(), seed=0)
    (folder / 'trained').symlink_to(SHIPPED_CHECKPOINT)
    (folder / 'p.yaml').write_text(
        """
trials: 2
duration_s: 16
checkpoints: {fresh: fresh, trained: trained}
tasks: [{name: PickCarrot, instruction: pick up the carrot, setups: [any]}]
"""
    )
    args = [str(folder / 'p.yaml'), '--out', str(folder / 'out'), '--rig', 'simulator']
    # One thread: beside other tests, two that wait for each other take ten times as long.
    subprocess.run(
        [sys.executable, '-m', 'genvla_eval.trials', *args],
        env=os.environ | {'OMP_NUM_THREADS': '1'},
        check=True,
        timeout=110,
    )
    return folder, args


def test_the_simulator_tells_a_trained_policy_from_a_fresh_one(session, capsys):
    folder, args = session
    summary = json.loads((folder / 'out' / 'summary.json').read_text())
    rates_of = {(r['task'], r['checkpoint']): r['successes'] for r in summary['rates']}
    # It fails in seven scenes of a hundred, and in which depends on the last bits of the machine.
    trained = rates_of['PickCarrot', 'trained']
    assert trained >= 1
    assert rates_of['PickCarrot', 'fresh'] == 0
    assert summary['comparisons'][0]['only_second'] == trained
    assert set(summary['checkpoints_sha256']) == {'fresh', 'trained'}
    # Again: nothing is left to do, and the table is shown.
    command.main(args)
    assert 'trained' in capsys.readouterr().out


def test_the_bag_of_a_trial_replays_exactly(session):
    folder, _ = session
    trained = next(r for r in read_results(folder / 'out') if r.checkpoint == 'trained')
    policy = Policy.load(SHIPPED_CHECKPOINT, decoding=ONE_CHOICE_A_PASS)
    candidate = Candidate('trained', policy, '')
    ask_bags([folder / 'out' / trained.bag], [candidate], Question())
    assert len(candidate.rows) > 10
    assert [row.text for row in candidate.rows] == [row.recorded_text for row in candidate.rows]
    steps = [row.predicted_HA[0] - row.reference_HA[0] for row in candidate.rows]
    np.testing.assert_allclose(steps, 0.0, atol=1e-6)


def test_a_session_that_was_begun_otherwise_is_not_gone_on_with(session, tmp_path):
    folder, args = session
    text = (folder / 'p.yaml').read_text()
    other = folder / 'other.yaml'
    other.write_text(text.replace('duration_s: 16', 'duration_s: 13'))
    with pytest.raises(SystemExit, match='begun with other settings: protocol_sha256'):
        command.main([str(other), *args[1:]])


@pytest.mark.parametrize(
    ('rig', 'sentence'),
    [
        ('no_such_module:rig', r"rig 'no_such_module:rig' is not there .* source install"),
        ('json:loads', 'standard input is no terminal'),
    ],
)
def test_a_missing_rig_or_terminal_is_said_before_anything_moves(
    session, tmp_path, monkeypatch, rig, sentence
):
    _, args = session
    reading, writing = os.pipe()
    os.close(writing)
    with open(reading, encoding='utf-8') as pipe, monkeypatch.context() as patch:
        patch.setattr('sys.stdin', pipe)
        with pytest.raises(SystemExit, match=sentence):
            command.main([args[0], '--out', str(tmp_path / 'new'), '--rig', rig])


def test_every_bag_has_a_folder_of_its_own(tmp_path):
    trial = trial_order(protocol(tmp_path))[0]
    paths = []
    for _ in range(3):
        paths.append(new_bag(tmp_path, trial))
        paths[-1].mkdir()
    assert len(set(paths)) == 3
    assert all(first < second for first, second in pairwise(p.name for p in paths))
