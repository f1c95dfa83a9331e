# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A session of trials."""

from __future__ import annotations

import pytest

from genvla_eval.trials.plan import trial_order
from genvla_eval.trials.protocol import Protocol, Setup, Task
from genvla_eval.trials.results import read_results
from genvla_eval.trials.rig import Quit, RigFailed
from genvla_eval.trials.run import run_trials
from genvla_sim.tasks.rollout import Verdict

CARROT = Task('PickCarrot', 'pick up the carrot', (Setup('left'), Setup('right')))


KNIFE = Task('PickKnife', 'pick up the knife', (Setup('anywhere'),))


def protocol(tmp_path, **changes):
    """Return a protocol with two tasks and two checkpoint names without folders."""
    folders = {'before': tmp_path / 'a', 'after': tmp_path / 'b'}
    given = {'tasks': (CARROT, KNIFE), 'checkpoints': folders, 'trials': 10, **changes}
    return Protocol(**given)


class Diary:
    """A rig and an operator in one, which record every call."""

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
    assert [(r.verdict, r.duration_s) for r in results] == [
        (Verdict.SUCCESS, 3.5),
        (Verdict.DROPPED, 1.0),
    ]
    assert [r.bag for r in results] == ['bags/0001-PickCarrot', 'bags/0002-PickCarrot']


@pytest.mark.parametrize('end', [Quit(), RigFailed('no answer'), KeyboardInterrupt()])
def test_every_end_of_a_session_stops_the_arm_and_the_next_session_resumes(tmp_path, end):
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


def test_a_repeated_trial_keeps_the_bags_of_its_earlier_attempts(tmp_path):
    few = protocol(tmp_path, tasks=(KNIFE,), trials=1)
    diary = Diary([None, None, Verdict.SUCCESS, Verdict.SUCCESS])
    run_trials(few, tmp_path, diary, diary)
    assert [r.bag for r in read_results(tmp_path)] == [
        'bags/0001-PickKnife-3',
        'bags/0002-PickKnife',
    ]


def test_a_truncated_line_of_a_killed_run_is_ignored(tmp_path):
    few = protocol(tmp_path, tasks=(KNIFE,), trials=1)
    diary = Diary([Verdict.SUCCESS] * 2)
    run_trials(few, tmp_path, diary, diary)
    path = tmp_path / 'trials.jsonl'
    path.write_text(path.read_text()[:-20])
    assert [r.number for r in read_results(tmp_path)] == [1]
    again = Diary([Verdict.DROPPED])
    run_trials(few, tmp_path, again, again)
    assert [r.verdict for r in read_results(tmp_path)] == [Verdict.SUCCESS, Verdict.DROPPED]
