# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Run a recorder in its own thread."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
import threading

from rclpy.context import Context
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor

from genvla_bringup.recording.graph_recorder import Recorder


class RecorderThread:
    """A recorder that spins in its own thread until it is closed.

    Attributes:
        bag: The folder being written.
        failure: The error that ended the recorder, such as a full disk; None: no error.
    """

    def __init__(self, bag: Path, about: Mapping[str, str], context: Context) -> None:
        """Start to record every topic.

        Args:
            bag: Folder to write; must not exist.
            about: Entries for the bag's custom data.
            context: Context of the graph.
        """
        self.bag = bag
        self.failure: BaseException | None = None
        self._recorder = Recorder(bag, custom_data=about, context=context)
        self._executor = SingleThreadedExecutor(context=context)
        self._executor.add_node(self._recorder)
        self._thread = threading.Thread(target=self._spin, name='recorder', daemon=True)
        self._thread.start()

    @property
    def topics(self) -> frozenset[str]:
        """Names of the topics recorded so far."""
        return self._recorder.topics

    @property
    def message_count(self) -> int:
        """Number of messages written so far."""
        return self._recorder.message_count

    def count(self, topic: str) -> int:
        """Return the number of messages of one topic written so far."""
        return self._recorder.count(topic)

    def describe(self, key: str, value: str) -> None:
        """Add an entry to the bag's custom data; call this before `close`."""
        self._recorder.describe(key, value)

    def close(self) -> None:
        """Close the bag; if that fails, set `failure`."""
        self._executor.shutdown()
        self._thread.join()
        try:
            self._recorder.destroy_node()
        except OSError as error:
            self.failure = self.failure or error

    def _spin(self) -> None:
        try:
            self._executor.spin()
        except ExternalShutdownException:
            return
        except BaseException as error:
            self.failure = error
