"""The archive's book of receipts: signed, numbered, each naming the one before it; it lies in the index.

The transaction that writes a receipt is the moment of decision. Whoever writes one holds the book's row until it is
committed, so that several instances keep one chain.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import jwt
import sqlalchemy as sa
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.archive.receipts import ACCEPTED, ALGORITHM, REJECTED, TYPE
from appliance.core import files, ids
from appliance.receiver import tables

_LONGEST_REASON = 1000
_MOST_IDS = 1000
"""A receipt with more document codes than that would be longer than offices read; the count and the hash stay."""

_R, _B = tables.receipts.c, tables.book.c


@dataclass(frozen=True, slots=True)
class Decision:
    """What the archive has decided on one file; ``problems`` is empty when it takes it.

    Attributes:
        documents: how many there are; ``document_ids`` are their codes where the package could be read.
        replaces: UUID of the package whose place it takes, or empty.
        audit: head of the office's audit chain.
        office: who sent it, or empty.
    """

    sha256: str
    size: int
    package: str
    file_code: str
    documents: int
    problems: tuple[str, ...]
    replaces: str = ""
    audit: str = ""
    document_ids: tuple[str, ...] = field(default=())
    office: str = ""

    @property
    def status(self) -> str:
        """Return the word of the receipt."""
        return REJECTED if self.problems else ACCEPTED


class ReceiptBook:
    """Writes receipts with the archive's key, ``receipt.pem`` in ``keys``; made at first run.

    ``receipt-public.pem`` beside it is for the senders. Several receivers of one archive share that folder.
    """

    def __init__(self, keys: Path, issuer: str) -> None:
        self._issuer = issuer
        self._key = _own_key(files.make_folder(keys, 0o700))
        self.key_id = hashlib.sha256(_raw(self._key)).hexdigest()[:16]

    def enter(self, connection: sa.Connection, decision: Decision) -> str:
        """Sign a decision and write it into the book, in the caller's transaction; return the receipt.

        A second decision on the same bytes returns the first receipt.
        """
        last = hold(connection)
        known = find(connection, decision.sha256)
        if known is not None:
            return known
        headers = {"kid": self.key_id, "typ": TYPE}
        token = jwt.encode(self._claims(decision, last.hash), self._key, ALGORITHM, headers)
        note(connection, Entry(last.number + 1, token, decision, tables.moment()))
        return token

    def _claims(self, decision: Decision, previous: str) -> dict[str, object]:
        codes = list(decision.document_ids) if len(decision.document_ids) <= _MOST_IDS else []
        return {
            "iss": self._issuer, "iat": int(time.time()), "jti": ids.uuid7(), "sub": decision.package,
            "file_code": decision.file_code, "sha256": decision.sha256, "size": decision.size,
            "status": decision.status, "reason": "; ".join(decision.problems)[:_LONGEST_REASON],
            "documents": decision.documents, "document_ids": codes, "replaces": decision.replaces,
            "audit": decision.audit, "prev": previous,
        }


@dataclass(frozen=True, slots=True)
class Last:
    """The newest receipt: its number and the SHA-256 of it; 0 and empty before the first."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One receipt and its place in the book. ``issued`` is a moment."""

    number: int
    token: str
    decision: Decision
    issued: str


def hold(connection: sa.Connection) -> Last:
    """Lock the book until the transaction ends; return its newest receipt."""
    row = connection.execute(sa.select(_B.number, _B.last).where(_B.id == 1).with_for_update()).one()
    return Last(row.number, row.last)


def newest(connection: sa.Connection) -> Last:
    """Return the newest receipt without locking the book."""
    row = connection.execute(sa.select(_B.number, _B.last).where(_B.id == 1)).one()
    return Last(row.number, row.last)


def note(connection: sa.Connection, entry: Entry) -> None:
    """Write a signed receipt into the book that the caller holds."""
    decision = entry.decision
    connection.execute(tables.receipts.insert().values(
        number=entry.number, sha256=decision.sha256, token=entry.token, issued=entry.issued, office=decision.office,
        status=decision.status, package=decision.package, file_code=decision.file_code))
    digest = hashlib.sha256(entry.token.encode()).hexdigest()
    connection.execute(tables.book.update().where(_B.id == 1).values(number=entry.number, last=digest))


def find(connection: sa.Connection, sha256: str) -> str | None:
    """Return the receipt for a SHA-256, or None."""
    token: str | None = connection.scalar(sa.select(_R.token).where(_R.sha256 == sha256))
    return token


def find_for(connection: sa.Connection, sha256: str, offices: Collection[str]) -> str | None:
    """Return the receipt for a SHA-256 where one of these offices (codes; none: all) has to do with it, or None."""
    row = connection.execute(sa.select(_R.token, _R.office).where(_R.sha256 == sha256)).first()
    if row is None or (offices and row.office and row.office not in offices):
        return None
    token: str = row.token
    return token


def count(connection: sa.Connection) -> int:
    """Return how many receipts were given."""
    number: int = connection.scalars(sa.select(_B.number).where(_B.id == 1)).one()
    return number


def _own_key(folder: Path) -> Ed25519PrivateKey:
    """Return the key of this archive; of several instances that start at once the first one makes it."""
    path, public = folder / "receipt.pem", folder / "receipt-public.pem"
    if not path.exists():
        fresh = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        _make_once(path, fresh)
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    assert isinstance(key, Ed25519PrivateKey)
    if not public.exists():
        files.write_durably(public, key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo), 0o444)
    return key


def _make_once(path: Path, data: bytes) -> None:
    """Make a file durably unless another process was faster; never replace one."""
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    files.write_durably(temporary, data, 0o600)
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        files.remove_durably(temporary)


def _raw(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
