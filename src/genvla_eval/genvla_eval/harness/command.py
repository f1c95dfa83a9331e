# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Serve a checkpoint to vla-evaluation-harness, which runs SimplerEnv and LIBERO.

    genvla serve simpler_widowx --checkpoint MINE
    vla-eval run -c configs/benchmarks/simpler/widowx_vm.yaml

The second command is the harness's own, from a clone of it; see docs/harness.md.

To check the harness itself, a scripted expert can answer instead of a checkpoint:

    genvla serve libero --expert
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
import socket
from typing import TYPE_CHECKING, Literal

import tyro

from genvla_command.command_line import ends_with_a_sentence, parse
from genvla_command.threads import use_threads
from genvla_eval.harness import libero, simpler
from genvla_policy.checkpoint.folder import CheckpointMismatch, checkpoint_sha256
from genvla_policy.decoding.options import DecodingOptions
from genvla_policy.inference.policy import Policy
from genvla_policy.models.slot_cache import OutOfMemory

if TYPE_CHECKING:
    from genvla_eval.harness.server import ChunkServer

CONVENTIONS = {each.name: each for each in (simpler.WIDOWX, simpler.GOOGLE, libero.CONVENTION)}


@dataclass(frozen=True)
class HarnessOptions:
    """Checkpoint, benchmark and address to serve."""

    benchmark: tyro.conf.Positional[Literal['simpler_widowx', 'simpler_google', 'libero']]
    """Benchmark whose conventions the answers follow."""
    checkpoint: Path | None = None
    """Checkpoint folder."""
    expert: bool = False
    """Serve the scripted expert of LIBERO's object suite instead of a checkpoint."""
    host: str = '127.0.0.1'
    """Address to listen on; 0.0.0.0 gives other machines access without a password."""
    port: int = 8000
    """Port to listen on."""
    execute: int = 0
    """Number of actions of a chunk to execute before the next request; 0: all."""
    max_batch: int = 1
    """Maximum number of requests from parallel runs (vla-eval run --num-shards) per pass."""
    device: str = 'auto'
    """"cpu", "cuda", "cuda:1"; "auto": a GPU if there is one."""
    dtype: str = 'auto'
    """"float32", "bfloat16", "float16"; "auto": the best one for the device."""
    any_rate: bool = False
    """Also serve a checkpoint that was trained for another control rate."""

    def __post_init__(self) -> None:
        """Reject invalid options."""
        if not 0 < self.port < 65536:
            raise ValueError(f'port is {self.port}, expected 1 to 65535')
        if self.max_batch < 1:
            raise ValueError(f'max_batch is {self.max_batch}, expected at least 1')
        if self.expert == (self.checkpoint is not None):
            raise ValueError('expected either --checkpoint or --expert')
        if self.expert and self.benchmark != 'libero':
            raise ValueError(f'there is no expert for {self.benchmark}, only for libero')
        if self.expert and self.max_batch > 1:
            raise ValueError('the expert answers one request at a time: leave out --max-batch')


def serve(options: HarnessOptions) -> None:
    """Load the policy or the expert and answer requests until stopped.

    Raises:
        CheckpointMismatch: The folder does not hold a complete checkpoint.
        ImportError: vla-eval is not installed.
        ValueError: The checkpoint does not fit the benchmark.
        OSError: The address is not available.
    """
    try:
        from vla_eval.model_servers import serve as websocket

        from genvla_eval.harness.expert_server import ExpertServer
    except ImportError as error:
        raise ImportError(f'{error}; pip install vla-eval==0.8.0') from error
    # Check the address first, because loading a large checkpoint takes minutes.
    socket.create_server((options.host, options.port)).close()
    server: ChunkServer
    if options.checkpoint is None:
        server = ExpertServer(execute=options.execute)
        print("the scripted expert of LIBERO's object suite", flush=True)
    else:
        server = _policy_server(options, options.checkpoint)
    print(
        f'serving actions for the {CONVENTIONS[options.benchmark].robot} at '
        f'ws://{options.host}:{options.port}; stop with Ctrl-C',
        flush=True,
    )
    websocket.serve(server, options.host, options.port)


def _policy_server(options: HarnessOptions, checkpoint: Path) -> ChunkServer:
    """Load and warm up a policy that fits the benchmark."""
    from genvla_eval.harness.server import HarnessServer, check_fit

    convention = CONVENTIONS[options.benchmark]
    use_threads(checkpoints=[checkpoint])
    policy = Policy.load(
        checkpoint,
        device=options.device,
        dtype=options.dtype,
        decoding=DecodingOptions(max_batch=options.max_batch, drafts=False),
    )
    check_fit(policy, convention, any_rate=options.any_rate)
    server = HarnessServer(
        policy, convention, execute=options.execute, max_batch=options.max_batch
    )
    print(f'{policy.describe()}, sha256 {checkpoint_sha256(checkpoint)[:12]}', flush=True)
    policy.warm_up()
    return server


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line."""
    options = parse(HarnessOptions, args, module='genvla_eval.harness', description=__doc__)
    with ends_with_a_sentence(
        CheckpointMismatch,
        ImportError,
        OSError,
        OutOfMemory,
        RuntimeError,
        ValueError,
        if_stopped='the server no longer runs',
    ):
        serve(options)
