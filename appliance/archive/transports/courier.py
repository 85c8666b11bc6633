"""The disk that a courier carries between an office without a line and the archive: what lies on it, and where.

    courier-disk.json            says that this is such a disk, and which one; without it nothing is written
    packages/<sha256>.growing    a package that is being written
    packages/<sha256>.zip        a whole one; the archive takes it away
    packages/<sha256>.json       its record: whose it is, how much of it is durable, when it was whole, when taken
    packages/SHA256SUMS          one line a whole package, for ``sha256sum -c``
    receipts/<sha256>.jws        the archive's signed answers
    tasks/<id>.json              what the archive asks of an office

A disk may be pulled out at any moment: the record is written after the bytes that it speaks of. Everything on it is
open to whoever reaches it, for users have other numbers on every host; who reaches it is the mount point's part.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from appliance.core import clock, errors, files, ids
from appliance.core.plain import from_plain

MARKER = "courier-disk.json"
FORMAT = "courier-disk/1"
SUMS = "SHA256SUMS"
LARGEST_RECORD = 1 << 16
OPEN_FOLDER, OPEN_FILE, SHARED_FILE = 0o777, 0o644, 0o666
"""Modes on the disk: of a folder, of a file that is replaced as a whole, of one that grows."""

NAME = re.compile(r"[0-9a-f]{64}")
IDENTITY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of one package on a disk.

    Attributes:
        office: code of the office that wrote it; a claim, as everything here is.
        offset: bytes that are durable.
        written: when the whole of it had been written and read back; empty until then.
        taken: when the archive had a copy of its own; empty until then.
    """

    package: str
    sha256: str
    size: int
    office: str
    offset: int = 0
    written: str = ""
    taken: str = ""


@dataclass(frozen=True, slots=True)
class Disk:
    """A courier's disk that is there; ``name`` is its identity."""

    root: Path
    name: str

    @property
    def packages(self) -> Path:
        """Folder of the packages."""
        return self.root / "packages"

    @property
    def tasks(self) -> Path:
        """Folder of what the archive asks."""
        return self.root / "tasks"

    def growing(self, sha256: str) -> Path:
        """Return the place of a package that is being written."""
        return self.packages / f"{sha256}.growing"

    def whole(self, sha256: str) -> Path:
        """Return the place of a whole package."""
        return self.packages / f"{sha256}.zip"

    def receipt(self, sha256: str) -> Path:
        """Return the place of the archive's answer."""
        return self.root / "receipts" / f"{sha256}.jws"

    def record(self, sha256: str) -> Record | None:
        """Return the record of a package; None where there is none, or none that can be read."""
        found = _read(self._record(sha256))
        try:
            record = from_plain(Record, found)
        except (TypeError, ValueError, KeyError):
            return None
        sound = isinstance(found, dict) and record.sha256 == sha256 and 0 <= record.offset <= record.size
        return record if sound else None

    def keep(self, record: Record) -> None:
        """Write a record durably. Raises OSError."""
        make_open(self.packages)
        data = json.dumps(asdict(record), ensure_ascii=False, sort_keys=True).encode()
        files.write_durably(self._record(record.sha256), data, OPEN_FILE)

    def forget(self, sha256: str) -> None:
        """Take a package and its record off the disk. Raises OSError."""
        for place in (self._record(sha256), self.growing(sha256), self.whole(sha256)):
            files.remove_durably(place)

    def records(self) -> list[Record]:
        """Return every record that can be read, by name."""
        names = [path.stem for path in sorted(self.packages.glob("*.json")) if NAME.fullmatch(path.stem)]
        return [record for name in names if (record := self.record(name)) is not None]

    def room(self, sha256: str) -> int:
        """Return the bytes that are free for a package, when all others that are being written are whole."""
        others = [self.record(path.stem) for path in self.packages.glob("*.growing") if path.stem != sha256]
        promised = sum(one.size - one.offset for one in others if one is not None)
        left = os.statvfs(self.root)
        return left.f_bavail * left.f_frsize - promised

    def list_sum(self, sha256: str) -> None:
        """Add a whole package to the list that people can check by ``sha256sum -c``. Raises OSError."""
        place = self.packages / SUMS
        before = place.read_bytes() if place.exists() else b""
        line = f"{sha256}  {sha256}.zip\n".encode()
        if line not in before:
            cut = before[:before.rfind(b"\n") + 1]  # a line that was cut short is written anew
            grow(place, len(cut), line)

    def unlist_sum(self, sha256: str) -> None:
        """Take a package that leaves the disk off that list. Raises OSError."""
        place = self.packages / SUMS
        lines = place.read_bytes().splitlines(keepends=True) if place.exists() else []
        left = [line for line in lines if not line.startswith(sha256.encode())]
        if left != lines:
            files.write_durably(place, b"".join(left), SHARED_FILE)

    def _record(self, sha256: str) -> Path:
        return self.packages / f"{sha256}.json"


def prepare(folder: Path) -> str:
    """Make a disk a courier's disk, once and for all; return its identity. Raises OSError."""
    for inner in ("packages", "receipts", "tasks"):
        make_open(folder / inner)
    known = _name(folder)
    if known:
        return known
    name = ids.uuid7()
    said = {"format": FORMAT, "disk": name, "prepared": clock.iso(clock.now())}
    files.write_durably(folder / MARKER, json.dumps(said).encode(), 0o444)
    return name


def make_open(folder: Path) -> None:
    """Make a folder of the disk if missing, open to office and archive, whatever users they run as."""
    if not folder.is_dir():
        files.make_folder(folder)
        folder.chmod(OPEN_FOLDER)


def grow(place: Path, offset: int, data: bytes) -> None:
    """Make ``data`` the end of a file of the disk from ``offset`` on (``files.append_durably``). Raises OSError."""
    fresh = not place.exists()
    files.append_durably(place, offset, data)
    if fresh:
        place.chmod(SHARED_FILE)


def find(folder: Path, *, encrypted: bool) -> Disk:
    """Return the disk at a folder; ``encrypted``: no other is taken.

    Raises:
        ApplianceError: COURIER_ABSENT (no disk, or the mount point of one), COURIER_REFUSED.
    """
    try:
        there = folder.is_dir() and any(folder.iterdir())
    except OSError:
        there = False
    if not there:
        raise errors.COURIER_ABSENT.error(folder=folder)
    name = _name(folder)
    if not name:
        raise errors.COURIER_REFUSED.error(folder=folder, reason=f"thiếu {MARKER} / no {MARKER}")
    if encrypted:
        refuse_plain(folder)
    return Disk(folder, name)


def refuse_plain(folder: Path) -> None:
    """Refuse a folder on a disk that is not encrypted. Raises COURIER_REFUSED."""
    if not is_encrypted(folder):
        raise errors.COURIER_REFUSED.error(folder=folder, reason="chưa mã hóa / not encrypted")


def is_encrypted(folder: Path, blocks: Path = Path("/sys/dev/block")) -> bool:
    """Say whether a folder lies on a dm-crypt device (LUKS), as the kernel says (Documentation/ABI, dm/uuid)."""
    try:
        device = folder.stat().st_dev
        kind = (blocks / f"{os.major(device)}:{os.minor(device)}" / "dm" / "uuid").read_text()
    except OSError:
        return False
    return kind.startswith("CRYPT-")


def _name(folder: Path) -> str:
    """Return the identity of the disk at a folder; empty where there is none."""
    said = _read(folder / MARKER)
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        return ""
    name = said.get("disk")
    return name if isinstance(name, str) and IDENTITY.fullmatch(name) else ""


def _read(path: Path) -> object:
    """Return what a small JSON file on the disk says; None where it cannot be read."""
    try:
        with path.open("rb") as stream:
            data = stream.read(LARGEST_RECORD)
        return json.loads(data)
    except (OSError, ValueError):
        return None
