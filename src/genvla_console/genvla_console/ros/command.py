# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Serve the operator's console: a page in a browser that shows the robot, and steers it.

    genvla console
    genvla console --host 0.0.0.0 --token ...    # for other computers, too

Everybody who can open the page sees the robot, and may stop it. Whoever has the token may steer
it: the address that is printed has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import os
import sys

from rclpy.utilities import remove_ros_args

from genvla_command.command_line import parse
from genvla_node.spinning import spun_node

TOKEN_VARIABLE = 'GENVLA_CONSOLE_TOKEN'


@dataclass(frozen=True)
class ConsoleOptions:
    """What is shown, and where."""

    host: str = '127.0.0.1'
    """Address to listen at; 0.0.0.0 lets other computers in."""
    port: int = 8090
    """Port to listen at."""
    token: str = ''
    """What steering needs; by default $GENVLA_CONSOLE_TOKEN, or one that is made up."""
    robot_name: str = 'vx300s'
    """The driver's namespace."""
    image_topic: str = 'camera/image_raw'
    """Topic of the camera, raw or compressed."""

    def __post_init__(self) -> None:
        """Refuse what no server can listen at."""
        if not 0 < self.port < 65536:
            raise ValueError(f'port is {self.port}, expected 1 to 65535')


def main(args: Sequence[str] | None = None) -> int:
    """Serve until told to stop."""
    given = sys.argv if args is None else [sys.argv[0], *args]
    options = parse(
        ConsoleOptions, remove_ros_args(given)[1:], module='genvla_console', description=__doc__
    )
    # Not before --help: the server takes a second to import.
    from nicegui import ui

    from genvla_console.ros.controls import Controls
    from genvla_console.ros.listener import Listener
    from genvla_console.web.page import serve_page
    from genvla_console.web.token import Token

    token = Token(options.token or os.environ.get(TOKEN_VARIABLE, ''))
    with spun_node('console', args=given) as node:
        listener = Listener(node, robot_name=options.robot_name, image_topic=options.image_topic)
        serve_page(listener.view, Controls(node, token))
        print(f'watch: http://{options.host}:{options.port}/', flush=True)
        print(f'steer: http://{options.host}:{options.port}/?token={token.text}', flush=True)
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
