# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A lifecycle node that survives an invalid transition request."""

from __future__ import annotations

from typing import Any

from lifecycle_msgs.srv import ChangeState
from rclpy._rclpy_pybind11 import RCLError
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.lifecycle import LifecycleNodeMixin
from rclpy.node import Node


class ManagedNode(LifecycleNodeMixin, Node):
    """Refuses a transition that is invalid in its state, as nodes of rclcpp do.

    Transitions have their own callback group, which LifecycleNode does not offer: parameters can
    be read while a node loads its checkpoint.

    If a request names an invalid transition only by its number, rclpy (7.1) raises the state
    machine's error out of the executor, and the process ends. A mistyped request would then take
    the bridge away from a moving arm. The overridden handler has a private name, because rclpy
    offers no other hook.
    """

    def __init__(self, node_name: str, **kwargs: Any) -> None:
        """Create the node.

        Args:
            node_name: Name of the node.
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
