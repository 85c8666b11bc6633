"""Bytes of uploads in a folder, each a growing file; several instances see one and the same folder."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from appliance.core import files
from appliance.receiver.uploads import ElsewhereError, Part, Upload

_SUFFIX = ".data"


class FileSpace:
    """Growing files ``<folder>/<upload>.data``. An ``UploadSpace``."""

    def __init__(self, folder: Path) -> None:
        self.folder = files.make_folder(folder)

    def data(self, name: str) -> Path:
        """Return where the bytes of an upload lie."""
        return self.folder / f"{name}{_SUFFIX}"

    @contextlib.contextmanager
    def held(self, name: str) -> Iterator[None]:
        """Lock the file: a writer that slept while another one went on must not cut off what that one wrote."""
        descriptor = os.open(self.data(name), os.O_RDWR | os.O_CREAT, 0o640)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._check_same(descriptor, name)
            yield
        except BlockingIOError:
            raise ElsewhereError(name) from None
        finally:
            os.close(descriptor)

    def _check_same(self, descriptor: int, name: str) -> None:
        """Refuse a lock on a file that was thrown away between opening and locking it."""
        try:
            same = os.path.samestat(os.fstat(descriptor), self.data(name).stat())
        except FileNotFoundError:
            same = False
        if not same:
            raise ElsewhereError(name)

    def write(self, name: str, offset: int, data: bytes) -> str:
        """Write at an offset and wait for the disk; see ``UploadSpace.write``."""
        if offset and self.data(name).stat().st_size < offset:
            raise FileNotFoundError(self.data(name))  # acknowledged bytes are gone: the sender must begin anew
        files.append_durably(self.data(name), offset, data)
        if offset == 0:
            files.sync_folder(self.folder)
        return ""

    def forget(self, place: str) -> None:
        """Do nothing: the next writer cuts off what was not acknowledged."""

    def whole(self, upload: Upload, parts: Sequence[Part], work: Path) -> Path:  # noqa: ARG002 - the bytes are here
        """Return the file itself; see ``UploadSpace.whole``."""
        path = self.data(upload.name)
        if path.stat().st_size < upload.length:
            raise FileNotFoundError(path)
        if path.stat().st_size > upload.length:
            os.truncate(path, upload.length)
        return path

    def drop(self, name: str, parts: Sequence[Part]) -> None:  # noqa: ARG002 - one file is all there is
        """Remove the file; see ``UploadSpace.drop``."""
        files.remove_durably(self.data(name))

    def names(self) -> Iterator[str]:
        """Yield the uploads with a file."""
        for path in self.folder.glob(f"*{_SUFFIX}"):
            yield path.stem
