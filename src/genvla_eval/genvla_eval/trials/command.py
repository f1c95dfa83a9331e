# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Run trials on a real robot: checkpoints on the same setups, in random order, judged blindly.

    genvla eval trials protocol.yaml --out runs/trials/monday

Each trial shows the setup to arrange, starts a bag, gives the instruction and reads the verdict as
a key. The same command resumes an interrupted run. The table appears when all trials are judged
(--peek shows it earlier). See docs/trials.md. With --rig simulator, the protocol's tasks run in
the simulator, whose success test judges them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
import hashlib
import json
from pathlib import Path
import signal
import sys
from types import FrameType
from typing import Any, NoReturn

import tyro

from genvla_command.command_line import ends_with_a_sentence, parse
from genvla_command.kept_settings import SettingsMismatch, keep_settings
from genvla_command.named_function import named_function
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
    """Protocol, output folder and robot."""

    protocol: tyro.conf.Positional[Path]
    """YAML file of the protocol, see docs/trials.md."""
    out: Path
    """Folder to write, or the folder of a run to resume."""
    rig: str = ROBOT
    """Robot that runs the trials: the default one through ROS, "simulator", or your own
    MODULE:FUNCTION, a context manager that yields a genvla_eval.trials.rig.Rig."""
    peek: bool = False
    """Show the table of the trials judged so far, which reveals the checkpoints, and exit."""


@dataclass(frozen=True)
class _Settings:
    """Settings that must not change when a run resumes."""

    protocol_sha256: str
    checkpoints_sha256: dict[str, str]
    rig: str


def run(options: TrialsOptions) -> None:
    """Run the remaining trials, and write summary.json and table.md when all are judged.

    Raises:
        BadProtocol, CheckpointMismatch, SettingsMismatch, NoTerminal, RigFailed, ValueError: The
            run cannot start or continue; the message gives the reason.
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
    """Run the command line."""
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
        if_stopped='run the same command again to resume',
    ):
        try:
            run(options)
        except Quit:
            print('run the same command again to resume')


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """End a trial as Ctrl-C does, so that a closed terminal withdraws the instruction."""
    raise KeyboardInterrupt


@contextmanager
def _rig_and_operator(options: TrialsOptions) -> Iterator[tuple[Rig, Operator]]:
    if options.rig == SIMULATOR:
        yield SimulatorRig(), SuccessTest()
        return
    open_rig = _named(options.rig)
    # Open the keys before the robot starts.
    with open_keys() as keys, open_rig() as rig:
        yield rig, Person(keys, options.out)


def _named(name: str) -> Callable[[], AbstractContextManager[Rig]]:
    try:
        return named_function(name)
    except ValueError as error:
        raise ValueError(
            f'rig {error}, or "simulator". The robot needs ROS: source install/setup.bash'
        ) from error


def _report(options: TrialsOptions, protocol: Protocol, settings: _Settings) -> None:
    results = read_results(options.out)
    total = len(trial_order(protocol))
    if len(results) < total and not options.peek:
        return
    if not results:
        print('no trial has been judged yet')
        return
    table = as_markdown(results)
    if len(results) < total:
        print(
            f'{len(results)} of {total} trials are judged; you have seen the checkpoints, so the '
            f'rest is not blind\n\n{table}'
        )
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
