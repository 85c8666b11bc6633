"""Packages that belong to another one: how METS names that one, and what an archive asks of them.

A REPLACEMENT takes the place of a package; a SUPPLEMENT adds documents to the dossier of one and takes no place.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import NamedTuple
from xml.etree import ElementTree as ET

from appliance.archive.packages.mets import REPLACES, SUPPLEMENTS
from appliance.core import errors
from appliance.core.jobs import PackageJob

STATUS, SUPPLEMENT = "REPLACEMENT", "SUPPLEMENT"
KINDS = {STATUS: REPLACES, SUPPLEMENT: SUPPLEMENTS}
"""By status of a package: the kind of identifier under which METS names the package it belongs to."""

_METS = "{http://www.loc.gov/METS/}"


@dataclass(frozen=True, slots=True)
class Held:
    """A package that an archive has: the dossier it holds, and the package that took its place, or empty."""

    file_code: str
    replaced_by: str = ""


class Said(NamedTuple):
    """What METS says: status, UUID (lowercase) of the package it belongs to or empty, what is wrong or empty."""

    status: str
    named: str
    problem: str

    def of(self, status: str) -> str:
        """Return the package that is named, where the status is this one; else nothing."""
        return self.named if self.status == status else ""


def named(job: PackageJob) -> str:
    """Return the package that a job replaces as METS names it, ``uuid-<UUID>``; empty where it replaces none.

    Raises:
        ApplianceError: PACKAGE_INVALID when status and package do not agree.
    """
    return _identifier(job, STATUS, job.replaces)


def supplemented(job: PackageJob) -> str:
    """Return the package to whose dossier a job adds documents, as METS names it; empty where it adds to none.

    Raises:
        ApplianceError: PACKAGE_INVALID when status and package do not agree.
    """
    return _identifier(job, SUPPLEMENT, job.supplements)


def _identifier(job: PackageJob, status: str, package: str) -> str:
    if (job.record_status == status) != bool(package):
        raise errors.PACKAGE_INVALID.error(
            reason=f"status {job.record_status}, {KINDS[status].lower()} {package or '-'}")
    try:
        return f"uuid-{str(uuid.UUID(package)).upper()}" if package else ""
    except ValueError:
        raise errors.PACKAGE_INVALID.error(reason=f"{KINDS[status].lower()}: no UUID") from None


def read(mets: ET.Element) -> Said:
    """Return what the root METS of a package says of the package that it belongs to."""
    header = mets.find(f"{_METS}metsHdr")
    status = "" if header is None else header.get("RECORDSTATUS", "")
    texts: dict[str, list[str]] = {kind: [] for kind in KINDS.values()}
    for one in () if header is None else header.findall(f"{_METS}altRecordID"):
        texts.get(one.get("TYPE", ""), []).append((one.text or "").strip())
    for of, kind in KINDS.items():
        if texts[kind] and status != of:
            return Said(status, "", f"it names a package to {kind.lower().removesuffix('s')} and is no {of}")
    if status not in KINDS:
        return Said(status, "", "")
    try:
        (text,) = texts[KINDS[status]]
        return Said(status, str(uuid.UUID(text.removeprefix("uuid-"))), "")
    except ValueError:
        return Said(status, "", f"a {status} does not name the one package that it {KINDS[status].lower()}")


def same_dossier(one: str, other: str) -> bool:
    """Say whether two codes are of one dossier: in an archival package the archive's own code stands before it."""
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def refusal(replaces: str, file_code: str, find: Callable[[str], Held | None]) -> str:
    """Say why an archive cannot take a REPLACEMENT, or nothing; ``find`` gives a package that it has by UUID."""
    known = find(replaces)
    if known is None:
        return "it replaces a package that is not here"
    if not same_dossier(known.file_code, file_code):
        return "it replaces a package of another dossier"
    if known.replaced_by:
        return "it replaces a package that was replaced already"
    return ""


@dataclass(frozen=True, slots=True)
class Addition:
    """What a SUPPLEMENT brings: the package it names, the dossier, and the codes of its documents."""

    supplements: str
    file_code: str
    documents: Collection[str]


def refusal_to_add(new: Addition, find: Callable[[str], Held | None], present: Collection[str]) -> str:
    """Say why an archive cannot take a SUPPLEMENT, or nothing.

    Args:
        new: what it brings. The package it names may have been replaced meanwhile: the dossier is the same.
        find: gives a package that the archive has by UUID.
        present: codes of the documents of that dossier that the archive has, in packages nobody has replaced.
    """
    known = find(new.supplements)
    if known is None:
        return "it adds documents to a package that is not here"
    if not same_dossier(known.file_code, new.file_code):
        return "it adds documents to a package of another dossier"
    twice = sorted(set(new.documents) & set(present))
    return f"its document {twice[0]} is here already" if twice else ""
