"""A ZIP of stored files, written once from front to end: its SHA-256 is known when its last byte is written.

``zipfile`` leaves the CRC of a file open and goes back to fill it in, so that such a ZIP has to be read again to be
hashed. Here a document is read (once; one over ``KEEP`` bytes a second time, out of the page cache) before its
header is written. Hashes are computed in two threads beside reading and writing: of each file, and of the whole.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Self

from appliance.core import files

PIECE = 1 << 20
KEEP = 32 << 20
"""Most of one document that is kept in memory, in bytes."""

AHEAD = 8 << 20
"""Most bytes that may wait for their hash."""

BEHIND = 8 << 20
"""With so many bytes waiting the thread is the slower of the two."""

LITTLE = 1 << 16
"""Pieces below this size are hashed on the spot, or together with others: a thread would cost more."""

UNIX, PLAIN = 3, 0o100640
LIMIT = 0xFFFF_FFFF
"""From here on sizes and places need the 64-bit form (ZIP64)."""

MOST = 0xFFFF


@dataclass(frozen=True, slots=True)
class Poured:
    """A file that was stored; its hash may still be under way."""

    size: int
    digest: hashlib._Hash
    last: Future[None]

    def sha256(self) -> str:
        """Wait for the hash of what was stored; return it as lowercase hex."""
        self.last.result()
        return self.digest.hexdigest()


@dataclass(frozen=True, slots=True)
class _Record:
    """One file in the directory at the end."""

    name: bytes
    crc: int
    size: int
    place: int


class Hasher:
    """A thread that goes on with several SHA-256, each piece after the one before it."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._waiting: deque[tuple[int, Future[None]]] = deque()
        self._ahead = 0

    def add(self, digest: hashlib._Hash, piece: bytes) -> Future[None]:
        """Have a digest go on with a piece; waits when too much is not done yet."""
        done = self._thread.submit(digest.update, piece)
        self._waiting.append((len(piece), done))
        self._ahead += len(piece)
        while self._ahead > AHEAD or (self._waiting and self._waiting[0][1].done()):
            size, first = self._waiting.popleft()
            first.result()
            self._ahead -= size
        return done

    @property
    def behind(self) -> bool:
        """Say whether so much waits that whoever reads had better hash it too: then both cores have work."""
        return self._ahead > BEHIND

    def close(self) -> None:
        """Wait until every digest has all its pieces, and let the thread go."""
        self._thread.shutdown()


class Zip:
    """A ZIP under way. Every file gets the same time, so that the same input gives the same bytes."""

    def __init__(self, stream: IO[bytes], moment: datetime) -> None:
        self._stream, self._place = stream, 0
        self._hasher, self._whole, self._short = Hasher(), hashlib.sha256(), bytearray()
        self._own = Hasher()
        self._time = moment.hour << 11 | moment.minute << 5 | moment.second // 2
        self._date = (moment.year - 1980) << 9 | moment.month << 5 | moment.day
        self._records: list[_Record] = []

    def add(self, name: str, source: bytes | Path) -> Poured:
        """Store bytes or a file under ``name`` (ASCII); return what it was.

        Raises:
            OSError: reading or writing failed, or the file grew or shrank meanwhile.
        """
        crc, size, kept = 0, 0, list[bytes]()
        for piece in _pieces(source):
            crc = zlib.crc32(piece, crc)
            size += len(piece)
            if size <= KEEP:
                kept.append(piece)
        record = _Record(name.encode("ascii"), crc, size, self._place)
        return self._store(record, kept if size <= KEEP else _pieces(source))

    def finish(self) -> int:
        """Write the directory at the end; return the size of the whole."""
        begun = self._place
        for record in self._records:
            self._put(self._central(record))
        self._put(self._end(begun))
        self._flush()
        return self._place

    def sha256(self) -> str:
        """Wait for the thread; return the SHA-256 of the whole."""
        self._hasher.close()
        self._own.close()
        return self._whole.hexdigest()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._hasher.close()
        self._own.close()

    def _store(self, record: _Record, pieces: Iterable[bytes]) -> Poured:
        self._records.append(record)
        self._put(self._local(record))
        begun, digest, last = self._place, hashlib.sha256(), Future[None]()
        last.set_result(None)
        for piece in pieces:
            if record.size < LITTLE:
                digest.update(piece)
            else:
                last = self._own.add(digest, piece)
            self._put(piece)
        if self._place - begun != record.size:
            raise OSError(f"a file changed its length while it was packed: {record.size} bytes before")
        return Poured(record.size, digest, last)

    def _put(self, piece: bytes) -> None:
        self._stream.write(piece)
        self._place += len(piece)
        if len(piece) < LITTLE:
            self._short += piece
            piece = b""
        if piece or len(self._short) >= LITTLE:
            self._flush()
        if piece:
            self._hasher.add(self._whole, piece)

    def _flush(self) -> None:
        """Have the small pieces hashed that came together."""
        if self._short:
            self._hasher.add(self._whole, bytes(self._short))
            self._short.clear()

    def _local(self, record: _Record) -> bytes:
        large = record.size >= LIMIT
        more = struct.pack("<2H2Q", 1, 16, record.size, record.size) if large else b""
        size = LIMIT if large else record.size
        head = struct.pack("<4s5H3L2H", b"PK\3\4", 45 if large else 20, 0, 0, self._time, self._date, record.crc,
                           size, size, len(record.name), len(more))
        return head + record.name + more

    def _central(self, record: _Record) -> bytes:
        size, place = min(record.size, LIMIT), min(record.place, LIMIT)
        wide = [record.size] * 2 * (size == LIMIT) + [record.place] * (place == LIMIT)
        more = struct.pack(f"<2H{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
        version = 45 if wide else 20
        head = struct.pack("<4s4B4H3L5H2L", b"PK\1\2", version, UNIX, version, 0, 0, 0, self._time, self._date,
                           record.crc, size, size, len(record.name), len(more), 0, 0, 0, PLAIN << 16, place)
        return head + record.name + more

    def _end(self, begun: int) -> bytes:
        count, length, wide = len(self._records), self._place - begun, b""
        if count >= MOST or self._place >= LIMIT:
            wide = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, length, begun)
            wide += struct.pack("<4sLQL", b"PK\6\7", 0, self._place, 1)
        few = min(count, MOST)
        return wide + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, few, few, min(length, LIMIT), min(begun, LIMIT), 0)


def _pieces(source: bytes | Path) -> Iterable[bytes]:
    return files.read_pieces(source, PIECE) if isinstance(source, Path) else (source,)
