"""A key in a PKCS#12 file: for trials and development, and marked so wherever it shows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from appliance.core import clock, errors
from appliance.signing import development, lawful
from appliance.signing.keys.key import CheckedSigner, Key, Origin, made
from appliance.signing.keys.paddings import Paddings, chosen

PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class HeldKeySigner(CheckedSigner):
    """Keeps the parsed private key: parsing it took 40 ms of every signature."""

    def __init__(self, private: PrivateKey, certificate: x509.Certificate, others: Sequence[x509.Certificate],
                 padding: str) -> None:
        super().__init__(certificate, others, padding)
        self._private = private

    async def raw(self, data: bytes) -> bytes:
        """Return the signature over ``data``."""
        if isinstance(self._private, rsa.RSAPrivateKey):
            return self._private.sign(data, self.padding, hashes.SHA256())
        return self._private.sign(data, ec.ECDSA(hashes.SHA256()))


def load(path: Path, passphrase: bytes | None, padding: str | Paddings = "pss") -> Key:
    """Open a PKCS#12 file and check that its certificate may sign now.

    Args:
        path: the file.
        passphrase: of the file; None when it has none.
        padding: ``pss`` or ``pkcs1v15``, or as the settings say; without meaning for an ECDSA key.

    Raises:
        ApplianceError: KEY_MISSING when it cannot be opened, what ``lawful`` raises when it may not sign.
        OSError: the file cannot be read.
    """
    private, certificate, others = _open(path, passphrase)
    lawful.refuse_unlawful(certificate, others)
    padding = chosen(padding, certificate)
    roots = [other for other in others if other.issuer == other.subject]
    trial = development.is_development(certificate)
    origin = Origin("file")
    if trial:
        root = str(development.publish_root(path.parent, roots[0])) if roots else ""
        origin = Origin("development", trust_root=root)
    key = made(HeldKeySigner(private, certificate, others, padding), certificate, others, padding, origin)
    key.refuse_outside_validity(clock.now())
    return key


def _open(path: Path, passphrase: bytes | None) -> tuple[PrivateKey, x509.Certificate, list[x509.Certificate]]:
    data = path.read_bytes()
    try:
        store = pkcs12.load_pkcs12(data, passphrase)
    except (ValueError, TypeError):  # a wrong passphrase, or no PKCS#12: the library does not tell which
        raise errors.KEY_MISSING.error(reason=errors.both(
            f"không mở được {path.name} bằng mật khẩu này",
            f"{path.name} does not open with this passphrase")) from None
    if store.cert is None or not isinstance(store.key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise errors.KEY_MISSING.error(reason=errors.both(
            f"{path.name} không có khóa RSA hoặc ECDSA kèm chứng thư",
            f"{path.name} holds no RSA or ECDSA key with a certificate"))
    others = [item.certificate for item in store.additional_certs]
    return store.key, store.cert.certificate, others
