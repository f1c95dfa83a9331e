# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Jobs in separate processes; they run functions of Python itself, which can be pickled."""

from __future__ import annotations

import functools
import math
import os

import pytest

from genvla_command.worker_pool import in_processes


def test_every_job_is_yielded_once_with_its_result():
    jobs = [1, 4, 9, 16, 25]
    results = in_processes(math.isqrt, jobs, sizes=[1] * 5, workers=2, unit='root')
    assert sorted(results) == [(1, 1), (4, 2), (9, 3), (16, 4), (25, 5)]


def test_no_jobs_give_no_results():
    assert list(in_processes(math.isqrt, [], sizes=[], workers=2, unit='root')) == []


def test_jobs_run_in_another_process():
    jobs = ['__import__("os").getpid()']
    [(_, process_id)] = in_processes(eval, jobs, sizes=[1], workers=1, unit='job')
    assert process_id != os.getpid()


def test_a_function_is_called_once_in_each_new_process(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    start = functools.partial(os.mkdir, 'started')  # a second call would raise
    jobs = [1, 4, 9]
    list(in_processes(math.isqrt, jobs, sizes=[1] * 3, workers=1, unit='root', start=start))
    assert (tmp_path / 'started').is_dir()


def test_an_error_in_a_job_is_raised_and_no_further_job_starts(tmp_path):
    touch = 'import pathlib; pathlib.Path({!r}).touch()'
    jobs = ['1 / 0', *(touch.format(str(tmp_path / str(index))) for index in range(20))]
    with pytest.raises(ZeroDivisionError):
        list(in_processes(exec, jobs, sizes=[1] * 21, workers=1, unit='job'))
    assert list(tmp_path.iterdir()) == []


def test_closing_the_iterator_waits_for_running_jobs(tmp_path):
    job = f'import pathlib, time; time.sleep(0.3); pathlib.Path({str(tmp_path / "end")!r}).touch()'
    results = in_processes(exec, ['', job, job], sizes=[1] * 3, workers=1, unit='job')
    assert next(results) == ('', None)
    results.close()
    assert (tmp_path / 'end').exists()


def test_progress_counts_sizes_and_earlier_work(capsys):
    jobs = [1, 4]
    list(in_processes(math.isqrt, jobs, sizes=[30, 20], workers=1, unit='root', already_done=50))
    assert '50/100' in capsys.readouterr().err


def test_jobs_without_sizes_are_rejected():
    with pytest.raises(ValueError, match='shorter'):
        list(in_processes(math.isqrt, [1, 2], sizes=[1], workers=1, unit='root'))
