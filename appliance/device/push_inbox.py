"""From a push scanner's folder to one file at a time, each once: what is complete, on its way, over.

The order that makes a stop at any moment harmless: bytes durable in the state folder, then the fact that the file
is on its way, then the rename out of the scanner's sight, then the sides; when the ledger holds all of them the
line in the book, then the share is tidied.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from appliance.core import errors
from appliance.core.errors import Kind
from appliance.device import image_header
from appliance.device.push_book import Current, PushBook, Taken, moved_on, name_hash, taken_of
from appliance.device.push_events import FolderEvents
from appliance.device.push_form import shown
from appliance.device.push_share import DUPLICATE, REFUSED, Away, InWork, Share
from appliance.device.push_watch import Patience, Stamp, Waiting, Watch
from appliance.device.verdict import reason_of
from appliance.device.volume import MOST_BYTES, too_long

log = logging.getLogger(__name__)

LEFT_SECONDS = 60.0
"""How often the removal of files that could not be removed is tried again."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What lies in the folder: whether it is there, whether a file can be fed, and what IT staff must hear of."""

    there: bool
    loaded: bool = False
    notice: Kind | None = None
    number: int = 0


class Inbox:
    """One push scanner's folder and its book. To be used by one thread at a time."""

    def __init__(self, share: Share, state: Path, patience: Patience,
                 clock: Callable[[], float] = time.monotonic) -> None:
        self._share = share
        self._state = state
        self._watch = Watch(patience)
        self._clock = clock
        self._events = FolderEvents(share.folder)
        self._book: PushBook | None = None
        self._unreadable: dict[str, Stamp] = {}
        self._tried_left = -LEFT_SECONDS

    @property
    def book(self) -> PushBook:
        """The book, read when it is first needed."""
        if self._book is None:
            self._book = PushBook(self._state)
        return self._book

    def look(self) -> Outlook:
        """Look into the folder once; at most one file is read.

        Raises:
            OSError: the state folder cannot be used.
        """
        book, now = self.book, self._clock()
        told, missed = self._events.heard()
        if missed:
            self._watch.blind()
        try:
            listing = self._share.listing()
            if book.current is None:
                self._tidy()
        except OSError:
            return Outlook(there=False, loaded=book.current is not None)
        left = {name: stamp for name, stamp in listing.files.items() if book.lies_there(name, stamp)}
        self._try_left(left, now)
        self._watch.seen({name: stamp for name, stamp in listing.files.items() if name not in left}, told, now)
        self._check_one(now)
        self._unreadable = {name: stamp for name, stamp in self._unreadable.items()
                            if listing.files.get(name) == stamp}
        refused, unfinished = listing.refused + len(self._unreadable), self._watch.unfinished(now)
        loaded = book.current is not None or self._watch.any_ready(now)
        for number, kind in ((len(left), errors.PUSH_LEFT), (refused, errors.PUSH_REFUSED),
                             (unfinished, errors.PUSH_UNFINISHED)):
            if number:
                return Outlook(True, loaded, kind, number)
        return Outlook(True, loaded)

    def take(self, batch: str) -> tuple[Current, bytes] | None:
        """Take the next file for a batch; None when none is complete.

        Raises:
            OSError: the state folder has no room, or is broken; the file then lies where it lay.
        """
        for name, file in self._watch.ready(self._clock()):
            data = self._read(name, file)
            if data is None:
                continue
            digest = hashlib.sha256(data).hexdigest()
            if file.digest not in ("", digest):
                self._watch.restart(name, self._clock())
                continue
            known = self.book.known(digest)
            if known is not None and self.book.is_same(digest, name, file.stamp):
                self._lies_again(name, file.stamp, digest)
                continue
            current = self._described(Current(digest, name, file.stamp, batch), known is not None)
            self.book.begin(current, data)
            return self._out_of_sight(), data
        return None

    def go_on(self, batch: str, first_sheet: int) -> tuple[Current, bytes] | None:
        """Return the file that is on its way, to go on in ``batch`` at that sheet; None when there is none.

        Raises:
            OSError: as ``take``.
            ApplianceError: MASTER_DAMAGED when the copy is gone or damaged.
        """
        current = self.book.current
        if current is None:
            return None
        if current.batch != batch:
            self.book.put(moved_on(current, batch))
        else:
            self.recorded(current.first + first_sheet - 1)  # the ledger's word
        current = self._out_of_sight()
        data = self.book.data()
        if data is None:
            raise errors.MASTER_DAMAGED.error(name=f"{current.sha256[:12]}.file")
        return current, data

    def recorded(self, leaves: int) -> None:
        """Write down how many leaves of the current file the ledger holds; errors as ``take``."""
        current = self.book.current
        if current is not None and leaves > current.recorded:
            self.book.put(replace(current, recorded=leaves, starts=0))

    def done(self) -> None:
        """Let the current file go: the ledger holds all of it. Errors as ``take``."""
        current = self.book.current
        if current is None:
            return
        if not current.aside and not self.book.is_done():
            self.book.remember(taken_of(current))
        elif current.aside and current.left:
            self.book.remember(Taken(current.sha256, name_hash(current.name), current.stamp, left=True))
        if current.code == errors.PUSH_GREW.code:
            self.book.settle(current.stamp.inode)
        self.book.close_current()
        with contextlib.suppress(OSError):  # the share is away or read-only: tried again at the next look
            self._tidy()

    def close(self) -> None:
        """Listen to the folder no more; may be called twice."""
        self._events.close()

    def _described(self, current: Current, known: bool) -> Current:
        """Say why a file is not fed, if it is not."""
        name = shown(current.name)
        if not current.stamp.size:
            return replace(current, aside=REFUSED, code=errors.IMAGE_EMPTY.code, reason=name)
        if known:
            return replace(current, aside=DUPLICATE, code=errors.PUSH_DUPLICATE.code, reason=name)
        if current.stamp.size > MOST_BYTES:
            problem = too_long()
            return replace(current, aside=REFUSED, code=problem.code, reason=reason_of(problem))
        if self.book.has_grown(current.stamp.inode):
            return replace(current, code=errors.PUSH_GREW.code, reason=name)
        return current

    def _out_of_sight(self) -> Current:
        """Move the current file out of the scanner's sight, or write down that it cannot be moved."""
        current = self.book.current
        assert current is not None
        if current.aside:
            away = self._share.put_aside(current.name, current.stamp, current.aside)
        else:
            away = self._share.to_work(current.name, current.stamp, current.sha256)
        if (away is Away.LEFT) != current.left:
            current = replace(current, left=away is Away.LEFT)
            self.book.put(current)
        return current

    def _read(self, name: str, file: Waiting) -> bytes | None:
        """Read a file; one that cannot be read, or changes meanwhile, is waited for afresh."""
        try:
            data = self._share.read(name, file.stamp)
        except FileNotFoundError:
            data = None
        except OSError:
            data = None
            self._unreadable[name] = file.stamp
        if data is None:
            self._watch.restart(name, self._clock())
        else:
            self._unreadable.pop(name, None)
        return data

    def _check_one(self, now: float) -> None:
        """Look at the bytes of one file that has rested."""
        name = self._watch.to_check(now) if not self._watch.any_ready(now) else None
        if name is None:
            return
        file = self._watch.file(name)
        data = self._read(name, file)
        if data is not None:
            whole = file.stamp.size > MOST_BYTES or image_header.whole(data)
            self._watch.checked(name, hashlib.sha256(data).hexdigest(), whole=whole, now=now)

    def _tidy(self) -> None:
        """Empty the work folder: what is taken goes, what was written on or was never taken comes back."""
        for found in list(self._share.in_work()):
            known = self.book.known(found.sha256)
            if known is None:
                self._share.put_back(found)
            elif not self._share.clear(InWork(found.sha256, found.name, known.stamp)):
                log.warning("a file was written on after it was taken; it is taken again, held")
                self.book.remember(replace(known, grew=found.stamp.inode))
                self._share.put_back(found)

    def _lies_again(self, name: str, stamp: Stamp, digest: str) -> None:
        """Deal with a file that was taken and lies there again: after a power cut, on a share mounted anew."""
        self.book.remember(Taken(digest, name_hash(name), stamp, left=not self._remove(name, stamp, digest)))

    def _try_left(self, left: dict[str, Stamp], now: float) -> None:
        """Try once in a while to move the files that could not be moved; the next look clears them away."""
        if not left or now - self._tried_left < LEFT_SECONDS:
            return
        self._tried_left = now
        for name, stamp in left.items():
            taken = self.book.left_one(name, stamp)
            if not self._remove(name, stamp, taken.sha256):
                return  # what holds for one holds for all
            self.book.remember(replace(taken, left=False))

    def _remove(self, name: str, stamp: Stamp, sha256: str) -> bool:
        """Remove a file that was taken; return False when it cannot be."""
        if self._share.to_work(name, stamp, sha256) is Away.LEFT:
            return False
        with contextlib.suppress(OSError):  # out of sight, and removed at a later look
            self._share.clear(InWork(sha256, name, stamp))
        return True
