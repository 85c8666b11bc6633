"""A package with METS looked at: METS leads to every file, descriptions to documents, PREMIS agrees with both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from appliance.archive.packages import ead, markup, mets
from appliance.archive.packages.mets import REPRESENTATION, Form
from appliance.archive.packages.replacement import Said
from appliance.archive.packages.replacement import read as read_bond
from appliance.archive.packages.unpacking import NOTHING, Judge, Opened, Reference
from appliance.archive.packages.wrapping import shown

_METS = "{http://www.loc.gov/METS/}"
_CSIP = "{https://DILCIS.eu/XML/METS/CSIPExtensionMETS}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_PREMIS = "{http://www.loc.gov/premis/v3}"
_DATA = f"{REPRESENTATION}/data/"
_TOLD = f"{REPRESENTATION}/metadata/descriptive/EAD_doc_"
KEPT = ("metadata/preservation/PREMIS.xml", f"{REPRESENTATION}/metadata/preservation/PREMIS_rep1.xml")
"""Where PREMIS lies in an AIP."""


@dataclass(slots=True)
class MetsLook:
    """The look at one SIP or AIP; what is wrong goes to ``opened.problems``."""

    opened: Opened
    form: Form
    identifier: str
    file_code: str = ""
    said: Said = NOTHING

    def look(self, judge: Judge) -> None:
        """Follow METS to every file; what METS does not know may not be there."""
        top, inner = self._mets("METS.xml", ""), self._mets(f"{REPRESENTATION}/METS.xml", f"{REPRESENTATION}/")
        if top is None or inner is None:
            return
        self._header(top)
        references = self._once((*_references(top, ""), *_references(inner, f"{REPRESENTATION}/")))
        for name in sorted(set(self.opened.members) - set(references) - {"METS.xml"}):
            self._wrong(f"no METS lists the file {shown(name)}")
        self.opened.judge(references, [name for name in references if name.startswith(_DATA)], judge)
        self._describe()
        if self.form is mets.AIP:
            self._preserve(references)

    def _wrong(self, text: str) -> None:
        self.opened.problems.append(text)

    def _header(self, top: ET.Element) -> None:
        if top.get("OBJID") != self.identifier:
            self._wrong("METS names another package than the root folder")
        header = top.find(f"{_METS}metsHdr")
        if header is None or header.get(f"{_CSIP}OAISPACKAGETYPE") != self.form.kind:
            self._wrong(f"METS does not call the package a {self.form.kind}")
        self.said = read_bond(top)
        if self.said.problem:
            self._wrong(self.said.problem)

    def _mets(self, name: str, below: str) -> ET.Element | None:
        try:
            root = markup.parse(self.opened.read(name))
        except (markup.MalformedError, KeyError) as problem:
            self._wrong(f"{below}METS.xml cannot be used: {problem}")
            return None
        if root.tag != f"{_METS}mets":
            self._wrong(f"{below}METS.xml is no METS file")
            return None
        return root

    def _once(self, references: Iterable[Reference]) -> dict[str, Reference]:
        """Return the references by file; the METS of a representation alone is listed under two uses."""
        seen: dict[str, Reference] = {}
        for reference in references:
            earlier = seen.setdefault(reference.name, reference)
            if earlier is reference or (reference.name.endswith("/METS.xml") and earlier == reference):
                continue
            self._wrong(f"METS lists the file {shown(reference.name)} twice")
        return seen

    def _describe(self) -> None:
        """Check the descriptive fields of the dossier and that each document has its own."""
        archived = self.form is mets.AIP
        dossier = self._fields("metadata/descriptive/EAD.xml", ead.ARCHIVED_DOSSIER if archived else ead.DOSSIER)
        self.file_code = dossier.get("arcFileCode" if archived else "fileCode", "")
        if dossier.get("totalDoc") != str(self.opened.documents):
            self._wrong("totalDoc is not the number of documents in the package")
        members = self.opened.members
        stems = {name.removeprefix(_DATA).removesuffix(".pdf") for name in members if name.startswith(_DATA)}
        described = {name.removeprefix(_TOLD).removesuffix(".xml") for name in members if name.startswith(_TOLD)}
        if stems != described or not stems:
            self._wrong("documents and their descriptions do not pair")
        if not all(self._is_of(stem.rpartition(".")[0]) for stem in stems):
            self._wrong("a document is not named after the dossier's code")
        for stem in sorted(described):
            values = self._fields(f"{_TOLD}{stem}.xml", ead.ARCHIVED_DOCUMENT if archived else ead.DOCUMENT)
            if values and values.get("docCode") != ead.document_code(stem):
                self._wrong(f"{shown(stem)}: docCode is not that of the document")

    def _is_of(self, code: str) -> bool:
        """Say whether documents of the office's ``code`` are of this dossier; an archive puts its own before it."""
        return code == self.file_code or (self.form is mets.AIP and self.file_code.endswith(f".{code}"))

    def _fields(self, name: str, schema: str) -> dict[str, str]:
        try:
            values = ead.read(self.opened.read(name))
        except (markup.MalformedError, KeyError) as problem:
            self._wrong(f"{shown(name)} cannot be used: {problem}")
            return {}
        if bad := ead.problem(schema, values):
            self._wrong(f"{shown(name)}: field {bad[0]}: {bad[1]}")
        return values

    def _preserve(self, references: dict[str, Reference]) -> None:
        """Check that PREMIS is there and has the hash of every document that METS has."""
        hashes: set[str] = set()
        for name in KEPT:
            try:
                root = markup.parse(self.opened.read(name))
            except (markup.MalformedError, KeyError) as problem:
                self._wrong(f"{shown(name)} cannot be used: {problem}")
                continue
            good = root.tag == f"{_PREMIS}premis" and root.get("version") == "3.0"
            if not good or root.find(f"{_PREMIS}event") is None:
                self._wrong(f"{shown(name)} is no PREMIS 3 with an event")
            hashes |= {(one.text or "").lower() for one in root.iter(f"{_PREMIS}messageDigest")}
        wanted = {one.sha256.lower() for name, one in references.items() if name.startswith(_DATA)}
        if hashes != wanted:
            self._wrong("PREMIS does not have the hashes of the documents")


def _references(root: ET.Element, below: str) -> Iterator[Reference]:
    for holder, place in ((f"{_METS}mdRef", "."), (f"{_METS}file", f"{_METS}FLocat")):
        for element in root.iter(holder):
            pointer = element.find(place)
            href = "" if pointer is None else pointer.get(_HREF, "")
            yield Reference(f"{below}{href}", element.get("CHECKSUM", ""), element.get("SIZE", ""))
