"""Tables of a TOML file into frozen values; used for the settings and for every profile.

An unknown key or a value out of range is refused with the key, the value and what is allowed.
"""

from __future__ import annotations

import difflib
import re
import typing
from dataclasses import MISSING, Field, field, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

from appliance.core import errors

C = TypeVar("C")


def setting(default: Any = MISSING, *, doc: str, **bounds: Any) -> Any:
    """Declare one setting: its default, its sentence for the manual, and its bounds.

    Bounds are ``low`` and ``high`` with ``unit``, or ``choices``, or a ``pattern`` (whole text).
    """
    notes = {"doc": doc, **bounds}
    if default is MISSING:
        return field(metadata=notes)
    return field(default=default, metadata=notes)


def build(kind: type[C], data: Any, where: str = "") -> C:
    """Build one settings class from a plain table; used for profiles too."""
    if not isinstance(data, dict):
        raise errors.CONFIG_BAD_VALUE.error(key=where, value=repr(data), allowed="a table")
    specs = {spec.name: spec for spec in fields(cast(Any, kind))}
    _refuse_unknown(set(data) - set(specs), specs, where)
    hints = typing.get_type_hints(kind)
    values: dict[str, Any] = {}
    for name, spec in specs.items():
        key = f"{where}.{name}" if where else name
        if name in data:
            values[name] = _value(hints[name], data[name], key, spec)
        elif spec.default is MISSING and spec.default_factory is MISSING:
            raise errors.CONFIG_BAD_VALUE.error(key=key, value="(missing)", allowed=allowed(spec))
    return kind(**values)


def allowed(spec: Field[Any]) -> str:
    """Say in words what a setting may be."""
    notes = spec.metadata
    if notes.get("choices"):
        return ", ".join(notes["choices"])
    if notes.get("pattern"):
        return f"text like {notes['pattern']}"
    low, high, unit = notes.get("low"), notes.get("high"), notes.get("unit", "")
    if low is not None or high is not None:
        return f"{low:g} to {high:g} {unit}".strip()
    return "a value of its type"


def _refuse_unknown(unknown: set[str], specs: dict[str, Any], where: str) -> None:
    for name in sorted(unknown):
        key = f"{where}.{name}" if where else name
        near = difflib.get_close_matches(name, specs, n=1)
        hint = f"({near[0]}?)" if near else ""
        raise errors.CONFIG_UNKNOWN_KEY.error(key=key, hint=hint)


def _value(kind: Any, raw: Any, key: str, spec: Field[Any]) -> Any:
    if is_dataclass(kind):
        return build(cast(type, kind), raw, key)
    if typing.get_origin(kind) is tuple:
        return _values(kind, raw, key, spec)
    if typing.get_origin(kind) is dict:
        return dict(raw) if isinstance(raw, dict) else _refuse(key, raw, "a table")
    if kind is Path and isinstance(raw, str):
        return Path(raw)
    if kind is float and type(raw) is int:
        raw = float(raw)
    if type(raw) is not kind:
        _refuse(key, raw, f"{getattr(kind, '__name__', kind)}: {allowed(spec)}")
    _check(raw, key, spec)
    return raw


def _values(kind: Any, raw: Any, key: str, spec: Field[Any]) -> tuple[Any, ...]:
    if not isinstance(raw, list):
        _refuse(key, raw, "a list")
    inner = typing.get_args(kind)[0]
    return tuple(_value(inner, item, f"{key}[{at}]", spec) for at, item in enumerate(raw))


def _check(raw: Any, key: str, spec: Field[Any]) -> None:
    notes = spec.metadata
    low, high = notes.get("low"), notes.get("high")
    good = not notes.get("choices") or raw in notes["choices"]
    if notes.get("pattern") and isinstance(raw, str):
        good = good and re.fullmatch(notes["pattern"], raw) is not None
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        good = good and (low is None or raw >= low) and (high is None or raw <= high)
    if not good:
        _refuse(key, raw, allowed(spec))


def _refuse(key: str, value: Any, permitted: str) -> typing.NoReturn:
    raise errors.CONFIG_BAD_VALUE.error(key=key, value=repr(value), allowed=permitted)
