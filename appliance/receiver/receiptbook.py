"""The archive's book of receipts: one signed file a receipt, numbered, each naming the one before it.

Writing that file is the moment of decision; nothing else has to agree with it. The index is read from
the names at start.
"""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import dataclass
from pathlib import Path

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.archive.packages.replacement import Held
from appliance.archive.receipts import ACCEPTED, ALGORITHM, REJECTED, TYPE
from appliance.core import files, ids

_NAME = re.compile(r"([0-9]{10})-([0-9a-f]{64})\.jws")
_LONGEST_REASON = 1000


@dataclass(frozen=True, slots=True)
class Decision:
    """What the archive has decided on one file; ``problems`` is empty when it takes it.

    ``replaces``: UUID of the package whose place it takes, or empty. ``audit``: head of the office's audit chain.
    """

    sha256: str
    size: int
    package: str
    file_code: str
    documents: int
    problems: tuple[str, ...]
    replaces: str = ""
    audit: str = ""


class ReceiptBook:
    """Receipts and the key that signs them, below ``root``.

    The key ``keys/receipt.pem`` is made at first run; ``keys/receipt-public.pem`` is for the senders.
    """

    def __init__(self, root: Path, issuer: str) -> None:
        self._folder = files.make_folder(root / "receipts")
        self._issuer = issuer
        self._key = _own_key(files.make_folder(root / "keys", 0o700))
        self.key_id = hashlib.sha256(_raw(self._key)).hexdigest()[:16]
        files.sweep_temporaries(self._folder)
        self._index: dict[str, Path] = {}
        self._last = self._read_names()
        self._packages: dict[str, Held] | None = None

    def __len__(self) -> int:
        return len(self._index)

    def find(self, sha256: str) -> str | None:
        """Return the receipt for a SHA-256, or None."""
        path = self._index.get(sha256)
        return path.read_text() if path else None

    def enter(self, decision: Decision) -> str:
        """Sign and keep a decision; a second decision on the same bytes returns the first receipt."""
        known = self.find(decision.sha256)
        if known is not None:
            return known
        token = jwt.encode(self._claims(decision), self._key, ALGORITHM, {"kid": self.key_id, "typ": TYPE})
        number = int(self._last.name[:10]) + 1 if self._last else 1
        path = self._folder / f"{number:010d}-{decision.sha256}.jws"
        files.write_durably(path, token.encode())
        self._index[decision.sha256] = self._last = path
        if self._packages is not None and not decision.problems:
            _take_in(self._packages, decision.package, decision.file_code, decision.replaces)
        return token

    def package(self, uuid: str) -> Held | None:
        """Return an accepted package by its UUID; all receipts are read when this is asked for the first time."""
        if self._packages is None:
            self._packages = {}
            for path in sorted(self._index.values()):
                said = jwt.decode(path.read_text(), options={"verify_signature": False})
                if said["status"] == ACCEPTED:
                    _take_in(self._packages, said["sub"], said["file_code"], said.get("replaces", ""))
        return self._packages.get(uuid)

    def _claims(self, decision: Decision) -> dict[str, object]:
        previous = self._last.read_bytes() if self._last else b""
        return {
            "iss": self._issuer, "iat": int(time.time()), "jti": ids.uuid7(), "sub": decision.package,
            "file_code": decision.file_code, "sha256": decision.sha256, "size": decision.size,
            "status": REJECTED if decision.problems else ACCEPTED,
            "reason": "; ".join(decision.problems)[:_LONGEST_REASON], "documents": decision.documents,
            "replaces": decision.replaces, "audit": decision.audit,
            "prev": hashlib.sha256(previous).hexdigest() if previous else "",
        }

    def _read_names(self) -> Path | None:
        last = None
        for path in sorted(self._folder.iterdir()):
            if match := _NAME.fullmatch(path.name):
                self._index[match[2]] = last = path
        return last


def _take_in(packages: dict[str, Held], uuid: str, file_code: str, replaces: str) -> None:
    packages[uuid] = Held(file_code)
    if replaces in packages:
        packages[replaces] = Held(packages[replaces].file_code, uuid)


def _own_key(folder: Path) -> Ed25519PrivateKey:
    path, public = folder / "receipt.pem", folder / "receipt-public.pem"
    if not path.exists():
        fresh = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        files.write_durably(path, fresh, 0o600)
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    assert isinstance(key, Ed25519PrivateKey)
    if not public.exists():
        files.write_durably(public, key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo), 0o444)
    return key


def _raw(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
