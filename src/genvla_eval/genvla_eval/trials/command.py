# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Trials of a real robot: checkpoints on the same setups, in random order, judged blindly.

    genvla eval trials protocol.yaml --out runs/trials/monday

Shows what to arrange, gives the instruction, records a bag of each trial and takes the verdict by
key; the same command goes on where it was. The table comes when all trials are judged (--peek
shows it before). See docs/trials.md. --rig simulator plays the protocol's tasks in the simulator,
whose success test judges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
import hashlib
import importlib
import json
from pathlib import Path
import signal
import sys
from types import FrameType
from typing import Any, NoReturn

import tyro

from genvla_command.command_line import ends_with_a_sentence, parse
from genvla_command.kept_settings import SettingsMismatch, keep_settings
from genvla_command.versions import versions
from genvla_command.whole_folder import write_whole
from genvla_eval.trials.keys import NoTerminal, open_keys
from genvla_eval.trials.plan import trial_order
from genvla_eval.trials.protocol import BadProtocol, Protocol, read_protocol
from genvla_eval.trials.results import read_results
from genvla_eval.trials.rig import Operator, Quit, Rig, RigFailed
from genvla_eval.trials.run import run_trials, trials_left
from genvla_eval.trials.simulator import SimulatorRig, SuccessTest
from genvla_eval.trials.table import as_markdown, comparisons, rates
from genvla_eval.trials.terminal import Person
from genvla_policy.checkpoint.folder import CheckpointMismatch, checkpoint_sha256

SIMULATOR = 'simulator'
ROBOT = 'genvla_bringup.trial_rig:robot_rig'
_PACKAGES = ('numpy', 'torch', 'transformers')


@dataclass(frozen=True)
class TrialsOptions:
    """What is tried, where the results go, and what moves."""

    protocol: tyro.conf.Positional[Path]
    """YAML file, see docs/trials.md."""
    out: Path
    """Folder to write, or of a run to go on with."""
    rig: str = ROBOT
    """What runs trials: the robot through ROS, "simulator", or MODULE:FUNCTION of your own, a
    context manager that gives a genvla_eval.trials.rig.Rig."""
    peek: bool = False
    """Show the table of what was judged so far, which tells which checkpoint is which, and end."""


@dataclass(frozen=True)
class _Settings:
    """What a run that goes on has to have in common with what was begun."""

    protocol_sha256: str
    checkpoints_sha256: dict[str, str]
    rig: str


def run(options: TrialsOptions) -> None:
    """Run the trials that are left, and write summary.json and table.md when all are judged.

    Raises:
        BadProtocol, CheckpointMismatch, SettingsMismatch, NoTerminal, RigFailed, ValueError: with
            a sentence.
        Quit: The operator stopped.
    """
    protocol = read_protocol(options.protocol)
    settings = _Settings(
        hashlib.sha256(options.protocol.read_bytes()).hexdigest(),
        {name: checkpoint_sha256(folder) for name, folder in protocol.checkpoints.items()},
        options.rig,
    )
    keep_settings(options.out, settings)
    if not options.peek and trials_left(protocol, options.out):
        with _rig_and_operator(options) as (rig, operator):
            run_trials(protocol, options.out, rig, operator)
    _report(options, protocol, settings)


def main(args: Sequence[str] | None = None) -> None:
    """Command line."""
    options = parse(TrialsOptions, args, module='genvla_eval.trials', description=__doc__)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    with ends_with_a_sentence(
        BadProtocol,
        CheckpointMismatch,
        NoTerminal,
        OSError,
        RigFailed,
        SettingsMismatch,
        ValueError,
        if_stopped='the same command goes on',
    ):
        try:
            run(options)
        except Quit:
            print('the same command goes on')


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """A closed terminal ends a trial as Ctrl-C does: with the instruction withdrawn."""
    raise KeyboardInterrupt


@contextmanager
def _rig_and_operator(options: TrialsOptions) -> Iterator[tuple[Rig, Operator]]:
    if options.rig == SIMULATOR:
        yield SimulatorRig(), SuccessTest()
        return
    open_rig = _named(options.rig)
    # Before the robot is woken.
    with open_keys() as keys, open_rig() as rig:
        yield rig, Person(keys, options.out)


def _named(name: str) -> Callable[[], AbstractContextManager[Rig]]:
    module, _, function = name.partition(':')
    try:
        found: Callable[[], AbstractContextManager[Rig]] = getattr(
            importlib.import_module(module), function
        )
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(
            f'rig {name!r} is not there ({error}); expected "simulator" or MODULE:FUNCTION. The '
            'robot needs ROS: source install/setup.bash'
        ) from error
    return found


def _report(options: TrialsOptions, protocol: Protocol, settings: _Settings) -> None:
    results = read_results(options.out)
    total = len(trial_order(protocol))
    if len(results) < total and not options.peek:
        return
    if not results:
        print('nothing was judged yet')
        return
    table = as_markdown(results)
    if len(results) < total:
        print(f'{len(results)} of {total} trials are judged; you are no longer blind\n\n{table}')
        return
    summary: dict[str, Any] = {
        'command': ' '.join(['genvla eval trials', *sys.argv[1:]]),
        **asdict(settings),
        'seed': protocol.seed,
        'trials': total,
        'versions': versions(_PACKAGES),
        'rates': [asdict(rate) for rate in rates(results)],
        'comparisons': [asdict(each) for each in comparisons(results)],
    }
    write_whole(options.out / 'summary.json', json.dumps(summary, indent=2) + '\n')
    write_whole(options.out / 'table.md', table)
    print(table)
