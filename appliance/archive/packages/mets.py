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

_PROFILE = "https://earkcsip.dilcis.eu/profile/E-ARK-CSIP.xml"
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
class Header:
    """What both METS files say of the package. ``created`` is ISO 8601 +07:00 with milliseconds.

    ``replaces``: UUID of the package whose place it takes, or empty.
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

    def identifier(self, name: str, prefix: str = "uuid-") -> str:
        """Return the identifier of a named part: the same package and name give the same one."""
        return prefix + str(uuid.uuid5(uuid.UUID(self.uuid), name)).upper()

    @property
    def package(self) -> str:
        """Identifier of the package, which is also its root folder."""
        return f"uuid-{str(uuid.UUID(self.uuid)).upper()}"


@dataclass(frozen=True, slots=True)
class Group:
    """Files of one use (a fileGrp) and the division of the structure that points to them."""

    use: str
    entries: tuple[Entry, ...]


def root(header: Header, description: Entry, groups: tuple[Group, ...], representation: Entry) -> bytes:
    """Return the package's METS.xml. ``representation`` is the METS.xml of rep1."""
    part = _Part(header, "root")
    pointed = tuple(Group(use, (representation,)) for use in ("Representations", "Representations/rep1"))
    body = [part.opening(header.package, ""), part.description(description), f"<amdSec{part.id('amd')}/>"]
    body.append(part.files((*groups, *pointed)))
    divisions = [part.division("Metadata", DMDID=part.name(f"dmd {description.href}"))]
    divisions += [part.division(group.use, part.pointer(group)) for group in (*groups, pointed[0])]
    divisions.append(part.division(pointed[1].use, part.link(pointed[1])))
    body.append(part.structure(header.package, "".join(divisions)))
    return "\n".join(body).encode()


def representation(header: Header, documents: tuple[tuple[Entry, Entry], ...]) -> bytes:
    """Return rep1's METS.xml; ``documents`` are pairs of PDF and description."""
    part = _Part(header, "rep1")
    data = Group("Data", tuple(pdf for pdf, _ in documents))
    body = [part.opening("rep1", "../../"), *(part.description(entry) for _, entry in documents)]
    body += [f"<amdSec{part.id('amd')}/>", part.files((data,))]
    described = " ".join(part.name(f"dmd {entry.href}") for _, entry in documents)
    links = "".join(starmap(part.document, documents))
    divisions = part.division("Metadata", DMDID=described) + part.division("Data", part.pointer(data))
    body.append(part.structure("rep1", divisions + part.division("MetadataLink", links), TYPE="ORIGINAL"))
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
        about = attributes(OBJID=object_id, LABEL=self.header.title, TYPE="Mixed",
                           csip__CONTENTINFORMATIONTYPE="MIXED", PROFILE=_PROFILE, xsi__schemaLocation=places)
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<mets{spaces}{about}>\n{self._head()}'

    def _head(self) -> str:
        header = self.header
        about = attributes(CREATEDATE=header.created, LASTMODDATE=header.created,
                           RECORDSTATUS=header.record_status, csip__OAISPACKAGETYPE="SIP")
        software = _agent(attributes(ROLE="CREATOR", TYPE="OTHER", OTHERTYPE="SOFTWARE"), header.software,
                          "SOFTWARE VERSION", header.version)
        office = _agent(attributes(ROLE="ARCHIVIST", TYPE="ORGANIZATION"), header.organisation,
                        "IDENTIFICATIONCODE", header.organisation_id)
        agreement = f'<altRecordID TYPE="SUBMISSIONAGREEMENT">{content(header.agreement)}</altRecordID>'
        before = f'<altRecordID TYPE="{REPLACES}">{content(header.replaces)}</altRecordID>' * bool(header.replaces)
        return f"<metsHdr{about}>{software}{office}{agreement}{before}</metsHdr>"

    def description(self, entry: Entry) -> str:
        created = self.header.created
        about = attributes(ID=self.name(f"dmd {entry.href}"), CREATED=created, STATUS="CURRENT")
        reference = attributes(ID=self.name(f"mdref {entry.href}"), LOCTYPE="URL", MDTYPE="DC", MDTYPEVERSION="1.0",
                               xlink__type="simple", xlink__href=entry.href)
        return f"<dmdSec{about}><mdRef{reference}{self._fixity(entry)}/></dmdSec>"

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
