# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The loop as processes under a supervisor: one is killed in motion, then all end in order."""

from __future__ import annotations

import numpy as np
import pytest
from std_msgs.msg import String

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
    """A running loop, and the state of its supervisor."""

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
    assert loop.nodes.bridge_state == 'stopped'
    loop.restart(policy)
    loop.nodes.trigger('supervisor/start')
    supervised.hear('active')
    assert loop.nodes.bridge_state == 'stopped'
    loop.bring_into_motion()
    loop.nodes.trigger('supervisor/end')
    supervised.hear('ended', 'asleep')
    np.testing.assert_allclose(loop.arm.measured[-1][1], vx300s.SLEEP, atol=0.1)
    with pytest.raises(ProcessDied, match='supervisor ended with status 0'):
        loop.watch_for(TIMEOUT_S)
