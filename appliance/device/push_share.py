"""The folder that a push scanner writes into: what lies there, and moving it without losing or overwriting any.

Files are only renamed within the share, into ``.appliance`` while they are on their way to the ledger, and removed
after that; what is not fed goes into a folder that a person sees (``duplicate``, ``refused``). Links are never
followed, names are bytes that the system gave.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path, PurePosixPath

from appliance.core import files
from appliance.device.push_watch import Stamp
from appliance.device.volume import BEGINNING, MOST_BYTES

WORK, DUPLICATE, REFUSED = ".appliance", "duplicate", "refused"
MOST_DEEP = 8
_LEFT_BY_SYSTEMS = frozenset({
    "thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "system volume information", "lost+found", "@eadir",
})


class Away(StrEnum):
    """What became of a file that was to be moved: moved, no longer there (or another by now), or immovable."""

    MOVED = "moved"
    GONE = "gone"
    LEFT = "left"


@dataclass
class Listing:
    """What lies in the folder: files by their relative name, and how many things cannot be taken."""

    files: dict[str, Stamp] = field(default_factory=dict)
    refused: int = 0


@dataclass(frozen=True, slots=True)
class InWork:
    """A file in the work folder: the hash under which it was put there, where it lay, and its state."""

    sha256: str
    name: str
    stamp: Stamp


class Share:
    """One folder of a push scanner."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def there(self) -> bool:
        """Say whether the folder is there; what cannot be asked is away."""
        try:
            return self.folder.is_dir()
        except OSError:
            return False

    def listing(self) -> Listing:
        """List the files, also those in sub-folders that a device made.

        Raises:
            OSError: the folder is away.
        """
        found = Listing()
        self._list(self.folder, "", found)
        return found

    def _list(self, folder: Path, before: str, found: Listing) -> None:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not _is_foreign(entry.name, top=not before):
                    with contextlib.suppress(FileNotFoundError):
                        self._note(entry, before, found)

    def _note(self, entry: os.DirEntry[str], before: str, found: Listing) -> None:
        name = before + entry.name
        if entry.is_dir(follow_symlinks=False) and name.count("/") < MOST_DEEP:
            try:
                self._list(Path(entry.path), f"{name}/", found)
            except PermissionError:
                found.refused += 1
        elif entry.is_file(follow_symlinks=False):
            found.files[name] = _stamp(entry.stat(follow_symlinks=False))
        else:
            found.refused += 1

    def read(self, name: str, stamp: Stamp) -> bytes | None:
        """Return the bytes of a file, of one longer than ``MOST_BYTES`` its beginning; None when it has changed.

        Raises:
            OSError: it cannot be read (now).
        """
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with os.fdopen(os.open(self.folder / name, flags), "rb") as stream:
            before = os.fstat(stream.fileno())
            if not stat.S_ISREG(before.st_mode) or _stamp(before) != stamp:
                return None
            data = stream.read(BEGINNING if stamp.size > MOST_BYTES else stamp.size)
            whole = len(data) == stamp.size or stamp.size > MOST_BYTES
            return data if whole and _stamp(os.fstat(stream.fileno())) == stamp else None

    def to_work(self, name: str, stamp: Stamp, sha256: str) -> Away:
        """Move a file out of the scanner's sight; doing it twice is as once."""
        return self._move(name, stamp, self._place(sha256, name))

    def put_aside(self, name: str, stamp: Stamp, aside: str) -> Away:
        """Move a file that is not fed to where a person finds it, beside what lies there under its name."""
        return self._move(name, stamp, self.folder / aside / PurePosixPath(name).name, numbered=True)

    def clear(self, found: InWork) -> bool:
        """Remove a file from the work folder when its bytes are those of ``found``; return False if it has grown.

        Raises:
            OSError: it cannot be removed (now).
        """
        place = self._place(found.sha256, found.name)
        try:
            grown = not _stamp(place.lstat()).same_content(found.stamp)
        except FileNotFoundError:
            return True
        if grown:
            return False
        place.unlink()
        _tidy(place.parent)
        return True

    def put_back(self, found: InWork) -> None:
        """Put a file from the work folder back to where it lay, beside what lies there by now.

        Raises:
            OSError: it cannot be moved (now).
        """
        place = self._place(found.sha256, found.name)
        target = _free(self.folder / found.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        place.rename(target)
        _tidy(place.parent)

    def in_work(self) -> Iterator[InWork]:
        """Yield what lies in the work folder.

        Raises:
            OSError: it cannot be listed (now).
        """
        work = self.folder / WORK
        if not work.is_dir():
            return
        for place in sorted(work.iterdir()):
            for path in sorted(place.rglob("*")) if place.is_dir() and not place.is_symlink() else ():
                with contextlib.suppress(FileNotFoundError):
                    found = path.lstat()
                    if stat.S_ISREG(found.st_mode):
                        yield InWork(place.name, path.relative_to(place).as_posix(), _stamp(found))

    def _move(self, name: str, stamp: Stamp, target: Path, *, numbered: bool = False) -> Away:
        path = self.folder / name
        try:
            if _stamp(path.lstat()) != stamp:
                return Away.GONE
            self._make(target.parent, seen=numbered)
            target = _free(target) if numbered else target
            path.rename(target)
            if not _stamp(target.lstat()).same_content(stamp):
                target.rename(_free(path))  # another one had taken its name a moment ago
                return Away.GONE
        except FileNotFoundError:
            return Away.GONE
        except OSError:
            return Away.LEFT
        with contextlib.suppress(OSError):  # not every share can; after a power cut the file is known again
            files.sync_folder(target.parent)
            files.sync_folder(path.parent)
        return Away.MOVED

    def _make(self, folder: Path, *, seen: bool) -> None:
        """Make a folder on the share; one that people are to see gets the rights of the share itself."""
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            if seen:
                folder.chmod(stat.S_IMODE(self.folder.stat().st_mode))

    def _place(self, sha256: str, name: str) -> Path:
        return self.folder / WORK / sha256 / name


def _tidy(folder: Path) -> None:
    """Remove the empty folders around a file that has left the work folder."""
    with contextlib.suppress(OSError):
        while folder.name != WORK:
            folder.rmdir()
            folder = folder.parent


def _is_foreign(name: str, *, top: bool) -> bool:
    """Whether a name is none of the scanner's: hidden, a system's own, or a folder of ours."""
    ours = top and name in (DUPLICATE, REFUSED)
    return ours or name.startswith((".", "~$")) or name.lower() in _LEFT_BY_SYSTEMS


def _stamp(found: os.stat_result) -> Stamp:
    return Stamp(found.st_ino, found.st_size, found.st_mtime_ns)


def _free(path: Path) -> Path:
    """Return the path, or the same with a number where something lies."""
    free, number = path, 1
    while os.path.lexists(free):
        number += 1
        free = path.with_name(f"{path.stem[:200]}~{number}{path.suffix}")
    return free
