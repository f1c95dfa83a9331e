# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Run the nodes as processes: start them together, watch them, and stop them in order."""

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
    """A node exited unexpectedly; the message gives its exit status and last log lines."""


@dataclass(frozen=True)
class NodeCommand:
    """The command line of one node."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables in addition to those of all processes."""
    is_needed: bool = True
    """Whether the run fails when this node exits."""


class NodeProcesses:
    """Child processes, each with a log file; leaving the context stops them all.

    Processes are stopped with SIGTERM, the newest first, and killed after a grace period of ten
    seconds. Each process has its own process group: its children stop with it, and Ctrl-C in the
    terminal only reaches the demo, which then stops the processes in order.
    """

    def __init__(self, log_folder: Path, environment: Mapping[str, str]) -> None:
        """Prepare to run processes; start none yet.

        Args:
            log_folder: Folder of the nodes' output, `<name>.log`; created if missing.
            environment: Variables of all processes.
        """
        self._log_folder = log_folder
        self._environment = dict(environment)
        self._running: list[tuple[NodeCommand, subprocess.Popen[bytes]]] = []

    def __enter__(self) -> NodeProcesses:
        """Create the log folder."""
        self._log_folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop all processes that are still running."""
        self.stop()

    def pids(self) -> dict[str, int]:
        """Return the process id of each started node, by name."""
        return {command.name: process.pid for command, process in self._running}

    def kill(self, name: str) -> NodeCommand:
        """Kill a node with SIGKILL, wait for its end, and return the command to `start` it again.

        Raises:
            KeyError: No such node is running.
        """
        for index, (command, process) in enumerate(self._running):
            if command.name == name:
                del self._running[index]
                _signal_group(process, signal.SIGKILL)
                process.wait()
                return command
        raise KeyError(name)

    def suspend(self, name: str) -> None:
        """Suspend a node until `wake`, as if the computer were swapping.

        Raises:
            KeyError: No such node is running.
        """
        os.kill(self.pids()[name], signal.SIGSTOP)

    def wake(self, name: str) -> None:
        """Resume a suspended node."""
        os.kill(self.pids()[name], signal.SIGCONT)

    def start(self, command: NodeCommand) -> None:
        """Start one node; append to the log if a node of the same name ran before."""
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
        """Do nothing while all needed nodes are running.

        Raises:
            ProcessDied: A needed node has exited.
        """
        for command, process in self._running:
            status = process.poll()
            if status is None or not command.is_needed:
                continue
            raise ProcessDied(
                f'{command.name} {_ending(status)}; its last lines:\n{self.tail(command.name)}'
            )

    def tail(self, name: str) -> str:
        """Return the last lines of a node's output, indented."""
        lines = self._log(name).read_text(errors='replace').splitlines()[-_LOG_LINES_SHOWN:]
        return '\n'.join(f'  {line}' for line in lines) or '  (no output)'

    def stop(self) -> None:
        """Stop all nodes, the newest first, and return when all have exited."""
        try:
            for _, process in reversed(self._running):
                _signal_group(process, signal.SIGTERM)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_GRACE_S)
        finally:  # also if a second Ctrl-C interrupts the wait
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
