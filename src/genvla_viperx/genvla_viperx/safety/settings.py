# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Fields of a configuration: default, meaning, unit and range, each in one place."""

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

    The metadata is what `genvla_node.parameters` reads: a node's parameters may hold the whole
    configuration.

    Args:
        default: Of the field; its type is the parameter's.
        description: What the value means, for whoever sets it.
        unit: SI unit, empty for none.
        ge: Smallest value allowed (numbers; each element of a tuple).
        le: Largest value allowed.
        choices: The strings allowed, empty for any.
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
    """Refuse the first field that is outside its range; NaN is outside of any.

    Raises:
        ValueError: Names the field, its value and what is expected.
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
    """Refuse a list of another length.

    Raises:
        ValueError: Names the setting, its length and the one expected.
    """
    if len(values) != length:
        raise ValueError(f'{name} has {len(values)} numbers, expected {length}')


def require(holds: bool, name: str, value: object, expected: str) -> None:
    """Refuse a value unless something holds.

    Raises:
        ValueError: Names the setting, its value and what is expected.
    """
    if not holds:
        raise ValueError(f'{name} is {value}, expected {expected}')
