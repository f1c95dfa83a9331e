# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A lifecycle node that a wrong request does not end."""

from __future__ import annotations

from lifecycle_msgs.srv import ChangeState
from rclpy._rclpy_pybind11 import RCLError
from rclpy.lifecycle import LifecycleNode


class ManagedNode(LifecycleNode):
    """Refuses a transition that does not fit its state, as nodes of rclcpp do.

    rclpy (7.1) raises what the state machine says of a transition that was asked for by its number
    alone out of its executor, and the process ends: a mistyped request would take the bridge away
    from an arm in motion. The handler has a private name, for want of any other place.
    """

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
