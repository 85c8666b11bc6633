"""One document out of a kept package: members are stored as they are, so its bytes lie in one stretch."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

from appliance.receiver.archive import Archive

_HEADER = 30
"""Bytes of a local header before the name (APPNOTE 4.3.7)."""


def stretch(archive: Archive, sha256: str, size: int, member: str) -> int | None:
    """Return where the bytes of a member begin in the package; None when they are compressed.

    Args:
        archive: where the package is kept.
        sha256: the package.
        size: its size in bytes.
        member: name of the file in it.

    Raises:
        OSError, zipfile.BadZipFile: the copy at hand cannot be read.
    """
    source = io.BufferedReader(_Object(archive, sha256, size), 1 << 16)
    with zipfile.ZipFile(source) as package:
        info = package.getinfo(member)
        if info.compress_type != zipfile.ZIP_STORED:
            return None
    source = io.BufferedReader(_Object(archive, sha256, size), 1 << 10)
    source.seek(info.header_offset)
    header = source.read(_HEADER)
    return info.header_offset + _HEADER + int.from_bytes(header[26:28], "little") + int.from_bytes(
        header[28:30], "little")


def unpacked(package: Path, member: str, offset: int, length: int) -> Iterator[bytes]:
    """Yield a part of a compressed member of a local package."""
    with zipfile.ZipFile(package) as opened, opened.open(member) as stream:
        stream.seek(offset)
        while length > 0 and (piece := stream.read(min(length, 1 << 20))):
            length -= len(piece)
            yield piece


class _Object(io.RawIOBase):
    """An object of the archive as a file that can be sought in."""

    def __init__(self, archive: Archive, sha256: str, size: int) -> None:
        self._archive, self._sha256, self._size, self._place = archive, sha256, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._place = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        return self._place

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the stub wants any buffer
        count = min(len(buffer), self._size - self._place)
        data = b"".join(self._archive.read(self._sha256, self._place, count)) if count > 0 else b""
        buffer[:len(data)] = data
        self._place += len(data)
        return len(data)
