# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The nodes of a run as processes: started together, watched, and stopped in order."""

from __future__ import annotations

from collections.abc import Mapping
import contextlib
from dataclasses import dataclass, field
import os
from pathlib import Path
import signal
import subprocess
from types import TracebackType

_GRACE_S = 10.0
_LOG_LINES_SHOWN = 20


class ProcessDied(RuntimeError):
    """A node ended although nobody had told it to; says how, and its last words."""


@dataclass(frozen=True)
class NodeCommand:
    """How to start one node."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    """What it has beside that of every process."""
    is_needed: bool = True
    """Whether nothing goes on without it."""


class NodeProcesses:
    """Child processes, each with a log file; leaving the context stops them all.

    A process is stopped by SIGTERM, newest first, and killed if it is still there after ten
    seconds. Each has its own process group, so that what it started goes with it and a Ctrl-C in
    the terminal reaches only the demo, which then stops them in order.
    """

    def __init__(self, log_folder: Path, environment: Mapping[str, str]) -> None:
        """Start nothing yet.

        Args:
            log_folder: where each node's output goes, `<name>.log`; made if missing.
            environment: of every process.
        """
        self._log_folder = log_folder
        self._environment = dict(environment)
        self._running: list[tuple[NodeCommand, subprocess.Popen[bytes]]] = []

    def __enter__(self) -> NodeProcesses:
        """Make the log folder."""
        self._log_folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop what still runs."""
        self.stop()

    def pids(self) -> dict[str, int]:
        """Returns the process of each node that was started, by name."""
        return {command.name: process.pid for command, process in self._running}

    def kill(self, name: str) -> NodeCommand:
        """Kill a node with SIGKILL, wait for its end; returns how to `start` it again.

        Raises:
            KeyError: no such node runs.
        """
        for index, (command, process) in enumerate(self._running):
            if command.name == name:
                del self._running[index]
                _signal_group(process, signal.SIGKILL)
                process.wait()
                return command
        raise KeyError(name)

    def suspend(self, name: str) -> None:
        """Make a node stand still until `wake`, as on a computer that swaps.

        Raises:
            KeyError: no such node runs.
        """
        os.kill(self.pids()[name], signal.SIGSTOP)

    def wake(self, name: str) -> None:
        """Let a suspended node go on."""
        os.kill(self.pids()[name], signal.SIGCONT)

    def start(self, command: NodeCommand) -> None:
        """Start one node; what one of its name has said before stays in the log."""
        with self._log(command.name).open('ab') as log:
            process = subprocess.Popen(
                command.arguments,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment | dict(command.environment),
                start_new_session=True,
            )
        self._running.append((command, process))

    def check(self) -> None:
        """Do nothing while all nodes run.

        Raises:
            ProcessDied: one has ended.
        """
        for command, process in self._running:
            status = process.poll()
            if status is None or not command.is_needed:
                continue
            raise ProcessDied(
                f'{command.name} {_ending(status)}; its last lines:\n{self.tail(command.name)}'
            )

    def tail(self, name: str) -> str:
        """Returns the last lines of a node's output, indented."""
        lines = self._log(name).read_text(errors='replace').splitlines()[-_LOG_LINES_SHOWN:]
        return '\n'.join(f'  {line}' for line in lines) or '  (it has printed nothing)'

    def stop(self) -> None:
        """Stop all nodes, the newest first; returns when none is left."""
        try:
            for _, process in reversed(self._running):
                _signal_group(process, signal.SIGTERM)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_GRACE_S)
        finally:  # also when a second Ctrl-C cuts the waiting short
            for _, process in self._running:
                _signal_group(process, signal.SIGKILL)
                process.wait()
            self._running.clear()

    def _log(self, name: str) -> Path:
        return self._log_folder / f'{name}.log'


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _ending(status: int) -> str:
    if status < 0:
        return f'was killed by {signal.Signals(-status).name}'
    return f'ended with status {status}'
