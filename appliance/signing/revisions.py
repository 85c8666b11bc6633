"""Revisions that are appended to a PDF/A: a signature, what proves it, a time stamp over all of it.

Each is written with pyHanko's own parts; only the hashing is ours, because the file's beginning is hashed already.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import cms
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigAppearanceSetup, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.constants import ESIC_EXTENSION_1
from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp, PreparedByteRangeDigest, SignatureObject
from pyhanko.sign.validation.dss import DocumentSecurityStore

from appliance.core import errors
from appliance.signing.appearance import StampStyle
from appliance.signing.growing import GrowingFile
from appliance.signing.proofs import Proof
from appliance.signing.tokens import DIGEST

TITLE = "Chữ ký số"
TIME_TITLE = "Dấu thời gian"
MOST_DIGITS = 65534
"""Longest string in a PDF/A (32 767 bytes) as hexadecimal digits."""


class QuietWriter(IncrementalPdfFileWriter):
    """Appends without rewriting XMP and Info: pyHanko's own rewrite breaks extension schemas of PDF/A."""

    def _update_meta(self) -> None:
        """Leave the document's description as it is."""


class _Room:
    """How a placeholder is filled when the file's beginning is hashed already."""

    growing: GrowingFile
    contents: Any
    byte_range: Any

    def fill(self, writer: IncrementalPdfFileWriter, *_: Any, **__: Any) -> Generator[Any, Any, None]:
        """Write the revision; yield the digest of all but the room, then put the CMS object into it."""
        writer.digest_aware_write = True
        stream = writer.prev.stream
        writer.write_in_place()  # type: ignore[no-untyped-call]
        end = stream.tell()
        start, stop = self.contents.offsets
        self.byte_range.fill_offsets(stream, start, stop, end)
        digest = self.growing.digest_around(start, stop)
        prepared = PreparedByteRangeDigest(digest, start, stop)
        yield prepared.fill_with_cms(stream, (yield prepared, stream))


class _SignatureRoom(_Room, SignatureObject):  # type: ignore[misc]
    """Room for a signature."""


class _TimeRoom(_Room, DocumentTimestamp):  # type: ignore[misc]
    """Room for a time stamp over the document."""


@dataclass(frozen=True)
class Look:
    """How the field of a signature looks: its box in points, its stamp, the time it tells."""

    field: str
    box: tuple[float, float, float, float]
    style: StampStyle
    moment: datetime


@dataclass(frozen=True)
class Begun:
    """A revision that waits for its CMS object over ``digest``."""

    growing: GrowingFile
    digest: bytes
    _steps: Generator[Any, Any, None]

    def fill(self, content: cms.ContentInfo) -> None:
        """Put the CMS object into its room; the revision is then final.

        Raises:
            SigningError: it is longer than its room.
        """
        self._steps.send(content)
        self.growing.stream.flush()
        self.growing.settle()


def begin_signature(growing: GrowingFile, look: Look, digits: int) -> Begun:
    """Append a signature's revision with room for ``digits``.

    What proves it comes in a later revision: proof that the signature itself covers makes no B-LT (EU DSS).

    Raises:
        ApplianceError: PDF_UNFIT. PdfError: the file is broken.
    """
    writer = QuietWriter(growing.stream)
    refuse_unfit(writer)
    room = _SignatureRoom(timestamp=look.moment, subfilter=SigSeedSubFilter.PADES, bytes_reserved=digits)
    field = SigFieldSpec(look.field, on_page=0, box=look.box,  # type: ignore[arg-type]
                         readable_field_name=TITLE)
    appearance = SigAppearanceSetup(look.style, look.moment, None)
    _declare(writer)
    return _begin(growing, writer, field, SigObjSetup(sig_placeholder=room, appearance_setup=appearance))


def begin_timestamp(growing: GrowingFile, digits: int, proof: Proof | None) -> Begun:
    """Append a revision with room for a time stamp over the whole document, and what proves more."""
    writer = QuietWriter(growing.stream)
    _declare(writer)
    if proof is not None:
        _supply(writer, proof)
    count = len(writer.prev.embedded_timestamp_signatures) + 1
    field = SigFieldSpec(f"Timestamp{count}", readable_field_name=TIME_TITLE)
    room = _TimeRoom(bytes_reserved=digits)  # type: ignore[no-untyped-call]
    return _begin(growing, writer, field, SigObjSetup(sig_placeholder=room))


def append_proof(growing: GrowingFile, proof: Proof) -> None:
    """Append a revision with what proves the signatures, if anything is new in it."""
    writer = QuietWriter(growing.stream)
    if _supply(writer, proof):
        writer.write_in_place()  # type: ignore[no-untyped-call]
        growing.stream.flush()
        growing.settle()


def refuse_unfit(writer: IncrementalPdfFileWriter) -> None:
    """Refuse a file that is signed already, encrypted, or has two tables of objects at odds.

    Raises:
        ApplianceError: PDF_UNFIT.
    """
    reader = writer.prev
    if reader.encrypted:
        raise errors.PDF_UNFIT.error(reason="it is encrypted")
    if reader.xrefs.hybrid_xrefs_present:
        raise errors.PDF_UNFIT.error(reason="it has a hybrid cross-reference table")
    if reader.embedded_signatures:
        raise errors.PDF_UNFIT.error(reason="it is signed already")


def _begin(growing: GrowingFile, writer: IncrementalPdfFileWriter, field: SigFieldSpec,
           setup: SigObjSetup) -> Begun:
    steps = PdfCMSEmbedder(new_field_spec=field).write_cms(field.sig_field_name, writer)
    next(steps)
    room: Any = setup.sig_placeholder
    room.growing = growing
    steps.send(setup)
    prepared, _ = steps.send(SigIOSetup(md_algorithm=DIGEST, in_place=True))
    return Begun(growing, prepared.document_digest, steps)


def _declare(writer: IncrementalPdfFileWriter) -> None:
    """Say in the catalogue that the signature is PAdES; more would raise the file to PDF 2.0, no PDF/A-2."""
    writer.ensure_output_version(version=(1, 7))  # type: ignore[no-untyped-call]
    writer.register_extension(ESIC_EXTENSION_1)


def _supply(writer: IncrementalPdfFileWriter, proof: Proof) -> bool:
    """Put certificates and revocation data into the document security store; say whether one was new."""
    store = DocumentSecurityStore.supply_dss_in_writer(
        writer, None, certs=proof.certificates, ocsps=proof.ocsps, crls=proof.crls)
    return bool(store.modified)
