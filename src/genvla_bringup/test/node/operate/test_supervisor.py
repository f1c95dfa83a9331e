# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The supervisor, with nodes that answer like the bridge and the policy."""

from __future__ import annotations

import time

from genvla_msgs.srv import SetInstruction
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
import pytest
from rclpy.lifecycle import LifecycleNode, TransitionCallbackReturn
from rclpy.node import Node
from rclpy.parameter import Parameter
from sensor_msgs.msg import Image
from std_msgs.msg import Header, String
from std_srvs.srv import Trigger

from genvla_bringup.operate import bring_up
from genvla_bringup.operate import supervisor as module
from genvla_bringup.operate.supervisor import Supervisor
from genvla_node.diagnostics import DiagnosticsPublisher, Level, Status
from genvla_node.qos import HEARTBEAT, STATUS_LATCHED, USB_CAM
from genvla_node.stamps import stamp_from_seconds


class Member(LifecycleNode):
    """Records the requests it gets, and refuses the one named by `refuses`."""

    def __init__(self, name, diary, **kwargs):
        super().__init__(name, **kwargs)
        self.diary, self.refuses = diary, ''

    def _note(self, what):
        self.diary.append(f'{self.get_name()} {what}')
        refused = what == self.refuses
        return TransitionCallbackReturn.FAILURE if refused else TransitionCallbackReturn.SUCCESS

    def on_configure(self, _state):
        return self._note('configure')

    def on_activate(self, _state):
        return self._note('activate')

    def on_deactivate(self, _state):
        return self._note('deactivate')


class Bridge(Member):
    """Reaches its sleep pose at once."""

    def __init__(self, **kwargs):
        super().__init__('viperx_bridge', **kwargs)
        self.state = self.create_publisher(String, '~/state', STATUS_LATCHED)
        self.create_service(Trigger, '~/stop', self._stop)
        self.create_service(Trigger, '~/sleep', self._sleep)
        self._arrival = None
        self.diagnostics = DiagnosticsPublisher(self)
        self.heartbeats = self.create_publisher(Header, '~/heartbeat', HEARTBEAT)
        self.is_alive = True
        self.create_timer(0.05, self._beat)
        self.why_stopped = 'asleep'

    def _beat(self):
        if self.is_alive:
            self.heartbeats.publish(Header())

    def say(self, state, reason=''):
        self.state.publish(String(data=state))
        message = f'{state}: {reason}' if reason else state
        values = {'state': state, 'reason': reason or 'none'}
        self.diagnostics.publish(Status(Level.OK, message, values))

    def _stop(self, _request, response):
        self.diary.append('stop')
        response.success = self.get_state() == 'active'
        response.message = f'stopped ({self.why_stopped}); call resume to continue'
        return response

    def get_state(self):
        return self._state_machine.current_state[1]

    def _sleep(self, _request, response):
        self.diary.append('sleep')
        response.success = self.refuses != 'sleep'
        response.message = 'a servo has switched itself off'
        if response.success:
            self.state.publish(String(data='moving'))
            self._arrival = self.create_timer(0.2, self._arrive)
        return response

    def _arrive(self):
        self.state.publish(String(data='stopped'))
        self._arrival.cancel()


class Policy(Member):
    """Accepts any instruction, and publishes its own diagnostics."""

    def __init__(self, **kwargs):
        super().__init__('policy', **kwargs)
        self.offer()
        self.complaint, self.image_age_ms, self.accepts = '', 40.0, True
        diagnostics = DiagnosticsPublisher(self)
        self.create_timer(0.05, lambda: diagnostics.publish(self._status()))

    def offer(self):
        self.instructing = self.create_service(SetInstruction, '~/set_instruction', self._set)

    def _status(self):
        level = Level.ERROR if self.complaint else Level.OK
        return Status(level, self.complaint, {'image_age_ms': self.image_age_ms})

    def _set(self, request, response):
        self.diary.append(f'instruction {request.instruction!r}')
        time.sleep(0.0 if self.accepts else 1.0)
        response.accepted = True
        return response


class Teleoperation(Node):
    """Accepts any instruction."""

    def __init__(self, diary, **kwargs):
        super().__init__('teleoperation', **kwargs)
        self.create_service(
            SetInstruction, 'policy/set_instruction', lambda _request, response: response
        )


class Session:
    """A bridge, a policy, a camera, and a supervisor over them."""

    def __init__(self, graph, make_policy=Policy):
        self.graph, self.diary, self.heard, self.ended = graph, [], [], []
        self.bridge = graph.node(Bridge, diary=self.diary)
        self.policy = graph.node(make_policy, diary=self.diary)
        self._probe = graph.node('probe')
        self._camera = self._probe.create_publisher(Image, 'camera/image_raw', USB_CAM)
        self.picture_age_s = 0.0
        self._probe.create_subscription(
            String, 'supervisor/state', lambda m: self.heard.append(m.data), STATUS_LATCHED
        )

    def film(self):
        self._probe.create_timer(0.05, self._publish)

    def _publish(self):
        now_s = self._probe.get_clock().now().nanoseconds / 1e9
        picture = Image()
        picture.header.stamp = stamp_from_seconds(now_s - self.picture_age_s)
        self._camera.publish(picture)

    def supervise(self, **parameters):
        overrides = [Parameter(name, value=value) for name, value in parameters.items()]
        self.graph.node(
            Supervisor, on_end=lambda: self.ended.append(1), parameter_overrides=overrides
        )

    def hear(self, *words):
        def found():
            return self.heard and all(word in self.heard[-1] for word in words)

        self.graph.spin_until(found, f'{words} in {self.heard}')

    def ask(self, request):
        client = self._probe.create_client(Trigger, f'supervisor/{request}')
        return self.graph.call(client, Trigger.Request())

    def change(self, node, transition):
        client = self._probe.create_client(ChangeState, f'{node}/change_state')
        request = ChangeState.Request(transition=Transition(label=transition, id=4))
        assert self.graph.call(client, request).success


@pytest.fixture
def session(graph, monkeypatch):
    monkeypatch.setattr(module, '_LOOK_PERIOD_S', 0.1)
    return Session(graph)


@pytest.fixture
def active(session):
    session.film()
    session.supervise()
    session.hear('active')
    session.diary.clear()
    return session


def test_all_nodes_are_configured_before_the_bridge_and_then_the_policy_are_activated(session):
    session.film()
    session.supervise()
    session.hear('active')
    assert set(session.diary[:2]) == {'viperx_bridge configure', 'policy configure'}
    assert session.diary[2:] == ['viperx_bridge activate', 'policy activate']


def test_without_autostart_nothing_is_configured_until_start_is_called(session):
    session.film()
    session.supervise(autostart=False)
    session.hear('waiting', 'operate start')
    assert session.diary == []
    assert session.ask('start').success
    session.hear('active')


def test_without_an_image_nothing_is_activated_and_the_next_start_continues(session):
    session.supervise(camera_timeout_s=0.3)
    session.hear('waiting', 'camera/image_raw (no image)')
    assert 'viperx_bridge activate' not in session.diary
    session.film()
    session.ask('start')
    session.hear('active')
    assert session.diary.count('policy configure') == 1


def test_images_with_a_wrong_stamp_are_not_fresh(session):
    session.picture_age_s = -60.0
    session.film()
    session.supervise(camera_timeout_s=0.5)
    session.hear('waiting', 'camera/image_raw (-60.0', 'that the clocks agree')


def test_the_supervisor_waits_for_no_camera_if_there_is_none(session):
    session.supervise(image_topics=[''], with_policy=False)
    session.hear('active')
    assert session.diary == ['viperx_bridge configure', 'viperx_bridge activate']


def test_a_node_that_does_not_configure_leaves_all_inactive(session):
    session.film()
    session.policy.refuses = 'configure'
    session.policy.complaint = 'cannot configure: there is no checkpoint /nowhere'
    session.supervise()
    session.hear('waiting', 'policy failed to configure', 'there is no checkpoint /nowhere')
    assert 'viperx_bridge activate' not in session.diary


def test_a_policy_that_does_not_activate_leaves_no_bridge_active(session):
    session.film()
    session.policy.refuses = 'activate'
    session.supervise()
    session.hear('waiting', 'policy failed to activate')
    assert session.diary[-1] == 'viperx_bridge deactivate'


def test_a_policy_that_is_no_longer_active_stops_the_arm(active):
    active.change('policy', 'deactivate')
    active.hear('waiting', 'policy is inactive', 'the arm is stopped', 'operate start, resume')
    assert 'stop' in active.diary


def test_a_start_after_a_failure_stops_the_arm_before_the_policy_is_active(active):
    active.change('viperx_bridge', 'deactivate')
    active.hear('waiting', 'viperx_bridge is inactive')
    active.diary.clear()
    active.ask('start')
    active.hear('active', 'run genvla operate resume, then instruct')
    assert active.diary == ['viperx_bridge activate', 'stop', 'policy activate']


def test_a_missing_bridge_deactivates_the_policy_and_ends_nothing(active, monkeypatch):
    monkeypatch.setattr(module, '_SILENCE_S', 1.0)
    active.bridge.destroy_node()
    active.hear('waiting', 'viperx_bridge is gone')
    assert active.diary == ["instruction ''", 'policy deactivate']
    active.ask('end')
    active.hear('waiting: not ended', 'the arm cannot go to sleep', 'operate start')
    assert active.ended == []


def test_an_end_withdraws_the_instruction_then_the_arm_sleeps_then_all_is_inactive(active):
    assert active.ask('end').success
    active.hear('ended', 'asleep')
    assert active.diary == [
        "instruction ''",
        'sleep',
        'stop',
        'policy deactivate',
        'viperx_bridge deactivate',
    ]
    active.graph.spin_until(lambda: active.ended, 'on_end')
    assert not active.ask('start').success


def test_a_hung_policy_does_not_keep_the_arm_awake(active, monkeypatch):
    monkeypatch.setattr(bring_up, '_PRESENCE_S', 0.5)
    active.graph.executor.remove_node(active.policy)
    active.ask('end')
    active.hear(
        'ended: the arm is asleep, and policy/set_instruction did not answer',
        'policy/get_state did not answer',
    )
    assert active.diary[-1] == 'viperx_bridge deactivate'


def test_a_policy_that_refuses_to_be_deactivated_is_reported(active):
    active.policy.refuses = 'deactivate'
    active.ask('end')
    active.hear('ended: the arm is asleep, and policy failed to deactivate: its state is active')


def test_teleoperation_has_no_lifecycle_and_does_not_count_as_a_failure(graph):
    session = Session(graph, Teleoperation)
    session.supervise(image_topics=[''], with_policy=False)
    session.hear('active')
    session.ask('end')
    session.hear('ended: the arm is asleep, and the nodes are inactive')


def test_an_arm_that_was_stopped_on_its_way_to_sleep_is_not_asleep(active):
    active.bridge.why_stopped = 'elbow did not move as commanded'
    active.ask('end')
    active.hear('active: not ended', 'elbow did not move as commanded')
    assert not active.ended


def test_an_end_may_leave_the_arm_where_it_is(session):
    session.film()
    session.supervise(at_end='hold')
    session.hear('active')
    session.ask('end')
    session.hear('ended', 'the arm holds')
    assert 'sleep' not in session.diary


def test_an_arm_that_cannot_go_to_sleep_stays_active(active):
    active.bridge.refuses = 'sleep'
    active.ask('end')
    active.hear('active: not ended', 'a servo has switched itself off')
    assert active.diary[-1] == 'sleep'
    assert not active.ended


def test_an_end_interrupts_a_start(session):
    session.supervise(camera_timeout_s=1000.0)
    session.graph.spin_until(lambda: 'policy configure' in session.diary, 'configured')
    session.ask('end')
    session.hear('ended')
    assert 'viperx_bridge activate' not in session.diary


@pytest.mark.parametrize(
    ('state', 'reason'),
    [
        ('stopped', 'the arm was commanded to move, but no joint has'),
        ('faulted', 'no joint states'),
    ],
)
def test_a_stop_or_a_fault_withdraws_the_instruction(active, state, reason):
    active.bridge.say(state, reason)
    active.hear(f'active: viperx_bridge is {state}: {reason}', 'the instruction was withdrawn')
    assert active.diary == ["instruction ''"]
    active.bridge.say('holding')
    active.hear('active: give a new instruction')
    assert active.diary == ["instruction ''"]


def test_a_fault_that_is_over_before_it_is_checked_counts(active):
    active.bridge.say('faulted', 'no joint states')
    active.graph.spin_for(0.02)
    active.bridge.say('holding')
    active.hear('active: viperx_bridge', 'faulted', 'the instruction was withdrawn')
    active.hear('active: give a new instruction')
    assert active.diary == ["instruction ''"]


def test_the_instruction_of_a_policy_on_another_computer_is_withdrawn_too(session):
    session.film()
    session.supervise(with_policy=False)
    session.hear('active')
    session.diary.clear()
    session.bridge.say('stopped', 'motor current too high: elbow')
    session.hear('active: viperx_bridge is stopped', 'the instruction was withdrawn')
    assert session.diary == ["instruction ''"]


def test_a_failed_withdrawal_is_reported_and_retried(active, monkeypatch):
    monkeypatch.setattr(module, '_WITHDRAWAL_S', 0.5)
    active.policy.accepts = False
    active.bridge.say('faulted', 'no joint states')
    active.hear('active: viperx_bridge is faulted', 'the instruction is NOT withdrawn')
    active.bridge.say('holding')
    active.policy.accepts = True
    active.hear('active: viperx_bridge is faulted', 'the instruction was withdrawn')
    active.hear('active: give a new instruction')


def test_an_unreachable_policy_does_not_count_as_absent(session):
    session.film()
    session.supervise(with_policy=False)
    session.hear('active')
    session.graph.spin_for(0.3)  # its diagnostics were received
    session.policy.destroy_service(session.policy.instructing)
    session.bridge.say('faulted', 'no joint states')
    session.hear('active: viperx_bridge is faulted', 'the instruction is NOT withdrawn')
    session.bridge.say('holding')
    session.policy.offer()
    session.hear('active: viperx_bridge is faulted', 'the instruction was withdrawn')
    session.hear('active: give a new instruction')


def test_a_message_is_not_repeated_when_only_its_figures_change(active):
    for rest in ('', '; shoulder rests 0.05 rad', '; shoulder rests 0.06 rad'):
        active.bridge.say('stopped', 'somebody has stopped it')
        active.bridge.diagnostics.publish(
            Status(
                Level.WARN,
                f'stopped: somebody has stopped it{rest}',
                {'state': 'stopped', 'reason': 'somebody has stopped it'},
            )
        )
        active.graph.spin_for(0.3)
    told = [each for each in active.heard if 'somebody has stopped it' in each]
    assert len(told) == 1


def test_a_sleeping_arm_is_not_reported(active):
    active.bridge.say('stopped', 'asleep')
    active.graph.spin_for(0.5)
    assert active.diary == []


def test_missing_images_withdraw_the_instruction(active):
    active.policy.image_age_ms = 900.0
    active.graph.spin_for(0.3)
    assert active.diary == []
    active.policy.image_age_ms = 1100.0
    active.hear('active: the newest image of policy is over 1 s old', 'withdrawn')
    assert active.diary == ["instruction ''"]


def test_a_bridge_without_heartbeats_is_reported_even_if_it_does_not_answer(active):
    active.graph.spin_for(0.2)
    active.bridge.is_alive = False
    active.hear('active: viperx_bridge has sent no heartbeat for 0.', 'frozen or gone')
    active.bridge.is_alive = True
    active.hear('active: viperx_bridge sends heartbeats again')
