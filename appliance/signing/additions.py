"""What was added to a file after its signature, and whether that is lawful: time stamps over the document are.

Also what is too weak about a signature, whoever made it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from asn1crypto import parser, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import async_validate_pdf_timestamp
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from appliance.signing.judging import Stamp, stamp_of
from appliance.signing.lawful import SMALLEST_RSA, WEAK

ADDED = "something was added to the file after signing"
LAWFUL = (ModificationLevel.NONE, ModificationLevel.LTA_UPDATES)
"""What may be added to a signed file: nothing, or revocation data and time stamps. pyHanko's trust alone does not
tell: it calls a signature with a page drawn over it trusted."""

END = re.compile(rb"\s*(?:endobj|<<(?:(?!>>).)*>>)?\s*startxref\s+[0-9]+\s+%%EOF\s*", re.DOTALL)
"""What follows the last table of objects of a file to which nothing was added: the end of a stream of them, or the
trailer of a table in text, as documents/ writes it."""

MOST = 1024

APART = timedelta(minutes=5)
"""How far the clocks of an authority and of who judges may lie apart."""


@dataclass(frozen=True, slots=True)
class Stamps:
    """The time stamps over a document, the oldest first.

    Attributes:
        covered: how much of the file the last of them covers; None: there is none.
        ends_well: whether the file ends where its last table of objects says.
        fault: what is wrong with one of them; empty: nothing.
    """

    found: tuple[Stamp, ...]
    covered: SignatureCoverageLevel | None
    ends_well: bool
    fault: str = ""

    def over(self, signature: EmbeddedPdfSignature) -> tuple[Stamp, ...]:
        """Return those that cover a signature; what was stamped before it was made says nothing of it."""
        return tuple(one for one in self.found if one.revision > signature.signed_revision)


async def stamps_of(reader: PdfFileReader, roots: Sequence[x509.Certificate], at: datetime) -> Stamps:
    """Look at every time stamp over the document; who made them is judged with the signature, not here."""
    found, fault = [], ""
    covered: SignatureCoverageLevel | None = None
    for stamp in reader.embedded_timestamp_signatures:
        context = ValidationContext(
            trust_roots=list(roots), allow_fetching=False, revocation_mode="soft-fail", moment=at)
        status = await async_validate_pdf_timestamp(stamp, context)
        covered = status.coverage
        found.append(stamp_of(stamp.signed_data, stamp.signed_revision))
        if not (status.intact and status.valid):
            fault = "a time stamp over the document does not verify"
        elif not room_is_empty(stamp):
            fault = fault or "the room left beside a time stamp is not empty"
    return Stamps(tuple(found), covered, _ends_well(reader), fault)


def room_is_empty(signature: EmbeddedPdfSignature) -> bool:
    """Say whether only zeros follow the CMS object: those bytes are the only ones no signature covers."""
    contents = signature.pkcs7_content
    return not any(contents[parser.peek(contents):])


def unlawful(status: PdfSignatureStatus, stamps: Stamps) -> str:
    """Return what was added unlawfully to a file after its signature; empty: nothing."""
    if status.coverage is SignatureCoverageLevel.ENTIRE_FILE:
        return ""
    level = status.modification_level
    lawful = level in LAWFUL and bool(status.docmdp_ok) and stamps.ends_well
    covered = level is not ModificationLevel.NONE or stamps.covered is SignatureCoverageLevel.ENTIRE_FILE
    return "" if lawful and covered and status.coverage is SignatureCoverageLevel.ENTIRE_REVISION else ADDED


def early(status: PdfSignatureStatus, stamps: Stamps, at: datetime) -> str:
    """Return whether a time stamp is of a moment that is still to come; empty: none is."""
    own = status.timestamp_validity
    moments = [*([own.timestamp] if own is not None else []), *(stamp.moment for stamp in stamps.found)]
    return "a time stamp is of a moment still to come" if any(one > at + APART for one in moments) else ""


def weakness(signature: EmbeddedPdfSignature) -> str:
    """Return what is too weak about a signature or its certificate (Circular 15/2025); empty: nothing."""
    certificate = signature.signer_cert
    hashed = {signature.md_algorithm, signature.external_md_algorithm, _hash_of(certificate)}
    weak = sorted(name for name in hashed if name in WEAK)
    if weak:
        return f"weak hash ({', '.join(weak)})"
    public = certificate.public_key
    if public.algorithm == "rsa" and public.bit_size < SMALLEST_RSA:
        return f"RSA key of {public.bit_size} bits, {SMALLEST_RSA} needed"
    return ""


def _hash_of(certificate: x509.Certificate) -> str:
    try:
        return "" if certificate.self_issued else str(certificate["signature_algorithm"].hash_algo)
    except ValueError:
        return ""


def _ends_well(reader: PdfFileReader) -> bool:
    last = reader.xrefs.get_xref_container_info(reader.xrefs.total_revisions - 1)
    reader.stream.seek(last.end_location)
    return END.fullmatch(reader.stream.read(MOST)) is not None
