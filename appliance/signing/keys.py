"""The key: read from a PKCS#12 file or made for trials, refused when the law would not let it sign.

Circular 15/2025/TT-BKHCN: RSA of 2048 bits or more or ECDSA of 256 or more, SHA-256 or stronger, RSASSA-PSS;
the certificate is looked at before every signature.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from asn1crypto import algos
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore

from appliance.core import clock, errors
from appliance.core.config import Config
from appliance.core.jobs import AGENCY
from appliance.signing import development
from appliance.signing.protocol import KeyFacts

DIGEST = "sha256"
SALT = 32
"""Salt of RSASSA-PSS in bytes: the length of the hash, as ETSI TS 119 312 asks; pyHanko takes the longest."""

SMALLEST_RSA, SMALLEST_EC = 2048, 256
WEAK = ("md5", "sha1")
RESERVE_STEP = 1024

PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class HeldKeySigner(Signer):
    """A pyHanko signer that keeps the parsed private key: parsing it took 40 ms of every signature.

    Each signature is checked with the certificate's public key before it is handed out.
    """

    def __init__(self, private: PrivateKey, certificate: x509.Certificate, others: list[x509.Certificate],
                 padding: str) -> None:
        registry = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        registry.register_multiple([_asn1(other) for other in others])
        super().__init__(signing_cert=_asn1(certificate), cert_registry=registry, embed_roots=True,
                         signature_mechanism=_mechanism(private, padding))
        self._private = private
        self._public = certificate.public_key()
        self._padding = PSS(MGF1(hashes.SHA256()), SALT) if padding == "pss" else PKCS1v15()

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """Sign ``data``; the digest is always SHA-256."""
        if digest_algorithm != DIGEST:
            raise errors.SIGNING_FAILED.error(reason=f"digest {digest_algorithm}")
        if dry_run:
            return bytes(self._private.key_size)
        if isinstance(self._private, rsa.RSAPrivateKey) and isinstance(self._public, rsa.RSAPublicKey):
            signature = self._private.sign(data, self._padding, hashes.SHA256())
            self._public.verify(signature, data, self._padding, hashes.SHA256())
            return signature
        assert isinstance(self._private, ec.EllipticCurvePrivateKey)
        assert isinstance(self._public, ec.EllipticCurvePublicKey)
        signature = self._private.sign(data, ec.ECDSA(hashes.SHA256()))
        self._public.verify(signature, data, ec.ECDSA(hashes.SHA256()))
        return signature


@dataclass(frozen=True, slots=True)
class Key:
    """A key that may sign.

    Attributes:
        reserved: hexadecimal digits the signature needs in the file, with room to spare; fixed for a key.
        trust_root: PEM file of the root, empty when none lies beside the key.
    """

    signer: HeldKeySigner
    certificate: x509.Certificate
    development: bool
    algorithm: str
    reserved: int
    trust_root: str = ""
    name: str = AGENCY

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
            ApplianceError: CERTIFICATE_INVALID.
        """
        first, last = self.certificate.not_valid_before_utc, self.certificate.not_valid_after_utc
        if moment > last:
            raise errors.CERTIFICATE_INVALID.error(reason=f"expired {clock.iso(last)}")
        if moment < first:
            raise errors.CERTIFICATE_INVALID.error(reason=f"not valid before {clock.iso(first)}")


def from_settings(config: Config) -> Key:
    """Open the key the settings name; with none named, the development key (made at first run).

    Raises:
        ApplianceError: KEY_MISSING or CERTIFICATE_INVALID.
    """
    try:
        if config.signing.pkcs12:
            return load(Path(config.signing.pkcs12), _passphrase(config.signing.passphrase_file),
                        config.signing.padding)
        path = development.ensure(config.storage.state / "keys", config.office.name)
        return load(path, None, config.signing.padding)
    except OSError as problem:
        raise errors.KEY_MISSING.error(reason=f"{problem.filename}: {problem.strerror}") from None


def load(path: Path, passphrase: bytes | None, padding: str = "pss") -> Key:
    """Open a PKCS#12 file and check that its certificate may sign now.

    Args:
        path: the file.
        passphrase: of the file; None when it has none.
        padding: ``pss`` or ``pkcs1v15``; without meaning for an ECDSA key.

    Raises:
        ApplianceError: KEY_MISSING when it cannot be opened, CERTIFICATE_INVALID when it may not sign.
        OSError: the file cannot be read.
    """
    private, certificate, others = _open(path, passphrase)
    refuse_unlawful(certificate, others)
    trial = development.is_development(certificate)
    roots = [other for other in others if other.issuer == other.subject]
    key = Key(
        HeldKeySigner(private, certificate, others, padding), certificate, trial, _algorithm(private, padding),
        _reserve(private, [certificate, *others]),
        str(development.publish_root(path.parent, roots[0])) if trial and roots else "",
    )
    key.refuse_outside_validity(clock.now())
    return key


def refuse_unlawful(certificate: x509.Certificate, others: list[x509.Certificate]) -> None:
    """Refuse short keys, weak hashes and certificates that are not for signing documents.

    Raises:
        ApplianceError: CERTIFICATE_INVALID naming what is wrong.
    """
    for checked in (certificate, *(other for other in others if other.issuer != other.subject)):
        algorithm = checked.signature_hash_algorithm
        if algorithm is not None and algorithm.name in WEAK:
            raise errors.CERTIFICATE_INVALID.error(reason=f"signed with {algorithm.name}")
    public = certificate.public_key()
    size = public.key_size if isinstance(public, rsa.RSAPublicKey | ec.EllipticCurvePublicKey) else 0
    least = SMALLEST_RSA if isinstance(public, rsa.RSAPublicKey) else SMALLEST_EC
    if size < least:
        raise errors.CERTIFICATE_INVALID.error(reason=f"key of {size} bits, {least} needed")
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        raise errors.CERTIFICATE_INVALID.error(reason="no key usage") from None
    if not usage.content_commitment:
        raise errors.CERTIFICATE_INVALID.error(reason="key usage lacks nonRepudiation")


def common_name(name: x509.Name) -> str:
    """Return the common name, or the whole name when there is none."""
    fields = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(fields[0].value) if fields else name.rfc4514_string()


def _passphrase(path: str) -> bytes | None:
    return Path(path).read_bytes().rstrip(b"\r\n") if path else None


def _open(path: Path, passphrase: bytes | None) -> tuple[PrivateKey, x509.Certificate, list[x509.Certificate]]:
    data = path.read_bytes()
    try:
        store = pkcs12.load_pkcs12(data, passphrase)
    except (ValueError, TypeError):  # a wrong passphrase, or no PKCS#12: the library does not tell which
        raise errors.KEY_MISSING.error(reason=f"{path.name} does not open with this passphrase") from None
    if store.cert is None or not isinstance(store.key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise errors.KEY_MISSING.error(reason=f"{path.name} holds no RSA or ECDSA key with a certificate")
    others = [item.certificate for item in store.additional_certs]
    return store.key, store.cert.certificate, others


def _mechanism(private: PrivateKey, padding: str) -> algos.SignedDigestAlgorithm:
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return algos.SignedDigestAlgorithm({"algorithm": f"{DIGEST}_ecdsa"})
    if padding != "pss":
        return algos.SignedDigestAlgorithm({"algorithm": f"{DIGEST}_rsa"})
    digest = algos.DigestAlgorithm({"algorithm": DIGEST})
    mask = algos.MaskGenAlgorithm({"algorithm": "mgf1", "parameters": digest})
    parameters = algos.RSASSAPSSParams(
        {"hash_algorithm": digest, "mask_gen_algorithm": mask, "salt_length": SALT}
    )
    return algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": parameters})


def _algorithm(private: PrivateKey, padding: str) -> str:
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return "ECDSA with SHA-256"
    return "RSASSA-PSS with SHA-256" if padding == "pss" else "RSA PKCS#1 v1.5 with SHA-256"


def _reserve(private: PrivateKey, certificates: list[x509.Certificate]) -> int:
    """Return hexadecimal digits for certificates, signature, attributes and some room, in whole KiB."""
    size = sum(len(item.public_bytes(serialization.Encoding.DER)) for item in certificates)
    size += private.key_size // 4 + RESERVE_STEP
    return 2 * RESERVE_STEP * -(-size // RESERVE_STEP)


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))
