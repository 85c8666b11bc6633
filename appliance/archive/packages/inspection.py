"""A package looked at without trusting it: what an archive must know before it signs a receipt.

Used by the receiver and by ``appliance verify``. Every finding is a sentence without personal data, so
it may stand in a receipt. PDF signatures are judged by a function that is handed in.
"""

from __future__ import annotations

import errno
import json
import re
import uuid
import zipfile
from dataclasses import dataclass
from pathlib import Path

from appliance.archive.packages import flat, markup, replacement
from appliance.archive.packages.content import PROVENANCE
from appliance.archive.packages.flat_inspection import FlatLook
from appliance.archive.packages.mets import AIP, SIP
from appliance.archive.packages.mets_inspection import MetsLook
from appliance.archive.packages.unpacking import CheckPdf, Judge, Opened
from appliance.archive.packages.wrapping import DAMAGED

__all__ = ["CheckPdf", "PackageReport", "inspect_package"]

_PLAIN = re.compile(r"uuid-([0-9A-F\-]{36})")
_ARCHIVED = re.compile(r"urn_([A-Za-z0-9.\-]{1,64})_uuid_([0-9A-F\-]{36})")


@dataclass(frozen=True, slots=True)
class PackageReport:
    """What was found. ``uuid`` is lowercase; both it and ``file_code`` are empty when unreadable.

    ``replaces``: UUID of the package whose place this one wants to take, lowercase, or empty; ``supplements``: to
    whose dossier it adds. ``audit``: the head of the office's audit chain that is in it, ``seq:hash``, or empty.
    ``layout``: name of its form.
    """

    problems: tuple[str, ...]
    documents: int = 0
    uuid: str = ""
    file_code: str = ""
    replaces: str = ""
    audit: str = ""
    supplements: str = ""
    layout: str = ""

    @property
    def ok(self) -> bool:
        """Say whether nothing is wrong."""
        return not self.problems


def inspect_package(path: Path, check_pdf: CheckPdf, work: Path | None = None) -> PackageReport:
    """Look at the package ``path``: ZIP, hashes, descriptive fields, signatures, in whichever of the forms it has.

    Args:
        path: the ZIP.
        check_pdf: judge of one PDF file.
        work: folder for one unpacked PDF at a time; the system's temporary folder when None.

    Raises:
        OSError: the disk failed while reading or unpacking; this says nothing about the package.
    """
    try:
        with zipfile.ZipFile(path) as package:
            return _look(Opened(package, path.stat().st_size), Judge(check_pdf, work))
    except DAMAGED as problem:
        return PackageReport((f"the ZIP is damaged ({type(problem).__name__})",))
    except OSError as problem:
        if problem.errno != errno.EINVAL:  # that one is a place before the beginning of the file: the ZIP names it
            raise
        return PackageReport(("the ZIP is damaged (it names places outside itself)",))


def _look(opened: Opened, judge: Judge) -> PackageReport:
    name, layout, found = _form(opened)
    if not opened.problems and found is None:
        opened.problems.append("the root folder is not named uuid-<UUID>, nor as an archival package")
    if opened.problems or found is None:
        return PackageReport(tuple(opened.problems), uuid=name, layout=layout)
    found.look(judge)
    said = found.said
    return PackageReport(
        tuple(opened.problems), opened.documents, name, found.file_code, said.of(replacement.STATUS),
        _audit_head(opened), said.of(replacement.SUPPLEMENT), layout)


def _form(opened: Opened) -> tuple[str, str, MetsLook | FlatLook | None]:
    """Return UUID, form and way to look at a package, by its root folder; nothing where that is none of ours."""
    plain, archived = _PLAIN.fullmatch(opened.root), _ARCHIVED.fullmatch(opened.root)
    match = plain or archived
    try:
        name = str(uuid.UUID(match[match.re.groups])) if match else ""
    except ValueError:
        name = ""
    if not name or match is None or name.upper() != match[match.re.groups]:
        return "", "", None
    if archived:
        return name, "tt05-aip-hoso", MetsLook(opened, AIP, f"urn:{archived[1]}:uuid:{name.upper()}")
    if flat.MANIFEST in opened.members and "METS.xml" not in opened.members:
        return name, flat.LAYOUT, FlatLook(opened, opened.root)
    return name, "tt05-sip-hoso", MetsLook(opened, SIP, opened.root)


def _audit_head(opened: Opened) -> str:
    """Return the head of the audit chain that the provenance names; it is no fault when there is none."""
    try:
        facts = json.loads(opened.read(PROVENANCE))
        seq, head = facts["audit_seq"], facts["audit_head"]
    except (markup.MalformedError, KeyError, ValueError, TypeError):
        return ""
    good = isinstance(seq, int) and isinstance(head, str) and re.fullmatch(r"[0-9a-f]{64}", head)
    return f"{seq}:{head}" if good and seq > 0 else ""
