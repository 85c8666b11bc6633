"""Whether a signed file is whole: its one signature and every time stamp over it hold, nothing else is in it."""

from __future__ import annotations

from asn1crypto import parser
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.general import find_cms_attribute_iter
from pyhanko.sign.validation.generic_cms import validate_sig_integrity
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel

from appliance.signing import tokens
from appliance.signing.levels import ATTRIBUTE

HARMLESS = (ModificationLevel.NONE, ModificationLevel.LTA_UPDATES)


def signature_of(reader: PdfFileReader) -> EmbeddedPdfSignature | None:
    """Return the signature of a whole file, or None. Whose it is, is not looked at.

    Raises:
        Exception: of any kind, for a file that is broken.
    """
    if len(reader.embedded_regular_signatures) != 1 or not _covered(reader):
        return None
    if not all(_holds(one) for one in reader.embedded_signatures):
        return None
    signature: EmbeddedPdfSignature = reader.embedded_regular_signatures[0]
    return signature


def _covered(reader: PdfFileReader) -> bool:
    """Say whether the last signature or time stamp covers everything, but for what proves it."""
    last = reader.embedded_signatures[-1]
    coverage = last.evaluate_signature_coverage()
    if coverage == SignatureCoverageLevel.ENTIRE_FILE:
        return True
    return bool(coverage == SignatureCoverageLevel.ENTIRE_REVISION) and "/DSS" in reader.root


def _holds(signature: EmbeddedPdfSignature) -> bool:
    """Say whether the signed bytes are unchanged and only proofs and time stamps follow them."""
    signature.compute_integrity_info()  # type: ignore[no-untyped-call]
    contents = signature.pkcs7_content
    if any(contents[parser.peek(contents):]):
        return False
    if getattr(signature.diff_result, "modification_level", ModificationLevel.OTHER) not in HARMLESS:
        return False
    digest = signature.compute_digest()
    if signature.sig_object_type != "/DocTimeStamp":
        _refuse_forged_time(signature)
        return validate_sig_integrity(signature.signer_info, signature.signer_cert, "data", digest) == (True, True)
    tokens.refuse_forged(signature.signed_data)
    info = signature.signed_data["encap_content_info"]["content"].parsed
    return bool(info["message_imprint"]["hashed_message"].native == digest)


def _refuse_forged_time(signature: EmbeddedPdfSignature) -> None:
    """Refuse a signature whose time stamp does not verify: no signature covers the place where it stands.

    Raises:
        Exception: of any kind.
    """
    for token in find_cms_attribute_iter(signature.signer_info["unsigned_attrs"], ATTRIBUTE):
        tokens.refuse_forged(token["content"])
