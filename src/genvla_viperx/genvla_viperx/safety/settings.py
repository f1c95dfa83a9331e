# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Fields of a configuration: default, meaning, unit and range, declared in one place."""

from __future__ import annotations

from collections.abc import Sequence
import dataclasses
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def setting(
    default: Any,
    description: str,
    *,
    unit: str = '',
    ge: float | None = None,
    le: float | None = None,
    choices: Sequence[str] = (),
) -> Any:
    """Declare one field of a configuration.

    `genvla_node.parameters` reads the metadata, so a node's parameters may contain the whole
    configuration.

    Args:
        default: Default of the field; it defines the parameter's type.
        description: Meaning of the value, for the person who sets it.
        unit: SI unit; empty: none.
        ge: Smallest value allowed (of a number, or of each element of a tuple).
        le: Largest value allowed.
        choices: Allowed strings; empty: any.
    """
    metadata = {
        'description': description,
        'unit': unit,
        'ge': ge,
        'le': le,
        'choices': tuple(choices),
    }
    return dataclasses.field(default=default, metadata=metadata)


def check_ranges(config: DataclassInstance) -> None:
    """Reject the first field that is outside its range; NaN is outside any range.

    Raises:
        ValueError: The message names the field, its value and what is expected.
    """
    for field in dataclasses.fields(config):
        low, high = field.metadata.get('ge'), field.metadata.get('le')
        value = getattr(config, field.name)
        for number in value if isinstance(value, tuple) else (value,):
            if (low is None or number >= low) and (high is None or number <= high):
                continue
            bounds = [
                f'{word} {bound:g}'
                for word, bound in (('at least', low), ('at most', high))
                if bound is not None
            ]
            expected = f'{low:g} to {high:g}' if len(bounds) == 2 else bounds[0]
            require(False, field.name, value, f'{expected} {field.metadata["unit"]}'.rstrip())


def check_length(name: str, values: Sequence[float], length: int) -> None:
    """Reject a list of another length.

    Raises:
        ValueError: The message names the setting, its length and the expected one.
    """
    if len(values) != length:
        raise ValueError(f'{name} has {len(values)} numbers, expected {length}')


def require(holds: bool, name: str, value: object, expected: str) -> None:
    """Reject a value unless a condition holds.

    Raises:
        ValueError: The message names the setting, its value and what is expected.
    """
    if not holds:
        raise ValueError(f'{name} is {value}, expected {expected}')
