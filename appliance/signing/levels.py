"""What a signed file is in truth: B-B, B-T, B-LT or B-LTA (ETSI EN 319 142-1), read from the file and no ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import cms, tsp, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.rw_common import PdfHandler
from pyhanko.sign.general import (
    CMSExtractionError,
    NonexistentAttributeError,
    extract_certificate_info,
    find_unique_cms_attribute,
)
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from appliance.core.rules import LEVELS
from appliance.signing import proofs

ATTRIBUTE = "signature_time_stamp_token"


def below(level: str, other: str) -> bool:
    """Say whether a level proves less than another."""
    return LEVELS.index(level) < LEVELS.index(other)


@dataclass(frozen=True, slots=True)
class Standing:
    """The level of a file, and the moment of its signature's time stamp, None without one."""

    level: str
    stamped_at: datetime | None = None


def of(reader: PdfFileReader) -> Standing:
    """Return the level of a file with one signature. What is in it is looked at, not whether it verifies."""
    signature = reader.embedded_regular_signatures[0]
    token = token_of(signature.signer_info)
    if token is None or not _is_of(token, signature.signer_info):
        return Standing("B-B")
    moment = token["content"]["encap_content_info"]["content"].parsed["gen_time"].native
    if not _is_proved(reader, signature, token):
        return Standing("B-T", moment)
    return Standing("B-LTA" if _is_archived(reader, signature, token) else "B-LT", moment)


def token_of(signer: cms.SignerInfo) -> cms.ContentInfo | None:
    """Return the time stamp of a signature, or None."""
    try:
        return find_unique_cms_attribute(signer["unsigned_attrs"], ATTRIBUTE)
    except NonexistentAttributeError:
        return None


def _is_of(token: cms.ContentInfo, signer: cms.SignerInfo) -> bool:
    """Say whether a time stamp is of this signature."""
    info: tsp.TSTInfo = token["content"]["encap_content_info"]["content"].parsed
    imprint = info["message_imprint"]
    digest = hashlib.new(imprint["hash_algorithm"]["algorithm"].native, signer["signature"].native).digest()
    return bool(imprint["hashed_message"].native == digest)


def _is_archived(reader: PdfFileReader, signature: EmbeddedPdfSignature, token: cms.ContentInfo) -> bool:
    """Say whether a time stamp covers the signature with its proof; one from before either archives nothing."""
    later = [one.signed_revision for one in reader.embedded_timestamp_signatures
             if one.signed_revision > signature.signed_revision]
    return any(_is_proved(reader.get_historical_resolver(revision), signature, token) for revision in later)


def _is_proved(reader: PdfHandler, signature: EmbeddedPdfSignature, token: cms.ContentInfo) -> bool:
    """Say whether the file holds an answer on every certificate of signer and authority, and the certificates."""
    try:
        store = DocumentSecurityStore.read_dss(reader)
    except NoDSSFoundError:
        return False
    context = store.as_validation_context({"trust_roots": [], "allow_fetching": False})
    known = {one.subject.sha256: one for one in store.load_certs()}
    leaves = [signature.signer_cert, _signer_of(token)]
    chain = [one for leaf in leaves if leaf is not None for one in _upwards(leaf, known)]
    asked = [one for one in chain if not one.self_issued and one.ocsp_no_check_value is None]
    rooted = None not in leaves and all(one.issuer.sha256 in known for one in chain)
    return rooted and all(proofs.proves(one, context.ocsps, context.crls) for one in asked)


def _signer_of(token: cms.ContentInfo) -> x509.Certificate | None:
    try:
        return extract_certificate_info(token["content"]).signer_cert
    except CMSExtractionError:
        return None


def _upwards(leaf: x509.Certificate, known: dict[bytes, x509.Certificate]) -> Iterator[x509.Certificate]:
    """Yield a certificate and those above it, up to a root, that are known."""
    one: x509.Certificate | None = leaf
    for _ in range(10):
        if one is None:
            return
        yield one
        if one.self_issued:
            return
        one = known.get(one.issuer.sha256)
