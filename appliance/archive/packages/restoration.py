"""What the archive gave back of a dossier: signed documents and masters taken out of its package again.

The package is believed because it is the very one that was sent, by its SHA-256; masters are found in the PDFs by
theirs, for their bytes were embedded unchanged.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pikepdf

from appliance.archive.packages import flat
from appliance.archive.packages.mets import REPRESENTATION
from appliance.core import errors, files
from appliance.core.jobs import Restored, RestoreJob


def restore(job: RestoreJob) -> Restored:
    """Write signed documents and masters of a package to their places, durably; return which masters it had.

    Raises:
        ApplianceError: RESTORE_REFUSED when the file is not that package, or a document is not in it.
    """
    path = Path(job.package)
    try:
        if files.sha256_of(path) != job.sha256:
            raise errors.RESTORE_REFUSED.error(reason="không phải gói tin đã gửi / not the package that was sent")
        with zipfile.ZipFile(path) as package:
            return _take_out(package, job)
    except (OSError, zipfile.BadZipFile, pikepdf.PdfError) as problem:
        raise errors.RESTORE_REFUSED.error(reason=f"{type(problem).__name__}") from None


def _take_out(package: zipfile.ZipFile, job: RestoreJob) -> Restored:
    found: set[str] = set()
    members = {name.partition("/")[2]: name for name in package.namelist()}
    for document in job.documents:
        member = next((members[name] for name in _places(document.name) if name in members), "")
        data = package.read(member) if member else b""
        if hashlib.sha256(data).hexdigest() != document.sha256:
            raise errors.RESTORE_REFUSED.error(reason=document.name)
        _write(Path(document.out), data)
        for image in _images(data):
            digest = hashlib.sha256(image).hexdigest()
            if digest in job.masters:
                _write(Path(job.masters[digest]), image)
                found.add(digest)
    return Restored(tuple(sorted(found)))


def _places(name: str) -> Iterator[str]:
    """Yield where a document may lie, by the form of the package."""
    yield f"{REPRESENTATION}/data/{name}.pdf"
    code, _, ordinal = name.rpartition(".")
    if ordinal.isdecimal():
        yield flat.file_name(code, int(ordinal))


def _images(data: bytes) -> Iterator[bytes]:
    """Yield every image of a PDF as it is stored."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for one in pdf.objects:
            if isinstance(one, pikepdf.Stream) and one.get("/Subtype") == pikepdf.Name.Image:
                yield one.read_raw_bytes()


def _write(path: Path, data: bytes) -> None:
    files.make_folder(path.parent)
    if not path.exists():
        files.write_durably(path, data)
