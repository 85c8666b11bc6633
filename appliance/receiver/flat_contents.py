"""What an accepted package of the older flat form says of itself, in the words of the newer one (contents.py)."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from appliance.archive.packages import flat
from appliance.archive.packages.content import PROVENANCE
from appliance.receiver.contents import Contents, Document, answers_of, day, folded


def is_flat(package: zipfile.ZipFile) -> bool:
    """Say whether a sound package is of the flat form."""
    return any(name.partition("/")[2] == flat.MANIFEST for name in package.namelist())


def read(package: zipfile.ZipFile) -> Contents:
    """Return what is in a sound package of the flat form.

    Raises:
        KeyError, ValueError: it was not inspected before, and is not sound.
    """
    root = package.namelist()[0].partition("/")[0]
    manifest: dict[str, Any] = json.loads(package.read(f"{root}/{flat.MANIFEST}"))
    (dossier,) = _rows(package, f"{root}/{flat.DOSSIER}", "dossier")
    hashes = {one["name"]: one["sha256"] for one in manifest["files"]}
    documents = [_document(package, root, row, hashes)
                 for row in _rows(package, f"{root}/{flat.DOCUMENTS}", "document")]
    answers = answers_of(package.read(f"{root}/{PROVENANCE}")) if PROVENANCE in hashes else None
    return Contents(
        manifest["organisation_id"], dossier["FileCode"], manifest["record_status"], dossier["Title"],
        dossier["Rights"], day(dossier["StartDate"]), day(dossier["EndDate"]),
        tuple(sorted(documents, key=lambda one: one.ordinal)), answers)


def _document(package: zipfile.ZipFile, root: str, row: Mapping[str, str], hashes: Mapping[str, str]) -> Document:
    ordinal = int(row["DocOrdinal"])
    name = flat.file_name(row["FileCode"], ordinal)
    pages = row["PageAmount"]
    return Document(
        ordinal, f"{root}/{name}", row["DocCode"], hashes[name].lower(),
        package.getinfo(f"{root}/{name}").file_size, int(pages) if pages.isdecimal() else 0, row["TypeName"],
        row["CodeNumber"], row["CodeNotation"], day(row["IssuedDate"]), row["OrganName"], row["Subject"],
        folded(row["Subject"]), row["Mode"])


def _rows(package: zipfile.ZipFile, name: str, table: str) -> list[dict[str, str]]:
    """Return the rows of a table, with the codes of the newer circular for the words of the older one."""
    codes = {column.name: {word: code for code, word in column.words.items()} for column in flat.columns(table)}
    text = package.read(name).decode().removeprefix(flat.MARK)
    return [{column: codes[column].get(value, value) for column, value in row.items()}
            for row in csv.DictReader(io.StringIO(text, newline=""))]
