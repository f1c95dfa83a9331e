# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""An operator's requests from a terminal, where there is no ros2cli: one command, one request.

python -m genvla_bringup.operate configure viperx_bridge policy
python -m genvla_bringup.operate instruct 'put the carrot on the plate'
python -m genvla_bringup.operate stop
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
import os
import sys

from rclpy.utilities import remove_ros_args

from genvla_bringup.operate.bring_up import park
from genvla_node.client import TRANSITIONS, Nodes, Refused
from genvla_node.node_names import BRIDGE, POLICY, SUPERVISOR
from genvla_node.service_calls import NotOffered, NotReached
from genvla_node.spinning import spun_node

_ANSWER_TIMEOUT_S = 10.0
# Configuring loads the policy.
_TRANSITION_TIMEOUT_S = 600.0
_REBOOT_TIMEOUT_S = 120.0

_REQUESTS = {
    'stop': (BRIDGE, 'hold the arm where it is, until resume'),
    'resume': (BRIDGE, 'let the arm follow the next chunk'),
    'home': (BRIDGE, 'move the arm to its home pose'),
    'sleep': (BRIDGE, 'move the arm to its sleep pose, and stop it there'),
    'clear_fault': (
        BRIDGE,
        'stop, reboot servos that have switched themselves off, check the driver',
    ),
    'start': (SUPERVISOR, 'bring up what is not active'),
    'end': (SUPERVISOR, 'end the session in order, and all that was launched'),
}


def main(args: Sequence[str] | None = None) -> int:
    """Make the request of the command line; returns 0 if it was granted."""
    options = parse(remove_ros_args(sys.argv if args is None else args)[1:])
    try:
        with spun_node('operator', args=args) as node:
            print(act(options, Nodes(node, answer_timeout_s=_ANSWER_TIMEOUT_S)))
    except NotOffered as error:
        domain = os.environ.get('ROS_DOMAIN_ID', '0')
        print(f'{error}; is its node running, with ROS_DOMAIN_ID={domain}?', file=sys.stderr)
        return 1
    except Refused as error:
        print(f"{error}; the node's own terminal may say why", file=sys.stderr)
        return 1
    except NotReached as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def act(options: argparse.Namespace, nodes: Nodes) -> str:
    """Return what the nodes answer.

    Raises:
        NotReached: a node is not there, does not answer, or refuses.
    """
    if options.command in TRANSITIONS:
        for node in options.nodes:
            step = nodes.begin_step(node, options.command)
            nodes.finish(step, _TRANSITION_TIMEOUT_S)
        return f'{options.command}: {", ".join(options.nodes)}'
    if options.command == 'park':
        return f'{park(nodes, options.node)}: end the nodes, then switch the power off'
    if options.command == 'instruct':
        return nodes.instruct(options.text, options.node)
    timeout_s = _REBOOT_TIMEOUT_S if options.command == 'clear_fault' else _ANSWER_TIMEOUT_S
    return nodes.trigger(f'{options.node}/{options.command}', timeout_s)


def parse(args: Sequence[str]) -> argparse.Namespace:
    """Returns the request of a command line."""
    parser = argparse.ArgumentParser(
        prog='python -m genvla_bringup.operate',
        description='Ask the nodes for something, and print what they answer.',
    )
    commands = parser.add_subparsers(dest='command', required=True, metavar='COMMAND')
    for transition in TRANSITIONS:
        command = commands.add_parser(
            transition, help=f'take lifecycle nodes through `{transition}`, one after the other'
        )
        command.add_argument('nodes', nargs='+', metavar='NODE', help='viperx_bridge, policy')
    command = commands.add_parser('instruct', help='tell the policy what to do')
    command.add_argument('text', help="in quotes; '' withdraws the instruction")
    command.add_argument('--node', default=POLICY, help='name of the policy node')
    for request, (node, meaning) in _REQUESTS.items():
        command = commands.add_parser(request, help=meaning)
        command.add_argument('--node', default=node, help=f'name of the node ({node})')
    command = commands.add_parser(
        'park',
        help='where there is no supervisor: withdraw the instruction, move the arm to sleep, '
        'deactivate both nodes',
    )
    command.add_argument('--node', default=BRIDGE, help='name of the bridge node')
    return parser.parse_args(args)
