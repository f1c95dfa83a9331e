# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Convert JSON objects to frozen dataclasses, with errors that name the key."""

from __future__ import annotations

import dataclasses
import types
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar('T', bound='DataclassInstance')


class MalformedJson(ValueError):
    """A JSON value does not match the dataclass; the message names the place and the reason."""


def from_json_object(cls: type[T], data: Any, where: str = '') -> T:
    """Build a dataclass from a JSON object.

    Args:
        cls: A dataclass whose fields are str, int, float, bool or a dataclass, one of these or
            None, or a tuple of any number of one of these.
        data: The JSON value.
        where: Path to the value, with a dot at its end, for the errors.

    Raises:
        MalformedJson: The value is not an object, a key is unknown or missing, or a value has
            another type.
    """
    if not isinstance(data, dict):
        raise MalformedJson(
            f'{where.removesuffix(".") or "config"} must be a JSON object, got {data!r}'
        )
    fields = {f.name: f for f in dataclasses.fields(cls)}
    unknown = [where + key for key in sorted(set(data) - set(fields))]
    if unknown:
        raise MalformedJson(f'unknown keys {unknown}; available: {sorted(fields)}')
    required = [name for name, f in fields.items() if f.default is dataclasses.MISSING]
    missing = [where + name for name in required if name not in data]
    if missing:
        raise MalformedJson(f'missing keys {missing}')
    hints = get_type_hints(cls)
    return cls(**{key: _value(hints[key], data[key], where + key) for key in data})


def _value(kind: Any, value: Any, where: str) -> Any:
    if isinstance(kind, types.UnionType):
        if value is None:
            return None
        kind = next(option for option in get_args(kind) if option is not types.NoneType)
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            raise MalformedJson(f'{where} must be a list, got {value!r}')
        each = get_args(kind)[0]
        return tuple(_value(each, item, f'{where}[{i}]') for i, item in enumerate(value))
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return from_json_object(kind, value, where + '.')
    # A bool is an int in Python, but not accepted as a number. An int is accepted for a float,
    # because JSON may write 5.0 as 5.
    accepted = (int, float) if kind is float else (kind,)
    if not isinstance(value, accepted) or isinstance(value, bool) != (kind is bool):
        raise MalformedJson(f'{where} must be {kind.__name__}, got {value!r}')
    return value
