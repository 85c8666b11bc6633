"""What an accepted package says of itself, as the index keeps it: dossier, documents, the office that sends it.

Read only after ``archive/packages/inspection.py`` found nothing wrong: here nothing is judged.
"""

from __future__ import annotations

import json
import re
import unicodedata
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from appliance.archive.packages import ead, markup
from appliance.archive.packages.content import PROVENANCE

_METS = "{http://www.loc.gov/METS/}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_DOSSIER = "metadata/descriptive/EAD.xml"
_DOCUMENT = re.compile(r"(.*)metadata/descriptive/EAD_doc_(.+)\.xml")
_ORDINAL = re.compile(r"\.([0-9]+)\Z")
_HIGHEST = 9_999_999


@dataclass(frozen=True, slots=True)
class Document:
    """One document; the names are columns of ``tables.documents``. ``name`` is its member in the ZIP."""

    ordinal: int
    name: str
    doc_code: str
    sha256: str
    size: int
    pages: int
    type_name: str
    code_number: str
    code_notation: str
    issued: str
    organ_name: str
    subject: str
    subject_plain: str
    mode: str


@dataclass(frozen=True, slots=True)
class Contents:
    """One package. ``organ`` is the fonds code under which the office sends it; days are YYYY-MM-DD.

    ``answers``: rescan tasks whose pages it brings, as its provenance says; None where that says nothing of tasks.
    """

    organ: str
    file_code: str
    status: str
    title: str
    mode: str
    start_date: str
    end_date: str
    documents: tuple[Document, ...]
    answers: frozenset[str] | None = None

    @property
    def modes(self) -> frozenset[str]:
        """Every access mode in it: of the dossier and of its documents."""
        return frozenset({self.mode, *(document.mode for document in self.documents)})

    @property
    def oddity(self) -> str:
        """Why the index cannot hold it, or nothing: two documents of one number, something out of bounds."""
        ordinals = [document.ordinal for document in self.documents]
        if len(set(ordinals)) != len(ordinals):
            return "two documents bear one number"
        if not all(1 <= number <= _HIGHEST for number in ordinals):
            return "a document bears a number that no document has"
        if any(document.pages > _HIGHEST for document in self.documents):
            return "a document has more pages than a document can have"
        texts = [str(value) for row in (self.package_row(), *self.document_rows("")) for value in row.values()]
        return "a text holds a control character" if any("\0" in text for text in texts) else ""

    def package_row(self) -> dict[str, Any]:
        """Return the columns of ``tables.packages`` that the package itself says."""
        return {"file_code": self.file_code, "status": self.status, "title": self.title,
                "title_plain": folded(self.title), "mode": self.mode, "start_date": self.start_date,
                "end_date": self.end_date}

    def document_rows(self, package: str) -> list[dict[str, Any]]:
        """Return the rows of ``tables.documents``."""
        return [{"package": package, **asdict(document)} for document in self.documents]


def read(path: Path) -> Contents:
    """Return what is in the sound package ``path``.

    Raises:
        KeyError, ValueError, zipfile.BadZipFile: it was not inspected before, and is not sound.
        OSError: the disk failed.
    """
    from appliance.receiver import flat_contents  # it needs what stands below

    with zipfile.ZipFile(path) as package:
        if flat_contents.is_flat(package):
            return flat_contents.read(package)
        members = _Members(package)
        mets, dossier = markup.parse(members.read("METS.xml")), ead.read(members.read(_DOSSIER))
        found = [members.document(match[1], match[2])
                 for match in map(_DOCUMENT.fullmatch, sorted(members.names)) if match]
        answers = answers_of(members.read(PROVENANCE)) if PROVENANCE in members.names else None
    header = mets.find(f"{_METS}metsHdr")
    return Contents(
        _organ(mets), dossier.get("fileCode") or dossier.get("arcFileCode", ""),
        "" if header is None else header.get("RECORDSTATUS", ""), dossier.get("title", ""), dossier.get("mode", ""),
        day(dossier.get("startDate", "")), day(dossier.get("endDate", "")),
        tuple(sorted(found, key=lambda one: one.ordinal)), answers)


def answers_of(data: bytes) -> frozenset[str] | None:
    """Return the tasks that a provenance names; None where it is of other software, or names none at all."""
    try:
        facts = json.loads(data)
        return frozenset(str(one["task"]) for one in facts["rescan_tasks"])
    except (ValueError, KeyError, TypeError):
        return None


def folded(text: str) -> str:
    """Return a text as people type it in a hurry: no marks, no capitals, single spaces; Đ (and Ð) is d."""
    bare = "".join(one for one in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(one))
    return " ".join(bare.replace("đ", "d").replace("ð", "d").split())


def day(text: str) -> str:
    """Return ``22/11/2026`` as ``2026-11-22``, so ``11/2026`` and ``2026``; what is no date as the empty text."""
    parts = text.split("/")[::-1]
    return "-".join(parts) if re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", "-".join(parts)) else ""


class _Members:
    """The files of one package by their names below its root folder."""

    def __init__(self, package: zipfile.ZipFile) -> None:
        self._package = package
        self.names = {name.partition("/")[2]: name for name in package.namelist() if not name.endswith("/")}
        self._hashes: dict[str, dict[str, str]] = {}

    def read(self, name: str) -> bytes:
        """Return one small file."""
        return self._package.read(self.names[name])

    def document(self, below: str, stem: str) -> Document:
        """Return the document ``stem`` of the representation whose folder is ``below``."""
        fields = ead.read(self.read(f"{below}metadata/descriptive/EAD_doc_{stem}.xml"))
        place, ordinal = self.names[f"{below}data/{stem}.pdf"], _ORDINAL.search(stem)
        subject, pages = fields.get("subject", ""), fields.get("numberOfPage", "")
        return Document(
            int(ordinal[1]) if ordinal else 0, place, fields.get("docCode", ""),
            self._hash(below, f"data/{stem}.pdf"), self._package.getinfo(place).file_size,
            int(pages) if pages.isdecimal() else 0, fields.get("typeName", ""), fields.get("codeNumber", ""),
            fields.get("codeNotation", ""),
            day(fields.get("issuedDate", "")), fields.get("organName", ""), subject, folded(subject),
            fields.get("mode", ""))

    def _hash(self, below: str, href: str) -> str:
        if below not in self._hashes:
            mets = markup.parse(self.read(f"{below}METS.xml"))
            self._hashes[below] = {
                place.get(_HREF, ""): file.get("CHECKSUM", "").lower()
                for file in mets.iter(f"{_METS}file") for place in file.findall(f"{_METS}FLocat")}
        return self._hashes[below][href]


def _organ(mets: ET.Element) -> str:
    """Return the one fonds code that the package names for its organisation; none or several give nothing."""
    notes = {(note.text or "").strip()
             for agent in mets.iterfind(f"{_METS}metsHdr/{_METS}agent") if agent.get("TYPE") == "ORGANIZATION"
             for note in agent.findall(f"{_METS}note")}
    return notes.pop() if len(notes) == 1 else ""
