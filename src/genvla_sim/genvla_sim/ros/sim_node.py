# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The node `sim`: the scene of one task, its clock, and its timing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from rclpy.node import Node
from rosgraph_msgs.msg import Clock
from std_msgs.msg import Bool, String
from std_srvs.srv import Trigger

from genvla_node.diagnostics import DiagnosticsPublisher, Level, Status
from genvla_node.parameters import NodeParameters, parameter
from genvla_node.qos import COMMAND, SENSOR, STATUS_LATCHED
from genvla_node.stamps import stamp_from_seconds
from genvla_sim.physics.simulated_arm import SimulatedArm
from genvla_sim.physics.simulation_loop import Pace, SimulationLoop
from genvla_sim.physics.tabletop_simulation import TabletopSimulation
from genvla_sim.scene.objects import OBJECTS
from genvla_sim.tasks.table_v import TASKS, lifted

_SUCCESS_PERIOD_S = 0.2
_DIAGNOSTICS_PERIOD_S = 1.0
_TOLERABLE_LAG_S = 0.02
"""Two samples of joint_states."""


@dataclass(frozen=True)
class SimParams:
    """Scene to simulate, and its speed."""

    task: str = parameter('PickCarrot', 'Task whose objects lie on the table.', choices=(*TASKS,))
    seed: int = parameter(
        0, 'Random seed of the object positions; every reset increments it.', ge=0
    )
    real_time_factor: float = parameter(
        1.0,
        'Simulated seconds per real second; 0: as fast as possible. Unless it is 1, /clock is '
        'published and every node needs use_sim_time.',
        ge=0.0,
        le=100.0,
    )
    robot_name: str = parameter('vx300s', 'Namespace of the arm.')


_UNREAD_S = 0.5
"""Longer than the bridge's joint_states_timeout_s, shorter than its driver_restart_s."""


class SimNode(Node):
    """Owns the simulated scene and the loop that steps it.

    Publishes: ~/task_instruction (std_msgs/String, latched), ~/success (std_msgs/Bool, 5 Hz of
    simulated time: whether the task is done in the current state), ~/lifted (std_msgs/String, 5
    Hz: the words for the lifted object; empty for none), /diagnostics, and /clock if the
    simulation does not run in real time.
    Services: ~/reset (std_srvs/Trigger: places the objects again and moves the arm to its start
    pose immediately. Stop the bridge first, because its targets are at the arm's previous pose. A
    jump in the readings would stop the arm, so no joint_states are published for half a second, as
    if the arm were moved by hand).

    Threads: the loop's thread publishes, the executor's serves.
    """

    def __init__(self, **kwargs: Any) -> None:
        """Build the scene; nothing moves until `loop.start()`.

        Raises:
            genvla_node.parameters.ParameterError: A parameter is invalid, such as an unknown task.
        """
        super().__init__('sim', **kwargs)
        self.params = NodeParameters(self, SimParams, alone=False, for_good=True).freeze()
        self._resets = 0
        rng = np.random.default_rng(self.params.seed)
        self._task = TASKS[self.params.task].draw(rng)
        self._simulation = TabletopSimulation(self._task.objects)
        self._simulation.reset(self._task.place(rng))
        self.loop = SimulationLoop(
            SimulatedArm(self._simulation), real_time_factor=self.params.real_time_factor
        )
        self._clock_publisher = None
        if not self.loop.keeps_real_time:
            self._clock_publisher = self.create_publisher(Clock, '/clock', SENSOR)
        self._instruction = self.create_publisher(String, '~/task_instruction', STATUS_LATCHED)
        self._instruction.publish(String(data=self._task.instruction))
        self._success = self.create_publisher(Bool, '~/success', COMMAND)
        self._lifted = self.create_publisher(String, '~/lifted', COMMAND)
        self._next_success_s = 0.0
        self.create_service(Trigger, '~/reset', self._reset)
        self._diagnostics = DiagnosticsPublisher(self, 'simulator')
        self.create_timer(_DIAGNOSTICS_PERIOD_S, self._report)
        self.loop.add_listener(self._on_tick)

    def destroy_node(self) -> None:
        """Stop the loop, which publishes through this node, and destroy the node."""
        self.loop.stop()
        super().destroy_node()

    def _on_tick(self, time_s: float) -> None:
        if self._clock_publisher is not None:
            self._clock_publisher.publish(Clock(clock=stamp_from_seconds(time_s)))
        if time_s >= self._next_success_s:
            self._next_success_s += _SUCCESS_PERIOD_S
            state = self._simulation.state()
            self._success.publish(Bool(data=self._task.success(state)))
            name = lifted(state)
            self._lifted.publish(String(data=OBJECTS[name].words if name else ''))

    def _reset(self, _request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self._resets += 1
        seed = self.params.seed + self._resets
        with self.loop.arm.lock:
            self._simulation.reset(self._task.place(np.random.default_rng(seed)))
            self.loop.arm.hold()
            self.loop.unread_until_s = self.loop.time_s + _UNREAD_S
        response.success = True
        response.message = f"'{self._task.instruction}', objects placed by seed {seed}"
        return response

    def _report(self) -> None:
        self._diagnostics.publish(pace_status(self.loop.take_pace()))


def pace_status(pace: Pace) -> Status:
    """Return the timing of the simulation as a diagnostic status."""
    values = {
        'ticks': pace.ticks,
        'lag_ms': 1e3 * pace.lag_s,
        'max_lag_ms': 1e3 * pace.max_lag_s,
        'skipped_s': pace.skipped_s,
    }
    if pace.ticks == 0:
        return Status(Level.ERROR, 'the simulation has stopped: see the log', values)
    if pace.skipped_s > 0.0:
        return Status(
            Level.ERROR, 'the machine is too slow: simulated time falls behind real time', values
        )
    if pace.lag_s > _TOLERABLE_LAG_S:
        return Status(Level.WARN, 'steps are late: the machine is busy', values)
    return Status(Level.OK, 'on time', values)
