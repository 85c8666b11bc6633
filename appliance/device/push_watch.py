"""When a file that a scanner sends is complete. Pure: what was observed and the time come in.

A file is complete when it has rested for a while *and* its bytes come to their end (image_header.whole): a
writer may pause for a minute in the middle, take all its room first, or close the file after each page. The
rest is short when the kernel has told that the writer closed or renamed the file, longer when nobody tells
(network mounts). A file whose writer has not closed it, or whose end is missing, is waited for until patience
ends; then it is taken as it is and held as damaged, so that somebody hears of it.

Times are seconds of a clock that never goes back; a file's own time only orders files and shows changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

_UNFINISHED = (".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".upload", ".uploading", ".lock")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells one state of a file from another."""

    inode: int
    size: int
    mtime_ns: int

    def same_content(self, other: Stamp) -> bool:
        """Say whether nothing was written in between; some network mounts number files anew when renamed."""
        return (self.size, self.mtime_ns) == (other.size, other.mtime_ns)


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds a file must rest: ``settle`` after its writer closed it, ``polled`` when nobody tells of that.

    After ``broken`` it is taken although it is not whole; every ``recheck`` its bytes are looked at again.
    """

    settle: float
    polled: float
    broken: float
    recheck: float = 5.0


class Told(StrEnum):
    """What the kernel tells of a file."""

    WRITTEN = "written"
    CLOSED = "closed"


class Verdict(StrEnum):
    """What to do with a file now: wait, look at its bytes, or take it."""

    WAIT = "wait"
    CHECK = "check"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file in the folder: unchanged ``since``; ``checked``, when its bytes were looked at, and what came."""

    stamp: Stamp
    since: float
    told: Told | None = None
    checked: float | None = None
    whole: bool = False
    digest: str = ""


def decide(file: Waiting, patience: Patience, now: float) -> Verdict:
    """Say what to do with a file."""
    rested = now - file.since
    tired = rested >= patience.broken
    if not file.stamp.size:
        return Verdict.READY if tired else Verdict.WAIT
    if file.told is Told.WRITTEN and not tired:
        return Verdict.WAIT
    if rested < (patience.settle if file.told is Told.CLOSED else patience.polled):
        return Verdict.WAIT
    if file.checked is None or (not file.whole and not tired and now - file.checked >= patience.recheck):
        return Verdict.CHECK
    return Verdict.READY if file.whole or tired else Verdict.WAIT


def is_unfinished(name: str) -> bool:
    """Say whether a name tells that its writer will rename the file when it is done."""
    return name.lower().endswith(_UNFINISHED)


class Watch:
    """All files that wait in one folder, by name."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._files: dict[str, Waiting] = {}
        self._order: list[str] = []

    def seen(self, files: Mapping[str, Stamp], told: Mapping[str, Told], now: float) -> None:
        """Take what lies in the folder now, and what the kernel told since the last time."""
        self._files = {name: self._one(name, stamp, told.get(name), now) for name, stamp in files.items()}
        self._order = sorted(files, key=lambda name: (files[name].mtime_ns, name))

    def _one(self, name: str, stamp: Stamp, told: Told | None, now: float) -> Waiting:
        old = self._files.get(name)
        if old is None or old.stamp != stamp or told is Told.WRITTEN:
            return Waiting(stamp, now, told)
        if told is Told.CLOSED and old.told is not Told.CLOSED:
            return replace(old, told=told)
        return old

    def file(self, name: str) -> Waiting:
        """Return what is known of a file."""
        return self._files[name]

    def blind(self) -> None:
        """Forget what the kernel told: it has lost count."""
        self._files = {name: replace(file, told=None) for name, file in self._files.items()}

    def checked(self, name: str, digest: str, *, whole: bool, now: float) -> None:
        """Take what the bytes of a file say."""
        if name in self._files:
            self._files[name] = replace(self._files[name], checked=now, whole=whole, digest=digest)

    def restart(self, name: str, now: float) -> None:
        """Count a file as one that was changed just now."""
        if name in self._files:
            self._files[name] = Waiting(self._files[name].stamp, now)

    def to_check(self, now: float) -> str | None:
        """Return the file whose bytes are to be looked at next: the one that waits longest for it."""
        due = [name for name in self._order if self._verdict(name, now) is Verdict.CHECK]
        return min(due, key=lambda name: self._files[name].checked or 0.0, default=None)

    def ready(self, now: float) -> Iterator[tuple[str, Waiting]]:
        """Yield the files to take, oldest first, by name where they are equally old."""
        for name in self._order:
            if self._verdict(name, now) is Verdict.READY:
                yield name, self._files[name]

    def any_ready(self, now: float) -> bool:
        """Say whether there is a file to take."""
        return next(self.ready(now), None) is not None

    def unfinished(self, now: float) -> int:
        """Return how many files have waited for the end of patience for the name they will have."""
        return sum(is_unfinished(name) and now - file.since >= self._patience.broken
                   for name, file in self._files.items())

    def _verdict(self, name: str, now: float) -> Verdict:
        return Verdict.WAIT if is_unfinished(name) else decide(self._files[name], self._patience, now)
