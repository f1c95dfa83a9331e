# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The current state of this computer, as far as a robot depends on it."""

from __future__ import annotations

from collections.abc import Mapping
import ctypes
from dataclasses import dataclass
import os
from pathlib import Path
import shutil

_ADJTIMEX_BYTES = 208
"""Size of struct timex; a zero in its first field requests no change."""
_TIME_ERROR = 5


@dataclass(frozen=True)
class Machine:
    """The state of a computer at one moment.

    Attributes:
        environment: Environment variables of this process.
        num_cores: Cores that this process may use.
        load: Load average of the last minute: mean number of running or waiting processes.
        free_memory_bytes: Memory available to programs.
        free_disk_bytes: Free space on the disk of the working directory.
        has_gpu: Whether there is an NVIDIA GPU.
        torch_sees_gpu: Whether PyTorch can use it.
        clock_is_kept: Whether NTP synchronises the kernel's clock; None: unknown.
        packages: Names of the needed ROS packages that were found.
    """

    environment: Mapping[str, str]
    num_cores: int
    load: float
    free_memory_bytes: int
    free_disk_bytes: int
    has_gpu: bool
    torch_sees_gpu: bool
    clock_is_kept: bool | None
    packages: frozenset[str]

    @classmethod
    def look(cls) -> Machine:
        """Return the state of this computer."""
        import torch

        return cls(
            environment=dict(os.environ),
            num_cores=len(os.sched_getaffinity(0)),
            load=os.getloadavg()[0],
            free_memory_bytes=_free_memory_bytes(),
            free_disk_bytes=shutil.disk_usage(Path.cwd()).free,
            has_gpu=bool(list(Path('/dev').glob('nvidia[0-9]*'))),
            torch_sees_gpu=torch.cuda.is_available(),
            clock_is_kept=_clock_is_kept(),
            packages=_found(NEEDED_PACKAGES),
        )


NEEDED_PACKAGES = (
    *('genvla_bringup', 'genvla_msgs', 'genvla_policy', 'genvla_viperx'),
    *('interbotix_xs_msgs', 'sensor_msgs', 'tf2_msgs'),
)
"""A robot does not start without these."""


def _free_memory_bytes() -> int:
    for line in Path('/proc/meminfo').read_text(encoding='ascii').splitlines():
        name, _, rest = line.partition(':')
        if name == 'MemAvailable':
            return int(rest.split()[0]) * 1024
    return 0


def _clock_is_kept() -> bool | None:
    try:
        answer = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_ADJTIMEX_BYTES))
    except (AttributeError, OSError):
        return None
    return None if answer < 0 else answer != _TIME_ERROR


def _found(names: tuple[str, ...]) -> frozenset[str]:
    from ament_index_python.packages import PackageNotFoundError, get_package_prefix

    found = set[str]()
    for name in names:
        try:
            get_package_prefix(name)
        except (PackageNotFoundError, LookupError, ValueError):
            continue
        found.add(name)
    return frozenset(found)
