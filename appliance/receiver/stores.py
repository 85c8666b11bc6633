"""Where the archive's objects lie: one contract for a file system and for S3 (docs/receiver.md).

The suite tests/contracts/test_every_object_store.py is this contract as a program; every store passes it.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from appliance.core import files

LEAVINGS_SECONDS = 86_400.0
"""After so long nobody is at what an interrupted write has left."""


class ObjectStore(Protocol):
    """Bytes by their SHA-256 (lowercase hex), one copy. ``name`` is its place in the index.

    Every method may be called by several processes and machines at once. Each raises OSError when the place is out
    of reach, full or broken; that says nothing about the object.
    """

    @property
    def name(self) -> str:
        """Name of the place, as the index and metrics say it."""
        ...

    def put(self, sha256: str, path: Path, *, given: bool = False) -> None:
        """Keep the file ``path``; durable when this returns, all or nothing; known bytes are left as they are.

        The caller has proved that the file has this SHA-256. It stays where it is, unless it is ``given`` away:
        then the store may move it. No two stores ever share bytes on a disk.
        """
        ...

    def size(self, sha256: str) -> int | None:
        """Return the size of an object in bytes; None when it is not here."""
        ...

    def read(self, sha256: str, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield the bytes of an object, or a part of them.

        Raises:
            FileNotFoundError: it is not here.
        """
        ...

    def replace(self, sha256: str, path: Path) -> None:
        """Put a sound copy in the place of a damaged one; as ``put`` otherwise."""
        ...

    def names(self) -> Iterator[str]:
        """Yield what is here, in any order; what comes while this runs may be missing."""
        ...


class FileStore:
    """Objects as read-only files ``<root>/<2 hex>/<sha256>.zip``. An ``ObjectStore``."""

    def __init__(self, root: Path, name: str) -> None:
        self._root = files.make_folder(root)
        self._name = name

    @property
    def name(self) -> str:
        """Name of the place."""
        return self._name

    def path(self, sha256: str) -> Path:
        """Return where an object lies, or would lie."""
        return self._root / sha256[:2] / f"{sha256}.zip"

    def put(self, sha256: str, path: Path, *, given: bool = False) -> None:
        """Keep a file; see ``ObjectStore.put``."""
        place = self.path(sha256)
        if place.exists():
            return
        files.make_folder(place.parent)
        if given and path.stat().st_dev == place.parent.stat().st_dev:
            files.adopt_durably(path, place)
        else:
            self.replace(sha256, path)

    def replace(self, sha256: str, path: Path) -> None:
        """Put a sound copy in place; see ``ObjectStore.replace``."""
        place = self.path(sha256)
        files.make_folder(place.parent)
        temporary = place.with_name(f"{place.name}.{secrets.token_hex(8)}{files.TEMPORARY}")  # no two share it
        try:
            shutil.copyfile(path, temporary)
            files.adopt_durably(temporary, place)
        finally:
            temporary.unlink(missing_ok=True)

    def size(self, sha256: str) -> int | None:
        """Return the size of an object; see ``ObjectStore.size``."""
        try:
            return self.path(sha256).stat().st_size
        except FileNotFoundError:
            return None

    def read(self, sha256: str, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield the bytes; see ``ObjectStore.read``."""
        with self.path(sha256).open("rb") as stream:
            stream.seek(offset)
            left = length
            while left is None or left > 0:
                piece = stream.read(1 << 20 if left is None else min(1 << 20, left))
                if not piece:
                    return
                left = None if left is None else left - len(piece)
                yield piece

    def sweep(self, seconds: float) -> int:
        """Remove what interrupted writes left here longer ago than so many seconds; return how many files."""
        old = time.time() - seconds
        left = [path for path in self._root.glob(f"[0-9a-f][0-9a-f]/*{files.TEMPORARY}")
                if path.stat().st_mtime < old]
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    def names(self) -> Iterator[str]:
        """Yield what is here; see ``ObjectStore.names``."""
        for path in self._root.glob("[0-9a-f][0-9a-f]/*.zip"):
            yield path.stem

    def forget(self, seconds: float) -> None:
        """Throw away what has been here for longer than so many seconds; another instance may do so at once."""
        self.sweep(LEAVINGS_SECONDS)
        for sha256 in list(self.names()):
            path = self.path(sha256)
            with contextlib.suppress(FileNotFoundError):  # the other one was quicker
                if path.stat().st_mtime < time.time() - seconds:
                    files.remove_durably(path)
