"""What has been taken from a push scanner's folder, durably: each file once, whatever stops in between.

In ``pushed/<device>`` of the state folder: a copy of the file that is on its way to the ledger, ``current.json``
that says how far it is, ``last.json`` with the last batch that is whole, and ``taken.txt``, one line for every file
ever taken. There a name is kept as a hash, for it may be a person's.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path

from appliance.core import files
from appliance.core.plain import from_plain, to_plain
from appliance.device.push_watch import Stamp

MOST_REMEMBERED = 50_000
"""Files whose bytes are known again; older ones are forgotten."""

_FIELDS = 8


@dataclass(frozen=True, slots=True)
class Current:
    """The file that is on its way to the ledger.

    Attributes:
        sha256: of its bytes.
        name: where it lay, relative to the folder.
        batch: the batch that it is fed into.
        first: its first leaf in that batch; more than 0 when an earlier batch has the leaves before.
        recorded: leaves that the ledger is known to hold, of all batches.
        aside: sub-folder of the share that keeps it, for what is not fed; empty for what is.
        code: why no leaf of it can be used, or empty; ``reason`` belongs to it.
        left: it could not be moved and still lies where it lay.
        starts: processes that began while it was on its way, since the ledger last got a leaf of it.
    """

    sha256: str
    name: str
    stamp: Stamp
    batch: str
    first: int = 0
    recorded: int = 0
    aside: str = ""
    code: str = ""
    reason: str = ""
    left: bool = False
    starts: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that was taken. ``left``: it still lies there; ``grew``: inode under which it was written on, or 0."""

    sha256: str
    name: str
    stamp: Stamp
    left: bool = False
    grew: int = 0


def name_hash(name: str) -> str:
    """Return what stands for a name."""
    return hashlib.sha256(os.fsencode(name)).hexdigest()[:16]


class PushBook:
    """The book of one device; read when it is made."""

    def __init__(self, folder: Path) -> None:
        """Read what is there.

        Raises:
            OSError: the state folder cannot be written.
        """
        self._folder = files.make_folder(folder)
        self._taken: dict[str, Taken] = {}
        self._left: dict[tuple[str, Stamp], Taken] = {}
        self._grown: set[int] = set()
        self._size = 0
        self._read()
        self.current = self._read_current()
        self._last = self._read_last()
        self._sweep()
        if self.current is not None:
            self.put(replace(self.current, starts=self.current.starts + 1))

    def known(self, sha256: str) -> Taken | None:
        """Return the file of these bytes that was taken before."""
        return self._taken.get(sha256)

    def is_same(self, sha256: str, name: str, stamp: Stamp) -> bool:
        """Say whether a file is the very one that was taken, not another with its bytes.

        A share that was mounted again may number its files anew.
        """
        short, known = name_hash(name), self._taken.get(sha256)
        if known is not None and (known.name, known.stamp) == (short, stamp):
            return True
        return any((one.sha256, one.name) == (sha256, short) and one.stamp.same_content(stamp)
                   for one in self._left.values())

    def lies_there(self, name: str, stamp: Stamp) -> bool:
        """Say whether this very file was taken and could not be moved."""
        return bool(self._left) and (name_hash(name), stamp) in self._left

    def left_one(self, name: str, stamp: Stamp) -> Taken:
        """Return what is known of a file that ``lies_there``."""
        return self._left[name_hash(name), stamp]

    def has_grown(self, inode: int) -> bool:
        """Say whether a file of this inode was written on after it was taken."""
        return inode in self._grown

    def has_grown_any(self) -> bool:
        """Say whether any file is expected again because it was written on."""
        return bool(self._grown)

    def settle(self, inode: int) -> None:
        """Forget that a file of this inode has grown, now that it was taken again: others get the inode next.

        Errors as ``begin``.
        """
        for one in [one for one in self._taken.values() if one.grew == inode]:
            self.remember(replace(one, grew=0))

    def begin(self, current: Current, data: bytes) -> None:
        """Make a file's bytes durable, then the fact that it is on its way.

        Raises:
            OSError: there is no room, or the disk is broken; nothing has changed then.
        """
        if not current.aside:
            files.write_durably(self._copy(current), data)
        self.put(current)

    def put(self, current: Current) -> None:
        """Write down how far the current file is; errors as ``begin``."""
        text = json.dumps(to_plain(current))
        files.write_durably(self._folder / "current.json", text.encode(), 0o640)
        self.current = current

    def data(self) -> bytes | None:
        """Return the bytes of the current file, or None when the copy is gone or damaged."""
        assert self.current is not None
        if self.current.aside:
            return b""
        try:
            data = self._copy(self.current).read_bytes()
        except OSError:
            return None
        return data if hashlib.sha256(data).hexdigest() == self.current.sha256 else None

    def is_over(self, batch: str) -> bool:
        """Say whether the last file that was recorded whole belongs to ``batch``: then nothing is missing in it."""
        return batch != "" and batch == self._last

    def is_done(self) -> bool:
        """Say whether the current file was recorded whole before a stop came."""
        current = self.current
        known = self._taken.get(current.sha256) if current else None
        return current is not None and not current.aside and known is not None

    def remember(self, taken: Taken) -> None:
        """Add a line for a file; errors as ``begin``."""
        stamp = taken.stamp
        line = (f"{taken.sha256} {taken.name} {stamp.inode} {stamp.size} {stamp.mtime_ns} {int(taken.left)} "
                f"{taken.grew} .\n").encode()
        files.append_durably(self._folder / "taken.txt", self._size, line)
        self._size += len(line)
        self._learn(taken)

    def close_current(self) -> None:
        """Let the current file go: the ledger holds it."""
        if self.current is not None:
            current, self.current = self.current, None
            files.write_durably(self._folder / "last.json", json.dumps(current.batch).encode(), 0o640)
            self._last = current.batch
            files.remove_durably(self._folder / "current.json")
            files.remove_durably(self._copy(current))

    def _learn(self, taken: Taken) -> None:
        this = (taken.sha256, taken.name)
        self._left = {place: one for place, one in self._left.items() if (one.sha256, one.name) != this}
        before = self._taken.get(taken.sha256)
        if before is not None and before.grew != taken.grew:
            self._grown.discard(before.grew)
        self._taken[taken.sha256] = taken
        if taken.left:
            self._left[taken.name, taken.stamp] = taken
        if taken.grew:
            self._grown.add(taken.grew)

    def _copy(self, current: Current) -> Path:
        return self._folder / f"{current.sha256}.file"

    def _read(self) -> None:
        """Read the lines; a last one that was cut short is written over."""
        path = self._folder / "taken.txt"
        lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
        good = [line for line in lines if line.endswith(b" .\n") and len(line.split()) == _FIELDS]
        if len(lines) > MOST_REMEMBERED or len(good) < len(lines):
            good = good[-MOST_REMEMBERED // 2:] if len(lines) > MOST_REMEMBERED else good
            files.write_durably(path, b"".join(good), 0o640)
        self._size = sum(len(line) for line in good)
        for line in good:
            sha256, name, inode, size, mtime, left, grew, _ = line.decode().split()
            stamp = Stamp(int(inode), int(size), int(mtime))
            self._learn(Taken(sha256, name, stamp, left == "1", int(grew)))

    def _read_current(self) -> Current | None:
        try:
            return from_plain(Current, json.loads((self._folder / "current.json").read_bytes()))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def _read_last(self) -> str:
        try:
            return str(json.loads((self._folder / "last.json").read_bytes()))
        except (FileNotFoundError, ValueError):
            return ""

    def _sweep(self) -> None:
        """Remove copies that no current file needs: a stop came before or after its time."""
        files.sweep_temporaries(self._folder)
        keep = f"{self.current.sha256}.file" if self.current else ""
        for path in self._folder.glob("*.file"):
            if path.name != keep:
                path.unlink(missing_ok=True)


def taken_of(current: Current) -> Taken:
    """Return the line for a file that is recorded whole."""
    return Taken(current.sha256, name_hash(current.name), current.stamp, current.left)


def moved_on(current: Current, batch: str) -> Current:
    """Return the file as it goes on in another batch: the earlier one was closed without the rest of it."""
    return replace(current, batch=batch, first=current.recorded)
