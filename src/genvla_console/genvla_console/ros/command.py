# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Serve the operator's console: a page in a browser that shows the robot, and steers it.

    genvla console
    GENVLA_CONSOLE_TOKEN=... genvla console --host 0.0.0.0    # for other computers, too

Everybody who can open the page sees the robot, and may stop it. Whoever has the token may steer
it: the address that is printed has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import os
import socket
import sys
from urllib.parse import quote

from rclpy.utilities import remove_ros_args

from genvla_command.command_line import parse
from genvla_node.spinning import spun_node

TOKEN_VARIABLE = 'GENVLA_CONSOLE_TOKEN'
"""The token, which others on this computer could read on a command line."""
_LOOK_S = 0.5


@dataclass(frozen=True)
class ConsoleOptions:
    """What is shown, and where."""

    host: str = '127.0.0.1'
    """Address to listen at; 0.0.0.0 lets other computers in."""
    port: int = 8090
    """Port to listen at."""
    names: tuple[str, ...] = ()
    """Further names and addresses by which browsers may call this computer."""
    robot_name: str = 'vx300s'
    """The driver's namespace."""
    image_topic: str = 'camera/image_raw'
    """Topic of the camera, raw or compressed."""

    def __post_init__(self) -> None:
        """Refuse what no server can listen at."""
        if not 0 < self.port < 65536:
            raise ValueError(f'port is {self.port}, expected 1 to 65535')

    @property
    def hosts(self) -> list[str]:
        """Every name that a browser may call it by: another one may be a trick of a web page."""
        own = ['127.0.0.1', 'localhost', *self.names]
        if self.host not in own:
            name = socket.gethostname()
            own += [self.host, name, f'{name}.local', *_addresses(name)]
        return own


def _addresses(name: str) -> set[str]:
    try:
        return {str(found[4][0]) for found in socket.getaddrinfo(name, None)}
    except OSError:
        return set()


def main(args: Sequence[str] | None = None) -> int:
    """Serve until told to stop; returns 1 if it cannot, or cannot hear the robot any more."""
    given = sys.argv if args is None else [sys.argv[0], *args]
    options = parse(
        ConsoleOptions, remove_ros_args(given)[1:], module='genvla_console', description=__doc__
    )
    # Not before --help: the server takes a second to import.
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
    # Pages of other sites do not get a connection.
    core.sio.eio.cors_allowed_origins = None
    failures: list[BaseException] = []
    with spun_node('console', args=given, failures=failures) as node:
        listener = Listener(node, robot_name=options.robot_name, image_topic=options.image_topic)
        serve_page(listener.view, Controls(node, token))
        # Nobody would hear the robot any more, nor pass on a stop.
        app.timer(_LOOK_S, lambda: app.shutdown() if failures else None)
        shown = options.host if options.host != '0.0.0.0' else socket.gethostname()
        print(f'watch: http://{shown}:{options.port}/', flush=True)
        print(f'steer: http://{shown}:{options.port}/#token={quote(token.text)}', flush=True)
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
