"""Tables of a TOML file into frozen values; used for the settings and for every profile.

A setting is declared once, beside its sentence for the manual; pydantic checks what a file says against it.
An unknown key or a value out of range is refused with the key, the value and what is allowed.
"""

from __future__ import annotations

import difflib
import functools
import typing
import warnings
from collections.abc import Hashable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, TypeVar, cast

from appliance.core import errors

if typing.TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

C = TypeVar("C")

OUT_OF_BOUNDS = frozenset({"greater_than_equal", "less_than_equal", "finite_number", "string_pattern_mismatch",
                           "literal_error", "missing"})
"""What pydantic calls a value of the right type that is not allowed; all else is of a wrong type."""


def setting(default: Any = MISSING, *, doc: str, **bounds: Any) -> Any:
    """Declare one setting: its default, its sentence for the manual, and its bounds.

    Bounds are ``low`` and ``high`` with ``unit``, or ``choices``, or a ``pattern`` (whole text).
    For a list they hold for each of its items. ``table``: names of the user's own, each with a text.
    """
    notes = {"doc": doc, **bounds}
    if bounds.get("table"):
        return field(default_factory=dict, metadata=notes)
    if default is MISSING:
        return field(metadata=notes)
    return field(default=default, metadata=notes)


def build(kind: type[C], data: Any, where: str = "") -> C:
    """Build one settings class from a plain table; used for profiles too.

    Types are strict: true is no number and a number no text; only a whole number may stand for a float.

    Raises:
        ApplianceError: CONFIG_UNKNOWN_KEY or CONFIG_BAD_VALUE, for the first mistake; keys begin with ``where``.
    """
    from pydantic import ValidationError  # 40 ms: only where a file is read

    try:
        return cast(C, _made(kind, _model(cast(Hashable, kind)).model_validate(data)))
    except ValidationError as problem:
        _refuse(kind, problem, where)


def allowed(spec: Field[Any]) -> str:
    """Say in words what a setting may be."""
    notes = spec.metadata
    if notes.get("table"):
        return "a table of texts"
    if notes.get("choices"):
        return ", ".join(notes["choices"])
    if notes.get("pattern"):
        return f"text like {notes['pattern']}"
    low, high, unit = notes.get("low"), notes.get("high"), notes.get("unit", "")
    if low is not None or high is not None:
        return f"{low:g} to {high:g} {unit}".strip()
    return "a value of its type"


@functools.cache
def _model(kind: Any) -> type[BaseModel]:
    """Return the pydantic model of a settings class; absent keys are left to the defaults of the class."""
    from pydantic import ConfigDict, create_model

    hints = typing.get_type_hints(kind)
    members: dict[str, Any] = {}
    for spec in fields(kind):
        needed = spec.default is MISSING and spec.default_factory is MISSING
        members[spec.name] = (_checked(hints[spec.name], spec.metadata), ... if needed else None)
    config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, regex_engine="python-re")
    with warnings.catch_warnings():
        # a setting may be called like a class method that no model of ours uses (register)
        warnings.filterwarnings("ignore", "Field name .* shadows an attribute", UserWarning)
        return create_model(kind.__name__, __config__=config, **members)


def _checked(hint: Any, notes: Mapping[str, Any]) -> Any:
    """Return a type with its bounds, as pydantic reads them."""
    from pydantic import AfterValidator, Field, Strict

    if is_dataclass(hint):
        model: Any = _model(cast(Hashable, hint))
        return Annotated[model, AfterValidator(functools.partial(_made, hint))]
    if typing.get_origin(hint) is tuple:  # TOML has lists only
        item: Any = _checked(typing.get_args(hint)[0], notes)
        return Annotated[tuple[item, ...], Strict(False)]
    if hint is Path:  # TOML has texts only
        return Annotated[Path, Strict(False)]
    if notes.get("choices"):
        return Literal.__getitem__(notes["choices"])
    whole = rf"\A(?:{notes['pattern']})\Z" if notes.get("pattern") else None
    return Annotated[hint, Field(ge=notes.get("low"), le=notes.get("high"), pattern=whole)]


def _made(kind: Any, model: BaseModel) -> Any:
    return kind(**{name: getattr(model, name) for name in model.model_fields_set})


def _refuse(kind: Any, problem: ValidationError, where: str) -> NoReturn:
    """Say the first mistake; a key that does not exist comes before all others, it may explain them."""
    found = problem.errors(include_url=False, include_context=False)
    first = next((one for one in found if one["type"] == "extra_forbidden"), found[0])
    place = _find(kind, first["loc"], where)
    if first["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(first["loc"][-1]), [one.name for one in fields(place.table)], n=1)
        raise errors.CONFIG_UNKNOWN_KEY.error(key=place.key, hint=f"({near[0]}?)" if near else "")
    value = "(missing)" if first["type"] == "missing" else repr(first["input"])
    raise errors.CONFIG_BAD_VALUE.error(key=place.key, value=value, allowed=_permitted(place, first["type"]))


@dataclass(frozen=True)
class _Place:
    """Where a mistake stands: its key as people write it, the class of its table, its setting, its type."""

    key: str
    table: Any
    spec: Field[Any] | None
    hint: Any


def _find(kind: Any, steps: tuple[int | str, ...], where: str) -> _Place:
    place = _Place(where, kind, None, kind)
    for step in steps:
        if place.spec is not None and place.spec.metadata.get("table"):
            return replace(place, key=f"{place.key}.{step}")
        if isinstance(step, int):
            place = replace(place, key=f"{place.key}[{step}]", hint=typing.get_args(place.hint)[0])
            continue
        table = place.hint
        spec = next((one for one in fields(table) if one.name == step), None)
        hint = typing.get_type_hints(table)[step] if spec else None
        place = _Place(f"{place.key}.{step}" if place.key else step, table, spec, hint)
    return place


def _permitted(place: _Place, mistake: str) -> str:
    """Say what a value may be; where its type is wrong, name the type too."""
    if is_dataclass(place.hint):
        return "a table"
    if typing.get_origin(place.hint) is tuple:
        return "a list"
    assert place.spec is not None  # only tables and lists stand without a setting
    words = allowed(place.spec)
    return words if mistake in OUT_OF_BOUNDS else f"{place.hint.__name__}: {words}"
