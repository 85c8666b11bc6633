"""Files put among the objects of a folder of backups, each once; one that rotted there is copied anew."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from appliance.backup.needed import Needed
from appliance.backup.shelf import MODE, Item, Shelf
from appliance.core import clock, files

ROUNDS = 14
"""In so many days every object that is still wanted is read again."""


class Taken:
    """Puts files among the objects; counts what was not there yet, and names what the host's disk will not give."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf, self.added = shelf, 0
        self.unreadable: set[str] = set()
        self._day = clock.now().toordinal()

    def take(self, path: Path, one: Needed) -> Item | None:
        """Have a file among the objects; None where it is not there, or is not what the ledger says it is."""
        there = self.shelf.object(one.sha256) if one.sha256 else None
        if there is not None and self._is_sound(there, _size(path)):
            return Item(one.name, one.sha256, there.stat().st_size, one.of)
        try:
            sha256, size, part = self._copied(path)
        except FileNotFoundError:
            return None
        except _UnreadableError:
            self.unreadable.add(one.name)
            return None
        place = self.shelf.object(sha256)
        if one.sha256 not in ("", sha256):
            part.unlink()
            return None
        if self._is_sound(place, size):
            part.unlink()
        else:
            files.make_folder(place.parent, 0o700)
            files.adopt_durably(part, place, MODE)
            self.added += size
        return Item(one.name, sha256, size, one.of)

    def _is_sound(self, place: Path, size: int) -> bool:
        """Say whether an object is there as it was; its bytes are read when its day has come.

        ``size``: how long it is, -1 where nobody knows any more.
        """
        if not place.is_file() or size not in (-1, place.stat().st_size):
            return False
        return (int(place.name[:8], 16) - self._day) % ROUNDS != 0 or files.sha256_of(place) == place.name

    def _copied(self, path: Path) -> tuple[str, int, Path]:
        digest, size, part = hashlib.sha256(), 0, self.shelf.objects / "copying.part"
        pieces = _read(path)
        piece = next(pieces, b"")  # a file that is not there leaves nothing behind
        with part.open("wb") as stream:
            while piece:
                digest.update(piece)
                stream.write(piece)
                size += len(piece)
                piece = next(pieces, b"")
        return digest.hexdigest(), size, part


class _UnreadableError(Exception):
    """The disk of the host does not give a file; the folder of backups has no part in that."""


def _read(path: Path) -> Iterator[bytes]:
    try:
        yield from files.read_pieces(path)
    except FileNotFoundError:
        raise
    except OSError as problem:
        raise _UnreadableError from problem


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1
