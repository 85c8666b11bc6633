"""What goes into a package whatever its form: a job checked, with its fields complete."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from pathlib import Path

from appliance.archive.packages import ead, markup, mets, replacement
from appliance.archive.packages.members import Member
from appliance.core import clock, errors
from appliance.core.jobs import PackageDocument, PackageJob

PROVENANCE = "documentation/capture-provenance.json"
_FILE_CODE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_\-]|\.(?!\.)){0,98}[A-Za-z0-9_\-]|[A-Za-z0-9]")


@dataclass(frozen=True, slots=True)
class Document:
    """One document: its fields as a SIP has them (21) and its signed file, which has this size and SHA-256."""

    ordinal: int
    name: str
    fields: dict[str, str]
    path: Path
    size: int
    sha256: str

    def member(self, name: str) -> Member:
        """Return the file under a name in the package."""
        return Member(name, self.size, self.sha256, self.path, f"document {self.ordinal}")


@dataclass(frozen=True, slots=True)
class Content:
    """One dossier: fields as a SIP has them (18), documents by ordinal.

    ``created`` is ISO 8601 +07:00 with milliseconds; ``replaces`` and ``supplements`` are ``uuid-<UUID>`` or empty.
    """

    job: PackageJob
    created: str
    dossier: dict[str, str]
    documents: tuple[Document, ...]
    replaces: str
    supplements: str

    @property
    def arc_file_code(self) -> str:
        """Code of the dossier in the archive, as far as the office knows it."""
        return ".".join(part for part in (self.job.archive_code, self.job.file_code) if part)


def read(job: PackageJob) -> Content:
    """Check a job and complete its fields.

    Raises:
        ApplianceError: FIELD_INVALID (field named), PACKAGE_INVALID.
    """
    created = _check(job)
    replaces, supplements = replacement.named(job), replacement.supplemented(job)
    in_order = _in_order(job)
    dossier = ead.complete_dossier(job)
    ead.check(ead.DOSSIER, dossier)
    documents = tuple(_document(job, document, dossier) for document in in_order)
    return Content(job, created, dossier, documents, replaces, supplements)


def check_file_code(code: str) -> None:
    """Refuse a dossier code that is not safe as a file name.

    Raises:
        ApplianceError: FIELD_INVALID.
    """
    if not _FILE_CODE.fullmatch(code):
        raise errors.FIELD_INVALID.error(name="fileCode", reason="1 to 100 of A-Z a-z 0-9 . _ -, no '..'")


def _check(job: PackageJob) -> str:
    """Refuse what no form can carry; return when the package is made, as it stands in it."""
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
    return created


def _in_order(job: PackageJob) -> list[PackageDocument]:
    ordinals = [document.ordinal for document in job.documents]
    if not ordinals or len(set(ordinals)) != len(ordinals) or min(ordinals) < 1 or max(ordinals) > 9_999_999:
        raise errors.PACKAGE_INVALID.error(reason="documents need distinct ordinals from 1")
    return sorted(job.documents, key=lambda document: document.ordinal)


def _document(job: PackageJob, document: PackageDocument, dossier: dict[str, str]) -> Document:
    values = ead.complete_document(job.file_code, document, dossier)
    ead.check(ead.DOCUMENT, values)
    path = Path(document.path)
    if not path.is_file():
        raise errors.PACKAGE_INVALID.error(reason=f"document {document.ordinal} is missing")
    return Document(document.ordinal, f"{job.file_code}.{document.ordinal}", values, path, path.stat().st_size,
                    document.sha256.lower())
