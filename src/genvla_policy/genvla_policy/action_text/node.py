# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A node of a token grammar: the tokens that may come next, and those that must."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
import functools
from typing import TypeVar

from genvla_policy.action_text.formats import ActionTextError

T = TypeVar('T')


@dataclass(frozen=True, eq=False)
class Step:
    """The tokens that one choice fixes.

    Attributes:
        token_ids: The chosen token and those that it forces.
        following: The next node that leaves a choice. None if the chunk is complete.
    """

    token_ids: tuple[int, ...]
    following: Node | None


@dataclass(frozen=True, eq=False)
class Node:
    """A position in the token grammar.

    Attributes:
        token_ids: Tokens that may come next. Empty if the chunk is complete.
        texts: Text that each token adds.
        following: Node that each token leads to.
        value_index: Index of the flattened value that the last character before this position
            belongs to (a separator belongs to the value that it introduces).
    """

    token_ids: tuple[int, ...]
    texts: tuple[str, ...]
    following: tuple[Node, ...]
    value_index: int

    @functools.cached_property
    def steps(self) -> tuple[Step, ...]:
        """For each token that may come next, in order: the tokens that it fixes."""
        forced = (following.forced() for following in self.following)
        return tuple(
            Step((token_id, *after.token_ids), after.following)
            for token_id, after in zip(self.token_ids, forced, strict=True)
        )

    def forced(self) -> Step:
        """Return the tokens that must come here, up to the next choice or the end."""
        node, token_ids = self, []
        while node.is_forced:
            token_ids.append(node.token_ids[0])
            node = node.following[0]
        return Step(tuple(token_ids), None if node.is_end else node)

    @property
    def is_end(self) -> bool:
        """Whether the chunk is complete here."""
        return not self.token_ids

    @property
    def is_forced(self) -> bool:
        """Whether only one token may come next."""
        return len(self.token_ids) == 1

    def after(self, token_id: int) -> Node:
        """Return the node that a token leads to.

        Raises:
            ActionTextError: The token may not come here.
        """
        if token_id not in self.token_ids:
            raise ActionTextError(
                f'token {token_id} is not allowed here; allowed: {list(self.token_ids)}'
            )
        return self.following[self.token_ids.index(token_id)]


def follow_path(start: Node, token_ids: Iterable[int]) -> tuple[Node, str]:
    """Return the node that a path leads to, and the path's text.

    Raises:
        ActionTextError: The tokens are not a path.
    """
    node, text = start, ''
    for token_id in token_ids:
        following = node.after(token_id)
        text += node.texts[node.token_ids.index(token_id)]
        node = following
    return node, text


def read_path(start: Node, token_ids: Iterable[int]) -> str:
    """Return the text of a path from a node to an end.

    Raises:
        ActionTextError: The tokens are not such a path.
    """
    node, text = follow_path(start, token_ids)
    if not node.is_end:
        raise ActionTextError(f'{text!r} is not a complete chunk')
    return text


def children_first(start: T, children: Callable[[T], Iterable[T]]) -> Iterator[T]:
    """Yield everything reachable in an acyclic graph, each item after all that it leads to."""
    stack = [(start, iter(children(start)))]
    opened = {start}
    while stack:
        place, remaining = stack[-1]
        child = next(remaining, None)
        if child is None:
            stack.pop()
            yield place
        elif child not in opened:
            opened.add(child)
            stack.append((child, iter(children(child))))
