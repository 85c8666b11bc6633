"""What one dossier must be made of: the office's table, refined by what the register says of the dossier. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from appliance.documents.composition.table import (
    ACCEPT,
    DIGITISED,
    EXEMPT,
    REQUIRED,
    Component,
    Composition,
    Table,
    folded,
)

KEYS = {"onestop": "procedureCode", "archive": "dossierType"}
"""The field of each kind of register that the table is asked by."""

LISTED, SHARED, SHEETS = "components", "digitisedComponents", "numberOfPaper"
"""Fields of a register: what was handed in, what of it was digitised before, how many sheets there are."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a dossier must be made of.

    Attributes:
        components: all that it may have, in the order of the table.
        wanted: codes of those that must be there.
        shared: codes of those that the register calls digitised already.
        other: what becomes of documents that are none of them.
        unknown: the procedure or type that the register names and the table has not.
        name: of the procedure or type, in Vietnamese.
        sheets: what the register says, 0 nothing.
    """

    components: tuple[Component, ...] = ()
    wanted: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    other: str = ACCEPT
    unknown: str = ""
    name: str = ""
    sheets: int = 0


def expected(table: Table, kind: str, values: Mapping[str, str]) -> Expected:
    """Return what a dossier must be made of.

    What the table calls required is wanted; what it calls digitised is wanted where the register lists it. What the
    register lists and the table has not is wanted too: where nothing is known of the procedure, the first in the
    list is document 1, and so on.

    Args:
        table: the office's.
        kind: of the register that has the dossier, empty for none.
        values: what the register says of it.
    """
    code = values.get(KEYS.get(kind, ""), "")
    row = table.of(kind, code) if code else None
    handed_in = _listed(values.get(LISTED, ""))
    base = row or Composition(code, other=ACCEPT)
    parts = list(base.component)
    listed: set[str] = set()
    for position, text in enumerate(handed_in, start=1):
        known = component_named(parts, text)
        if known is None:
            known = Component(text, need=REQUIRED, ordinal=0 if row else position)
            parts.append(known)
        listed.add(known.code)
    wanted = {one.code for one in parts if one.need == REQUIRED or (one.need == DIGITISED and one.code in listed)}
    shared = {one.code for one in (component_named(parts, text) for text in _listed(values.get(SHARED, ""))) if one}
    sheets = values.get(SHEETS, "")
    return Expected(tuple(parts), frozenset(wanted), frozenset(shared), base.other, "" if row or not code else code,
                    base.name, int(sheets) if sheets.isascii() and sheets.isdecimal() else 0)


def component_named(parts: tuple[Component, ...] | list[Component], text: str) -> Component | None:
    """Return the component of a code, or of a name, as a person or a code on paper writes it."""
    wanted = folded(text)
    by_code = next((one for one in parts if folded(one.code) == wanted), None)
    return by_code or next((one for one in parts if one.name and folded(one.name) == wanted), None)


def without(found: Expected, codes: frozenset[str]) -> Expected:
    """Return what is expected with some codes not called digitised by the register any more."""
    return replace(found, shared=found.shared - codes)


def exempt(found: Expected) -> frozenset[str]:
    """Return the codes of components that are not digitised."""
    return frozenset(one.code for one in found.components if one.need == EXEMPT)


def _listed(text: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in text.split(";") if part.strip()))
