"""What the kernel tells of a folder: files written to, closed, renamed into it (inotify(7)).

An aid, never a need: on a network mount it tells nothing, and what was lost is found by looking (push_watch.py).
Sub-folders are not listened to. The struct is that of inotify(7); libc is called directly, it is four functions.
"""

from __future__ import annotations

import ctypes
import os
import struct
from pathlib import Path

from appliance.device.push_watch import Told

_MODIFY, _CLOSE_WRITE, _MOVED_TO = 0x2, 0x8, 0x80
_OVERFLOW, _IGNORED, _ONLY_FOLDER = 0x4000, 0x8000, 0x01000000
_HEAD = struct.Struct("iIII")
_ROOM = 1 << 16


class FolderEvents:
    """An ear at one folder; put there again when the folder was away."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._ear = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        self._at: tuple[int, int] | None = None

    def heard(self) -> tuple[dict[str, Told], bool]:
        """Return what was told of each file since the last time, and whether something may have been missed."""
        missed = self._listen()
        told: dict[str, Told] = {}
        while data := self._read():
            at = 0
            while at < len(data):
                _, mask, _, length = _HEAD.unpack_from(data, at)
                name = os.fsdecode(data[at + _HEAD.size : at + _HEAD.size + length].rstrip(b"\0"))
                at += _HEAD.size + length
                if mask & (_OVERFLOW | _IGNORED):
                    missed, self._at = True, None if mask & _IGNORED else self._at
                elif mask & _MODIFY:
                    told[name] = Told.WRITTEN
                elif mask & (_CLOSE_WRITE | _MOVED_TO):
                    told[name] = Told.CLOSED
        return told, missed

    def close(self) -> None:
        """Listen no more; may be called twice."""
        if self._ear >= 0:
            os.close(self._ear)
        self._ear = -1

    def _listen(self) -> bool:
        """Put the ear at the folder that is there now; return whether that is another than before."""
        if self._ear < 0:
            return False
        try:
            found = self._folder.stat()
        except OSError:
            return False
        if self._at == (found.st_dev, found.st_ino):
            return False
        mask = _MODIFY | _CLOSE_WRITE | _MOVED_TO | _ONLY_FOLDER
        heard = self._libc.inotify_add_watch(self._ear, os.fsencode(self._folder), mask)
        self._at = (found.st_dev, found.st_ino) if heard >= 0 else None
        return True

    def _read(self) -> bytes:
        if self._ear < 0:
            return b""
        try:
            return os.read(self._ear, _ROOM)
        except BlockingIOError:
            return b""
