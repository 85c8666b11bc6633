"""What a way to the archive must offer, whichever protocol carries it.

The suite tests/contracts/test_every_transport.py is this contract as a program; every transport passes it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol, Self, runtime_checkable

from appliance.core.tasks import RescanTask


@dataclass(frozen=True, slots=True)
class Package:
    """A package that is ready to go. ``sha256`` is lowercase hex, ``uuid`` the identity in the ledger."""

    path: Path
    sha256: str
    size: int
    uuid: str


class Piece(bytes):
    """Bytes of a package that know their SHA-256 (raw): it is reckoned beside the loop, while others travel."""

    sha256: bytes

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Return ``data`` with its SHA-256."""
        piece = cls(data)
        piece.sha256 = hashlib.sha256(data).digest()
        return piece


class Standing(StrEnum):
    """What the archive says of a SHA-256."""

    UNKNOWN = "unknown"
    PENDING = "pending"
    DECIDED = "decided"


@dataclass(frozen=True, slots=True)
class Finding:
    """The archive's word on a package; ``receipt`` is its signed answer, unverified, when decided."""

    standing: Standing
    receipt: str = ""


class Transport(Protocol):
    """One archive, reached by one protocol.

    Every method may be called again after any failure, any number of times, in any process: the answer to
    an earlier call may have been lost. None of them waits to try again; that is the sender's part.

    Every method raises ApplianceError and nothing else: ``ARCHIVE_UNREACHABLE`` whenever trying later may
    help (no connection, time-out, 5xx, 423, 429, and refused credentials, which a person mends at the
    archive), ``ARCHIVE_REFUSED`` when the archive says that this package can never come in this way
    (too large, not understood): final. A piece damaged on its way is not an error, see ``send``.

    A *handle* is text that names one upload for as long as the archive keeps it: a URL, a multipart id, a
    temporary name. It may be stored and used by another process.
    """

    @property
    def least_piece(self) -> int:
        """Bytes that a piece must have at least unless it is the last one; 1 where any will do."""
        ...

    async def find(self, sha256: str) -> Finding:
        """Ask whether the archive has decided on these bytes. Makes a lost answer harmless."""
        ...

    async def begin(self, package: Package) -> str:
        """Announce a package; return its handle.

        Called twice for one package it returns a handle to the same upload, or to a fresh one where the
        protocol cannot do better; never are the bytes of two uploads mixed.
        """
        ...

    async def offset(self, handle: str) -> int | None:
        """Return how many bytes the archive holds durably; None when it no longer knows the upload."""
        ...

    async def send(self, handle: str, offset: int, piece: bytes) -> int | None:
        """Send the bytes that follow ``offset``; return how many the archive then holds durably.

        The answer is ``offset`` when the piece arrived damaged and was thrown away, another number when
        the archive holds more or less than the caller believed, None when it no longer knows the upload.
        The caller goes on from the answer. The last piece completes the upload.
        """
        ...

    async def abandon(self, handle: str) -> None:
        """Give an unfinished upload up, so that the archive need not keep its bytes.

        What it no longer knows, or has whole, is left as it is without an error.
        """
        ...


@runtime_checkable
class Tasks(Protocol):
    """A way on which the archive also says which pages it wants scanned again."""

    async def tasks(self) -> tuple[RescanTask, ...] | None:
        """Return every task it knows for this office; None where this archive gives no tasks.

        Raises:
            ApplianceError: ARCHIVE_UNREACHABLE, also for an answer that is no list of tasks.
        """
        ...
