"""A signed file in the making: it only grows, revision by revision, and its hash grows with it.

So even a file of hundreds of megabytes is read once, and never held in memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from appliance.core import errors

PIECE = 1 << 20


class GrowingFile:
    """An open file and the hash of its settled beginning; what follows may still change."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream
        self._hash = hashlib.sha256()
        self._settled = 0

    def settle(self) -> None:
        """Take everything that is in the file now for final."""
        self.stream.seek(self._settled)
        while piece := self.stream.read(PIECE):
            self._hash.update(piece)
            self._settled += len(piece)

    def copy(self, source: Path) -> None:
        """Append a whole file, as final.

        Raises:
            OSError: it cannot be read, or the disk refuses.
        """
        self.stream.seek(self._settled)
        for piece in _pieces(source):
            self.stream.write(piece)
            self._hash.update(piece)
            self._settled += len(piece)

    def forget(self) -> None:
        """Cut off what is not settled."""
        self.stream.truncate(self._settled)

    @property
    def sha256(self) -> str:
        """SHA-256 of what is settled, lowercase hex."""
        return self._hash.hexdigest()

    @property
    def size(self) -> int:
        """Length of what is settled, bytes."""
        return self._settled

    def digest_around(self, start: int, stop: int) -> bytes:
        """Return the SHA-256 of everything except the bytes from ``start`` to ``stop``.

        Raises:
            ApplianceError: SIGNING_FAILED: those bytes are settled already.
        """
        if start < self._settled:
            raise errors.SIGNING_FAILED.error(reason="a signature would lie in what is settled")
        digest = self._hash.copy()
        self.stream.seek(self._settled)
        digest.update(self.stream.read(start - self._settled))
        self.stream.seek(stop)
        digest.update(self.stream.read())
        return digest.digest()


def _pieces(source: Path) -> Iterator[bytes]:
    with source.open("rb") as stream:
        while piece := stream.read(PIECE):
            yield piece
