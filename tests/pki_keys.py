"""The keys of the PKI stand: made once on a machine, kept under build/, shared by all who test at the same time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from asn1crypto import algos, keys
from certomancer import crypto_utils
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

KEYS = Path(__file__).parents[1] / "build" / "pki-keys"
ELLIPTIC = ("office_ec", "officer_ec")
SHORT = ("weak_rsa",)


class QuickBackend(crypto_utils.PycaCryptographyBackend):
    """Certomancer's own, but a private key is parsed once and without the 40 ms of proof that it is prime."""

    def generic_sign(self, private_key: keys.PrivateKeyInfo, tbs_bytes: bytes,
                     sd_algo: algos.SignedDigestAlgorithm) -> bytes:
        """Sign as certomancer does (PKCS#1 v1.5 or ECDSA)."""
        private = _parsed(private_key.dump())
        hashed = getattr(hashes, sd_algo.hash_algo.upper())()
        if isinstance(private, ec.EllipticCurvePrivateKey):
            return private.sign(tbs_bytes, ec.ECDSA(hashed))
        return private.sign(tbs_bytes, padding.PKCS1v15(), hashed)

    def load_private_key(self, key_bytes: bytes,
                         password: bytes | None) -> tuple[keys.PrivateKeyInfo, keys.PublicKeyInfo]:
        """Load a DER file of this module; it has no password."""
        del password
        public = _parsed(key_bytes).public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return keys.PrivateKeyInfo.load(key_bytes), keys.PublicKeyInfo.load(public)


@lru_cache(64)
def _parsed(der: bytes) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    key = serialization.load_der_private_key(der, password=None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    return key


def private_key(name: str) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    """Return the key of someone; it is made at the first call on this machine and kept under build/."""
    return _parsed(key_file(name).read_bytes())


def key_file(name: str) -> Path:
    """Return the DER file (PKCS#8) of someone's key."""
    path = KEYS / f"{name}.der"
    if not path.exists():
        with _alone():
            if not path.exists():
                _make_key(name, path)
    return path


def _make_key(name: str, path: Path) -> None:
    made: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    if name in ELLIPTIC:
        made = ec.generate_private_key(ec.SECP256R1())
    else:
        made = rsa.generate_private_key(65537, 1024 if name in SHORT else 2048)
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_bytes(made.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8,
                                         serialization.NoEncryption()))
    fresh.rename(path)


@contextmanager
def _alone() -> Iterator[None]:
    """Let one process at a time make keys."""
    KEYS.mkdir(parents=True, exist_ok=True)
    with (KEYS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
