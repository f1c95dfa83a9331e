# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The beginning of an answer: empty, or actions that are given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genvla_policy.action_text.bin_grammar import BinGrammar
from genvla_policy.action_text.grammar import TokenGrammar
from genvla_policy.action_text.node import Node


@dataclass(frozen=True, eq=False)
class Beginning:
    """The tokens of an answer that are fixed before the model decides anything.

    Attributes:
        token_ids: Tokens of the given actions, and those that the grammar forces after them.
        node: Where the model makes its first choice. None if there is no choice.
        num_actions: Number of actions that are given.
    """

    token_ids: tuple[int, ...]
    node: Node | None
    num_actions: int = 0


def beginning(grammar: TokenGrammar | BinGrammar, values_KA: NDArray[np.float64]) -> Beginning:
    """Return the common beginning of all texts whose first actions are the given ones.

    A tokenizer may merge the character after a number with what follows ("," and "-"). This
    character is therefore not given: the model chooses between the tokens that begin with it.

    Args:
        grammar: Grammar of what the model can print.
        values_KA: K normalised actions, fewer than the horizon; (0, A) for none.

    Raises:
        ValueError: There are as many actions as the horizon or more, or one is not finite.
    """
    text_format = grammar.text_format
    num_given = len(values_KA)
    if num_given >= text_format.horizon:
        raise ValueError(
            f'{num_given} of the {text_format.horizon} actions of a chunk are given; leave at '
            'least one to the model'
        )
    node, token_ids = grammar.start, list[int]()
    if num_given:
        whole_HA = np.zeros((text_format.horizon, len(text_format.signed)))
        whole_HA[:num_given] = values_KA
        first_open = num_given * len(text_format.signed)
        for token_id in grammar.encode(text_format.encode(whole_HA)):
            following = node.after(token_id)
            if following.value_index >= first_open:
                break
            token_ids.append(token_id)
            node = following
        node = _ending_number(node, first_open)
    forced = node.forced()
    return Beginning((*token_ids, *forced.token_ids), forced.following, num_given)


def _ending_number(node: Node, first_open: int) -> Node:
    """Return the node without the tokens that would add digits to the number before it."""
    kept = [i for i, following in enumerate(node.following) if following.value_index >= first_open]
    if len(kept) == len(node.following):
        return node
    return Node(
        tuple(node.token_ids[i] for i in kept),
        tuple(node.texts[i] for i in kept),
        tuple(node.following[i] for i in kept),
        node.value_index,
    )
