# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Trees of tokens that one pass reads."""

import torch

from genvla_policy.models.token_tree import TokenTree, TreeBatch

CPU = torch.device('cpu')


def test_in_a_chain_every_token_follows_the_previous_one():
    assert TokenTree.chain([5, 6, 7]).parents == (-1, 0, 1)


def test_a_token_attends_to_its_ancestors_and_itself_but_not_to_siblings():
    tree = TokenTree((5, 6, 7), (-1, 0, 0))
    batch = TreeBatch.collate([tree], CPU)
    assert batch.depths_BN.tolist() == [[0, 1, 1]]
    assert batch.is_seen_BNN[0].int().tolist() == [[1, 0, 0], [1, 1, 0], [1, 0, 1]]


def test_padding_attends_only_to_itself():
    batch = TreeBatch.collate([TokenTree.chain([5]), TokenTree.chain([6, 7])], CPU)
    assert batch.token_ids_BN.tolist() == [[5, 0], [6, 7]]
    assert batch.is_seen_BNN[0].int().tolist() == [[1, 0], [0, 1]]
