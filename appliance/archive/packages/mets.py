"""The two METS files of a package: what belongs to it, with size and SHA-256 of every file.

Form: Circular 05/2025/TT-BNV on E-ARK CSIP 2.0.4. One group and division named plain ``Representations``
stands beside the circular's ``Representations/rep1``, because CSIP103 and CSIP114 ask for that name.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from itertools import starmap

from appliance.archive.packages.markup import attributes, content

REPRESENTATION = "representations/rep1"
RECORD_STATUSES = ("NEW", "SUPPLEMENT", "REPLACEMENT", "TEST", "OTHER")

REPLACES = "REPLACES"
"""Kind of the identifier of the package whose place a REPLACEMENT takes; the circular knows the status alone."""

SUPPLEMENTS = "SUPPLEMENTS"
"""Kind of the identifier of a package to whose dossier a SUPPLEMENT adds documents."""

_PROFILE = "https://earkcsip.dilcis.eu/profile/E-ARK-CSIP.xml"
_AIP_PROFILE = "http://www.ra.ee/METS/v01/IP.xml"
_METS = "http://www.loc.gov/METS/"
_XLINK = "http://www.w3.org/1999/xlink"
_CSIP = "https://DILCIS.eu/XML/METS/CSIPExtensionMETS"
_SIP = "https://DILCIS.eu/XML/METS/SIPExtensionMETS"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file as METS lists it: ``href`` is relative to the METS file, ``sha256`` lowercase hex."""

    href: str
    mime: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Form:
    """What tells the forms apart. ``kind`` as OAIS names it; ``structure`` is the TYPE of a representation."""

    kind: str
    profile: str
    structure: str


SIP = Form("SIP", _PROFILE, "ORIGINAL")
AIP = Form("AIP", _AIP_PROFILE, "NORMALIZED")


@dataclass(frozen=True, slots=True)
class Header:
    """What both METS files say of the package. ``created`` is ISO 8601 +07:00 with milliseconds.

    ``replaces``: UUID of the package whose place it takes, or empty; ``supplements``: to whose dossier it adds.
    """

    uuid: str
    title: str
    created: str
    record_status: str
    organisation: str
    organisation_id: str
    agreement: str
    software: str
    version: str
    replaces: str = ""
    supplements: str = ""
    form: Form = SIP

    def identifier(self, name: str, prefix: str = "uuid-") -> str:
        """Return the identifier of a named part: the same package and name give the same one."""
        return prefix + str(uuid.uuid5(uuid.UUID(self.uuid), name)).upper()

    @property
    def package(self) -> str:
        """Identifier of the package: of an AIP it begins with the code of the fonds."""
        name = str(uuid.UUID(self.uuid)).upper()
        return f"urn:{self.organisation_id}:uuid:{name}" if self.form is AIP else f"uuid-{name}"

    @property
    def folder(self) -> str:
        """Root folder of the package: its identifier, without colons."""
        return self.package.replace(":", "_")


@dataclass(frozen=True, slots=True)
class Group:
    """Files of one use (a fileGrp) and the division of the structure that points to them."""

    use: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """What the package's METS.xml lists: ``representation`` is the METS.xml of rep1, ``preservation`` is PREMIS."""

    description: Entry
    groups: tuple[Group, ...]
    representation: Entry
    preservation: tuple[Entry, ...] = ()


def root(header: Header, parts: Parts) -> bytes:
    """Return the package's METS.xml."""
    part = _Part(header, "root")
    pointed = tuple(Group(use, (parts.representation,)) for use in ("Representations", "Representations/rep1"))
    body = [part.opening(header.package, ""), part.description(parts.description), part.kept(parts.preservation)]
    body.append(part.files((*parts.groups, *pointed)))
    divisions = [part.division("Metadata", DMDID=part.name(f"dmd {parts.description.href}"),
                               **part.pointed(parts.preservation))]
    divisions += [part.division(group.use, part.pointer(group)) for group in (*parts.groups, pointed[0])]
    divisions.append(part.division(pointed[1].use, part.link(pointed[1])))
    body.append(part.structure(header.package, "".join(divisions)))
    return "\n".join(body).encode()


def representation(header: Header, documents: tuple[tuple[Entry, Entry], ...], *preservation: Entry) -> bytes:
    """Return rep1's METS.xml; ``documents`` are pairs of PDF and description, ``preservation`` is PREMIS."""
    part = _Part(header, "rep1")
    data = Group("Data", tuple(pdf for pdf, _ in documents))
    body = [part.opening("rep1", "../../"), *(part.description(entry) for _, entry in documents)]
    body += [part.kept(preservation), part.files((data,))]
    described = " ".join(part.name(f"dmd {entry.href}") for _, entry in documents)
    links = "".join(starmap(part.document, documents))
    metadata = part.division("Metadata", DMDID=described, **part.pointed(preservation))
    divisions = metadata + part.division("Data", part.pointer(data))
    divisions += part.division("MetadataLink", links)
    body.append(part.structure("rep1", divisions, TYPE=header.form.structure))
    return "\n".join(body).encode()


@dataclass(frozen=True, slots=True)
class _Part:
    """Writes the elements of one METS file; identifiers are made from the file's name and their own."""

    header: Header
    file: str

    def name(self, text: str) -> str:
        return self.header.identifier(f"{self.file} {text}")

    def id(self, text: str) -> str:
        return attributes(ID=self.name(text))

    def file_id(self, group: str, entry: Entry) -> str:
        return self.header.identifier(f"{self.file} {group} {entry.href}", "ID-")

    def opening(self, object_id: str, up: str) -> str:
        """Return the start of the file, to the end of the header; ``up`` leads to the package's root."""
        places = (f"{_METS} {up}schemas/mets1_12.xsd {_XLINK} {up}schemas/xlink.xsd "
                  f"{_CSIP} {up}schemas/DILCISExtensionMETS.xsd {_SIP} {up}schemas/DILCISExtensionSIPMETS.xsd")
        spaces = attributes(xmlns=_METS, xmlns__xsi="http://www.w3.org/2001/XMLSchema-instance",
                            xmlns__xlink=_XLINK, xmlns__csip=_CSIP, xmlns__sip=_SIP)
        profile = _PROFILE if up else self.header.form.profile
        about = attributes(OBJID=object_id, LABEL=self.header.title, TYPE="Mixed",
                           csip__CONTENTINFORMATIONTYPE="MIXED", PROFILE=profile, xsi__schemaLocation=places)
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<mets{spaces}{about}>\n{self._head()}'

    def _head(self) -> str:
        header = self.header
        about = attributes(CREATEDATE=header.created, LASTMODDATE=header.created,
                           RECORDSTATUS=header.record_status, csip__OAISPACKAGETYPE=header.form.kind)
        software = _agent(attributes(ROLE="CREATOR", TYPE="OTHER", OTHERTYPE="SOFTWARE"), header.software,
                          "SOFTWARE VERSION", header.version)
        office = _agent(attributes(ROLE="ARCHIVIST", TYPE="ORGANIZATION"), header.organisation,
                        "IDENTIFICATIONCODE", header.organisation_id)
        agreement = f'<altRecordID TYPE="SUBMISSIONAGREEMENT">{content(header.agreement)}</altRecordID>'
        before = "".join(f'<altRecordID TYPE="{kind}">{content(package)}</altRecordID>' for kind, package in (
            (REPLACES, header.replaces), (SUPPLEMENTS, header.supplements)) if package)
        return f"<metsHdr{about}>{software}{office}{agreement}{before}</metsHdr>"

    def description(self, entry: Entry) -> str:
        created = self.header.created
        about = attributes(ID=self.name(f"dmd {entry.href}"), CREATED=created, STATUS="CURRENT")
        reference = attributes(ID=self.name(f"mdref {entry.href}"), LOCTYPE="URL", MDTYPE="DC", MDTYPEVERSION="1.0",
                               xlink__type="simple", xlink__href=entry.href)
        return f"<dmdSec{about}><mdRef{reference}{self._fixity(entry)}/></dmdSec>"

    def kept(self, entries: tuple[Entry, ...]) -> str:
        """Return the administrative section: it points to PREMIS where there is one."""
        if not entries:
            return f"<amdSec{self.id('amd')}/>"
        sections = []
        for entry in entries:
            name, created = self.name(f"digiprov {entry.href}"), self.header.created
            about = attributes(ID=name, CREATED=created, STATUS="CURRENT")
            where = attributes(ID=self.name(f"mdref {entry.href}"), LOCTYPE="URL", MDTYPE="PREMIS",
                               MDTYPEVERSION="3.0", xlink__type="simple", xlink__href=entry.href)
            sections.append(f"<digiprovMD{about}><mdRef{where}{self._fixity(entry)}/></digiprovMD>")
        return f"<amdSec{self.id('amd')}>{''.join(sections)}</amdSec>"

    def pointed(self, entries: tuple[Entry, ...]) -> dict[str, str]:
        """Return the attribute by which a division points to PREMIS."""
        return {"ADMID": " ".join(self.name(f"digiprov {entry.href}") for entry in entries)} if entries else {}

    def _fixity(self, entry: Entry) -> str:
        return attributes(MIMETYPE=entry.mime, SIZE=str(entry.size), CREATED=self.header.created,
                          CHECKSUM=entry.sha256.upper(), CHECKSUMTYPE="SHA-256")

    def files(self, groups: tuple[Group, ...]) -> str:
        return f"<fileSec{self.id('files')}>\n" + "".join(self._group(group) for group in groups) + "</fileSec>"

    def _group(self, group: Group) -> str:
        about = attributes(ID=self.name(f"group {group.use}"), USE=group.use)
        if group.use.startswith("Representations"):
            about += attributes(csip__CONTENTINFORMATIONTYPE="MIXED")
        listed = "".join(self._listed(group.use, entry) for entry in group.entries)
        return f"<fileGrp{about}>{listed}</fileGrp>\n"

    def _listed(self, use: str, entry: Entry) -> str:
        where = attributes(LOCTYPE="URL", xlink__type="simple", xlink__href=entry.href)
        about = attributes(ID=self.file_id(use, entry)) + self._fixity(entry)
        return f"<file{about}><FLocat{where}/></file>"

    def structure(self, label: str, divisions: str, **more: str) -> str:
        about = self.id("structure") + attributes(TYPE="PHYSICAL", LABEL="CSIP")
        top = attributes(ID=self.name("top"), LABEL=label, **more)
        return f"<structMap{about}>\n<div{top}>\n{divisions}</div>\n</structMap>\n</mets>\n"

    def division(self, label: str, inside: str = "", **more: str) -> str:
        return f"<div{self.id(f'division {label}')}{attributes(LABEL=label, **more)}>{inside}</div>\n"

    def pointer(self, group: Group) -> str:
        return f"<fptr{attributes(FILEID=self.name(f'group {group.use}'))}/>"

    def link(self, group: Group) -> str:
        about = attributes(LOCTYPE="URL", xlink__type="simple", xlink__href=group.entries[0].href,
                           xlink__title=self.name(f"group {group.use}"))
        return f"<mptr{about}/>"

    def document(self, pdf: Entry, description: Entry) -> str:
        about = self.id(f"link {pdf.href}") + attributes(LABEL="MetadataLink/File",
                                                         DMDID=self.name(f"dmd {description.href}"))
        return f"<div{about}><fptr{attributes(FILEID=self.file_id('Data', pdf))}/></div>\n"


def _agent(about: str, name: str, kind: str, note: str) -> str:
    remark = f"<note{attributes(csip__NOTETYPE=kind)}>{content(note)}</note>"
    return f"<agent{about}><name>{content(name)}</name>{remark}</agent>"
