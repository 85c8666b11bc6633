"""Whether a sound package has a free place in this archive, and its rows in the index once it is taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from appliance.archive.packages import replacement
from appliance.archive.packages.inspection import PackageReport
from appliance.archive.packages.replacement import Addition, Held
from appliance.receiver import tables
from appliance.receiver.contents import Contents

_P, _D, _C = tables.packages.c, tables.documents.c, tables.copies.c


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the look at a package found; ``contents`` is None where it is not sound."""

    report: PackageReport
    contents: Contents | None = None


Rule = Callable[[str, PackageReport, Contents], str]
"""One more thing an archive asks of what an office (its code, or empty) sends: the empty text, or why not."""


@dataclass(frozen=True, slots=True)
class Taken:
    """An accepted package and where its copies lie."""

    sha256: str
    size: int
    office: str
    places: tuple[str, ...]


def held(connection: sa.Connection, uuid: str) -> Held | None:
    """Return an accepted package by its UUID (lowercase)."""
    row = connection.execute(sa.select(_P.file_code, _P.replaced_by).where(_P.uuid == uuid)).first()
    return Held(*row) if row else None


def refusal(connection: sa.Connection, judged: Judgement) -> str:
    """Say why a sound package may not come in, or nothing: what it belongs to must be here, its identity free."""
    report, contents = judged.report, judged.contents
    if held(connection, report.uuid) is not None:
        return "a package with this identity and other bytes is here already"

    def find(uuid: str) -> Held | None:
        return held(connection, uuid)

    if report.replaces:
        return replacement.refusal(report.replaces, report.file_code, find)
    if report.supplements and contents is not None:
        codes = [document.doc_code for document in contents.documents]
        known = find(report.supplements)
        present = _codes(connection, {report.file_code, *([known.file_code] if known else ())}, codes)
        return replacement.refusal_to_add(Addition(report.supplements, report.file_code, codes), find, present)
    return ""


def admit(connection: sa.Connection, judged: Judgement, taken: Taken) -> None:
    """Write an accepted package, its documents and its copies."""
    report, contents = judged.report, judged.contents
    assert contents is not None  # only what was read is accepted
    now = tables.moment()
    connection.execute(tables.packages.insert().values(
        {**contents.package_row(), "uuid": report.uuid, "sha256": taken.sha256, "size": taken.size,
         "office": taken.office, "accepted": now,
         "replaces": report.replaces, "audit": report.audit}))
    if rows := contents.document_rows(report.uuid):
        connection.execute(tables.documents.insert(), rows)
    if report.replaces:
        replaced = tables.packages.update().where(_P.uuid == report.replaces)
        connection.execute(replaced.values(replaced_by=report.uuid))
    note_copies(connection, taken, now)


def note_copies(connection: sa.Connection, taken: Taken, now: str) -> None:
    """Write where the copies of an object lie; what is written already stays."""
    known = set(connection.scalars(sa.select(_C.place).where(_C.sha256 == taken.sha256)))
    rows = [{"sha256": taken.sha256, "place": place, "size": taken.size, "kept": now}
            for place in taken.places if place not in known]
    if rows:
        connection.execute(tables.copies.insert(), rows)


def _codes(connection: sa.Connection, dossier: set[str], codes: list[str]) -> list[str]:
    """Return which of these document codes the archive has of a dossier, in packages that nobody replaced.

    ``dossier``: the codes that it goes by.
    """
    return list(connection.scalars(
        sa.select(_D.doc_code).join(tables.packages, _P.uuid == _D.package).where(
            _P.file_code.in_(dossier), _P.replaced_by == "", _D.doc_code.in_(codes))))
