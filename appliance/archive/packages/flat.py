"""The older form ``tt02-flat``: a folder of PDFs, a table of the dossier, a table of its documents.

Circular 02/2019/TT-BNV has fields and files and no container; the tables are CSV (UTF-8 with mark, so that a
spreadsheet opens them) with the circular's column names, which stand in ``schemas/tt02.toml``. ``manifest.json``
says what the package is and lists every file with size and SHA-256.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import appliance
from appliance.archive.packages import ead
from appliance.archive.packages.content import PROVENANCE, Content, Document
from appliance.archive.packages.members import Member, small
from appliance.core import errors

LAYOUT = "tt02-flat"
MANIFEST, DOSSIER, DOCUMENTS = "manifest.json", "ho_so.csv", "van_ban.csv"
MARK = "\ufeff"
_SIGNED = re.compile(r"([^/]+)/\1\.([0-9]{7})_signed\.pdf")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table, as ``schemas/tt02.toml`` declares it."""

    name: str
    longest: int
    source: str
    words: Mapping[str, str]
    required: bool


@lru_cache(maxsize=2)
def columns(table: str) -> tuple[Column, ...]:
    """Return the columns of the table ``dossier`` (18) or ``document`` (22)."""
    data = tomllib.loads((ead.SCHEMAS / "tt02.toml").read_text(encoding="utf-8"))
    return tuple(Column(one["column"], one["longest"], one["from"], data["words"].get(one.get("words", ""), {}),
                        one.get("required", False)) for one in data[table])


def files_of(content: Content) -> tuple[str, Iterator[Member]]:
    """Return root folder and files of ``tt02-flat``, the manifest first."""
    return f"uuid-{content.job.uuid.upper()}", _members(content)


def file_name(code: str, ordinal: int) -> str:
    """Return where a document lies."""
    return f"{code}/{code}.{ordinal:07d}_signed.pdf"


def document_name(member: str) -> str:
    """Return the name of the document that lies at ``member``, ``<fileCode>.<n>``; nothing where none may lie."""
    match = _SIGNED.fullmatch(member)
    return f"{match[1]}.{int(match[2])}" if match else ""


def problem(table: str, row: Mapping[str, str]) -> tuple[str, str] | None:
    """Return (column, what is wrong with it) of the first bad one, or None; the reason never quotes the value."""
    known = columns(table)
    if list(row) != [column.name for column in known] or None in row.values():  # None: a row that is too short
        return table, "not the columns of the circular"
    for column in known:
        value = row[column.name]
        if column.required and not value:
            return column.name, "missing"
        if len(value) > column.longest:
            return column.name, f"longer than {column.longest} characters"
        if column.words and value and value not in column.words.values():
            return column.name, "not one of the allowed values"
    return None


def _members(content: Content) -> Iterator[Member]:
    code = content.job.file_code
    pdfs = [document.member(file_name(code, document.ordinal)) for document in content.documents]
    dossier = _row("dossier", content.dossier, _composed(content))
    rows = [_row("document", document.fields, _composed(content, document)) for document in content.documents]
    tables = [small(DOSSIER, _table("dossier", [dossier])), small(DOCUMENTS, _table("document", rows))]
    notes = [small(PROVENANCE, content.job.provenance.encode())] if content.job.provenance else []
    listed = [*tables, *pdfs, *notes]
    yield small(MANIFEST, _manifest(content, listed))
    yield from listed


def _composed(content: Content, document: Document | None = None) -> dict[str, str]:
    """Return what the old circular composes: catalogue number or year, and notation, are in the dossier's code."""
    job = content.job
    rest = job.file_code.removeprefix(f"{job.organisation_id}.")
    first, _, last = rest.partition(".")
    dated = bool(last) and len(first) <= 4 and first.isdecimal()
    return {"agency": job.archive_code, "organ": job.organisation_id, "catalog": first if dated else "",
            "notation": last if dated else rest, "file": job.file_code,
            "ordinal": str(document.ordinal) if document else ""}


def _row(table: str, fields: Mapping[str, str], composed: Mapping[str, str]) -> dict[str, str]:
    """Return one row.

    Raises:
        ApplianceError: FIELD_INVALID with the column's name.
    """
    row = {}
    for column in columns(table):
        own = column.source.startswith("=")
        value = composed[column.source[1:]] if own else fields.get(column.source, "")
        row[column.name] = column.words.get(value, value)
    if bad := problem(table, row):
        raise errors.FIELD_INVALID.error(name=bad[0], reason=bad[1])
    return row


def _table(table: str, rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [column.name for column in columns(table)], quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    return f"{MARK}{text.getvalue()}".encode()


def _manifest(content: Content, listed: list[Member]) -> bytes:
    job = content.job
    facts: dict[str, Any] = {
        "layout": LAYOUT, "package": f"uuid-{job.uuid.upper()}", "created": content.created,
        "record_status": job.record_status, "replaces": content.replaces, "supplements": content.supplements,
        "organisation": job.organisation, "organisation_id": job.organisation_id,
        "software": f"scanner-appliance {appliance.__version__}",
        "files": [{"name": one.name, "size": one.size, "sha256": one.sha256} for one in listed]}
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, indent=1).encode()
