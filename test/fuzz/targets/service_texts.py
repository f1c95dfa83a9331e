# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Instructions, as a service or the console hands them to the policy."""

from pathlib import Path
import tempfile

from genvla_policy import Policy
from genvla_policy.checkpoint.tiny import tiny_config, write_tiny_checkpoint
from genvla_policy.text.instruction import normalize_instruction
from genvla_policy.text.stop_request import asks_to_stop

SEEDS = [
    text.encode()
    for text in ('pick up the carrot', 'Stop!', 'bring 3 Möhren,\n\tschnell', '👍 \u202e ok')
]
EXPECTED = (ValueError,)


def _policy():
    with tempfile.TemporaryDirectory() as folder:
        write_tiny_checkpoint(Path(folder) / 'tiny', tiny_config(), seed=0)
        return Policy.load(Path(folder) / 'tiny', device='cpu')


POLICY = _policy()


def attack(data):
    text = data.decode('utf-8', 'replace')
    normalized = normalize_instruction(text)
    assert normalize_instruction(normalized) == normalized
    assert asks_to_stop(text) in (True, False)
    POLICY.check_instruction(text)
