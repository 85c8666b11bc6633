"""Finding dossiers and documents in the index: by code, by date, by words without marks or capitals."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from appliance.core.tables import setting
from appliance.receiver import tables
from appliance.receiver.contents import folded

_P, _D = tables.packages.c, tables.documents.c
_DAY = r"|[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_CODE = r"[!-~]{0,120}"
_WORDS = r"[^\x00-\x1f\x7f]{0,200}"
_MOST_DOCUMENTS = 20_000


@dataclass(frozen=True, slots=True)
class Criteria:
    """What is looked for; all that is said must fit."""

    file_code: str = setting("", doc="Code of the dossier, or its beginning.", pattern=_CODE)
    doc_code: str = setting("", doc="Code of a document in it.", pattern=_CODE)
    text: str = setting("", doc="Words in the title of the dossier or the subject of a document, marks and "
                        "capitals as you like.", pattern=_WORDS)
    since: str = setting("", doc="First day, as 2021-03-01: dossiers with a document of this day or later.",
                         pattern=_DAY)
    until: str = setting("", doc="Last day, as 2021-03-31: dossiers with a document of this day or earlier.",
                         pattern=_DAY)
    office: str = setting("", doc="Code of the office that sent it.", pattern=r"[0-9A-Za-z_-]{0,32}")
    limit: int = setting(50, doc="Most dossiers in one answer.", low=1, high=200, unit="dossiers")
    after: str = setting("", doc="Go on behind this one: `next` of the answer before.",
                         pattern=r"|[0-9T:.Z-]{27} [0-9a-f-]{36}")

    @property
    def empty(self) -> bool:
        """Say whether nothing is looked for."""
        return not (self.file_code or self.doc_code or folded(self.text) or self.since or self.until or self.office)


@dataclass(frozen=True, slots=True)
class Hit:
    """A package that fits, and all its documents: rows of the index."""

    package: dict[str, Any]
    documents: tuple[dict[str, Any], ...]

    @property
    def place(self) -> str:
        """What ``Criteria.after`` takes to go on behind it."""
        return f"{self.package['accepted']} {self.package['uuid']}"

    @property
    def mode(self) -> str:
        """The strictest access mode in it."""
        return str(max([self.package["mode"], *(document["mode"] for document in self.documents)]))


def find(connection: sa.Connection, criteria: Criteria) -> list[Hit]:
    """Return what fits, newest first; packages whose place another one took are left out."""
    chosen = sa.select(tables.packages).where(_P.replaced_by == "", *_conditions(criteria))
    chosen = chosen.order_by(_P.accepted.desc(), _P.uuid.desc()).limit(criteria.limit)
    return _with_documents(connection, chosen)


def package(connection: sa.Connection, uuid: str) -> Hit | None:
    """Return one package, also one whose place another one took."""
    found = _with_documents(connection, sa.select(tables.packages).where(_P.uuid == uuid))
    return found[0] if found else None


def _conditions(criteria: Criteria) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if criteria.file_code:
        found.append(_P.file_code.startswith(criteria.file_code, autoescape=True))
    if criteria.doc_code:
        found.append(_some(_D.doc_code == criteria.doc_code))
    if criteria.office:
        found.append(_P.office == criteria.office)
    if criteria.since or criteria.until:
        days = [_D.issued != "", _D.issued >= criteria.since]
        found.append(_some(*days, *([_D.issued <= criteria.until] if criteria.until else [])))
    if criteria.after:
        found.append(sa.tuple_(_P.accepted, _P.uuid) < tuple(criteria.after.split(" ")))
    return [*found, *map(_named, folded(criteria.text).split())]


def _named(word: str) -> sa.ColumnElement[bool]:
    """Say that the word stands in the title, or in the subject of a document."""
    return sa.or_(_P.title_plain.contains(word, autoescape=True),
                  _some(_D.subject_plain.contains(word, autoescape=True)))


def _some(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Say that the package has a document like this."""
    return sa.exists().where(_D.package == _P.uuid, *conditions)


def _with_documents(connection: sa.Connection, chosen: sa.Select[Any]) -> list[Hit]:
    packages = [dict(row) for row in connection.execute(chosen).mappings()]
    documents = defaultdict(list)
    wanted = sa.select(tables.documents).where(_D.package.in_([one["uuid"] for one in packages]))
    for row in connection.execute(wanted.order_by(_D.package, _D.ordinal).limit(_MOST_DOCUMENTS)).mappings():
        documents[row["package"]].append(dict(row))
    return [Hit(one, tuple(documents[one["uuid"]])) for one in packages]
