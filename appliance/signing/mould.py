"""The CMS object of a signature, poured into a mould: to encode the same bytes anew took 13 of a signature's 17 ms.

pyHanko casts the mould once for a key, with marks where the document's digest and the signature stand; both always
have the same length for an RSA key. An ECDSA signature is of changing length: it is encoded by pyHanko each time.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from asn1crypto import cms
from cryptography.hazmat.primitives.asymmetric import rsa
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes, Signer

from appliance.signing.keys.key import DIGEST, CheckedSigner

MARK = hashlib.sha256(b"where the digest stands").digest()


@dataclass(frozen=True, slots=True)
class Mould:
    """All that never changes in the CMS objects of a key: signed attributes and whole, DER, with the marks."""

    attributes: bytes
    content: bytes
    signature: bytes

    def attributes_of(self, digest: bytes) -> bytes:
        """Return what is signed for a document with this SHA-256."""
        return self.attributes.replace(MARK, digest)

    def filled(self, digest: bytes, signature: bytes) -> cms.ContentInfo:
        """Return the CMS object."""
        content = self.content.replace(MARK, digest).replace(self.signature, signature)
        return cms.ContentInfo.load(content)


class _Caster(Signer):
    """Signs with a mark, and keeps what it was asked to sign."""

    def __init__(self, model: CheckedSigner, mark: bytes) -> None:
        super().__init__(signing_cert=model.signing_cert, cert_registry=model.cert_registry,
                         embed_roots=model.embed_roots, signature_mechanism=model.signature_mechanism)
        self.mark = mark
        self.asked = b""

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """Keep ``data`` and return the mark."""
        del digest_algorithm, dry_run
        self.asked = data
        return self.mark


async def sign(signer: CheckedSigner, digest: bytes) -> cms.ContentInfo:
    """Return the PAdES signature over a document with this SHA-256.

    Raises:
        ApplianceError: what the key raises.
    """
    if not isinstance(signer.public, rsa.RSAPublicKey):
        return await _encoded(signer, digest)
    if signer.mould is None:
        signer.mould = await _cast(signer, signer.public.key_size // 8)
    mould: Mould = signer.mould
    signature = await signer.async_sign_raw(mould.attributes_of(digest), DIGEST)
    return mould.filled(digest, signature)


async def _cast(signer: CheckedSigner, size: int) -> Mould:
    caster = _Caster(signer, hashlib.shake_256(b"where the signature stands").digest(size))
    content = (await _encoded(caster, MARK)).dump()
    counts = caster.asked.count(MARK), content.count(MARK), content.count(caster.mark)
    assert counts == (1, 1, 1), counts
    return Mould(caster.asked, content, caster.mark)


async def _encoded(signer: Signer, digest: bytes) -> cms.ContentInfo:
    return await signer.async_sign(digest, DIGEST, use_pades=True, signed_attr_settings=PdfCMSSignedAttributes())
