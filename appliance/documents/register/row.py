"""One row of a register: its values as the archive wants them, or every rule that it breaks. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from appliance.documents.register import value
from appliance.documents.register.cell import Cell
from appliance.documents.register.headings import bare
from appliance.documents.register.spec import ANY, Field, RegisterKind, rules


class Fault(NamedTuple):
    """A rule that a row breaks, the field it is about, and what fills the rule's text; no value of the row."""

    field: str
    rule: str
    details: dict[str, str] = {}  # noqa: RUF012 - never written to


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an office asks of its registers: first and last year, and the types it digitises (none: all)."""

    first_year: int = 1995
    last_year: int = 2021
    types: tuple[str, ...] = ()
    bare_types: frozenset[str] = field(default=frozenset(), init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "bare_types", frozenset(map(bare, self.types)))


def check(kind: RegisterKind, cells: Mapping[str, Cell], bounds: Bounds) -> tuple[dict[str, str], list[Fault]]:
    """Return the values of a row, empty ones left out, and the rules that it breaks (none: it is good)."""
    found: dict[str, str] = {}
    faults: list[Fault] = []
    broken: set[str] = set()
    for name, one in kind.fields.items():
        cell = cells.get(name)
        text, rule = value.of(one, cell, is_code=name == kind.code) if cell is not None else ("", "")
        if rule:
            faults.append(Fault(name, rule, _details(one, rule)))
            broken.add(name)
        elif text or one.default:
            found[name] = text or one.default
    for name, one in kind.fields.items():
        if name not in broken:
            faults += _of_field(one, found)
    return found, faults + _of_row(kind, found, broken, bounds)


def texts(kind: RegisterKind, fault: Fault) -> tuple[str, str]:
    """Return a fault in Vietnamese and English."""
    vi, en = rules()[fault.rule]
    label = kind.fields[fault.field].vi if fault.field in kind.fields else fault.field
    names = {"label": label, "field": fault.field, "other": "?", "max": "?", "allowed": "?", **fault.details}
    return vi.format_map(names), en.format_map(names)


def title_of(kind: RegisterKind, values: Mapping[str, str]) -> str:
    """Return the dossier's title as the register gives it, or an empty text."""
    return " – ".join(values[name] for name in kind.title if values.get(name))


def for_package(kind: RegisterKind, values: Mapping[str, str]) -> dict[str, str]:
    """Return the values that go into the package's dossier fields, by their names there."""
    return {name: values[name] for name, one in kind.fields.items() if one.package and values.get(name)}


def _of_field(one: Field, found: Mapping[str, str]) -> list[Fault]:
    """Return what is wrong with the presence or the value of one field."""
    text = found.get(one.name, "")
    if text:
        rule = one.barred.get(text, "")
        return [Fault(one.name, rule)] if rule else []
    if one.required:
        return [Fault(one.name, one.missing or "required")]
    for other, triggers in one.when.items():
        given = found.get(other, "")
        if given and (given in triggers or ANY in triggers):
            return [Fault(one.name, one.missing or "conditional", {"other": other})]
    return []


def _of_row(kind: RegisterKind, found: Mapping[str, str], broken: set[str], bounds: Bounds) -> list[Fault]:
    faults = []
    if kind.one_of and not any(found.get(name) or name in broken for name in kind.one_of):
        labels = ", ".join(kind.fields[name].vi for name in kind.one_of)
        faults.append(Fault(kind.one_of[0], "one_of", {"other": labels}))
    if kind.period:
        faults += _of_period(kind, found, bounds)
    listed = found.get(kind.listed, "") if kind.listed and kind.listed not in broken else ""
    if kind.listed and kind.listed not in broken and bounds.types and bare(listed) not in bounds.bare_types:
        faults.append(Fault(kind.listed, "type", {"allowed": ", ".join(bounds.types)}))
    return faults


def _of_period(kind: RegisterKind, found: Mapping[str, str], bounds: Bounds) -> list[Fault]:
    first, last = (_day(found.get(name, "")) for name in kind.period)
    faults = [
        Fault(name, "years", {"allowed": f"{bounds.first_year}-{bounds.last_year}"})
        for name, day in zip(kind.period, (first, last), strict=True)
        if day is not None and not bounds.first_year <= day.year <= bounds.last_year]
    if first is not None and last is not None and last < first:
        faults.append(Fault(kind.period[1], "period"))
    return faults


def _day(text: str) -> date | None:
    return date(int(text[6:]), int(text[3:5]), int(text[:2])) if text else None


def _details(one: Field, rule: str) -> dict[str, str]:
    if rule in ("too_long", "too_many_parts"):
        return {"max": str(one.parts if rule == "too_many_parts" else one.max)}
    if rule == "code_list":
        return {"allowed": ", ".join(f"{code} {words}" for code, words in one.codes.items())}
    if rule == "form":
        return {"allowed": one.example}
    return {}
