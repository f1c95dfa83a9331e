# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The loop as processes under a supervisor: one is killed in motion, and all end in order."""

from __future__ import annotations

import numpy as np
import pytest
from std_msgs.msg import String
from std_srvs.srv import Trigger

from genvla_bringup.demo.processes import NodeCommand, ProcessDied
from genvla_bringup.demo.session import python_command
from genvla_faults.live_loop import CAMERA_TOPIC, live_loop
from genvla_node.qos import STATUS_LATCHED
from genvla_viperx.arm import vx300s

pytestmark = pytest.mark.timeout(300)

TIMEOUT_S = 60.0
SUPERVISOR = NodeCommand(
    'supervisor', python_command('genvla_bringup.operate.supervisor', image_topics=[CAMERA_TOPIC])
)


class Supervised:
    """A loop in service, and what its supervisor says."""

    def __init__(self, loop):
        self.loop, self.heard = loop, []
        loop.node.create_subscription(
            String, 'supervisor/state', lambda m: self.heard.append(m.data), STATUS_LATCHED
        )
        loop.restart(SUPERVISOR)

    def hear(self, *words):
        def found():
            return self.heard and all(word in self.heard[-1] for word in words)

        self.loop.wait(found, TIMEOUT_S, f'{words} in {self.heard}')

    def ask(self, request):
        client = self.loop.node.create_client(Trigger, f'supervisor/{request}')
        self.loop.wait(client.service_is_ready, TIMEOUT_S, request)
        future = client.call_async(Trigger.Request())
        self.loop.wait(future.done, TIMEOUT_S, request)
        assert future.result().success


@pytest.fixture
def supervised(tmp_path):
    with live_loop(tmp_path) as loop:
        supervised = Supervised(loop)
        supervised.hear('active')
        yield supervised


def test_a_killed_policy_stops_the_arm_and_an_end_puts_it_to_sleep(supervised):
    loop = supervised.loop
    loop.bring_into_motion()
    policy = loop.kill('policy')
    supervised.hear('waiting', 'policy is gone', 'operate start')
    assert loop.arm.bridge_state == 'stopped'
    loop.restart(policy)
    supervised.ask('start')
    supervised.hear('active')
    assert loop.arm.bridge_state == 'stopped'
    loop.bring_into_motion()
    supervised.ask('end')
    supervised.hear('ended', 'asleep')
    np.testing.assert_allclose(loop.arm.measured[-1][1], vx300s.SLEEP, atol=0.1)
    with pytest.raises(ProcessDied, match='supervisor ended with status 0'):
        loop.watch_for(TIMEOUT_S)
