# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Operate the robot: instruct it, stop it, send it home, bring it up, end the session.

Examples:
    genvla operate configure viperx_bridge policy
    genvla operate instruct 'put the carrot on the plate'
    genvla operate stop
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import os
import sys
from typing import Any

from rclpy.utilities import remove_ros_args
import tyro

from genvla_bringup.operate.bring_up import park
from genvla_command.command_line import parse
from genvla_node.client import TRANSITIONS, Nodes, Refused
from genvla_node.node_names import BRIDGE, POLICY, SUPERVISOR
from genvla_node.service_calls import NotOffered, NotReached
from genvla_node.spinning import spun_node

_ANSWER_TIMEOUT_S = 10.0
# Configuring loads the policy.
_TRANSITION_TIMEOUT_S = 600.0
_REBOOT_TIMEOUT_S = 120.0

_REQUESTS = {
    'stop': (BRIDGE, 'hold the arm where it is until resume'),
    'resume': (BRIDGE, 'let the arm follow the next chunk'),
    'home': (BRIDGE, 'move the arm to its home pose'),
    'sleep': (BRIDGE, 'move the arm to its sleep pose, and stop it there'),
    'clear_fault': (
        BRIDGE,
        'stop the arm, reboot servos that have switched themselves off, and check the driver',
    ),
    'tasks': (POLICY, 'list the instructions that the checkpoint was trained on'),
    'start': (SUPERVISOR, 'configure and activate every node that is not active'),
    'end': (SUPERVISOR, 'end the session in order, and end all launched nodes'),
    'park': (
        BRIDGE,
        'without a supervisor: withdraw the instruction, move the arm to sleep, and deactivate '
        'both nodes',
    ),
}


@dataclass(frozen=True)
class Request:
    """A request without arguments."""

    command: tyro.conf.Suppress[str]
    node: str
    """Name of the node."""


@dataclass(frozen=True)
class Instruct:
    """A new instruction."""

    command: tyro.conf.Suppress[str]
    words: tyro.conf.Positional[tuple[str, ...]]
    """The instruction, quoted or not; '' withdraws the current one."""
    node: str = POLICY
    """Name of the policy node."""

    def __post_init__(self) -> None:
        """Reject an instruction without words."""
        if not self.words:
            raise ValueError("give an instruction, or '' to withdraw the current one")


@dataclass(frozen=True)
class Transition:
    """Transition of lifecycle nodes."""

    command: tyro.conf.Suppress[str]
    nodes: tyro.conf.Positional[tuple[str, ...]]
    """Names of the nodes, such as viperx_bridge and policy."""

    def __post_init__(self) -> None:
        """Reject a transition without nodes."""
        if not self.nodes:
            raise ValueError('name at least one node')


def main(args: Sequence[str] | None = None) -> int:
    """Send the request of the command line; return 0 if it was accepted."""
    options = parse(
        _commands(),
        remove_ros_args(sys.argv if args is None else args)[1:],
        module='genvla_bringup.operate',
        description=__doc__,
    )
    try:
        with spun_node('operator', args=args) as node:
            print(act(options, Nodes(node, answer_timeout_s=_ANSWER_TIMEOUT_S)))
    except NotOffered as error:
        domain = os.environ.get('ROS_DOMAIN_ID', '0')
        print(f'{error}; is its node running, with ROS_DOMAIN_ID={domain}?', file=sys.stderr)
        return 1
    except Refused as error:
        print(f"{error}; see the node's own terminal for the reason", file=sys.stderr)
        return 1
    except NotReached as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def act(options: Request | Instruct | Transition, nodes: Nodes) -> str:
    """Return the nodes' answer to the request.

    Raises:
        NotReached: A node is missing, does not answer, or refuses.
    """
    if isinstance(options, Transition):
        for node in options.nodes:
            step = nodes.begin_step(node, options.command)
            nodes.finish(step, _TRANSITION_TIMEOUT_S)
        return f'{options.command}: {", ".join(options.nodes)}'
    if options.command == 'park':
        return f'{park(nodes, options.node)}; end the nodes, then switch the power off'
    if options.command == 'tasks':
        return nodes.trained_on(options.node) or 'the checkpoint does not list them'
    if isinstance(options, Instruct):
        return nodes.instruct(' '.join(options.words), options.node)
    timeout_s = _REBOOT_TIMEOUT_S if options.command == 'clear_fault' else _ANSWER_TIMEOUT_S
    return nodes.trigger(f'{options.node}/{options.command}', timeout_s)


def _commands() -> Any:
    """Return the type from which tyro builds the subcommands."""
    defaults: dict[str, Request | Instruct | Transition] = {
        name: Transition(name, tyro.MISSING) for name in TRANSITIONS
    }
    meanings = {
        name: f'run the transition `{name}` of lifecycle nodes, one by one' for name in TRANSITIONS
    }
    defaults['instruct'] = Instruct('instruct', tyro.MISSING)
    meanings['instruct'] = 'give the policy an instruction'
    for name, (node, meaning) in _REQUESTS.items():
        defaults[name] = Request(name, node)
        meanings[name] = meaning
    return tyro.extras.subcommand_type_from_defaults(defaults, meanings, prefix_names=False)
