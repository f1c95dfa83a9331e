# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The executor of every node: a pool of threads that starts callbacks at once."""

from __future__ import annotations

import threading
import time
from typing import Any

from rclpy.executors import MultiThreadedExecutor

_POLL_PERIOD_S = 50e-6


class PromptExecutor(MultiThreadedExecutor):
    """A MultiThreadedExecutor that waits until a worker has started a callback.

    rclpy's own executor (7.1) hands a callback out again and again until a worker has started it,
    and holds the interpreter's lock meanwhile. Callbacks then start milliseconds late, and the
    process uses a whole core. `make bench` reports this delay as chunk_to_command_ms.
    """

    _handed_out: Any = None

    def wait_for_ready_callbacks(self, *args: Any, **kwargs: Any) -> Any:
        """Wait as rclpy does, but only once the last callback has started."""
        last = self._handed_out
        while last is not None and not (last.executing() or last.done()):
            time.sleep(_POLL_PERIOD_S)  # release the interpreter's lock for the worker
        ready = super().wait_for_ready_callbacks(*args, **kwargs)
        self._handed_out = ready[0]
        return ready

    def shutdown(self, timeout_sec: float | None = None) -> bool:
        """Stop once the running callbacks have ended, or after the timeout if one hangs.

        rclpy's own shutdown intends to wait for them, but tests its flag the wrong way round
        (7.1). Callbacks that were handed out are not dropped: that would leave a coroutine that
        was never awaited.
        """
        ending = threading.Thread(target=self._executor.shutdown, daemon=True)
        ending.start()
        ending.join(timeout_sec)
        super().shutdown(timeout_sec)
        return not ending.is_alive()
