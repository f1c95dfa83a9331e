# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Serve the operator's console: a web page that shows and controls the robot.

    genvla console
    GENVLA_CONSOLE_TOKEN=... genvla console --host 0.0.0.0    # also for other computers

Anyone who can open the page sees the robot and may stop it. Controlling it requires the token,
which is part of the printed address.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import os
import socket
import sys
from urllib.parse import quote

import psutil
from rclpy.utilities import remove_ros_args

from genvla_command.command_line import parse
from genvla_node.spinning import spun_node

TOKEN_VARIABLE = 'GENVLA_CONSOLE_TOKEN'
"""Environment variable of the token; on a command line, other users of this computer could read
it."""
_LOOK_S = 0.5


@dataclass(frozen=True)
class ConsoleOptions:
    """Address to serve, and the robot to show."""

    host: str = '127.0.0.1'
    """Address to listen on; 0.0.0.0 gives other computers access."""
    port: int = 8090
    """Port to listen on."""
    names: tuple[str, ...] = ()
    """Further host names and addresses of this computer that browsers may use."""
    robot_name: str = 'vx300s'
    """Namespace of the driver."""
    image_topic: str = 'camera/image_raw'
    """Topic of the camera, raw or compressed."""

    def __post_init__(self) -> None:
        """Reject an invalid port."""
        if not 0 < self.port < 65536:
            raise ValueError(f'port is {self.port}, expected 1 to 65535')

    @property
    def hosts(self) -> list[str]:
        """All allowed host names; another one may be an attack by a web page (DNS rebinding)."""
        own = ['127.0.0.1', 'localhost', *self.names]
        if self.host not in own:
            name = socket.gethostname()
            own += [self.host, name, f'{name}.local', *_addresses()]
        return own

    def lines(self, token: str) -> list[str]:
        """Return the addresses of the page, in words."""
        everywhere = self.host == '0.0.0.0'
        shown = socket.gethostname() if everywhere else self.host
        page = f'http://{shown}:{self.port}/'
        lines = [f'watch: {page}', f'control: {page}#token={quote(token)}']
        others = [each for each in _addresses() if not each.startswith('127.')]
        if everywhere and others:
            lines.append(f'if a browser does not find {shown}, use {" or ".join(others)} instead')
        return lines


def _addresses() -> list[str]:
    """Return the IPv4 addresses of all network interfaces of this computer."""
    return [
        str(each.address)
        for interface in psutil.net_if_addrs().values()
        for each in interface
        if each.family == socket.AF_INET
    ]


def main(args: Sequence[str] | None = None) -> int:
    """Serve until stopped; return 0, or 2 for an invalid token.

    Raises:
        Exception: The exception of a node callback, which also shuts the server down.
    """
    given = sys.argv if args is None else [sys.argv[0], *args]
    options = parse(
        ConsoleOptions, remove_ros_args(given)[1:], module='genvla_console', description=__doc__
    )
    # Import after --help, because the server takes a second to import.
    from nicegui import app, core, ui
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from genvla_console.ros.controls import Controls
    from genvla_console.ros.listener import Listener
    from genvla_console.web.page import serve_page
    from genvla_console.web.token import Token

    try:
        token = Token(os.environ.get(TOKEN_VARIABLE, ''))
    except ValueError as error:
        print(f'{TOKEN_VARIABLE}: {error}', file=sys.stderr)
        return 2
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=options.hosts)
    # Reject connections from pages of other sites.
    core.sio.eio.cors_allowed_origins = None
    failures: list[BaseException] = []
    with spun_node('console', args=given, failures=failures) as node:
        listener = Listener(node, robot_name=options.robot_name, image_topic=options.image_topic)
        serve_page(listener.view, Controls(node, token))
        # Shut down if the node dies, because the page could neither show the robot nor stop it.
        app.timer(_LOOK_S, lambda: app.shutdown() if failures else None)
        print(*options.lines(token.text), sep='\n', flush=True)
        ui.run(
            host=options.host,
            port=options.port,
            title='genvla',
            show=False,
            reload=False,
            show_welcome_message=False,
            # The camera's stream never ends by itself.
            timeout_graceful_shutdown=1,
        )
    return 0
