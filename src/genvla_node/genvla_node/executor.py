# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The executor of every node: callbacks in a pool of threads, begun at once."""

from __future__ import annotations

import threading
import time
from typing import Any

from rclpy.executors import MultiThreadedExecutor

_POLL_PERIOD_S = 50e-6


class PromptExecutor(MultiThreadedExecutor):
    """A MultiThreadedExecutor that lets a worker take a callback before it looks for the next.

    rclpy's own (7.1) hands a callback out again and again until a worker has begun it, and keeps
    the interpreter's lock while it does: callbacks start milliseconds late, and the process takes
    a whole core. `make bench` shows it as chunk_to_command_ms.
    """

    _handed_out: Any = None

    def wait_for_ready_callbacks(self, *args: Any, **kwargs: Any) -> Any:
        """As in rclpy, but only once the last callback has begun."""
        last = self._handed_out
        while last is not None and not (last.executing() or last.done()):
            time.sleep(_POLL_PERIOD_S)  # leaves the interpreter to the worker
        ready = super().wait_for_ready_callbacks(*args, **kwargs)
        self._handed_out = ready[0]
        return ready

    def shutdown(self, timeout_sec: float | None = None) -> bool:
        """Stop, once the running callbacks have ended; one that hangs is given up on.

        rclpy's own means to wait for them, but tests its flag the wrong way round (7.1). None that
        was handed out is dropped: that would leave a coroutine that was never awaited.
        """
        ending = threading.Thread(target=self._executor.shutdown, daemon=True)
        ending.start()
        ending.join(timeout_sec)
        super().shutdown(timeout_sec)
        return not ending.is_alive()
