# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Lines typed at a terminal are received; no other input is read."""

import os
import pty

from genvla_bringup.demo.typed_lines import typed_lines


def test_typed_lines_are_received_without_surrounding_white_space():
    keyboard, terminal = pty.openpty()
    with os.fdopen(terminal) as stream, typed_lines(stream) as lines:
        os.write(keyboard, b'pick up the knife \n\nstop\n')
        assert lines.get(timeout=30) == 'pick up the knife'
        assert lines.get(timeout=30) == 'stop'
    os.close(keyboard)


def test_input_that_is_not_a_terminal_is_left_alone():
    read, write = os.pipe()
    os.write(write, b'pick up the knife\n')
    with os.fdopen(read) as stream, typed_lines(stream) as lines:
        assert lines.empty()
        assert stream.readline() == 'pick up the knife\n'
    os.close(write)
