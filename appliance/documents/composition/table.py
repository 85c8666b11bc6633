"""The office's table of components: what each procedure, or type of dossier, is made of (components.toml).

The table is data; a file of the office's own takes the place of the shipped example.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.tables import build, setting
from appliance.documents import fields
from appliance.documents.composition.papers import folder_papers

EXAMPLE = Path(__file__).with_name("components.toml")
SHIPPED = "example"
"""What the settings call the shipped example."""

REQUIRED, DIGITISED, EXEMPT = "required", "digitised", "exempt"
HOLD, ACCEPT = "hold", "accept"

LARGEST = 8 << 20
"""Bytes of a table that are read: about 50,000 components."""

TEXT = r"[^\x00-\x1f\x7f;]{1,200}"
CODE = r"[^\x00-\x20\x7f;](?:[^\x00-\x1f\x7f;]{0,48}[^\x00-\x20\x7f;])?"


@dataclass(frozen=True, slots=True)
class Component:
    """One thing that a dossier is made of."""

    code: str = setting(doc="Code of the component, the office's own (mã thành phần).", pattern=CODE)
    name: str = setting("", doc="Name in Vietnamese.", pattern=rf"|{TEXT}")
    need: str = setting(REQUIRED, doc="required: must be there; digitised: is scanned where it was handed in; "
                        "exempt: is not digitised.", choices=(REQUIRED, DIGITISED, EXEMPT))
    type: str = setting("", doc="Document type on its separator that means this component.", pattern=r"|[0-9]{2}")
    ordinal: int = setting(0, doc="Document number that means this component; 0: none.", low=0, high=9_999_999,
                           unit="")
    many: bool = setting(False, doc="Whether it may be several documents.")


@dataclass(frozen=True, slots=True)
class Composition:
    """What one procedure, or one type of dossier, is made of."""

    code: str = setting(doc="Procedure code, or the type of dossier as the register writes it.", pattern=TEXT)
    name: str = setting("", doc="Name in Vietnamese.", pattern=rf"|{TEXT}")
    other: str = setting(HOLD, doc="Documents that are none of its components: hold the dossier, or accept them.",
                         choices=(HOLD, ACCEPT))
    component: tuple[Component, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """All that an office says of components."""

    version: str = setting(doc="Version of the table; stands in packages.", pattern=TEXT)
    procedure: tuple[Composition, ...] = ()
    dossier_type: tuple[Composition, ...] = ()

    def of(self, kind: str, code: str) -> Composition | None:
        """Return what a dossier is made of, by kind of its register and its procedure or type; None: not listed."""
        rows = self.procedure if kind == "onestop" else self.dossier_type
        return next((one for one in rows if folded(one.code) == folded(code)), None)


def folded(text: str) -> str:
    """Return a code as it is compared: composed letters, one blank, no case."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def read(path: str = "") -> Table:
    """Read the table of a file, or the shipped example; without a path nothing is required of any dossier.

    Raises:
        ApplianceError: COMPONENTS_TABLE, naming file, place and reason.
    """
    if not path:
        return Table(version="-")
    place = EXAMPLE if path == SHIPPED else Path(path)
    try:
        if place.stat().st_size > LARGEST:
            raise _wrong(place, "-", "tệp quá lớn / too large")
        data = tomllib.loads(place.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise _wrong(place, "-", str(problem)) from None
    return parse(data, place)


def parse(data: dict[str, Any], place: Path = EXAMPLE) -> Table:
    """Build a table from plain values; errors as ``read``."""
    try:
        table = build(Table, data)
    except ApplianceError as problem:
        said = problem.details
        reason = f"{said['value']!s:.60}: {said['allowed']}" if "allowed" in said else problem.en
        raise _wrong(place, str(said.get("key", "-")), reason) from None
    for name, rows in (("procedure", table.procedure), ("dossier_type", table.dossier_type)):
        _refuse_doubles(place, name, [one.code for one in rows])
        for one in rows:
            _check(place, f"{name} {one.code}", one)
    return table


def _check(place: Path, where: str, one: Composition) -> None:
    _refuse_doubles(place, where, [part.code for part in one.component])
    _refuse_doubles(place, f"{where}, ordinal", [str(part.ordinal) for part in one.component if part.ordinal])
    known = {*fields.code_list("typeName"), *folder_papers()}
    for part in one.component:
        if part.type and part.type not in known:
            raise _wrong(place, f"{where}, {part.code}", f"type {part.type}: loại tài liệu lạ / unknown type")


def _refuse_doubles(place: Path, where: str, codes: Sequence[str]) -> None:
    seen: set[str] = set()
    for code in codes:
        if folded(code) in seen:
            raise _wrong(place, where, f"{code}: ghi hai lần / stands there twice")
        seen.add(folded(code))


def _wrong(place: Path, where: str, reason: str) -> ApplianceError:
    return errors.COMPONENTS_TABLE.error(file=place.name, where=where, reason=reason)
