# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Formats that write action values as characters, and read them back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray


class ActionTextError(ValueError):
    """A text that is not a chunk of actions in the expected format."""


@dataclass(frozen=True)
class ActionFormat(ABC):
    """Writes a chunk of normalised actions as one line of text and reads it back.

    The values are flattened time-major: all dimensions of the first step, then of the second.

    Attributes:
        horizon: Number of control steps H. At least 1.
        signed: Per action dimension: True if its values lie in [-1, 1], False if in [0, 1] (the
            gripper). Values outside are clipped.
    """

    horizon: int
    signed: tuple[bool, ...]

    name: ClassVar[str]
    separator: ClassVar[str]
    terminator: ClassVar[str]

    def __post_init__(self) -> None:
        """Reject an empty chunk."""
        if self.horizon < 1:
            raise ValueError(f'horizon must be at least 1, got {self.horizon}')
        if not self.signed:
            raise ValueError('an action needs at least one dimension, got none')

    @property
    def num_values(self) -> int:
        """Number of values in one chunk (H times A)."""
        return self.horizon * len(self.signed)

    def is_signed(self, index: int) -> bool:
        """Return whether the flattened value may be negative."""
        return self.signed[index % len(self.signed)]

    @classmethod
    @abstractmethod
    def number(cls, value: float, *, signed: bool) -> str:
        """Write one value in range."""

    @classmethod
    @abstractmethod
    def value(cls, number: str, *, signed: bool) -> float:
        """Read one number that this format can write."""

    @classmethod
    @abstractmethod
    def numbers(cls, *, signed: bool) -> frozenset[str]:
        """Return every number that this format can write."""

    def encode(self, values: NDArray[np.float64]) -> str:
        """Write a chunk.

        Args:
            values: (H, A) normalised values.

        Raises:
            ValueError: The shape is wrong, or a value is not finite.
        """
        values = np.asarray(values, dtype=np.float64)
        expected = (self.horizon, len(self.signed))
        if values.shape != expected:
            raise ValueError(f'values must have shape {expected}, got {values.shape}')
        if not np.isfinite(values).all():
            raise ValueError(f'values must be finite, got {values.tolist()}')
        clipped = np.clip(values, np.where(self.signed, -1.0, 0.0), 1.0).ravel().tolist()
        numbers = (self.number(x, signed=self.is_signed(i)) for i, x in enumerate(clipped))
        return self.separator.join(numbers) + self.terminator

    def decode(self, text: str) -> NDArray[np.float64]:
        """Read a chunk.

        Returns:
            (H, A) normalised values in range.

        Raises:
            ActionTextError: The text is not exactly one chunk; the message gives the reason.
        """
        body = text
        if self.terminator:
            if not text.endswith(self.terminator):
                raise ActionTextError(
                    f'{self.name} text must end with {self.terminator!r}, got {text!r}'
                )
            body = text[: -len(self.terminator)]
        numbers = body.split(self.separator)
        if len(numbers) != self.num_values:
            raise ActionTextError(
                f'{self.name} text must have {self.num_values} numbers ({self.horizon} steps of '
                f'{len(self.signed)}), got {len(numbers)} in {text!r}'
            )
        values = [self._read(i, number) for i, number in enumerate(numbers)]
        return np.array(values, dtype=np.float64).reshape(self.horizon, len(self.signed))

    def first_steps(self, begun: str, num_steps: int) -> str | None:
        """Return the text of the first control steps alone, as a complete chunk.

        Args:
            begun: The beginning of a chunk's text.
            num_steps: Number of steps, at least 1.

        Returns:
            The text, or None if the step after these has not begun.
        """
        numbers, wanted = begun.split(self.separator), num_steps * len(self.signed)
        if len(numbers) <= wanted:
            return None
        return self.separator.join(numbers[:wanted]) + self.terminator

    def _read(self, index: int, number: str) -> float:
        signed = self.is_signed(index)
        if number not in self.numbers(signed=signed):
            kind = 'in [-1, 1]' if signed else 'in [0, 1]'
            raise ActionTextError(
                f'number {index} of the text is {number!r}; {self.name} writes values {kind} '
                f'like {self.number(0.5, signed=signed)!r}'
            )
        # -0.0 (which the paper's format can print) is the same action as 0.0.
        return self.value(number, signed=signed) + 0.0


class Fixed4(ActionFormat):
    """Four decimals joined by single spaces: "0.0312 -0.1234 1.0000".

    Apart from its sign, every number has the same width, so the position of each digit is known.
    "Space, then sign" is stable under the punctuation merges of the Gemma and Llama tokenizers.
    """

    name = 'fixed4'
    separator = ' '
    terminator = ''

    @classmethod
    def number(cls, value: float, *, signed: bool) -> str:
        """Write one value; zero is always "0.0000"."""
        number = f'{value:.4f}'
        return '0.0000' if number == '-0.0000' else number

    @classmethod
    def value(cls, number: str, *, signed: bool) -> float:
        """Read one number."""
        return float(number)

    @classmethod
    @cache
    def numbers(cls, *, signed: bool) -> frozenset[str]:
        """Return the 20,001 signed or 10,001 unsigned numbers."""
        return frozenset(
            cls.number(i / 10_000, signed=signed) for i in range(-10_000 * signed, 10_001)
        )


class Paper(ActionFormat):
    """The authors' format: Python's str of values rounded to four decimals, each with a comma.

    The width varies, "0.5,-1.0,0.0312,", and small negative values are "-0.0", exactly as in their
    training data.

    Source: akshaygopalkr/vla-plus, prismatic/vla/datasets/datasets.py.
    """

    name = 'paper'
    separator = ','
    terminator = ','

    @classmethod
    def number(cls, value: float, *, signed: bool) -> str:
        """Write one value; float() avoids numpy's own repr."""
        return str(round(float(value), 4) if signed else abs(round(float(value), 4)))

    @classmethod
    def value(cls, number: str, *, signed: bool) -> float:
        """Read one number."""
        return float(number)

    @classmethod
    @cache
    def numbers(cls, *, signed: bool) -> frozenset[str]:
        """Return the signed or unsigned numbers, "-0.0" among the signed."""
        levels = range(-10_000 * signed, 10_001)
        zero = {'-0.0'} if signed else set()
        return frozenset(cls.number(i / 10_000, signed=signed) for i in levels) | zero


class Int1000(ActionFormat):
    """Integers 0 to 1000 joined by single spaces: "516 438 1000".

    A signed value x is written as round(500 (x + 1)), an unsigned one as round(1000 x).

    Source: the text format of VLA-0 (arXiv 2510.13054).
    """

    name = 'int1000'
    separator = ' '
    terminator = ''

    @classmethod
    def number(cls, value: float, *, signed: bool) -> str:
        """Write one value."""
        return str(round(500.0 * (value + 1.0) if signed else 1000.0 * value))

    @classmethod
    def value(cls, number: str, *, signed: bool) -> float:
        """Read one number."""
        return int(number) / 500.0 - 1.0 if signed else int(number) / 1000.0

    @classmethod
    @cache
    def numbers(cls, *, signed: bool) -> frozenset[str]:
        """Return "0" to "1000"."""
        return frozenset(str(i) for i in range(1001))


class Bins256(ActionFormat):
    """OpenVLA's bins: each value is written as the number of its bin, "128 7 256".

    The 256 edges in [-1, 1] make 255 bins. The number 256 is for the value 1 alone. Both 255 and
    256 are read as the centre of the last bin. An unsigned value uses the bins from 0 up.

    Source: openvla/openvla, prismatic/vla/action_tokenizer.py.
    """

    name = 'bins256'
    separator = ' '
    terminator = ''

    _EDGES: ClassVar[NDArray[np.float64]] = np.linspace(-1.0, 1.0, 256)
    _ZERO_BIN: ClassVar[int] = 128

    @classmethod
    def number(cls, value: float, *, signed: bool) -> str:
        """Write one value."""
        return str(int(np.digitize(value, cls._EDGES)))

    @classmethod
    def value(cls, number: str, *, signed: bool) -> float:
        """Read one number: the centre of its bin."""
        lower = min(int(number), 255) - 1
        return float(cls._EDGES[lower] + cls._EDGES[lower + 1]) / 2.0

    @classmethod
    @cache
    def numbers(cls, *, signed: bool) -> frozenset[str]:
        """Return "1" to "256", or "128" (0) to "256"."""
        return frozenset(str(i) for i in range(1 if signed else cls._ZERO_BIN, 257))


_FORMATS: dict[str, type[ActionFormat]] = {
    kind.name: kind for kind in (Fixed4, Paper, Int1000, Bins256)
}
ACTION_FORMATS = (Fixed4.name, Paper.name, Int1000.name)
"""Formats that the language head prints as characters."""
BINS_FORMAT = Bins256.name
"""The format whose numbers are single tokens."""


def action_format(name: str, *, horizon: int, signed: tuple[bool, ...]) -> ActionFormat:
    """Return the format of that name.

    Raises:
        ValueError: The name is unknown; the message lists the known ones.
    """
    if name not in _FORMATS:
        raise ValueError(f'unknown action format {name!r}; available: {list(_FORMATS)}')
    return _FORMATS[name](horizon, signed)
