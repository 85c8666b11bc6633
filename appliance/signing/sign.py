"""Signs one document: PAdES B-B with a visible stamp, appended to the PDF/A without touching a byte of it."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.constants import ESIC_EXTENSION_1
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner

from appliance.core import clock, errors, files
from appliance.core.jobs import Signed, SignJob
from appliance.signing import stamp, typeface
from appliance.signing.appearance import StampStyle
from appliance.signing.keys import DIGEST, Key
from appliance.signing.protocol import NOWHERE, Outside
from appliance.signing.verify import verify

LEVEL = "B-B"
TITLE = "Chữ ký số"
PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Written:
    """A finished file: its hash as lowercase hex, its size in bytes, what its stamp says."""

    sha256: str
    size: int
    stamp: str


def sign(job: SignJob, key: Key, outside: Outside = NOWHERE) -> Signed:
    """Do as ``async_sign``, from where no loop runs."""
    return asyncio.run(async_sign(job, key, outside))


async def async_sign(job: SignJob, key: Key, outside: Outside) -> Signed:  # noqa: ARG001 - levels above B-B need it
    """Sign ``job.unsigned`` into ``job.out``, durably; an output that is there and right is adopted.

    The time on the stamp and in the signature (/M) is ``job.signed_at``; PAdES forbids the CMS attribute.

    Raises:
        ApplianceError: CERTIFICATE_INVALID, STAMP_FONT, STAMP_SPACE, or SIGNING_FAILED when the unsigned file
            is not the one that was named, cannot be signed, or the disk refuses.
    """
    begun = time.monotonic()
    try:
        adopted = await asyncio.to_thread(_adopt, job, key)
        written = adopted or await _make(job, key)
    except OSError as problem:
        raise errors.SIGNING_FAILED.error(reason=problem.strerror or str(problem)) from None
    except (PdfError, SigningError) as problem:
        raise errors.SIGNING_FAILED.error(reason=f"{type(problem).__name__}: {problem}") from None
    return Signed(
        job.out, written.sha256, written.size, LEVEL, key.subject, written.stamp, key.development,
        adopted is not None, round(time.monotonic() - begun, 3), key.fingerprint,
    )


class QuietWriter(IncrementalPdfFileWriter):
    """Appends without rewriting XMP and Info: pyHanko's own rewrite breaks extension schemas of PDF/A."""

    def _update_meta(self) -> None:
        """Leave the document's description as it is."""


class ArchivalSigner(PdfSigner):
    """Declares only the PAdES extension: others would raise the file to PDF 2.0, which PDF/A-2 is not."""

    def register_extensions(self, pdf_out: BasePdfFileWriter, *, md_algorithm: str) -> None:
        """Say in the catalogue that the signature is PAdES."""
        del md_algorithm
        pdf_out.ensure_output_version(version=(1, 7))  # type: ignore[no-untyped-call]
        pdf_out.register_extension(ESIC_EXTENSION_1)


def _adopt(job: SignJob, key: Key) -> Written | None:
    """Return what lies at ``job.out`` if it is this job's document, signed whole by this key; else None."""
    out = Path(job.out)
    if not out.is_file():
        return None
    size = Path(job.unsigned).stat().st_size
    if out.stat().st_size <= size or _sha256_of_start(out, size) != job.unsigned_sha256:
        return None
    report = verify(out, [])
    same = (report.certificate_sha256, report.signed_at) == (key.fingerprint, clock.iso(clock.parse(job.signed_at)))
    if not (report.intact and report.covers_whole_file and same):
        return None
    return Written(files.sha256_of(out), out.stat().st_size, report.stamp)


async def _make(job: SignJob, key: Key) -> Written:
    """Sign a copy of the unsigned file and give it its name."""
    _refuse_unfit(job, key)
    out = Path(job.out)
    files.make_folder(out.parent)
    temporary = out.with_name(f"{out.name}.{secrets.token_hex(4)}{files.TEMPORARY}")
    try:
        await asyncio.to_thread(_copy, job, temporary)
        with temporary.open("r+b") as stream:
            await _append(stream, job, key)
        sha256 = await asyncio.to_thread(files.sha256_of, temporary)
        written = Written(sha256, temporary.stat().st_size, "\n".join(job.lines))
        await asyncio.to_thread(files.adopt_durably, temporary, out)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return written


def _refuse_unfit(job: SignJob, key: Key) -> None:
    """Refuse a key that has run out, and a stamp that hides or invents a development key."""
    key.refuse_outside_validity(clock.now())
    key.refuse_outside_validity(clock.parse(job.signed_at))
    if stamp.says_development(job.lines) != key.development:
        raise errors.SIGNING_FAILED.error(reason="stamp and key disagree on whether this is a trial")


async def _append(stream: IO[bytes], job: SignJob, key: Key) -> None:
    """Append the signature's revision to the open file."""
    face = typeface.load()
    layout = stamp.lay_out(job.lines, job.box, job.font_size, face.metrics)
    box = tuple(round(edge, 2) for edge in (job.box.x0, job.box.y0, job.box.x1, job.box.y1))
    field = SigFieldSpec(job.field_name, on_page=0, box=box, readable_field_name=TITLE)  # type: ignore[arg-type]
    purpose = PdfSignatureMetadata(field_name=job.field_name, md_algorithm=DIGEST, subfilter=SigSeedSubFilter.PADES)
    style = StampStyle(layout=layout, face=face, words="\n".join(job.lines))
    signer = ArchivalSigner(purpose, key.signer, stamp_style=style, new_field_spec=field)
    session = signer.init_signing_session(QuietWriter(stream))
    session.system_time = clock.parse(job.signed_at).astimezone(clock.VIETNAM)
    document = session.prepare_tbs_document(validation_info=None, bytes_reserved=key.reserved)
    digest, _ = document.digest_tbs_document(in_place=True, chunk_size=PIECE)
    await document.perform_signature(digest.document_digest, PdfCMSSignedAttributes())


def _copy(job: SignJob, target: Path) -> None:
    """Copy the unsigned file; refuse one that is not the one the ledger named."""
    shutil.copyfile(job.unsigned, target)
    if files.sha256_of(target) != job.unsigned_sha256:
        raise errors.SIGNING_FAILED.error(reason="the unsigned file no longer matches its hash")


def _sha256_of_start(path: Path, size: int) -> str:
    digest = hashlib.sha256()
    left = size
    for piece in files.read_pieces(path):
        digest.update(piece[:left])
        left -= min(left, len(piece))
        if not left:
            break
    return digest.hexdigest()
