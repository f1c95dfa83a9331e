# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Find problems of this computer, a checkpoint and the running robot, and suggest fixes.

    genvla doctor
    genvla doctor --checkpoint MINE --reference reference.png
    genvla doctor --ros-args -r __ns:=/left

The command only listens: it commands nothing and changes nothing. If no node is running, it only
checks the computer and the checkpoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
import sys

import cv2
from rclpy.utilities import remove_ros_args

from genvla_bringup.doctor.checkpoint_checks import check_checkpoint
from genvla_bringup.doctor.machine import Machine
from genvla_bringup.doctor.machine_checks import check_machine
from genvla_bringup.doctor.running import listen
from genvla_bringup.doctor.running_checks import check_running
from genvla_command.command_line import check_above_zero, parse
from genvla_command.findings import Finding
from genvla_node.spinning import spun_node
from genvla_policy.images.camera_watch import read_reference
from genvla_policy.shipped import SHIPPED_CHECKPOINT
from genvla_policy.shipped.option import CheckpointFolder

_TITLES = ('this computer', 'the checkpoint', 'the running nodes')


@dataclass(frozen=True)
class DoctorOptions:
    """What to check."""

    checkpoint: CheckpointFolder = SHIPPED_CHECKPOINT
    """Checkpoint folder of the policy that will move the arm."""
    robot_name: str = 'vx300s'
    """Namespace of the driver."""
    image_topics: tuple[str, ...] = ('camera/image_raw',)
    """Topics of the cameras, raw or compressed."""
    camera_hz: float = 30.0
    """Configured rate of the cameras [Hz]."""
    reference: Path | None = None
    """Image that the first camera should show; check_camera --save writes one."""
    duration: float = 3.0
    """How long to listen [s]."""

    def __post_init__(self) -> None:
        """Reject options that cannot be used."""
        check_above_zero(camera_hz=self.camera_hz, duration=self.duration)
        if self.reference is not None and not cv2.haveImageReader(str(self.reference)):
            raise ValueError(f'{self.reference} is not a readable image')


def examine(options: DoctorOptions, args: Sequence[str] = ()) -> list[list[Finding]]:
    """Return the findings about the computer, the checkpoint, and the running nodes."""
    machine = Machine.look()
    with spun_node('doctor', args=args) as node:
        running = listen(
            node,
            robot_name=options.robot_name,
            image_topics=options.image_topics,
            duration_s=options.duration,
        )
        namespace = node.get_namespace()
    return [
        check_machine(machine),
        check_checkpoint(options.checkpoint, machine.free_memory_bytes),
        check_running(
            running,
            namespace=namespace,
            camera_hz=options.camera_hz,
            reference=None if options.reference is None else read_reference(options.reference),
        ),
    ]


def main(args: Sequence[str] | None = None) -> int:
    """Run all checks and print the findings; return 1 if a finding needs attention."""
    given = sys.argv if args is None else [sys.argv[0], *args]
    options = parse(
        DoctorOptions,
        remove_ros_args(given)[1:],
        module='genvla_bringup.doctor',
        description=__doc__,
    )
    found = examine(options, given)
    for title, findings in zip(_TITLES, found, strict=True):
        print(f'\n{title}')
        for finding in findings:
            mark = '!' if finding.objection else ' '
            print(f' {mark} {finding.what}: {finding.measured}')
            if finding.objection:
                print(f'     {finding.objection}')
    wrong = sum(bool(each.objection) for findings in found for each in findings)
    print(f'\n{wrong} need a look' if wrong else '\nall is well')
    return int(bool(wrong))
