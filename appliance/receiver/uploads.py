"""Uploads on their way into the archive: their rows in the index, their bytes in a space of uploads.

The row's offset is the truth: bytes beyond it were never acknowledged. It is compared and set after the bytes are
durable, so a kill, a power cut, a second writer or another instance at any moment loses nothing acknowledged.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from appliance.receiver import tables
from appliance.receiver.index import Index, after

_U, _P = tables.uploads.c, tables.parts.c


class ElsewhereError(Exception):
    """Another writer has this upload just now, or was faster: ask for its offset again."""


class UnprovedError(Exception):
    """What came is not what its sender sent."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload.

    Attributes:
        name: 32 hex digits; follows from what the sender announced, so that announcing twice is harmless.
        office: who announced it; empty where offices are not told apart.
        metadata: the Upload-Metadata header as it came.
        offset: bytes acknowledged.
        expires: moment (``tables.moment``) after which an unfinished upload is thrown away.
        settled: the archive has decided; the data lie elsewhere.
    """

    name: str
    office: str
    length: int
    sha256: str
    metadata: str
    offset: int
    expires: str
    settled: bool = False

    @property
    def whole(self) -> bool:
        """Say whether every byte has arrived."""
        return self.offset == self.length

    @property
    def expired(self) -> bool:
        """Say whether nobody may go on with it."""
        return not self.whole and self.expires < tables.moment()


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes of an upload from ``offset`` on, at a ``place`` that the space of uploads understands."""

    offset: int
    size: int
    place: str


class UploadSpace(Protocol):
    """Where the bytes of uploads lie; every instance of the archive sees the same. Methods may raise OSError."""

    def held(self, name: str) -> contextlib.AbstractContextManager[None]:
        """Keep others from writing to this upload meanwhile, where two writers could harm each other.

        Raises:
            ElsewhereError: somebody else writes.
        """
        ...

    def write(self, name: str, offset: int, data: bytes) -> str:
        """Make bytes durable at an offset; what lay beyond was never acknowledged and may go.

        Returns:
            The place of this part, which the index keeps with the new offset; empty where a space needs none.
        """
        ...

    def forget(self, place: str) -> None:
        """Throw away a part that did not come into the index, because another writer was faster."""
        ...

    def whole(self, upload: Upload, parts: Sequence[Part], work: Path) -> Path:
        """Return a local file with all bytes: the space's own (it may be moved away), or one made in ``work``.

        Raises:
            FileNotFoundError: they are not here any more.
        """
        ...

    def drop(self, name: str, parts: Sequence[Part]) -> None:
        """Throw away the bytes of an upload, if there are any."""
        ...

    def names(self) -> Iterator[str]:
        """Yield the uploads that have bytes here."""
        ...


class Uploads:
    """All uploads of the archive. Methods block."""

    def __init__(self, index: Index, space: UploadSpace, keep_seconds: float) -> None:
        self._index = index
        self._space = space
        self._keep_seconds = keep_seconds

    def create(self, office: str, length: int, sha256: str, metadata: str) -> Upload:
        """Return the upload with this announcement, made if it is new or the old one expired."""
        name = hashlib.sha256(f"{office}\n{length} {sha256} {metadata}".encode()).hexdigest()[:32]
        known = self.get(name)
        if known is not None and known.expired:
            self.remove(known)
            known = None
        if known is not None:
            return known
        completed = tables.moment() if length == 0 else ""
        row = {"name": name, "office": office, "length": length, "sha256": sha256, "metadata": metadata,
               "offset": 0, "expires": after(self._keep_seconds), "completed": completed}
        with contextlib.suppress(sa.exc.IntegrityError), self._index.write() as connection:
            connection.execute(tables.uploads.insert().values(row))
        made = self.get(name)
        assert made is not None  # this instance or another one, faster, has made it
        return made

    def get(self, name: str) -> Upload | None:
        """Return the upload of that name, or None."""
        with self._index.read() as connection:
            row = connection.execute(sa.select(tables.uploads).where(_U.name == name)).mappings().first()
        return None if row is None else upload_of(row)

    def append(self, upload: Upload, data: bytes, proved: Callable[[], bool] = lambda: True) -> Upload:
        """Add bytes at the upload's offset; when this returns they may be acknowledged.

        ``proved`` says, once they are written, whether they are what was sent; it may take its time.

        Raises:
            UnprovedError: they are not; the upload is as it was before.
            ElsewhereError: another writer has it, or was faster.
            FileNotFoundError: bytes that were acknowledged are gone; the upload is forgotten.
            OSError: disk or index failed; the upload is as it was before.
        """
        with self._space.held(upload.name):
            known = self.get(upload.name)
            if known is None or known.offset != upload.offset or known.settled:
                raise ElsewhereError(upload.name)
            try:
                place = self._space.write(upload.name, upload.offset, data)
            except FileNotFoundError:
                self.remove(upload)
                raise
            if not proved():
                self._space.forget(place)
                raise UnprovedError
            expires = after(self._keep_seconds)
            grown = replace(upload, offset=upload.offset + len(data), expires=expires)
            if not self._advance(upload, grown, place):
                self._space.forget(place)
                raise ElsewhereError(upload.name)
        return grown

    def whole(self, upload: Upload, work: Path) -> Path:
        """Return a local file with the bytes of a whole upload; see ``UploadSpace.whole``."""
        return self._space.whole(upload, self._parts(upload.name), work)

    def drop(self, upload: Upload) -> None:
        """Throw away the bytes of a settled upload; its row still tells senders that it came whole."""
        parts = self._parts(upload.name)
        self._space.drop(upload.name, parts)
        if parts:
            with self._index.write() as connection:
                connection.execute(tables.parts.delete().where(_P.upload == upload.name))

    def remove(self, upload: Upload) -> None:
        """Forget an upload and its bytes."""
        parts = self._parts(upload.name)
        with self._index.write() as connection:
            connection.execute(tables.parts.delete().where(_P.upload == upload.name))
            connection.execute(tables.uploads.delete().where(_U.name == upload.name))
        self._space.drop(upload.name, parts)

    def sweep(self) -> int:
        """Throw away what expired, and bytes that nobody waits for; return how many uploads that were.

        Nothing that waits for a decision goes.
        """
        now = tables.moment()
        over = sa.or_(_U.settled == 1, _U.offset < _U.length)
        with self._index.read() as connection:
            rows = connection.execute(sa.select(tables.uploads).where(_U.expires < now, over)).mappings().all()
        for row in rows:
            self.remove(upload_of(row))
        for name in list(self._space.names()):
            with contextlib.suppress(ElsewhereError), self._space.held(name):
                known = self.get(name)
                if known is None or known.settled:
                    self._space.drop(name, self._parts(name))
        return len(rows)

    def _advance(self, upload: Upload, grown: Upload, place: str) -> bool:
        news: dict[str, Any] = {"offset": grown.offset, "expires": grown.expires}
        if grown.whole:
            news["completed"] = tables.moment()
        with self._index.write() as connection:
            moved = connection.execute(tables.uploads.update().where(
                _U.name == upload.name, _U.offset == upload.offset, _U.settled == 0).values(news))
            if moved.rowcount and place:
                connection.execute(tables.parts.insert().values(
                    upload=upload.name, offset=upload.offset, size=grown.offset - upload.offset, place=place))
        return bool(moved.rowcount)

    def _parts(self, name: str) -> list[Part]:
        with self._index.read() as connection:
            rows = connection.execute(sa.select(_P.offset, _P.size, _P.place)
                                      .where(_P.upload == name).order_by(_P.offset))
            return [Part(*row) for row in rows]


def upload_of(row: Any) -> Upload:
    """Return the upload that a row of the index tells of."""
    return Upload(row["name"], row["office"], row["length"], row["sha256"], row["metadata"], row["offset"],
                  row["expires"], bool(row["settled"]))
