# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Reserve a ROS domain that no other process on this machine uses."""

from __future__ import annotations

from collections.abc import Iterator
import contextlib

import domain_coordinator


@contextlib.contextmanager
def free_domain_id() -> Iterator[int]:
    """Reserve a ROS_DOMAIN_ID until the context exits."""
    holder = domain_coordinator.domain_id()
    domain_id: int = holder.__enter__()
    try:
        yield domain_id
    finally:
        # Do not pass the exception on: the holder would mistake an OSError, such as a full disk,
        # for one of its own.
        holder.__exit__(None, None, None)
