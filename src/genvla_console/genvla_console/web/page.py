# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The page: its contents, and the actions of its buttons."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
import functools
import html
import time

from fastapi.responses import StreamingResponse
from nicegui import app, ui
from nicegui.events import GenericEventArguments, KeyEventArguments

from genvla_console.web.arm_scene import ArmScene
from genvla_console.web.drawing import draw
from genvla_console.web.robot_view import BRIDGE, JOINTS, POLICY, RobotView
from genvla_console.web.steering import NotGranted, Steering
from genvla_console.web.token import NotAllowed
from genvla_policy.text.stop_request import asks_to_stop

_UPDATE_S = 0.1
_MOST_TASKS = 24
_PICTURE_S = 0.1
_BOUNDARY = 'picture'
_TOKEN = 'new URLSearchParams(location.hash.slice(1)).get("token")'
"""Browsers do not send the part behind # to any server."""
_SEND = f'e => {{ if (window.socket.connected && !e.repeat) emit({_TOKEN}, window.pulse); }}'
"""A click while disconnected is dropped: a late one would move the arm unexpectedly. The pulse
exposes a click that the network delays."""
_HOLD_MS = 100
_HOLD = f"""e => {{
    if (e.button !== 0) return;
    const say = held => {{ if (window.socket.connected) emit({_TOKEN}, window.pulse, held); }};
    window.letGo = () => {{
        if (!window.held) return;
        clearInterval(window.held);
        window.held = null;
        say(false);
    }};
    window.letGo();
    say(true);
    window.held = setInterval(() => say(true), {_HOLD_MS});
    e.currentTarget.setPointerCapture(e.pointerId);
}}"""
_HEAD = """<meta name="referrer" content="no-referrer"><script>
window.pulse = 0;
for (const event of ["blur", "pointerup", "pointercancel", "lostpointercapture", "pagehide",
                     "visibilitychange"])
    window.addEventListener(event, () => window.letGo && window.letGo());
</script>"""
_STOPS = ThreadPoolExecutor(thread_name_prefix='stop')
"""A separate pool, so that a stop never waits for another request."""
_COLOURS = {
    'executing': 'positive', 'moving': 'positive', 'holding': 'primary',
    'stopped': 'warning', 'faulted': 'negative',
}  # fmt: skip
_BUTTONS = (
    ('resume', 'Resume'),
    ('home', 'Home'),
    ('sleep', 'Sleep'),
    ('clear_fault', 'Clear fault'),
)
_OUTCOMES = {'Success': 'success', 'Failure': 'failure', 'End without verdict': ''}
FIGURES = (
    ('latency_p50_ms', 'inference [ms]'),
    ('image_to_first_action_ms', 'image age when answered [ms]'),
    ('rate_hz', 'chunks [Hz]'),
)
"""Figures of the policy's diagnostics on the page, and their labels."""


def serve_page(view: RobotView, steering: Steering) -> None:
    """Add the page and the camera's stream to the server."""
    pictures = SharedPicture(view)

    @app.get('/camera.mjpg')
    def camera() -> StreamingResponse:
        kind = f'multipart/x-mixed-replace; boundary={_BOUNDARY}'
        return StreamingResponse(_stream(pictures), media_type=kind)

    @ui.page('/', title='genvla')
    def index() -> None:
        Page(view, steering)


class SharedPicture:
    """Draws the picture once for all connected browsers."""

    def __init__(self, view: RobotView) -> None:
        """Store the view; nothing is drawn before the first request."""
        self._view = view
        self._drawing: asyncio.Task[bytes] | None = None
        self._drawn_s = -_PICTURE_S

    async def newest(self) -> bytes:
        """Return a JPEG that is at most a tenth of a second old."""
        now_s = time.monotonic()
        if self._drawing is None or now_s - self._drawn_s >= _PICTURE_S:
            self._drawn_s = now_s
            self._drawing = asyncio.create_task(asyncio.to_thread(draw, self._view))
        return await asyncio.shield(self._drawing)


async def _stream(pictures: SharedPicture) -> AsyncIterator[bytes]:
    while True:
        picture = await pictures.newest()
        head = f'--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}'
        yield head.encode() + b'\r\n\r\n' + picture + b'\r\n'
        await asyncio.sleep(_PICTURE_S)


class Page:
    """The page of one browser."""

    def __init__(self, view: RobotView, steering: Steering) -> None:
        """Build the page."""
        self._view, self._steering = view, steering
        self._shown_trained_on: tuple[str, ...] = ()
        self._waiting: set[str] = set()
        ui.add_head_html(_HEAD)
        self._header()
        with ui.row().classes('w-full no-wrap items-start'):
            with ui.column().classes('w-1/2'):
                ui.html('<img id="camera" src="/camera.mjpg" style="width:100%">', sanitize=False)
                self._instruct()
                self._digits = ui.html('', sanitize=False).classes(
                    'font-mono text-sm genvla-digits'
                )
                self._tasks = ui.row().classes('genvla-tasks gap-1')
            with ui.column().classes('w-1/2'):
                self._scene = ArmScene(view)
                self._joints = ui.label().classes('text-negative genvla-joints')
                self._figures = ui.label().classes('text-sm genvla-policy')
                self._interventions = ui.label().classes('text-sm genvla-interventions')
                self._record()
        ui.timer(_UPDATE_S, self._update)

    def _header(self) -> None:
        with ui.header().classes('items-center justify-between bg-white text-black'):
            with ui.row().classes('items-center'):
                self._state = ui.badge('no data').classes('text-lg genvla-state')
                self._message = ui.label().classes('genvla-message')
            with ui.row().classes('items-center'):
                for name, label in _BUTTONS:
                    self._button(label, name)
                # The browser's menu would keep the release from the page.
                ui.button('Hold to move').props('outline').on(
                    'pointerdown', self._hold, js_handler=_HOLD
                ).on('contextmenu', js_handler='e => e.preventDefault()').tooltip(
                    'The dead-man switch, if the bridge uses one'
                )
                ui.button('STOP', on_click=self._stop, color='negative').props('size=lg').tooltip(
                    'Or press Escape'
                )
        # Everywhere on the page, even in the instruction box.
        ui.keyboard(on_key=self._on_key, ignore=[])

    def _button(self, label: str, name: str, text: Callable[[], str] = str) -> ui.button:
        return ui.button(label).on('click', self._asking(name, text), js_handler=_SEND)

    def _instruct(self) -> None:
        with ui.row().classes('w-full no-wrap items-center'):
            box = self._box = ui.input('instruction').classes('grow')

            def text() -> str:
                return str(box.value or '')

            self._button('Do it', 'instruct', text)
            box.on('keydown.enter', self._asking('instruct', text), js_handler=_SEND)

    def _asking(
        self, name: str, text: Callable[[], str]
    ) -> Callable[[GenericEventArguments], Awaitable[None]]:
        async def ask(event: GenericEventArguments) -> None:
            token, pulse = _sent(event, 2)
            await self._ask(token, pulse, name, text())

        return ask

    def _record(self) -> None:
        with ui.row().classes('items-center'):
            ui.label('episode')
            # Without an instruction, so that the recorder stores each one that is given.
            self._button('Record', 'record')
            for label, outcome in _OUTCOMES.items():
                self._end_button(label, outcome)

    def _end_button(self, label: str, outcome: str) -> None:
        self._button(label, 'end_record', lambda: outcome).props('outline')

    # Actions

    async def _stop(self) -> None:
        await self._report(_STOPS, self._steering.stop)

    async def _on_key(self, event: KeyEventArguments) -> None:
        if event.key == 'Escape' and event.action.keydown and not event.action.repeat:
            await self._stop()

    def _hold(self, event: GenericEventArguments) -> None:
        token, pulse, held = _sent(event, 3)
        try:
            self._steering.hold_dead_man(token, pulse, held=held is True)
        except (NotAllowed, NotGranted) as error:
            ui.notify(str(error), type='negative')

    async def _ask(self, token: object, pulse: object, name: str, text: str) -> None:
        if name == 'instruct' and asks_to_stop(text):
            await self._stop()
            return
        if name in self._waiting:
            ui.notify(f'{name} is still waiting for a response', type='warning')
            return
        self._waiting.add(name)
        try:
            await self._report(None, self._steering.ask, token, pulse, name, text)
        finally:
            self._waiting.discard(name)

    async def _report(
        self, executor: ThreadPoolExecutor | None, request: Callable[..., str], *args: object
    ) -> None:
        """Send a request without blocking the page, and show its response."""
        loop = asyncio.get_running_loop()
        try:
            answer = await loop.run_in_executor(executor, request, *args)
        except (NotAllowed, NotGranted) as error:
            ui.notify(str(error), type='negative', timeout=8000)
            return
        ui.notify(answer, type='positive')

    # Contents

    def _update(self) -> None:
        ui.run_javascript(f'window.pulse = {time.monotonic()!r}')
        view = self._view
        is_there = view.is_there(BRIDGE)
        state = view.state if is_there else 'no data'
        self._state.set_text(state)
        self._state.props(f'color={_COLOURS.get(state, "grey")}')
        reason = view.messages.get(BRIDGE, '').partition(': ')[2]
        self._message.set_text(
            reason if is_there else 'no diagnostics: check that viperx_bridge is running'
        )
        self._scene.update()
        silence = view.silence(JOINTS)
        self._joints.set_text(f'no joint states {silence}' if silence else '')
        self._show_trained_on()
        self._show_chunk()
        self._figures.set_text(f'policy: {policy_line(view)}')
        counts = ', '.join(f'{rule} {count}' for rule, count in view.interventions().items())
        self._interventions.set_text(f'interventions: {counts or "none"}')

    def _show_trained_on(self) -> None:
        if self._view.trained_on != self._shown_trained_on:
            self._shown_trained_on = self._view.trained_on
            self._box.set_autocomplete(list(self._shown_trained_on))
            self._tasks.clear()
            with self._tasks:
                for text in self._shown_trained_on[:_MOST_TASKS]:
                    ui.chip(text, on_click=functools.partial(self._box.set_value, text)).props(
                        'outline dense'
                    )

    def _show_chunk(self) -> None:
        chunk = self._view.chunk
        if chunk is None:
            return
        numbers = chunk.text.split()
        per_action = max(len(numbers) // max(len(chunk.path_N3) - 1, 1), 1)
        lines = []
        for first in range(0, len(numbers), per_action):
            index = first // per_action
            sure = chunk.confidence[index] if index < len(chunk.confidence) else None
            text = html.escape(' '.join(numbers[first : first + per_action]))
            is_given = index < chunk.num_committed
            note = 'committed' if is_given else '' if sure is None else f'{100 * sure:.0f} %'
            shade = 'grey' if is_given or sure is None else f'hsl({120 * sure:.0f}, 60%, 35%)'
            lines.append(f'<div style="color:{shade}">{text} <small>{note}</small></div>')
        self._digits.set_content(''.join(lines))


def _sent(event: GenericEventArguments, count: int) -> list[object]:
    """Return what a script of the page has sent; a message of another shape has no token."""
    values = event.args
    return values if isinstance(values, list) and len(values) == count else [None] * count


def policy_line(view: RobotView) -> str:
    """Return the policy's message and figures in one line."""
    if not view.is_there(POLICY):
        return 'no data'
    figures = [
        f'{label} {_short(view.policy[key])}' for key, label in FIGURES if key in view.policy
    ]
    return ', '.join([view.messages[POLICY], *figures])


def _short(value: str) -> str:
    """Return a figure with three digits."""
    return f'{float(value):.3g}'
