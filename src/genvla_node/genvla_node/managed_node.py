# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A lifecycle node that a wrong request does not end."""

from __future__ import annotations

from typing import Any

from lifecycle_msgs.srv import ChangeState
from rclpy._rclpy_pybind11 import RCLError
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.lifecycle import LifecycleNodeMixin
from rclpy.node import Node


class ManagedNode(LifecycleNodeMixin, Node):
    """Refuses a transition that does not fit its state, as nodes of rclcpp do.

    Transitions have a callback group of their own, which LifecycleNode does not offer: parameters
    can be read while a node loads its checkpoint.

    rclpy (7.1) raises what the state machine says of a transition that was asked for by its number
    alone out of its executor, and the process ends: a mistyped request would take the bridge away
    from an arm in motion. The handler has a private name, for want of any other place.
    """

    def __init__(self, node_name: str, **kwargs: Any) -> None:
        """Create the node.

        Args:
            node_name: The node's name.
            kwargs: Passed on to Node.
        """
        Node.__init__(self, node_name, **kwargs)
        LifecycleNodeMixin.__init__(
            self,
            enable_communication_interface=True,
            callback_group=MutuallyExclusiveCallbackGroup(),
        )

    def _LifecycleNodeMixin__on_change_state(
        self, request: ChangeState.Request, response: ChangeState.Response
    ) -> ChangeState.Response:
        try:
            return super()._LifecycleNodeMixin__on_change_state(request, response)
        except RCLError as error:
            self.get_logger().error(
                f'transition {request.transition.id} refused in state '
                f'{self._state_machine.current_state[1]}: {error}'
            )
            response.success = False
            return response
