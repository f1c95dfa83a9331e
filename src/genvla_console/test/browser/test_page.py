# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The page in a real browser: watching, instructing, stopping, and rejected requests.

Needs Chromium (Debian's package) and `pip install playwright`.
"""

from __future__ import annotations

import contextlib
from functools import partial
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request

import pytest

sync_api = pytest.importorskip('playwright.sync_api', reason='playwright is optional')
CHROMIUM = shutil.which('chromium')
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason='there is no Chromium')

TOKEN = 'secretsecret'
STATE = '.genvla-state'
DARK, GREY = '3c4250', 'c4c8d0'
ARGUMENTS = (
    *('--no-sandbox', '--disable-gpu', '--use-gl=swiftshader', '--enable-unsafe-swiftshader'),
    *('--disable-background-networking', '--disable-component-update', '--disable-sync'),
)


@pytest.fixture(scope='module')
def browser():
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield started
        started.close()


@pytest.fixture
def servers():
    """The server processes."""
    return []


@pytest.fixture
def address(graph, robot, domain_id, servers):
    """Return the address of a console next to a running robot."""
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    command = [sys.executable, '-m', 'genvla_console', '--port', str(port)]
    environment = {
        **os.environ,
        'ROS_DOMAIN_ID': str(domain_id),
        'GENVLA_CONSOLE_TOKEN': TOKEN,
    }
    # NiceGUI behaves differently under pytest.
    environment.pop('PYTEST_CURRENT_TEST', None)
    with subprocess.Popen(command, env=environment) as server, graph.spinning():
        found = f'http://127.0.0.1:{port}/'
        _await(lambda: _answers(found))
        servers.append(server)
        yield found
        server.terminate()


def _answers(address):
    try:
        return urllib.request.urlopen(address, timeout=5).status == 200
    except OSError:
        return False


def _await(condition, timeout_s=60.0):
    ends_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < ends_s, 'it did not come true'
        time.sleep(0.02)


@pytest.fixture
def open_page(browser, address):
    """Return a function that opens the page in a new browser, with or without a token."""
    contexts = []

    def open_(token=TOKEN, address=address):
        contexts.append(browser.new_context())
        page = contexts[-1].new_page()
        page.goto(f'{address}#token={token}' if token else address)
        sync_api.expect(page.locator(STATE)).to_have_text('holding', timeout=30_000)
        return page

    yield open_
    for context in contexts:
        context.close()


def press(page, name):
    page.get_by_role('button', name=name, exact=True).click()


def test_instruct_stop_and_resume(open_page, robot):
    page = open_page()
    page.locator('.genvla-tasks').get_by_text('pick the carrot').click()
    press(page, 'Do it')
    sync_api.expect(page.get_by_text('followed')).to_be_visible()
    assert robot.asked == [('instruct', 'pick the carrot')]
    robot.send_chunk()
    sync_api.expect(page.locator('.genvla-digits')).to_contain_text('0.1 0.2 0.3 0.4 0.5 0.6 1.0')
    sync_api.expect(page.locator('.genvla-digits')).to_contain_text('40 %')
    sync_api.expect(page.locator('.genvla-interventions')).to_have_text(
        'interventions: workspace 3'
    )
    press(page, 'STOP')
    sync_api.expect(page.locator(STATE)).to_have_text('stopped')
    press(page, 'Resume')
    sync_api.expect(page.locator(STATE)).to_have_text('holding')
    page.get_by_label('instruction').press('Escape')
    sync_api.expect(page.locator(STATE)).to_have_text('stopped')
    assert robot.asked[1:] == ['stop', 'resume', 'stop']


@pytest.mark.parametrize('token', ['', 'another-secret'])
def test_without_a_token_one_can_watch_and_stop(open_page, robot, token):
    page = open_page(token)
    page.get_by_label('instruction').fill('pick the carrot')
    for count, name in enumerate(('Do it', 'Home', 'Sleep', 'Clear fault', 'Record'), 1):
        press(page, name)
        sync_api.expect(page.get_by_text('the token is wrong or missing').first).to_be_visible()
        if count > 1:  # identical notices show a count
            sync_api.expect(page.locator('.q-notification__badge')).to_have_text(str(count))
    page.get_by_role('button', name='Hold to move').hover()
    page.mouse.down()
    page.mouse.up()
    press(page, 'STOP')
    sync_api.expect(page.locator(STATE)).to_have_text('stopped')
    assert robot.asked == ['stop']
    assert robot.held == 0


def test_a_forged_message_without_the_token_is_rejected(open_page, robot):
    page = open_page('')
    home = page.get_by_role('button', name='Home', exact=True)
    element = home.evaluate('element => Number(element.id.slice(1))')
    page.evaluate(
        """element => {
            const [listener] = Object.values(mounted_app.elements[element].events);
            const forged = [null, "", "guess", ["secretsecret"], {"token": 1}];
            for (const args of [...forged.map(each => [each]), ...forged.map(each => [each, 1])])
                window.socket.emit("event", {
                    id: element, client_id: window.clientId, listener_id: listener.listener_id,
                    args: args.map(each => JSON.stringify(each)),
                });
        }""",
        element,
    )
    sync_api.expect(page.get_by_text('the token is wrong or missing').first).to_be_visible()
    assert robot.asked == []


def test_a_stop_does_not_wait_for_other_requests_and_overrides_them(open_page, robot):
    page = open_page()
    robot.gate.clear()
    for name in ('Resume', 'Home'):  # each takes a thread of the graph
        press(page, name)
    press(page, 'STOP')
    _await(lambda: robot.asked)
    assert robot.asked == ['stop']
    robot.gate.set()
    _await(lambda: {'resume', 'home'} <= set(robot.asked))
    _await(lambda: robot.asked[-1] == 'stop' and robot.asked.count('stop') == 3)
    sync_api.expect(page.locator(STATE)).to_have_text('stopped')


def test_the_word_stop_stops_the_arm_without_a_token(open_page, robot):
    page = open_page('')
    page.get_by_label('instruction').fill('please stop!')
    press(page, 'Do it')
    sync_api.expect(page.locator(STATE)).to_have_text('stopped')
    assert robot.asked == ['stop']


def test_a_typed_stop_does_not_wait_for_a_pending_instruction(open_page, robot):
    page = open_page()
    robot.gate.clear()
    box = page.get_by_label('instruction')
    box.fill('pick the carrot')
    press(page, 'Do it')
    for count, send in enumerate((lambda: press(page, 'Do it'), lambda: box.press('Enter')), 1):
        box.fill('stop')
        send()
        _await(lambda count=count: robot.asked.count('stop') == count)
    assert set(robot.asked) == {'stop'}
    robot.gate.set()
    _await(lambda: robot.asked[-2:] == [('instruct', 'pick the carrot'), 'stop'])


def test_a_recording_begins_without_an_instruction_so_that_later_ones_count(open_page, robot):
    page = open_page()
    page.get_by_label('instruction').fill('pick the carrot')
    press(page, 'Do it')
    sync_api.expect(page.get_by_text('followed')).to_be_visible()
    press(page, 'Record')
    sync_api.expect(page.get_by_text('recording (/bags/1)')).to_be_visible()
    assert robot.asked[-1] == ('record', '')


class Link:
    """A network between browser and console that can keep everything back for a while."""

    def __init__(self, address):
        self.works = threading.Event()
        self.works.set()
        self._server = int(address.rstrip('/').rpartition(':')[2])
        self._listening = socket.create_server(('127.0.0.1', 0))
        self.address = f'http://127.0.0.1:{self._listening.getsockname()[1]}/'
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            browser, _ = self._listening.accept()
            server = socket.create_connection(('127.0.0.1', self._server))
            for ends in ((browser, server), (server, browser)):
                threading.Thread(target=self._forward, args=ends, daemon=True).start()

    def _forward(self, source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self.works.wait()
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


def test_only_a_stop_survives_a_delay_of_the_network(open_page, robot, address):
    link = Link(address)
    page = open_page(address=link.address)
    page.get_by_role('button', name='Hold to move').hover()
    page.mouse.down()
    _await(lambda: robot.held > 2)
    link.works.clear()
    _await(lambda: time.monotonic() - page.evaluate('window.pulse') > 1.0)
    held = robot.held
    page.mouse.up()
    press(page, 'Home')
    press(page, 'Record')
    press(page, 'STOP')
    link.works.set()
    sync_api.expect(page.locator(STATE)).to_have_text('stopped')
    sync_api.expect(page.get_by_text('nothing was sent').first).to_be_visible()
    assert robot.asked == ['stop']
    assert robot.held == held
    press(page, 'Resume')
    sync_api.expect(page.locator(STATE)).to_have_text('holding')


def test_clicks_during_a_lost_connection_are_dropped(open_page, robot):
    page = open_page()
    page.get_by_role('button', name='Hold to move').hover()
    page.mouse.down()
    _await(lambda: robot.held > 2)
    page.evaluate('window.socket.disconnect()')
    page.get_by_role('button', name='Home', exact=True).dispatch_event('click')
    time.sleep(0.5)
    page.mouse.up()
    held = robot.held
    page.evaluate('window.socket.connect()')
    time.sleep(2.0)
    assert robot.held == held
    assert robot.asked == []


def test_two_browsers_see_the_same(open_page, robot):
    one, other = open_page(), open_page('')
    press(one, 'STOP')
    for page in (one, other):
        sync_api.expect(page.locator(STATE)).to_have_text('stopped')


def test_releasing_the_button_or_leaving_the_page_releases_the_dead_man_switch(open_page, robot):
    page = open_page()
    hold = page.get_by_role('button', name='Hold to move')
    events = ('blur', 'lostpointercapture', 'visibilitychange')
    sent = [partial(page.evaluate, f"dispatchEvent(new Event('{name}'))") for name in events]
    for let_go in (page.mouse.up, *sent):
        hold.hover()
        page.mouse.down()
        before = robot.held
        _await(lambda before=before: robot.held > before + 3)
        let_go()
        _await(lambda: not robot.is_held)
        held = robot.held
        time.sleep(0.5)
        assert robot.held == held
        page.mouse.up()


def test_only_the_main_button_of_the_mouse_holds_the_dead_man_switch(open_page, robot):
    page = open_page()
    hold = page.get_by_role('button', name='Hold to move')
    for button in ('right', 'middle'):
        hold.click(button=button)
        hold.hover()
        page.mouse.down(button=button)
        assert not page.evaluate('window.held')
        page.mouse.up(button=button)
    menu = "e => e.dispatchEvent(new MouseEvent('contextmenu', {cancelable: true}))"
    assert not hold.evaluate(menu)
    assert robot.held == 0


def test_silent_sensors_do_not_look_live(open_page, robot):
    page = open_page()
    colours = """() => {
        const id = Number(document.querySelector('canvas').closest('[id^=c]').id.slice(1));
        const meshes = [...getElement(id).objects.values()].map(each => each.mesh);
        return meshes.flatMap(mesh => mesh.material?.color.getHexString() ?? []);
    }"""
    joints = page.locator('.genvla-joints')
    sync_api.expect(joints).to_have_text('')
    _await(lambda: DARK in page.evaluate(colours) and GREY not in page.evaluate(colours))
    robot.is_silent = True
    sync_api.expect(joints).to_contain_text('no joint states for', timeout=15_000)
    _await(lambda: GREY in page.evaluate(colours) and DARK not in page.evaluate(colours))


def test_the_page_reports_a_silent_bridge(open_page, robot):
    page = open_page()
    robot.is_silent = True
    sync_api.expect(page.locator(STATE)).to_have_text('no data', timeout=15_000)
    sync_api.expect(page.get_by_text('check that viperx_bridge is running')).to_be_visible()


def test_the_page_reports_a_lost_server(open_page, servers):
    page = open_page()
    servers[0].kill()
    sync_api.expect(page.get_by_text('Connection lost')).to_be_visible(timeout=30_000)
