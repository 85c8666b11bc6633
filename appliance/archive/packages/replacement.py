"""A package that takes the place of another one: how METS names that, and what an archive asks of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from appliance.archive.packages.mets import REPLACES
from appliance.core import errors
from appliance.core.jobs import PackageJob

STATUS = "REPLACEMENT"
_METS = "{http://www.loc.gov/METS/}"


@dataclass(frozen=True, slots=True)
class Held:
    """A package that an archive has: the dossier it holds, and the package that took its place, or empty."""

    file_code: str
    replaced_by: str = ""


def named(job: PackageJob) -> str:
    """Return the package that a job replaces as METS names it, ``uuid-<UUID>``; empty where it replaces none.

    Raises:
        ApplianceError: PACKAGE_INVALID when status and package do not agree.
    """
    if (job.record_status == STATUS) != bool(job.replaces):
        raise errors.PACKAGE_INVALID.error(reason=f"status {job.record_status}, replaces {job.replaces or '-'}")
    try:
        return f"uuid-{str(uuid.UUID(job.replaces)).upper()}" if job.replaces else ""
    except ValueError:
        raise errors.PACKAGE_INVALID.error(reason="replaces: no UUID") from None


def read(mets: ET.Element) -> tuple[str, str, str]:
    """Return what the root METS of a package says: status, UUID (lowercase) of what it replaces, what is wrong."""
    header = mets.find(f"{_METS}metsHdr")
    status = "" if header is None else header.get("RECORDSTATUS", "")
    texts = [] if header is None else [
        (one.text or "").strip() for one in header.findall(f"{_METS}altRecordID") if one.get("TYPE") == REPLACES]
    if status != STATUS:
        return status, "", "it names a package to replace and is no REPLACEMENT" if texts else ""
    try:
        (text,) = texts
        return status, str(uuid.UUID(text.removeprefix("uuid-"))), ""
    except ValueError:
        return status, "", "a REPLACEMENT does not name the one package that it replaces"


def refusal(replaces: str, file_code: str, find: Callable[[str], Held | None]) -> str:
    """Say why an archive cannot take a REPLACEMENT, or nothing; ``find`` gives a package that it has by UUID."""
    known = find(replaces)
    if known is None:
        return "it replaces a package that is not here"
    if known.file_code != file_code:
        return "it replaces a package of another dossier"
    if known.replaced_by:
        return "it replaces a package that was replaced already"
    return ""
