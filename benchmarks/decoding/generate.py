# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""transformers' generate() on the same weights, as called by OpenVLA and the paper's authors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import torch
from torch import Tensor
from transformers import (
    CompileConfig,
    GenerationMixin,
    LlamaForCausalLM,
    PaliGemmaForConditionalGeneration,
)

from benchmarks.decoding.engines import Engine, Printed
from benchmarks.decoding.subjects import Subject
from genvla_policy.action_text.node import follow_path
from genvla_policy.models.batch import Batch, Sample
from genvla_policy.models.pi0 import Pi0, paligemma_config

TRANSFORMERS = 'transformers generate'

_Inputs = Callable[[], Mapping[str, Tensor]]


def generate_engines(subject: Subject, num_tokens: int, *, compiled: bool) -> list[Engine]:
    """Return generate() plain, with the grammar, and with a static cache.

    Args:
        subject: Model and input.
        num_tokens: Number of tokens of an action; without a grammar, this many are printed.
        compiled: Compile the version with the static cache; takes minutes.
    """
    whole, inputs = _whole(subject)
    count = {'min_new_tokens': num_tokens, 'max_new_tokens': num_tokens}
    static: dict[str, Any] = {'cache_implementation': 'static', 'disable_compile': not compiled}
    if compiled:
        config = CompileConfig()
        # transformers compiles by default on a GPU; on a CPU it must be enabled.
        config._compile_all_devices = True
        static['compile_config'] = config
    kept = {
        'max_new_tokens': subject.grammar.max_tokens,
        'prefix_allowed_tokens_fn': _allowed(subject),
    }
    print_with = _printer(subject, whole, inputs)
    name = 'static cache, compiled' if compiled else 'static cache'
    return [
        Engine(TRANSFORMERS, 'eager', print_with(count), is_bound=False),
        Engine(TRANSFORMERS, 'eager, grammar', print_with(kept)),
        Engine(TRANSFORMERS, name, print_with(count | static), is_bound=False),
    ]


def _printer(
    subject: Subject, whole: GenerationMixin, inputs: _Inputs
) -> Callable[[Mapping[str, Any]], Callable[[], Printed]]:
    def print_with(options: Mapping[str, Any]) -> Callable[[], Printed]:
        @torch.inference_mode()
        def print_action() -> Printed:
            given = dict(inputs())
            ids = whole.generate(**given, do_sample=False, **options)
            first = given['input_ids'].shape[1] if 'input_ids' in given else 0
            printed = cast(list[int], ids[0, first:].tolist())
            return Printed(_text(subject, printed), len(printed) - 1)

        return print_action

    return print_with


def _whole(subject: Subject) -> tuple[Any, _Inputs]:
    """Return transformers' own model of the same tensors, and a function that makes its inputs."""
    model, tokenizer = subject.model, subject.tokenizer
    end, start = tokenizer.special_id('eos'), tokenizer.special_id('bos')
    ids = [start, *subject.prompt_ids]
    with torch.device('meta'):
        whole: Any
        if isinstance(model, Pi0):
            whole = PaliGemmaForConditionalGeneration(paligemma_config(model.config, tokenizer))
        else:
            whole = LlamaForCausalLM(cast(Any, model.trunk.config))
    if isinstance(model, Pi0):
        whole.model = model.paligemma
        images = [tokenizer.special_id('image')] * model.config.num_image_tokens
        input_ids = torch.tensor([images + ids], device=model.device)
        read = {
            'input_ids': input_ids,
            'pixel_values': subject.pixels_NCSS.to(model.dtype),
            'attention_mask': torch.ones_like(input_ids),
            'token_type_ids': torch.zeros_like(input_ids),
        }

        def inputs() -> Mapping[str, Tensor]:
            return read

    else:
        whole.model = model.trunk
        batch = Batch.collate(
            [Sample(subject.pixels_NCSS, ids, [False] * len(ids))],
            num_cameras=model.config.num_cameras,
            horizon=model.config.horizon,
            action_dim=model.config.action_dim,
        )

        def inputs() -> Mapping[str, Tensor]:
            embeddings = model.sequences(batch).embeddings_BLD
            mask = torch.ones(embeddings.shape[:2], dtype=torch.long, device=model.device)
            return {'inputs_embeds': embeddings, 'attention_mask': mask}

    whole.lm_head.weight = torch.nn.Parameter(model.head_VD, requires_grad=False)
    whole.generation_config.eos_token_id = end
    whole.generation_config.pad_token_id = end
    return whole.eval(), inputs


def _allowed(subject: Subject) -> Callable[[int, Tensor], list[int]]:
    """Return the grammar in the form of generate(): the tokens that may follow a prefix."""
    num_read = 0
    if isinstance(subject.model, Pi0):
        num_read = subject.model.config.num_image_tokens + 1 + len(subject.prompt_ids)
    end = subject.tokenizer.special_id('eos')

    def allowed(row: int, ids: Tensor) -> list[int]:
        node, _ = follow_path(subject.grammar.start, ids[num_read:].tolist())
        return [end] if node.is_end else list(node.token_ids)

    return allowed


def _text(subject: Subject, ids: Sequence[int]) -> str:
    """Return the text of an action, or '' if the tokens are not an action."""
    end = subject.tokenizer.special_id('eos')
    path = ids[: ids.index(end) + 1] if end in ids else ids
    try:
        return subject.grammar.decode(path)
    except ValueError:
        return ''
