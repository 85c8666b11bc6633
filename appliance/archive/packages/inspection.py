"""A package looked at without trusting it: what an archive must know before it signs a receipt.

Used by the receiver and by ``appliance verify``. Every finding is a sentence without personal data, so
it may stand in a receipt. PDF signatures are judged by a function that is handed in.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import uuid
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

from appliance.archive.packages import ead, markup, replacement
from appliance.archive.packages.mets import REPRESENTATION
from appliance.archive.packages.wrapping import DAMAGED, refusals, shown

CheckPdf = Callable[[Path], str]
"""Looks at one PDF; returns the empty text, or why its signature does not hold."""

PROVENANCE = "documentation/capture-provenance.json"
_METS = "{http://www.loc.gov/METS/}"
_HREF = "{http://www.w3.org/1999/xlink}href"


@dataclass(frozen=True, slots=True)
class PackageReport:
    """What was found. ``uuid`` is lowercase; both it and ``file_code`` are empty when unreadable.

    ``replaces``: UUID of the package whose place this one wants to take, lowercase, or empty. ``audit``: the head
    of the office's audit chain that is in it, ``seq:hash``, or empty.
    """

    problems: tuple[str, ...]
    documents: int = 0
    uuid: str = ""
    file_code: str = ""
    replaces: str = ""
    audit: str = ""

    @property
    def ok(self) -> bool:
        """Say whether nothing is wrong."""
        return not self.problems


def inspect_package(path: Path, check_pdf: CheckPdf, work: Path | None = None) -> PackageReport:
    """Look at the package ``path``: ZIP, METS, hashes, descriptive fields, signatures.

    Args:
        path: the ZIP.
        check_pdf: judge of one PDF file.
        work: folder for one unpacked PDF at a time; the system's temporary folder when None.

    Raises:
        OSError: the disk failed while reading or unpacking; this says nothing about the package.
    """
    try:
        with zipfile.ZipFile(path) as package:
            findings = _Findings(package, path.stat().st_size)
            if not findings.problems:
                findings.look(check_pdf, work)
    except DAMAGED as problem:
        return PackageReport((f"the ZIP is damaged ({type(problem).__name__})",))
    return PackageReport(tuple(findings.problems), findings.documents, findings.uuid, findings.file_code,
                         findings.replaces, findings.audit)


@dataclass(frozen=True, slots=True)
class _Reference:
    """One mention of a file in a METS: where it should be and what it should be."""

    name: str
    sha256: str
    size: str


@dataclass(slots=True)
class _Findings:
    """One package under inspection."""

    package: zipfile.ZipFile
    size: int
    problems: list[str] = field(default_factory=list)
    documents: int = 0
    uuid: str = ""
    file_code: str = ""
    replaces: str = ""
    audit: str = ""
    members: dict[str, zipfile.ZipInfo] = field(default_factory=dict)

    def __post_init__(self) -> None:
        infos = [info for info in self.package.infolist() if not info.is_dir()]
        self.problems += refusals(infos, self.size)
        roots = {info.filename.partition("/")[0] for info in infos}
        if not self.problems and len(roots) != 1:
            self.problems.append(f"the ZIP unpacks to {len(roots)} folders, not to one")
        self.members = {info.filename.partition("/")[2]: info for info in infos}
        root = next(iter(roots), "")
        if not self.problems:
            self._identify(root)

    def look(self, check_pdf: CheckPdf, work: Path | None) -> None:
        """Follow METS to every file; what METS does not know may not be there."""
        top = self._mets("METS.xml", "")
        inner = self._mets(f"{REPRESENTATION}/METS.xml", f"{REPRESENTATION}/")
        if top is None or inner is None:
            return
        if top.get("OBJID") != self._root:
            self.problems.append("METS names another package than the root folder")
        _, self.replaces, wrong = replacement.read(top)
        self.problems += [wrong] if wrong else []
        references = self._once((*_references(top, ""), *_references(inner, f"{REPRESENTATION}/")))
        for name in sorted(set(self.members) - set(references) - {"METS.xml"}):
            self.problems.append(f"no METS lists the file {shown(name)}")
        self._judge(references, check_pdf, work)
        self._describe()
        self.audit = self._audit_head()

    @property
    def _root(self) -> str:
        return next(iter(self.members.values())).filename.partition("/")[0]

    def _identify(self, root: str) -> None:
        try:
            self.uuid = str(uuid.UUID(root.removeprefix("uuid-")))
        except ValueError:
            self.uuid = ""
        if root != f"uuid-{self.uuid.upper()}":
            self.problems.append("the root folder is not named uuid-<UUID>")

    def _mets(self, name: str, below: str) -> ET.Element | None:
        try:
            root = markup.parse(self._read(name))
        except (markup.MalformedError, KeyError) as problem:
            self.problems.append(f"{below}METS.xml cannot be used: {problem}")
            return None
        if root.tag != f"{_METS}mets":
            self.problems.append(f"{below}METS.xml is no METS file")
            return None
        return root

    def _read(self, name: str) -> bytes:
        """Return one small member; KeyError when missing, MalformedError when too long."""
        info = self.members[name]
        if info.file_size > markup.LIMIT:
            raise markup.MalformedError("longer than allowed")
        return self.package.read(info)

    def _once(self, references: tuple[_Reference, ...]) -> dict[str, _Reference]:
        """Return the references by file; the METS of a representation alone is listed under two uses."""
        seen: dict[str, _Reference] = {}
        for reference in references:
            earlier = seen.setdefault(reference.name, reference)
            if earlier is reference or (reference.name.endswith("/METS.xml") and earlier == reference):
                continue
            self.problems.append(f"METS lists the file {shown(reference.name)} twice")
        return seen

    def _judge(self, references: dict[str, _Reference], check_pdf: CheckPdf, work: Path | None) -> None:
        with tempfile.TemporaryDirectory(dir=work, prefix="inspect-") as folder:
            for name, reference in references.items():
                info = self.members.get(name)
                if info is None:
                    self.problems.append(f"the file {shown(name)} is missing")
                    continue
                is_pdf = name.startswith(f"{REPRESENTATION}/data/")
                copy = Path(folder) / f"{self.documents + 1}.pdf" if is_pdf else None
                if self._fits(info, reference, copy) and copy is not None:
                    self._judge_pdf(name, copy, check_pdf)
                self.documents += is_pdf
                if copy is not None:
                    copy.unlink(missing_ok=True)

    def _fits(self, info: zipfile.ZipInfo, reference: _Reference, copy: Path | None) -> bool:
        """Compare one member with its METS entry; on the way copy it to ``copy`` if given."""
        digest = hashlib.sha256()
        with self.package.open(info) as source, (copy or Path(os.devnull)).open("wb") as sink:
            while piece := source.read(1 << 20):
                digest.update(piece)
                sink.write(piece)
        if digest.hexdigest() != reference.sha256.lower():
            self.problems.append(f"the file {shown(reference.name)} does not match its SHA-256 in METS")
            return False
        if str(info.file_size) != reference.size:
            self.problems.append(f"the file {shown(reference.name)} does not have the size METS gives")
            return False
        return True

    def _judge_pdf(self, name: str, copy: Path, check_pdf: CheckPdf) -> None:
        if not name.endswith(".pdf"):
            self.problems.append(f"the file {shown(name)} is no PDF")
        elif reason := check_pdf(copy):
            self.problems.append(f"the document {shown(name)}: {reason}")

    def _describe(self) -> None:
        """Check the descriptive fields of the dossier and that each document has its own."""
        dossier = self._fields("metadata/descriptive/EAD.xml", ead.DOSSIER)
        self.file_code = dossier.get("fileCode", "")
        if dossier.get("totalDoc") != str(self.documents):
            self.problems.append("totalDoc is not the number of documents in the package")
        data, told = f"{REPRESENTATION}/data/", f"{REPRESENTATION}/metadata/descriptive/EAD_doc_"
        stems = {name.removeprefix(data).removesuffix(".pdf") for name in self.members if name.startswith(data)}
        described = {name.removeprefix(told).removesuffix(".xml") for name in self.members if name.startswith(told)}
        if stems != described or not stems:
            self.problems.append("documents and their descriptions do not pair")
        if not all(stem.startswith(f"{self.file_code}.") for stem in stems):
            self.problems.append("a document is not named after the dossier's code")
        for stem in sorted(described):
            self._fields(f"{told}{stem}.xml", ead.DOCUMENT)

    def _audit_head(self) -> str:
        """Return the head of the audit chain that the provenance names; it is no fault when there is none."""
        try:
            facts = json.loads(self._read(PROVENANCE))
            seq, head = facts["audit_seq"], facts["audit_head"]
        except (markup.MalformedError, KeyError, ValueError, TypeError):
            return ""
        good = isinstance(seq, int) and isinstance(head, str) and re.fullmatch(r"[0-9a-f]{64}", head)
        return f"{seq}:{head}" if good and seq > 0 else ""

    def _fields(self, name: str, schema: str) -> dict[str, str]:
        try:
            values = ead.read(self._read(name))
        except (markup.MalformedError, KeyError) as problem:
            self.problems.append(f"{shown(name)} cannot be used: {problem}")
            return {}
        if bad := ead.problem(schema, values):
            self.problems.append(f"{shown(name)}: field {bad[0]}: {bad[1]}")
        return values


def _references(mets: ET.Element, below: str) -> Iterator[_Reference]:
    for holder, place in ((f"{_METS}mdRef", "."), (f"{_METS}file", f"{_METS}FLocat")):
        for element in mets.iter(holder):
            pointer = element.find(place)
            href = "" if pointer is None else pointer.get(_HREF, "")
            yield _Reference(f"{below}{href}", element.get("CHECKSUM", ""), element.get("SIZE", ""))
