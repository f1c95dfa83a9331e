# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Settings that change a network's output but not its shapes; our modules fix them."""

from __future__ import annotations

from transformers import PreTrainedConfig

from genvla_policy.pretrained.pretrained import NotAModel

TEXT = ('hidden_act', 'rope_parameters', 'attention_bias', 'tie_word_embeddings')
VISION = ('hidden_act', 'layer_norm_eps')


def check_fixed_settings(
    where: str, theirs: PreTrainedConfig, ours: PreTrainedConfig, names: tuple[str, ...]
) -> None:
    """Reject a published network that differs in a setting.

    Args:
        where: Place to name in the error: file and section.
        theirs: Configuration of the published network.
        ours: Configuration that our modules are built with.
        names: Settings to compare.

    Raises:
        NotAModel: A setting differs; the message names it and the supported value.
    """
    for name in names:
        found, supported = getattr(theirs, name), getattr(ours, name)
        if found != supported:
            raise NotAModel(
                f'{where}: {name} is {found!r}; supported: {supported!r}. With another '
                'value, the outputs would differ from those in training'
            )
