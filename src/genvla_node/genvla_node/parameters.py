# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""ROS parameters from a frozen dataclass: one declaration of name, default, unit and range.

A node declares `NodeParameters(self, BridgeParams)` in its constructor. It calls `freeze()` when
it configures, and then only reads the returned dataclass. It calls `thaw()` when it cleans up.
Changes of live parameters are reported while the node runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
import dataclasses
from dataclasses import dataclass
import difflib
from types import NoneType
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from rcl_interfaces.msg import (
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
    SetParametersResult,
)
from rclpy.exceptions import InvalidParameterTypeException, InvalidParameterValueException
from rclpy.node import Node
from rclpy.parameter import Parameter

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

P = TypeVar('P', bound='DataclassInstance')

_OF_ROS = ('use_sim_time', 'qos_overrides.', 'start_type_description_service')

_KINDS = {
    bool: 'true or false',
    int: 'a whole number',
    float: 'a number with a decimal point',
    str: 'a string',
}


@dataclass(frozen=True)
class ParameterSpec:
    """The contents of a parameter's descriptor, except for its name and default."""

    description: str
    unit: str = ''
    ge: float | None = None
    le: float | None = None
    choices: tuple[str, ...] = ()
    live: bool = False


class ParameterError(ValueError):
    """A parameter has a value that the node cannot run with."""


def parameter(
    default: Any,
    description: str,
    *,
    unit: str = '',
    ge: float | None = None,
    le: float | None = None,
    choices: Sequence[str] = (),
    live: bool = False,
) -> Any:
    """Declare one field of a node's Params dataclass.

    The arguments become the field's metadata, by name. Code without ROS writes the same metadata
    itself. A Params dataclass may have other dataclasses as fields (by `default_factory`); it then
    includes their parameters.

    Args:
        default: bool, int, float, str, StrEnum, or a tuple of one of them; it defines the
            parameter's type. An empty tuple stands for a tuple of floats.
        description: One sentence for `ros2 param describe`.
        unit: SI unit; empty: none.
        ge: Smallest value allowed (of a number, or of each element of a tuple).
        le: Largest value allowed.
        choices: Allowed strings; empty: any.
        live: Whether it may be changed while the node is configured.
    """
    spec = ParameterSpec(description, unit, ge, le, tuple(choices), live)
    return dataclasses.field(default=default, metadata=dataclasses.asdict(spec))


def parameter_specs(params_type: type) -> dict[str, tuple[Any, ParameterSpec]]:
    """Return default and spec of every parameter of a Params dataclass, by name."""
    return {field.name: (field.default, _spec(field)) for field in _fields(params_type)}


def params_from_values(params_type: type[P], values: Mapping[str, Any]) -> P:
    """Return a Params dataclass, including nested ones, with some parameters set by name."""
    arguments: dict[str, Any] = {}
    for field in dataclasses.fields(params_type):
        inner, default = _inner_type(field), cast('Any', field.default)
        if inner is not None:
            arguments[field.name] = params_from_values(inner, values)
        elif field.name in values:
            # A list becomes a tuple, a string becomes a member of its enumeration.
            arguments[field.name] = type(default)(values[field.name])
    return params_type(**arguments)


def _fields(params_type: type[DataclassInstance]) -> Iterator[dataclasses.Field[Any]]:
    """Yield the field of every parameter; a nested dataclass is replaced by its own fields."""
    for field in dataclasses.fields(params_type):
        inner = _inner_type(field)
        if inner is None:
            yield field
        else:
            yield from _fields(inner)


def _inner_type(field: dataclasses.Field[Any]) -> Any:
    return None if field.default_factory is dataclasses.MISSING else field.default_factory


def _spec(field: dataclasses.Field[Any]) -> ParameterSpec:
    return ParameterSpec(**field.metadata)


def refuse_unknown(nodes: Sequence[Node]) -> None:
    """Reject a parameter on the command line that no node of the process has.

    Raises:
        ParameterError: There is such a parameter: a typing error would leave a parameter at its
            default.
    """
    known = [name for node in nodes for name in node.list_parameters([], 0).names]
    known = [name for name in known if not name.startswith(_OF_ROS)]
    for node in nodes:
        for name in node._parameter_overrides:
            if name not in known and not name.startswith(_OF_ROS):
                raise ParameterError(_unknown(name, known))


class NodeParameters(Generic[P]):
    """The declared parameters of one node; changes are refused while they are frozen."""

    def __init__(
        self,
        node: Node,
        params_type: type[P],
        *,
        on_live_change: Callable[[str, Any], None] | None = None,
        alone: bool = True,
        for_good: bool = False,
    ) -> None:
        """Declare every field of `params_type` on `node`, with descriptor and default.

        Args:
            node: The node.
            params_type: A dataclass whose fields are all a `parameter`, or a dataclass of them.
            on_live_change: Called with name and value after a live parameter has changed while
                frozen, in the thread that serves the request.
            alone: Whether this is the only node of the process. Otherwise an unknown parameter may
                belong to another node, and refuse_unknown() must check all of them.
            for_good: Whether the node reads the parameters only once, in its constructor; ROS
                calls them read-only.

        Raises:
            ParameterError: An override has the wrong type or is out of range, or the node has no
                parameter of that name: a typing error would leave a limit at its default.
        """
        self._node = node
        self._params_type = params_type
        self._frozen = False
        specs = parameter_specs(params_type)
        self._live = [name for name, (_, spec) in specs.items() if spec.live]
        self._fixed = [name for name in specs if name not in self._live]
        self._on_live_change = on_live_change
        for field in _fields(params_type):
            descriptor = _descriptor(field, read_only=for_good)
            try:
                _declare(node, field, descriptor)
            except (InvalidParameterTypeException, InvalidParameterValueException) as error:
                # These messages contain the value, but not always the parameter's name.
                given = node._parameter_overrides[field.name].value
                raise ParameterError(_objection(field, given)) from error
        if alone:
            refuse_unknown([node])
        node.add_on_set_parameters_callback(self._refuse)
        node.add_post_set_parameters_callback(self._tell)

    def freeze(self) -> P:
        """Return the current values, and refuse changes until `thaw`.

        Raises:
            ParameterError: A value is not among its choices, or an element of a list is out of
                range.
            ValueError: The dataclass rejects the combination of values.
        """
        params = self._checked({})
        self._frozen = True
        return params

    def thaw(self) -> None:
        """Accept changes again; they take effect at the next `freeze`."""
        self._frozen = False

    def _checked(self, changes: Mapping[str, Any]) -> P:
        """Return the values with some changes applied; raise as `freeze` does."""
        values = {}
        for field in _fields(self._params_type):
            value = changes.get(field.name, self._node.get_parameter(field.name).value)
            values[field.name] = value
            _check(field, value)
        return params_from_values(self._params_type, values)

    def _refuse(self, changes: list[Parameter]) -> SetParametersResult:
        """Refuse invalid values, and changes that come too late."""
        fields = {field.name: field for field in _fields(self._params_type)}
        ours = {each.name: each.value for each in changes if each.name in fields}
        late = [name for name in ours if name in self._fixed]
        if self._frozen and late:
            return SetParametersResult(
                successful=False,
                reason=f'{", ".join(late)}: only read when the node configures; '
                'deactivate and clean up the node first',
            )
        try:
            for name, value in ours.items():
                _check(fields[name], value)
            if ours and self._is_well():  # else several errors could not be fixed one by one
                self._checked(ours)
        except ValueError as error:
            return SetParametersResult(successful=False, reason=str(error))
        return SetParametersResult(successful=True)

    def _is_well(self) -> bool:
        try:
            self._checked({})
        except ValueError:
            return False
        return True

    def _tell(self, changes: list[Parameter]) -> None:
        for change in changes:
            if self._frozen and self._on_live_change is not None and change.name in self._live:
                self._on_live_change(change.name, change.value)


def _unknown(name: str, known: Iterable[str]) -> str:
    alike = difflib.get_close_matches(name, known, n=1)
    meant = f'; did you mean {alike[0]}?' if alike else f'; expected one of: {", ".join(known)}'
    return f'there is no parameter {name}{meant}'


def _declare(node: Node, field: dataclasses.Field[Any], descriptor: ParameterDescriptor) -> None:
    if field.default != ():
        default = list(field.default) if isinstance(field.default, tuple) else field.default
        node.declare_parameter(field.name, default, descriptor)
        return
    # ROS would turn an empty list into a list of bytes, so declare the type, then set the empty
    # list.
    given = node._parameter_overrides.get(field.name)
    is_empty = given is None or (isinstance(given.value, list | tuple) and not given.value)
    of_floats = Parameter.Type.DOUBLE_ARRAY
    node.declare_parameter(field.name, of_floats, descriptor, ignore_override=is_empty)
    if is_empty:
        node.set_parameters([Parameter(field.name, of_floats, [])])


def _descriptor(field: dataclasses.Field[Any], *, read_only: bool) -> ParameterDescriptor:
    spec = _spec(field)
    descriptor = ParameterDescriptor(
        description=f'{spec.description} [{spec.unit}]' if spec.unit else spec.description,
        read_only=read_only,
    )
    if spec.choices:
        descriptor.additional_constraints = 'one of: ' + ', '.join(spec.choices)
    # ROS only checks ranges of scalars; `freeze` checks the elements of lists.
    if isinstance(field.default, float):
        low = -float('inf') if spec.ge is None else float(spec.ge)
        high = float('inf') if spec.le is None else float(spec.le)
        if spec.ge is not None or spec.le is not None:
            descriptor.floating_point_range = [FloatingPointRange(from_value=low, to_value=high)]
    elif isinstance(field.default, int) and not isinstance(field.default, bool):
        low_int = -(2**63) if spec.ge is None else int(spec.ge)
        high_int = 2**63 - 1 if spec.le is None else int(spec.le)
        if spec.ge is not None or spec.le is not None:
            descriptor.integer_range = [
                IntegerRange(from_value=low_int, to_value=high_int, step=1)
            ]
    return descriptor


def _check(field: dataclasses.Field[Any], value: Any) -> None:
    elements = value if isinstance(field.default, tuple) else (value,)
    if not _are_allowed(elements, _spec(field)):
        raise ParameterError(_objection(field, value))


def _are_allowed(elements: Iterable[Any], spec: ParameterSpec) -> bool:
    return all(
        (not spec.choices or element in spec.choices)
        and (spec.ge is None or element >= spec.ge)
        and (spec.le is None or element <= spec.le)
        for element in elements
    )


def _objection(field: dataclasses.Field[Any], given: Any) -> str:
    """Return what was given and what was expected, in an operator's words."""
    spec = _spec(field)
    shown = given if isinstance(given, (bool, int, float, str, NoneType)) else list(given)
    was = f'parameter {field.name} is {shown!r}'
    if spec.choices:
        return f'{was}; expected one of: {", ".join(spec.choices)}'
    if isinstance(field.default, tuple):
        elements = ' with elements' if _range(spec) else ''
        example = list(field.default) or [0.0]
        return f'{was}; expected a list{elements}{_range(spec)}, such as {example}'
    kind = _KINDS[type(field.default)]
    return f'{was}; expected {kind}{_range(spec)}, such as {field.default!r}'


def _range(spec: ParameterSpec) -> str:
    unit = f' {spec.unit}' if spec.unit else ''
    if spec.ge is not None and spec.le is not None:
        return f' from {spec.ge:g} to {spec.le:g}{unit}'
    if spec.ge is not None:
        return f' of at least {spec.ge:g}{unit}'
    return '' if spec.le is None else f' of at most {spec.le:g}{unit}'
