# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Measure the time from a click on STOP in Chromium to the bridge's state "stopped".

    python -m benchmarks.console_stop

The simulator, the bridge, the console and the browser run on this machine. The time includes the
browser's event, its message to the server, the request to the bridge, and the bridge's answer.
"""

from __future__ import annotations

import contextlib
from importlib.util import find_spec
import os
from pathlib import Path
import shutil
import sys
import tempfile
import time
from typing import Any
import urllib.request

import numpy as np
import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from std_msgs.msg import String

from genvla_bringup.demo.command import config_folder
from genvla_bringup.demo.domain import free_domain_id
from genvla_bringup.demo.processes import NodeCommand, NodeProcesses
from genvla_bringup.demo.session import Plan, free_port, node_commands
from genvla_bringup.demo.transports import this_machine_only
from genvla_command.command_line import NoOptions, parse
from genvla_node.client import Nodes
from genvla_node.qos import STATUS_LATCHED
from genvla_node.service_calls import Patience

TOKEN = 'a-token-for-the-benchmark'
ARGUMENTS = ('--no-sandbox', '--disable-gpu', '--use-gl=swiftshader')
_DISCOVERY_S = 5.0
"""Until the console has discovered the services of a bridge that has just started [s]. A stop
before that is answered with "NOT STOPPED", which the page shows."""
_NOTE_CLICK = "addEventListener('click', () => { window.clickedMs = Date.now() }, true)"


def console_stop() -> list[tuple[str, list[float], str]]:
    """Return the figure for the table; nothing where Chromium or playwright is missing."""
    if not (find_spec('playwright') and shutil.which('chromium')):
        return []
    return [('console_stop_ms', [1e3 * value for value in stop_latencies_s(20)], 'ms')]


def stop_latencies_s(count: int) -> list[float]:
    """Return the latency of each of `count` stops."""
    from playwright.sync_api import sync_playwright

    os.environ.update(this_machine_only(os.environ, config_folder()))
    with contextlib.ExitStack() as stack:
        domain_id = stack.enter_context(free_domain_id())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        environment = {
            **os.environ,
            'ROS_DOMAIN_ID': str(domain_id),
            'GENVLA_CONSOLE_TOKEN': TOKEN,
        }
        processes = stack.enter_context(NodeProcesses(folder, environment))
        for command in node_commands(
            Plan('PickCarrot', 0, ('', ''), Path(), 0.0), config_folder()
        ):
            if command.name != 'policy':
                processes.start(command)
        port = free_port()
        processes.start(
            NodeCommand('console', (sys.executable, '-m', 'genvla_console', '--port', str(port)))
        )
        context = Context()
        rclpy.init(context=context, domain_id=domain_id)
        stack.callback(context.try_shutdown)
        bridge = _BridgeState(context, processes)
        bridge.activate()
        address = f'http://127.0.0.1:{port}/'
        bridge.patience.until(lambda: _answers(address), 60.0, 'the console')
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(
            executable_path=shutil.which('chromium'), args=list(ARGUMENTS)
        )
        stack.callback(browser.close)
        page = browser.new_page()
        page.goto(f'{address}#token={TOKEN}')
        page.evaluate(_NOTE_CLICK)
        page.wait_for_function('window.pulse')  # requests are accepted from now on
        bridge.patience.for_duration(_DISCOVERY_S)
        return [bridge.stop_latency_s(page) for _ in range(count)]


class _BridgeState:
    """The bridge's state, with the time at which each became known."""

    def __init__(self, context: Context, processes: NodeProcesses) -> None:
        self._node = rclpy.create_node('benchmark', context=context)
        self._executor = SingleThreadedExecutor(context=context)
        self._executor.add_node(self._node)
        self._processes = processes
        self._state, self._known_s = '', 0.0
        self._node.create_subscription(
            String, 'viperx_bridge/state', self._take_state, STATUS_LATCHED
        )
        self.patience = Patience(self._watch)

    def activate(self) -> None:
        """Configure and activate the bridge."""
        nodes = Nodes(self._node, self.patience)
        nodes.change_state('viperx_bridge', 'configure', 60.0)
        nodes.change_state('viperx_bridge', 'activate')

    def stop_latency_s(self, page: Any) -> float:
        """Click on STOP, and resume afterwards."""
        self._press(page, 'Resume', 'holding')
        self._press(page, 'STOP', 'stopped')
        return self._known_s - float(page.evaluate('window.clickedMs')) / 1e3

    def _press(self, page: Any, button: str, state: str) -> None:
        # The click must not wait for anything, so that the state is taken when it arrives.
        page.get_by_role('button', name=button, exact=True).evaluate(
            'button => { setTimeout(() => button.click()) }'
        )
        self.patience.until(lambda: self._state == state, 30.0, f'the state {state}')

    def _take_state(self, message: String) -> None:
        self._state, self._known_s = message.data, time.time()

    def _watch(self) -> None:
        self._processes.check()
        self._executor.spin_once(timeout_sec=0.0)


def _answers(address: str) -> bool:
    with contextlib.suppress(OSError):
        return bool(urllib.request.urlopen(address, timeout=5).status == 200)
    return False


def main() -> None:
    """Measure and print."""
    parse(NoOptions, module='benchmarks.console_stop', description=__doc__)
    for name, values, unit in console_stop():
        print(f'{name}: median {np.median(values):.0f}, worst {max(values):.0f} {unit}')


if __name__ == '__main__':
    main()
