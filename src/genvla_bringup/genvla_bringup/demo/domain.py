# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A ROS domain that nobody else on this machine is using."""

from __future__ import annotations

from collections.abc import Iterator
import contextlib

import domain_coordinator


@contextlib.contextmanager
def free_domain_id() -> Iterator[int]:
    """Holds a ROS_DOMAIN_ID until the context is left."""
    holder = domain_coordinator.domain_id()
    domain_id: int = holder.__enter__()
    try:
        yield domain_id
    finally:
        # Not told of an error: it would take an OSError, such as a full disk, for its own.
        holder.__exit__(None, None, None)
