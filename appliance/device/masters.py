"""The folder of masters, as the scanner process writes it: one file a content, durable when ``keep`` returns."""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from pathlib import Path

from appliance.core import files
from appliance.device.scanner import RawSide


class Masters:
    """The folder of masters, as the scanner process writes it: ``ab/<sha256>.<kind>``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._original: tuple[bytes, Path] | None = None
        self._one = threading.Lock()

    def keep(self, raw: RawSide, suffix: str) -> tuple[str, str]:
        """Make a side durable; return (path relative to the folder, SHA-256).

        Raises:
            OSError: the disk is full, read-only or broken.
        """
        digest = hashlib.sha256(raw.data).hexdigest()
        path = self._folder / digest[:2] / f"{digest}{suffix}"
        files.make_folder(path.parent)
        if _size(path) == len(raw.data):
            files.sync_folder(path.parent)  # a crash may have come between its rename and this
        else:
            files.write_durably(path, raw.data)
        if raw.original:
            with self._one:  # the next page of the same file may be in the other thread
                self._keep_original(raw.original, path.with_suffix(".orig"))
        return f"{digest[:2]}/{path.name}", digest

    def _keep_original(self, original: bytes, path: Path) -> None:
        """Keep the imported file beside its master; pages of one file share its bytes on disk."""
        if _size(path) == len(original):
            return
        if self._original is not None and self._original[0] is original:
            with contextlib.suppress(OSError):  # no links here, or the first is gone: a copy does as well
                os.link(self._original[1], path)
                files.sync_folder(path.parent)
                return
        files.write_durably(path, original)
        self._original = (original, path)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return -1
