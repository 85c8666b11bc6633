"""A key that may sign, wherever it lies, and the pyHanko signer that checks each signature before it goes out."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from asn1crypto import algos
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore

from appliance.core import clock, errors
from appliance.core.errors import ApplianceError
from appliance.core.jobs import AGENCY
from appliance.signing import lawful
from appliance.signing.keys.identity import common_name
from appliance.signing.protocol import KeyFacts

DIGEST = "sha256"
SALT = 32
"""Salt of RSASSA-PSS in bytes: the length of the hash, as ETSI TS 119 312 asks; pyHanko takes the longest."""

RESERVE_STEP = 1024

PublicKey: TypeAlias = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


class CheckedSigner(Signer):
    """A pyHanko signer whose every signature is checked with the certificate's public key before it is handed out.

    Subclasses say how the raw signature is made: ``raw``.
    """

    def __init__(self, certificate: x509.Certificate, others: Sequence[x509.Certificate], padding: str) -> None:
        registry = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        registry.register_multiple([_asn1(other) for other in others])
        self.public = public_of(certificate)
        super().__init__(signing_cert=_asn1(certificate), cert_registry=registry, embed_roots=True,
                         signature_mechanism=mechanism(self.public, padding))
        self.padding = PSS(MGF1(hashes.SHA256()), SALT) if padding == "pss" else PKCS1v15()
        self.mould: Any = None  # of its CMS objects, cast at the first signature (signing/mould.py)
        self.out_of_use: ApplianceError | None = None  # why it signs nothing now, not even what is in hand

    async def raw(self, data: bytes) -> bytes:
        """Return the signature over ``data`` (SHA-256), ECDSA as a DER sequence.

        Raises:
            ApplianceError: why there is none.
        """
        raise NotImplementedError

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """Sign ``data``; the digest is always SHA-256.

        Raises:
            ApplianceError: why the key is out of use; KEY_FAILED when what came back is no signature; what
                ``raw`` raises.
        """
        if self.out_of_use is not None:
            raise self.out_of_use.kind.error(**self.out_of_use.details)
        if digest_algorithm != DIGEST:
            raise errors.SIGNING_FAILED.error(reason=f"digest {digest_algorithm}")
        if dry_run:
            return bytes(self.public.key_size)
        signature = await self.raw(data)
        try:
            self._verify(signature, data)
        except InvalidSignature:
            raise errors.KEY_FAILED.error(reason=errors.both(
                "chữ ký không khớp chứng thư",
                "its signature does not fit its certificate")) from None
        return signature

    def _verify(self, signature: bytes, data: bytes) -> None:
        if isinstance(self.public, rsa.RSAPublicKey):
            self.public.verify(signature, data, self.padding, hashes.SHA256())
        else:
            self.public.verify(signature, data, ec.ECDSA(hashes.SHA256()))


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a key lies.

    Attributes:
        kind: file, development, token or remote.
        about: what evidence keeps of token or service: maker, model, serial number; no secret.
        trust_root: PEM file of the root, empty when none lies beside the key.
    """

    kind: str = "file"
    about: dict[str, str] = field(default_factory=dict)
    trust_root: str = ""

    @property
    def development(self) -> bool:
        """Whether it is for trials: a key in a file can be copied, and who signs with it is not certain."""
        return self.kind in ("file", "development")


@dataclass(frozen=True, slots=True)
class Key:
    """A key that may sign.

    Attributes:
        reserved: hexadecimal digits the signature needs in the file, with room to spare; fixed for a key.
        chain: issuers that lie beside the key, nearest first.
    """

    signer: CheckedSigner
    certificate: x509.Certificate
    algorithm: str
    reserved: int
    name: str = AGENCY
    chain: tuple[x509.Certificate, ...] = ()
    origin: Origin = field(default_factory=Origin)

    @property
    def development(self) -> bool:
        """Whether it is for trials, to be marked wherever it shows."""
        return self.origin.development

    @property
    def trust_root(self) -> str:
        """PEM file of the root, empty when none lies beside the key."""
        return self.origin.trust_root

    @property
    def subject(self) -> str:
        """The common name of the certificate."""
        return common_name(self.certificate.subject)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, lowercase hex."""
        return hashlib.sha256(self.certificate.public_bytes(serialization.Encoding.DER)).hexdigest()

    def facts(self) -> KeyFacts:
        """Return what the daemon may know of it."""
        certificate = self.certificate
        return KeyFacts(
            subject=self.subject, issuer=common_name(certificate.issuer),
            not_before=clock.iso(certificate.not_valid_before_utc),
            not_after=clock.iso(certificate.not_valid_after_utc), development=self.development,
            algorithm=self.algorithm, trust_root=self.trust_root, pid=os.getpid(), name=self.name,
            fingerprint=self.fingerprint,
        )

    def refuse_outside_validity(self, moment: datetime) -> None:
        """Refuse to sign at a moment the certificate does not cover.

        Raises:
            ApplianceError: CERTIFICATE_EXPIRED, CERTIFICATE_NOT_YET.
        """
        lawful.refuse_outside_validity(self.certificate, moment)


def made(signer: CheckedSigner, certificate: x509.Certificate, chain: Sequence[x509.Certificate], padding: str,
         origin: Origin) -> Key:
    """Return the key of a signer."""
    reserved = _reserve(signer.public, [certificate, *chain])
    return Key(signer, certificate, algorithm(signer.public, padding), reserved, chain=tuple(chain), origin=origin)


def public_of(certificate: x509.Certificate) -> PublicKey:
    """Return the public key of a certificate.

    Raises:
        ApplianceError: CERTIFICATE_WEAK when it is neither RSA nor ECDSA.
    """
    public = certificate.public_key()
    if not isinstance(public, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise errors.CERTIFICATE_WEAK.error(reason=errors.both(
            "không phải khóa RSA hay ECDSA",
            "neither an RSA nor an ECDSA key"))
    return public


def mechanism(public: PublicKey, padding: str) -> algos.SignedDigestAlgorithm:
    """Return how the key signs, as it is written into the signature."""
    if isinstance(public, ec.EllipticCurvePublicKey):
        return algos.SignedDigestAlgorithm({"algorithm": f"{DIGEST}_ecdsa"})
    if padding != "pss":
        return algos.SignedDigestAlgorithm({"algorithm": f"{DIGEST}_rsa"})
    digest = algos.DigestAlgorithm({"algorithm": DIGEST})
    mask = algos.MaskGenAlgorithm({"algorithm": "mgf1", "parameters": digest})
    parameters = algos.RSASSAPSSParams(
        {"hash_algorithm": digest, "mask_gen_algorithm": mask, "salt_length": SALT}
    )
    return algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": parameters})


def algorithm(public: PublicKey, padding: str) -> str:
    """Return how the key signs, in words."""
    if isinstance(public, ec.EllipticCurvePublicKey):
        return "ECDSA with SHA-256"
    return "RSASSA-PSS with SHA-256" if padding == "pss" else "RSA PKCS#1 v1.5 with SHA-256"


def _reserve(public: PublicKey, certificates: Sequence[x509.Certificate]) -> int:
    """Return hexadecimal digits for certificates, signature, attributes and some room, in whole KiB."""
    size = sum(len(item.public_bytes(serialization.Encoding.DER)) for item in certificates)
    size += public.key_size // 4 + RESERVE_STEP
    return 2 * RESERVE_STEP * -(-size // RESERVE_STEP)


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))
