"""A dossier as one package, one ZIP, in one of three forms (docs/package.md).

The same job gives the same bytes: identifiers follow from the package's UUID, times from the job, the
order of files from their place in the list. So a build that a power cut ended is simply done again.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from appliance.archive.packages import content, flat, foreign, structured
from appliance.archive.packages.content import Content
from appliance.archive.packages.members import Member
from appliance.archive.packages.zipping import Poured, Zip
from appliance.core import errors, files
from appliance.core.jobs import PackageJob, Packed

FORMS: dict[str, Callable[[Content], tuple[str, Iterator[Member]]]] = {
    "tt05-sip-hoso": structured.sip, "tt05-aip-hoso": structured.aip, "tt02-flat": flat.files_of}
"""By name of the form: what gives the root folder and the files of a package."""

FOREIGN_SCHEMAS = foreign.NEEDED
schema = foreign.schema


def build(job: PackageJob) -> Packed:
    """Build the package and make it durable at ``job.out``; an existing file of that name is replaced.

    Raises:
        ApplianceError: FIELD_INVALID (field named), PACKAGE_INVALID (a document is missing or is not the
            one that was signed), SCHEMAS_MISSING.
        OSError: the disk is full or broken; ``job.out`` is as it was before.
    """
    started = time.perf_counter()
    if job.layout not in FORMS:
        raise errors.PACKAGE_INVALID.error(reason=f"unknown layout {job.layout}")
    found = content.read(job)
    folder, listed = FORMS[job.layout](found)
    members = list(listed)
    out = Path(job.out)
    files.make_folder(out.parent)
    temporary = out.with_name(f"{out.name}.{secrets.token_hex(4)}{files.TEMPORARY}")
    try:
        digest, size = _write(temporary, out, Listed(folder, members, datetime.fromisoformat(found.created)))
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return Packed(str(out), digest, size, time.perf_counter() - started)


@dataclass(frozen=True, slots=True)
class Listed:
    """What is written: the files below a root folder, and the time they all bear."""

    folder: str
    members: list[Member]
    moment: datetime


def _write(temporary: Path, out: Path, listed: Listed) -> tuple[str, int]:
    """Write the ZIP and make it durable; return its SHA-256, which is computed meanwhile, and its size."""
    with temporary.open("xb") as stream, Zip(stream, listed.moment) as package:
        os.fchmod(stream.fileno(), 0o600)
        poured = [package.add(f"{listed.folder}/{member.name}", member.source) for member in listed.members]
        for member, what in zip(listed.members, poured, strict=True):
            _check(member, what)
        size = package.finish()
        stream.flush()
        if temporary.stat().st_size != size:
            raise OSError(f"short write: {temporary.stat().st_size} of {size} bytes")
        files.adopt_durably(temporary, out)
        return package.sha256(), size


def _check(member: Member, poured: Poured) -> None:
    """Refuse a file that is not the one that was signed; it ends the build."""
    if (poured.size, poured.sha256()) != (member.size, member.sha256):
        raise errors.PACKAGE_INVALID.error(reason=f"{member.what} is not the one that was signed")
