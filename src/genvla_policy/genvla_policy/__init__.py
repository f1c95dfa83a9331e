# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""genvla_policy: vision-language-action policies, from an observation to a chunk of actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genvla_command.threads import let_idle_threads_sleep
from genvla_policy.action_chunk import ActionChunk
from genvla_policy.observation import Observation

if TYPE_CHECKING:
    from genvla_policy.checkpoint.folder import CheckpointMismatch
    from genvla_policy.inference.policy import Policy

let_idle_threads_sleep()

__all__ = ['ActionChunk', 'CheckpointMismatch', 'Observation', 'Policy']


def __getattr__(name: str) -> Any:
    """Import what needs torch on first use: the data types alone load in milliseconds."""
    if name == 'Policy':
        from genvla_policy.inference.policy import Policy

        return Policy
    if name == 'CheckpointMismatch':
        from genvla_policy.checkpoint.folder import CheckpointMismatch

        return CheckpointMismatch
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
