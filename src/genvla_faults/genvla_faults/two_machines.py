# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Run the policy in a network namespace, as on another computer, and impair the link to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
import contextlib
from dataclasses import dataclass
import os
from pathlib import Path
import shutil
import subprocess
import time

import numpy as np

from genvla_bringup.demo.processes import NodeCommand
from genvla_faults.chunk_latency import ChunkLatency
from genvla_faults.live_loop import LiveLoop, live_loop

_NAMESPACE, _HERE, _THERE = 'genvla_far', 'genvla_here', 'genvla_there'
_ADDRESSES = ('10.213.7.1/24', '10.213.7.2/24')
_PICTURES = 'camera/image_raw/compressed'
# Disable shared memory: both "machines" are the same computer, and DDS would notice.
_ENVIRONMENT: dict[str, str | None] = {
    'ROS_AUTOMATIC_DISCOVERY_RANGE': 'SUBNET',
    'ROS_STATIC_PEERS': None,
    'FASTDDS_BUILTIN_TRANSPORTS': 'UDPv4',
    'FASTRTPS_DEFAULT_PROFILES_FILE': None,
}


@dataclass(frozen=True)
class Impairment:
    """An impairment of the link.

    Attributes:
        name: Name in words.
        loss_percent: Share of packets that are dropped, each way (nftables) [%].
        rate_mbit: Bandwidth each way (tc tbf) [Mbit/s]; 0: not limited.
        delay_ms: Delay each way (tc netem, which some kernels lack) [ms].
    """

    name: str
    loss_percent: int = 0
    rate_mbit: int = 0
    delay_ms: int = 0


IMPAIRMENTS = (
    Impairment('none'),
    Impairment('10 % of packets lost', loss_percent=10),
    Impairment('50 % of packets lost', loss_percent=50),
    Impairment('10 Mbit/s', rate_mbit=10),
    Impairment('2 Mbit/s', rate_mbit=2),
    Impairment('50 ms each way', delay_ms=50),
)


@dataclass(frozen=True)
class NetworkOutcome:
    """The effect of an impairment on a time of operation.

    Attributes:
        impairment: Name of the impairment.
        chunks_hz: Rate of arriving chunks [Hz].
        p50_ms: Median time from the image's stamp to the chunk's arrival [ms].
        p99_ms: The same, 99th percentile [ms].
        longest_pause_s: Longest time without a command, in which the arm held [s].
        violations: Commands that broke a limit.
    """

    impairment: str
    chunks_hz: float
    p50_ms: float
    p99_ms: float
    longest_pause_s: float
    violations: tuple[str, ...]


class _Cannot(RuntimeError):
    """The kernel refused a command; the message says why."""


def why_not() -> str:
    """Return why this machine cannot create a network namespace and a link, or an empty string."""
    missing = [tool for tool in ('ip', 'tc', 'nft') if shutil.which(tool) is None]
    if missing:
        return f'{", ".join(missing)} is not installed (iproute2, nftables)'
    if os.geteuid() != 0:
        return 'network namespaces need root'
    with contextlib.suppress(_Cannot), _cable():
        return ''
    return 'this machine allows no network namespaces'


def lacks(impairment: Impairment) -> str:
    """Return why the kernel cannot impair the existing link this way, or an empty string."""
    try:
        with impaired(impairment):
            return ''
    except _Cannot as error:
        return str(error)


@contextlib.contextmanager
def far_policy(log_folder: Path) -> Iterator[LiveLoop]:
    """Run a loop whose policy is at the other end of the link, with compressed images."""

    def wrap(command: NodeCommand) -> NodeCommand:
        if command.name != 'policy':
            return command
        return NodeCommand(command.name, ('ip', 'netns', 'exec', _NAMESPACE, *command.arguments))

    with _cable(), live_loop(log_folder, _ENVIRONMENT, wrap, _PICTURES) as loop:
        yield loop


@contextlib.contextmanager
def impaired(impairment: Impairment) -> Iterator[None]:
    """Impair the link until the context exits.

    Raises:
        _Cannot: The kernel does not support the impairment.
    """
    with contextlib.ExitStack() as mended:
        if impairment.loss_percent:
            mended.enter_context(_losing(impairment.loss_percent))
        if impairment.rate_mbit:
            rate = ('rate', f'{impairment.rate_mbit}mbit')
            mended.enter_context(_shaped('tbf', *rate, 'burst', '32kb', 'latency', '50ms'))
        if impairment.delay_ms:
            mended.enter_context(_shaped('netem', 'delay', f'{impairment.delay_ms}ms'))
        yield


@contextlib.contextmanager
def _losing(percent: int) -> Iterator[None]:
    _far('nft', 'add', 'table', 'inet', 'loss')
    try:
        for hook in ('input', 'output'):
            chain = f'{{ type filter hook {hook} priority 0; }}'
            _far('nft', 'add', 'chain', 'inet', 'loss', hook, chain)
            side = 'iifname' if hook == 'input' else 'oifname'
            draw = f'numgen random mod 100 < {percent} drop'
            _far('nft', 'add', 'rule', 'inet', 'loss', hook, f'{side} {_THERE} {draw}')
        yield
    finally:
        _far('nft', 'delete', 'table', 'inet', 'loss')


@contextlib.contextmanager
def _shaped(*discipline: str) -> Iterator[None]:
    """Apply a queueing discipline to both ends of the link."""
    with contextlib.ExitStack() as undone:
        for run, end in ((_run, _HERE), (_far, _THERE)):
            run('tc', 'qdisc', 'add', 'dev', end, 'root', *discipline)
            undone.callback(run, 'tc', 'qdisc', 'del', 'dev', end, 'root')
        yield


def operate(
    loop: LiveLoop, latency: ChunkLatency, impairment: Impairment, duration_s: float
) -> NetworkOutcome:
    """Return the effect of an impairment on a moving policy, for a duration [s].

    Raises:
        ProcessDied: A node exited unexpectedly.
        NotReached: The arm does not move again once the link is restored.
    """
    loop.bring_into_motion()
    loop.arm.violations.clear()
    with impaired(impairment):
        loop.watch_for(1.0)
        latency.take_all()
        began_s = time.monotonic()
        loop.watch_for(duration_s)
        commands_s = [at_s for at_s, _ in loop.arm.commands if at_s > began_s]
        ends_s = [began_s, *commands_s, time.monotonic()]
        ages_ms = latency.take_all()
    loop.bring_into_motion()
    p50, p99 = np.percentile(ages_ms or [np.nan], [50, 99]).tolist()
    return NetworkOutcome(
        impairment=impairment.name,
        chunks_hz=len(ages_ms) / duration_s,
        p50_ms=p50,
        p99_ms=p99,
        longest_pause_s=float(np.diff(ends_s).max()),
        violations=tuple(loop.arm.violations),
    )


@contextlib.contextmanager
def _cable() -> Iterator[None]:
    _remove()
    try:
        _run('ip', 'netns', 'add', _NAMESPACE)
        _far('ip', 'link', 'set', 'lo', 'up')
        _run('ip', 'link', 'add', _HERE, 'type', 'veth', 'peer', 'name', _THERE)
        _run('ip', 'link', 'set', _THERE, 'netns', _NAMESPACE)
        _run('ip', 'addr', 'add', _ADDRESSES[0], 'dev', _HERE)
        _run('ip', 'link', 'set', _HERE, 'up')
        _far('ip', 'addr', 'add', _ADDRESSES[1], 'dev', _THERE)
        _far('ip', 'link', 'set', _THERE, 'up')
        _far('ip', 'route', 'add', 'default', 'dev', _THERE)
        yield
    finally:
        _remove()


def _remove() -> None:
    for command in (('ip', 'link', 'del', _HERE), ('ip', 'netns', 'del', _NAMESPACE)):
        subprocess.run(command, capture_output=True, check=False)


def _far(*command: str) -> None:
    _run('ip', 'netns', 'exec', _NAMESPACE, *command)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise _Cannot(f'{" ".join(command)}: {done.stderr.strip()}')


def table(outcomes: Sequence[NetworkOutcome]) -> str:
    """Return the outcomes as Markdown."""
    lines = [
        '| network | chunks per second | image to chunk, median | 99 % | longest pause |',
        '|---|---|---|---|---|',
    ]
    for outcome in outcomes:
        lines.append(
            f'| {outcome.impairment} | {outcome.chunks_hz:.1f} | {_ms(outcome.p50_ms)} '
            f'| {_ms(outcome.p99_ms)} | {outcome.longest_pause_s:.2f} s |'
        )
    return '\n'.join(lines)


def _ms(value: float) -> str:
    return '-' if np.isnan(value) else f'{value:.0f} ms'
