# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Record episodes on request: one bag each, with its instruction and outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
import shutil
import sys
from typing import Any

from genvla_msgs.msg import ActionChunk
from genvla_msgs.srv import StartEpisode, StopEpisode
from rclpy.node import Node
from std_msgs.msg import String
from std_srvs.srv import Trigger

from genvla_bags.recording import (
    BROKE_OFF,
    FROM_START,
    INSTRUCTION,
    INSTRUCTION_FROM,
    OUTCOME,
)
from genvla_bringup.recording.recorder_thread import RecorderThread
from genvla_node.diagnostics import DiagnosticsPublisher, Level, Status
from genvla_node.main import run
from genvla_node.parameters import NodeParameters, parameter
from genvla_node.qos import COMMAND, STATUS_LATCHED

_DIAGNOSTICS_PERIOD_S = 1.0
_MEGABYTE = 1024 * 1024
OUTCOMES = (StopEpisode.Request.SUCCESS, StopEpisode.Request.FAILURE, '')
DISCARDED = 'discarded'
"""Folder for discarded bags, next to the others: nothing is deleted."""


@dataclass(frozen=True)
class EpisodeRecorderParams:
    """Where to write the bags."""

    folder: str = parameter('bags', 'Folder of the bags; created if it is missing.')
    min_free_mb: int = parameter(
        1000, 'Free disk space below which an episode is refused.', unit='MB', ge=0
    )


class EpisodeRecorder(Node):
    """Records every topic between ~/start and ~/stop.

    Subscribes: policy/instruction (std_msgs/String), action_chunk (genvla_msgs/ActionChunk): the
    instruction and the checkpoint of an episode. Publishes: ~/recording (std_msgs/String, latched:
    the bag being written, or an empty string), /diagnostics.
    Services: ~/start (genvla_msgs/StartEpisode), ~/stop (genvla_msgs/StopEpisode), ~/discard
    (std_srvs/Trigger): closes the bag and moves it to the folder `discarded`.

    The bag's custom data: instruction, instruction_from (start, or policy/instruction),
    checkpoint, outcome, note, begun, and broke_off if the recording failed. If the node ends while
    it records, it closes the bag without an outcome.
    """

    def __init__(self, **kwargs: Any) -> None:
        """Wait for ~/start."""
        super().__init__('episode_recorder', **kwargs)
        self._params = NodeParameters(self, EpisodeRecorderParams, for_good=True).freeze()
        self._recording: RecorderThread | None = None
        self._instruction = ''
        self._in_force = ''
        self._checkpoints: set[str] = set()
        self._announce = self.create_publisher(String, '~/recording', STATUS_LATCHED)
        self._diagnostics = DiagnosticsPublisher(self)
        self.create_subscription(
            String, 'policy/instruction', self._on_instruction, STATUS_LATCHED
        )
        self.create_subscription(ActionChunk, 'action_chunk', self._on_chunk, COMMAND)
        self.create_service(StartEpisode, '~/start', self._start)
        self.create_service(StopEpisode, '~/stop', self._stop)
        self.create_service(Trigger, '~/discard', self._discard)
        self.create_timer(_DIAGNOSTICS_PERIOD_S, self._report)
        self.get_logger().info(
            f'ready: episodes go to {Path(self._params.folder).resolve()} (episode_recorder/start)'
        )
        self._announce.publish(String())

    def destroy_node(self) -> None:
        """Close the bag being written, if any, and destroy the node."""
        if self._recording is not None:
            self._close('', 'the recorder was ended')
        super().destroy_node()

    def _start(
        self, request: StartEpisode.Request, response: StartEpisode.Response
    ) -> StartEpisode.Response:
        folder = Path(self._params.folder).resolve()
        objection = self._objection(folder)
        if objection:
            response.accepted, response.message = False, objection
            return response
        begun = datetime.now(UTC)
        bag = folder / begun.strftime('%Y-%m-%d_%H-%M-%S-%f')
        self._instruction = request.instruction.strip()
        self._checkpoints.clear()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._recording = RecorderThread(bag, {'begun': begun.isoformat()}, self.context)
        except OSError as error:
            response.accepted, response.message = False, f'cannot write {bag}: {error}'
            return response
        self._announce.publish(String(data=str(bag)))
        response.accepted, response.message, response.bag = True, f'recording {bag}', str(bag)
        self.get_logger().info(response.message)
        return response

    def _objection(self, folder: Path) -> str:
        if self._recording is not None:
            return f'{self._recording.bag} is being recorded; stop or discard it first'
        there = next(parent for parent in (folder, *folder.parents) if parent.exists())
        free_mb = shutil.disk_usage(there).free // _MEGABYTE
        if free_mb < self._params.min_free_mb:
            return (
                f'{free_mb} MB are free for {folder}, expected at least min_free_mb '
                f'{self._params.min_free_mb}; free disk space'
            )
        return ''

    def _stop(
        self, request: StopEpisode.Request, response: StopEpisode.Response
    ) -> StopEpisode.Response:
        if self._recording is None:
            response.message = 'nothing is being recorded; call start first'
            return response
        if request.outcome not in OUTCOMES:
            response.message = (
                f"outcome is '{request.outcome}', expected success, failure or an empty string; "
                'still recording'
            )
            return response
        bag, failure = self._close(request.outcome, request.note)
        response.bag, response.accepted = str(bag), not failure
        response.message = failure or f'recorded {bag}'
        return response

    def _discard(self, _request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        if self._recording is None:
            response.message = 'nothing is being recorded'
            return response
        bag, _failure = self._close('', 'discarded')
        place = bag.parent / DISCARDED / bag.name
        try:
            place.parent.mkdir(exist_ok=True)
            bag.rename(place)
        except OSError as error:
            response.message = f'cannot move {bag} to {place}: {error}'
            return response
        response.success, response.message = True, f'moved to {place}'
        return response

    def _close(self, outcome: str, note: str) -> tuple[Path, str]:
        """Close the bag; return it, and what is wrong with it or an empty string."""
        recording, self._recording = self._recording, None
        assert recording is not None
        about = {
            INSTRUCTION: self._instruction or self._in_force,
            INSTRUCTION_FROM: FROM_START if self._instruction else 'policy/instruction',
            'checkpoint': ', '.join(sorted(self._checkpoints)),
            OUTCOME: outcome,
            'note': note,
        }
        if recording.failure is not None:
            about[BROKE_OFF] = str(recording.failure)
        for key, value in about.items():
            recording.describe(key, value)
        recording.close()
        self._announce.publish(String())
        self.get_logger().info(f'closed {recording.bag} ({outcome or note or "not judged"})')
        if recording.failure is None:
            return recording.bag, ''
        return recording.bag, (
            f'{recording.bag} is incomplete: {recording.failure}; earlier bags are complete'
        )

    def _on_instruction(self, message: String) -> None:
        if message.data:
            self._in_force = message.data

    def _on_chunk(self, message: ActionChunk) -> None:
        if self._recording is not None:
            self._checkpoints.add(message.checkpoint)

    def _report(self) -> None:
        recording = self._recording
        if recording is None:
            self._diagnostics.publish(Status(Level.OK, 'not recording', {}))
            return
        self._diagnostics.publish(
            Status(
                Level.OK if recording.failure is None else Level.ERROR,
                f'recording {recording.bag}'
                if recording.failure is None
                else f'{recording.bag} is incomplete: {recording.failure}; stop, and free disk '
                'space',
                {'messages': recording.message_count},
            )
        )


def main(args: Sequence[str] | None = None) -> int:
    """Run the recorder until shutdown."""
    return run(lambda: [EpisodeRecorder()], args)


if __name__ == '__main__':
    sys.exit(main())
