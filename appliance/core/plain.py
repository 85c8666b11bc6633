"""Values to plain JSON types and back: the one codec for everything that crosses a process border."""

from __future__ import annotations

import types
import typing
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar, cast

T = TypeVar("T")


def to_plain(value: Any) -> Any:
    """Return ``value`` as dicts, lists, strings, numbers, booleans and None."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(item) for item in value]
    return value


def from_plain(kind: type[T], data: Any) -> T:
    """Build a ``kind`` from what ``to_plain`` gave.

    Raises:
        ValueError: a field is missing, unknown, or of another type. The message names the field.
    """
    return cast(T, _build(kind, data, kind.__name__))


@lru_cache(maxsize=256)
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _build(kind: Any, data: Any, where: str) -> Any:
    origin = typing.get_origin(kind)
    if kind is Any:
        return data
    if origin in (types.UnionType, typing.Union):
        return _build_optional(kind, data, where)
    if origin in (tuple, dict):
        return (_build_tuple if origin is tuple else _build_dict)(kind, data, where)
    if is_dataclass(kind):
        return _build_dataclass(cast(type, kind), data, where)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(data)
    return _build_scalar(kind, data, where)


def _build_optional(kind: Any, data: Any, where: str) -> Any:
    if data is None:
        return None
    (inner,) = [arm for arm in typing.get_args(kind) if arm is not type(None)]
    return _build(inner, data, where)


def _build_tuple(kind: Any, data: Any, where: str) -> Any:
    arms = typing.get_args(kind)
    if not isinstance(data, list | tuple):
        raise ValueError(f"{where}: expected a list, got {type(data).__name__}")
    if len(arms) == 2 and arms[1] is Ellipsis:
        return tuple(_build(arms[0], item, where) for item in data)
    if len(arms) != len(data):
        raise ValueError(f"{where}: expected {len(arms)} items, got {len(data)}")
    return tuple(_build(arm, item, where) for arm, item in zip(arms, data, strict=True))


def _build_dict(kind: Any, data: Any, where: str) -> Any:
    if not isinstance(data, dict):
        raise ValueError(f"{where}: expected a table, got {type(data).__name__}")
    inner = typing.get_args(kind)[1]
    return {key: _build(inner, item, f"{where}.{key}") for key, item in data.items()}


def _build_dataclass(kind: type, data: Any, where: str) -> Any:
    if not isinstance(data, dict):
        raise ValueError(f"{where}: expected a table, got {type(data).__name__}")
    known = {f.name: f for f in fields(kind)}
    unknown = sorted(set(data) - set(known))
    if unknown:
        raise ValueError(f"{where}: unknown field {unknown[0]!r}")
    hints = _hints(kind)
    for name, spec in known.items():
        if name not in data and spec.default is MISSING and spec.default_factory is MISSING:
            raise ValueError(f"{where}: field {name!r} is missing")
    return kind(**{name: _build(hints[name], item, f"{where}.{name}") for name, item in data.items()})


def _build_scalar(kind: Any, data: Any, where: str) -> Any:
    if kind is float and type(data) is int:
        return float(data)
    if kind in (bool, int, float, str) and type(data) is not kind:
        raise ValueError(f"{where}: expected {kind.__name__}, got {type(data).__name__}")
    return data
