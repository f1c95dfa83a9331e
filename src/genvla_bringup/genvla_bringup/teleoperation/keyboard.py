# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Use a keyboard as a gamepad: publish sensor_msgs/Joy from the keys of this terminal.

python -m genvla_bringup.teleoperation.keyboard

  w/s forwards, back    a/d left, right    r/f up, down    q/e turn left, right
  i/k pitch             j/l roll           o open, c close the gripper       Esc ends
"""

from __future__ import annotations

from collections.abc import Sequence
import os
import select
import signal
import sys
import termios
import time
import tty

import rclpy
from rclpy.signals import SignalHandlerOptions
from sensor_msgs.msg import Joy

from genvla_bringup.teleoperation.joy_mapping import JoyMapping
from genvla_node.main import wants_help
from genvla_node.qos import SENSOR

# Axes are in the order dx dy dz droll dpitch dyaw; set the node's `axes: [0, 1, 2, 3, 4, 5]`.
KEYS = {
    'w': (0, 1.0),
    's': (0, -1.0),
    'a': (1, 1.0),
    'd': (1, -1.0),
    'r': (2, 1.0),
    'f': (2, -1.0),
    'l': (3, 1.0),
    'j': (3, -1.0),
    'k': (4, 1.0),
    'i': (4, -1.0),
    'q': (5, 1.0),
    'e': (5, -1.0),
}
_OPEN, _CLOSE, _END = 'o', 'c', ('\x1b', '\x03')
_PERIOD_S = 0.05
_HELD_S = 0.6
"""A key counts as held for this long: terminals only start to repeat a key after half a second."""


class Keyboard:
    """Tracks which keys are held, as far as a terminal reports it."""

    def __init__(self) -> None:
        """Start without keys."""
        self._pressed_s: dict[str, float] = {}

    def press(self, key: str, now_s: float) -> None:
        """Register a key; release the key of the opposite direction on the same axis."""
        if key in KEYS:
            axis = KEYS[key][0]
            for other in [k for k in self._pressed_s if k in KEYS and KEYS[k][0] == axis]:
                del self._pressed_s[other]
        self._pressed_s[key] = now_s

    def joy(self, now_s: float) -> Joy:
        """Return the equivalent gamepad message: default mapping, and held_button with any key."""
        held = [key for key, at_s in self._pressed_s.items() if now_s - at_s <= _HELD_S]
        axes = [0.0] * 6
        for key in held:
            if key in KEYS:
                axes[KEYS[key][0]] = KEYS[key][1]
        mapping = JoyMapping()
        buttons = [0] * (max(mapping.held_button, mapping.open_button, mapping.close_button) + 1)
        buttons[mapping.held_button] = int(bool(held))
        buttons[mapping.open_button] = int(_OPEN in held)
        buttons[mapping.close_button] = int(_CLOSE in held)
        return Joy(axes=axes, buttons=buttons)


def main(args: Sequence[str] | None = None) -> int:
    """Publish the keys until Esc or Ctrl-C; a key without a function holds the arm."""
    if wants_help(args):
        print(__doc__)
        return 0
    if not sys.stdin.isatty():
        print('keyboard: stdin is not a terminal; start it in its own terminal', file=sys.stderr)
        return 1
    # Without rclpy's signal handlers, Ctrl-C and SIGTERM raise an exception here, so that
    # `finally` restores the terminal.
    rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    node = rclpy.create_node('keyboard')
    publisher = node.create_publisher(Joy, 'joy', SENSOR)
    print(__doc__)
    before = termios.tcgetattr(sys.stdin)
    keyboard = Keyboard()
    try:
        tty.setcbreak(sys.stdin)
        while True:
            if select.select([sys.stdin], [], [], _PERIOD_S)[0]:
                for key in os.read(sys.stdin.fileno(), 32).decode(errors='ignore'):
                    if key in _END:
                        return 0
                    keyboard.press(key.lower(), time.monotonic())
            message = keyboard.joy(time.monotonic())
            message.header.stamp = node.get_clock().now().to_msg()
            publisher.publish(message)
    except KeyboardInterrupt:
        return 0
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
        node.destroy_node()
        rclpy.try_shutdown()


if __name__ == '__main__':
    sys.exit(main())
