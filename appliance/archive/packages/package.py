"""A dossier as one submission package: form ``tt05-sip-hoso`` of Circular 05/2025/TT-BNV (docs/package.md).

The same job gives the same bytes: identifiers follow from the package's UUID, times from the job, the
order of files from their place in the list. So a build that a power cut ended is simply done again.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
import secrets
import time
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import appliance
from appliance.archive.packages import ead, markup, mets, replacement
from appliance.archive.packages.mets import Entry, Group, Header
from appliance.core import clock, errors, files
from appliance.core.jobs import PackageDocument, PackageJob, Packed

LAYOUT = "tt05-sip-hoso"
_FILE_CODE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_\-]|\.(?!\.)){0,98}[A-Za-z0-9_\-]|[A-Za-z0-9]")
FOREIGN_SCHEMAS = ("mets1_12.xsd", "xlink.xsd", "DILCISExtensionMETS.xsd", "DILCISExtensionSIPMETS.xsd")
_INSTALLED = {"mets1_12.xsd": "mets.xsd"}
_XML, _PDF, _JSON = "application/xml", "application/pdf", "application/json"


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the package: bytes, or a path whose content must have this SHA-256."""

    name: str
    size: int
    sha256: str
    data: bytes = b""
    path: Path | None = None

    def entry(self, mime: str, below: str = "") -> Entry:
        """Return the file as a METS that lies in folder ``below`` lists it."""
        return Entry(self.name.removeprefix(below), mime, self.size, self.sha256)


def build(job: PackageJob) -> Packed:
    """Build the package and make it durable at ``job.out``; an existing file of that name is replaced.

    Raises:
        ApplianceError: FIELD_INVALID (field named), PACKAGE_INVALID (a document is missing or is not the
            one that was signed), SCHEMAS_MISSING.
        OSError: the disk is full or broken; ``job.out`` is as it was before.
    """
    started = time.perf_counter()
    header = _header(job)
    members = list(_members(job, header))
    out = Path(job.out)
    files.make_folder(out.parent)
    temporary = out.with_name(f"{out.name}.{secrets.token_hex(4)}{files.TEMPORARY}")
    try:
        _zip(temporary, header, members)
        digest, size = files.sha256_of(temporary), temporary.stat().st_size
        files.adopt_durably(temporary, out)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return Packed(str(out), digest, size, time.perf_counter() - started)


def check_file_code(code: str) -> None:
    """Refuse a dossier code that is not safe as a file name.

    Raises:
        ApplianceError: FIELD_INVALID.
    """
    if not _FILE_CODE.fullmatch(code):
        raise errors.FIELD_INVALID.error(name="fileCode", reason="1 to 100 of A-Z a-z 0-9 . _ -, no '..'")


def schema(name: str, folder: str) -> bytes:
    """Return one METS, xlink or DILCIS schema from ``folder``, or from the installed package if empty.

    Raises:
        ApplianceError: SCHEMAS_MISSING.
    """
    place = Path(folder) if folder else _installed()
    for candidate in (name, _INSTALLED.get(name, name)):
        if place is not None and (place / candidate).is_file():
            return (place / candidate).read_bytes()
    raise errors.SCHEMAS_MISSING.error(name=name)


def _installed() -> Path | None:
    """Return where eark-validator's wheel keeps its schemas; the package itself is never imported."""
    found = importlib.util.find_spec("eark_validator")
    if found is None or not found.submodule_search_locations:
        return None
    return Path(found.submodule_search_locations[0]) / "ipxml" / "resources" / "schema"


def _header(job: PackageJob) -> Header:
    if job.layout != LAYOUT:
        raise errors.PACKAGE_INVALID.error(reason=f"unknown layout {job.layout}")
    if job.record_status not in mets.RECORD_STATUSES:
        raise errors.PACKAGE_INVALID.error(reason=f"unknown record status {job.record_status}")
    try:
        uuid.UUID(job.uuid)
        created = clock.iso(clock.parse(job.created), "milliseconds")
    except ValueError as problem:
        raise errors.PACKAGE_INVALID.error(reason=f"uuid or time: {problem}") from None
    for name in ("title", "organisation", "organisation_id"):
        if not getattr(job, name) or markup.illegal(getattr(job, name)):
            raise errors.FIELD_INVALID.error(name=name, reason="empty, or holds a control character")
    check_file_code(job.file_code)
    replaces = replacement.named(job)
    return Header(job.uuid, job.title, created, job.record_status, job.organisation, job.organisation_id,
                  job.file_code, "scanner-appliance", appliance.__version__, replaces)


def _members(job: PackageJob, header: Header) -> Iterator[Member]:
    """Yield every file of the package in its order in the ZIP, METS first."""
    in_order = _in_order(job)
    dossier = ead.complete_dossier(job)
    ead.check(ead.DOSSIER, dossier)
    description = _small("metadata/descriptive/EAD.xml", ead.write(ead.DOSSIER, dossier, "../../schemas/ead.xsd"))
    documents = [_document(job, document, dossier) for document in in_order]
    below = f"{mets.REPRESENTATION}/"
    pairs = tuple((pdf.entry(_PDF, below), about.entry(_XML, below)) for pdf, about in documents)
    inner = _small(f"{below}METS.xml", mets.representation(header, pairs))
    schemas = [_small(f"schemas/{name}", data) for name, data in _schemas(job)]
    notes = [_small("documentation/capture-provenance.json", job.provenance.encode())] if job.provenance else []
    groups = [Group("Schemas", tuple(member.entry(_XML) for member in schemas))]
    if notes:
        groups.insert(0, Group("Documentation", tuple(member.entry(_JSON) for member in notes)))
    whole = mets.root(header, description.entry(_XML), tuple(groups), inner.entry(_XML))
    yield _small("METS.xml", whole)
    yield description
    yield inner
    for pdf, about in documents:
        yield from (about, pdf)
    yield from (*schemas, *notes)


def _schemas(job: PackageJob) -> Iterator[tuple[str, bytes]]:
    for name in FOREIGN_SCHEMAS:
        yield name, schema(name, job.schemas)
    for name in (ead.DOSSIER, ead.DOCUMENT):
        yield name, (ead.SCHEMAS / name).read_bytes()


def _in_order(job: PackageJob) -> list[PackageDocument]:
    ordinals = [document.ordinal for document in job.documents]
    if not ordinals or len(set(ordinals)) != len(ordinals) or min(ordinals) < 1 or max(ordinals) > 9_999_999:
        raise errors.PACKAGE_INVALID.error(reason="documents need distinct ordinals from 1")
    return sorted(job.documents, key=lambda document: document.ordinal)


def _document(job: PackageJob, document: PackageDocument, dossier: dict[str, str]) -> tuple[Member, Member]:
    """Return the PDF and its description."""
    values = ead.complete_document(job.file_code, document, dossier)
    ead.check(ead.DOCUMENT, values)
    name = f"{job.file_code}.{document.ordinal}"
    path = Path(document.path)
    if not path.is_file():
        raise errors.PACKAGE_INVALID.error(reason=f"document {document.ordinal} is missing")
    pdf = Member(f"{mets.REPRESENTATION}/data/{name}.pdf", path.stat().st_size, document.sha256.lower(), path=path)
    about = ead.write(ead.DOCUMENT, values, "../../../../schemas/ead_doc.xsd")
    return pdf, _small(f"{mets.REPRESENTATION}/metadata/descriptive/EAD_doc_{name}.xml", about)


def _small(name: str, data: bytes) -> Member:
    return Member(name, len(data), hashlib.sha256(data).hexdigest(), data)


def _zip(path: Path, header: Header, members: list[Member]) -> None:
    moment = datetime.fromisoformat(header.created)
    with zipfile.ZipFile(path, "x", zipfile.ZIP_STORED) as package:
        for member in members:
            info = zipfile.ZipInfo(f"{header.package}/{member.name}", moment.timetuple()[:6])
            info.create_system = 3  # Unix on every host, so that the mode below holds
            info.external_attr = 0o100640 << 16
            info.file_size = member.size
            _pour(package, info, member)


def _pour(package: zipfile.ZipFile, info: zipfile.ZipInfo, member: Member) -> None:
    """Copy one member; a file that is not the one that was signed ends the build."""
    digest, size = hashlib.sha256(), 0
    with package.open(info, "w") as sink:
        for piece in files.read_pieces(member.path) if member.path else (member.data,):
            digest.update(piece)
            size += len(piece)
            sink.write(piece)
    if (size, digest.hexdigest()) != (member.size, member.sha256):
        name = member.name.rpartition(".")[0].rpartition(".")[2]
        raise errors.PACKAGE_INVALID.error(reason=f"document {name} is not the one that was signed")
