"""A package of the older flat form looked at: its manifest leads to every file, its tables to the documents."""

from __future__ import annotations

import csv
import io
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from appliance.archive.packages import flat, markup
from appliance.archive.packages.content import PROVENANCE
from appliance.archive.packages.mets import RECORD_STATUSES
from appliance.archive.packages.replacement import KINDS, Said
from appliance.archive.packages.unpacking import NOTHING, Judge, Opened, Reference
from appliance.archive.packages.wrapping import shown


@dataclass(slots=True)
class FlatLook:
    """The look at one package of the form ``tt02-flat``; what is wrong goes to ``opened.problems``."""

    opened: Opened
    identifier: str
    file_code: str = ""
    said: Said = NOTHING

    def look(self, judge: Judge) -> None:
        """Follow the manifest to every file; what it does not know may not be there."""
        manifest = self._manifest()
        if manifest is None:
            return
        references = {one.name: one for one in _references(manifest)}
        if len(references) != len(manifest["files"]):
            self._wrong("the manifest lists a file twice")
        for name in sorted(set(self.opened.members) - set(references) - {flat.MANIFEST}):
            self._wrong(f"the manifest does not list the file {shown(name)}")
        self.opened.judge(references, [name for name in references if name.endswith("_signed.pdf")], judge)
        self._describe(references)

    def _wrong(self, text: str) -> None:
        self.opened.problems.append(text)

    def _manifest(self) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = json.loads(self.opened.read(flat.MANIFEST))
            list(_references(found))
            named, status = found["package"], found["record_status"]
            self.said = _bond(found)
        except (KeyError, ValueError, TypeError, AttributeError) as problem:
            self._wrong(f"{flat.MANIFEST} cannot be used: {type(problem).__name__}")
            return None
        if named != self.identifier:
            self._wrong("the manifest names another package than the root folder")
        if found.get("layout") != flat.LAYOUT or status not in RECORD_STATUSES:
            self._wrong("the manifest does not say what the package is")
        if self.said.problem:
            self._wrong(self.said.problem)
        return found

    def _describe(self, references: Mapping[str, Reference]) -> None:
        """Check both tables: one dossier, and a row for each document that is there."""
        dossiers, documents = self._rows(flat.DOSSIER, "dossier"), self._rows(flat.DOCUMENTS, "document")
        if len(dossiers) != 1:
            self._wrong(f"{flat.DOSSIER} has {len(dossiers)} rows, not one")
            return
        self.file_code = dossiers[0].get("FileCode", "")
        if dossiers[0].get("TotalDoc") != str(self.opened.documents):
            self._wrong("TotalDoc is not the number of documents in the package")
        told = {place for row in documents if (place := _place(row))}
        present = {name for name in references if name.endswith("_signed.pdf")}
        if told != present or len(told) != len(documents) or not told:
            self._wrong("documents and their rows do not pair")
        if any(row.get("FileCode") != self.file_code for row in documents):
            self._wrong("a document is of another dossier")
        for name in sorted(set(references) - present - {flat.DOSSIER, flat.DOCUMENTS, PROVENANCE}):
            self._wrong(f"the file {shown(name)} has no place in this form")

    def _rows(self, name: str, table: str) -> list[dict[str, str]]:
        try:
            text = self.opened.read(name).decode().removeprefix(flat.MARK)
            rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
        except (markup.MalformedError, KeyError, UnicodeDecodeError, csv.Error) as problem:
            self._wrong(f"{name} cannot be used: {type(problem).__name__}")
            return []
        for row in rows:
            if bad := flat.problem(table, row):
                self._wrong(f"{name}: column {bad[0]}: {bad[1]}")
        return rows


def _place(row: Mapping[str, str]) -> str:
    """Return where the document of a row lies; nothing where its number and its code do not agree."""
    code, ordinal = row.get("FileCode") or "", row.get("DocOrdinal") or ""
    if not re.fullmatch(r"[1-9][0-9]{0,6}", ordinal) or row.get("DocCode") != f"{code}.{int(ordinal):07d}":
        return ""
    return flat.file_name(code, int(ordinal))


def _bond(manifest: Mapping[str, Any]) -> Said:
    """Return to which package this one belongs, by its manifest."""
    status = str(manifest["record_status"])
    named = {of: str(manifest[kind.lower()]) for of, kind in KINDS.items()}
    for of, text in named.items():
        if bool(text) != (status == of):
            return Said(status, "", f"status and {KINDS[of].lower()} do not agree")
    text = named.get(status, "")
    try:
        return Said(status, str(uuid.UUID(text.removeprefix("uuid-"))) if text else "", "")
    except ValueError:
        return Said(status, "", "the package it belongs to has no UUID")


def _references(manifest: Mapping[str, Any]) -> list[Reference]:
    return [Reference(str(one["name"]), str(one["sha256"]), str(one["size"])) for one in manifest["files"]]
