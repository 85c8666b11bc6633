"""A scanner that sends files to a folder (scan to folder), behind the ``Scanner`` protocol.

Each file is one stack and becomes one batch. One scan feeds one file from the copy in the state folder; it ends
only when the ledger holds every side, so that nothing is forgotten too early or fed twice. A scan that broke off
goes on by itself: the feeder is said to be empty for a while, then loaded again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from appliance.core import errors, rules
from appliance.core.config import Config, Device
from appliance.core.model import Side
from appliance.device import push_place
from appliance.device.leaf import Leaf, Single, Volume, refused
from appliance.device.profile import FirmwareProfile
from appliance.device.protocol import Feeder, Status
from appliance.device.push_book import Current
from appliance.device.push_form import Demands, fault
from appliance.device.push_inbox import Inbox
from appliance.device.push_share import Share
from appliance.device.push_watch import Patience
from appliance.device.scanner import Capabilities, RawSide, ScanSettings
from appliance.device.volume import volume_of

log = logging.getLogger(__name__)
T = TypeVar("T")

POLLED_SECONDS = 5.0
"""Least rest of a file of which the kernel tells nothing; a Samba server tells of a change up to 2 s late."""

REST_SECONDS = (3.0, 10.0, 30.0, 60.0)
"""How long the feeder is said to be empty after the first, second ... scan in a row that broke off."""

LOOK_SHARE = 20
"""A look that takes longer than ``LOOK_SECONDS`` (thousands of files, a slow line) is repeated after so many times
as long."""

LOOK_SECONDS = 0.02

MOST_STARTS = 5
"""So many processes may end over a file without a leaf of it coming to the ledger; then it is held."""

IDLE_SECONDS = 20.0
"""A file that waits so long, and nobody starts, is shown once more: a session may have been told to leave the rest
of an earlier file, and starts only what was loaded anew."""


@dataclass
class Feed:
    """The file that is being fed: its open volume, the next leaf, and which of them the ledger holds."""

    volume: Volume
    at: int
    acknowledged: int
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def recorded(self) -> None:
        """Take note that the ledger holds one more leaf; they come in order."""
        self.acknowledged += 1
        if self.acknowledged >= self.volume.count:
            self.over.set()


class PushScanner:
    """The files of one push scanner."""

    def __init__(self, inbox: Inbox, folder: Path, demands: Demands, max_pixels: int,
                 idle: float = IDLE_SECONDS) -> None:
        self._inbox = inbox
        self._folder = folder
        self._demands = demands
        self._max_pixels = max_pixels
        self._broken = 0
        self._rest_until = 0.0
        self._empty_once = True
        self._idle = idle
        self._shown_since: float | None = None
        self._status = Status(Feeder.EMPTY)
        self._next_look = 0.0

    async def describe(self) -> Capabilities:
        """Name the folder; see ``Scanner.describe``."""
        if not await asyncio.to_thread(self._folder.is_dir):
            raise errors.DEVICE_LOST.error(sheet=1)
        return Capabilities("push", str(self._folder), "", (), duplex=False, colour=True)

    async def status(self) -> Status:
        """Say whether a complete file waits; a folder that is away is LOST. Notices: see ``Inbox.look``."""
        now = time.monotonic()
        if now >= self._next_look:
            self._status = await _apart(self._look)
            took = time.monotonic() - now
            self._next_look = time.monotonic() + (took * LOOK_SHARE if took > LOOK_SECONDS else 0.0)
        if self._status.feeder is not Feeder.LOADED:
            self._shown_since = None
        elif self._empty_once or now < self._rest_until or self._is_ignored(now):
            self._empty_once, self._shown_since = False, None
            return replace(self._status, feeder=Feeder.EMPTY)
        else:
            self._shown_since = self._shown_since or now
        return self._status

    def _is_ignored(self, now: float) -> bool:
        return self._shown_since is not None and now - self._shown_since > self._idle

    def _look(self) -> Status:
        try:
            seen = self._inbox.look()
        except OSError as problem:
            return Status(Feeder.LOST, code=errors.DISK_FAILED.code,
                          details={"reason": problem.strerror or str(problem)})
        if not seen.there and not seen.loaded:
            return Status(Feeder.LOST)
        feeder = Feeder.LOADED if seen.loaded else Feeder.EMPTY
        if seen.notice is None:
            return Status(feeder)
        return Status(feeder, seen.notice.code, details={"text": str(seen.number)})

    async def scan(self, settings: ScanSettings) -> AsyncGenerator[RawSide, None]:
        """Feed one file; see ``Scanner.scan``. Every leaf is a front; resolution is the file's own.

        A scan that goes on and finds that nothing is missing yields nothing and ends well.
        """
        feed: Feed | None = None
        through = False
        try:
            feed = await _apart(lambda: self._open(settings))
            sheet = 0
            while feed is not None and (leaf := await self._next(feed)) is not None:
                sheet += 1
                yield RawSide(sheet, Side.FRONT, leaf.data, leaf.dpi, leaf.code, leaf.reason, leaf.original,
                              leaf.orientation, recorded=feed.recorded)
            if feed is not None:
                await feed.over.wait()
                await _apart(self._inbox.done)
            through = True
        finally:
            self._end(feed, through=through)

    async def close(self) -> None:
        """Listen to the folder no more; see ``Scanner.close``."""
        self._inbox.close()

    def _open(self, settings: ScanSettings) -> Feed | None:
        """Open the file that is on its way, else the next one; None when nothing of this batch is missing."""
        if self._inbox.book.is_done():
            self._inbox.done()
        found = self._inbox.go_on(settings.batch, settings.first_sheet)
        if found is None and (settings.first_sheet > 1 or self._inbox.book.is_over(settings.batch)):
            return None
        if found is None:
            if not self._folder.is_dir():
                raise errors.DEVICE_LOST.error(sheet=settings.first_sheet)
            found = self._inbox.take(settings.batch)
        if found is None:
            raise errors.NO_PAPER.error()
        current, data = found
        start = current.first + settings.first_sheet - 1
        volume = self._volume(current, data, start)
        feed = Feed(volume, start, start)
        if start >= volume.count:
            feed.over.set()
        return feed

    def _volume(self, current: Current, data: bytes, start: int) -> Volume:
        if current.aside:
            return Single(Leaf(data[:0], code=current.code, reason=current.reason))
        if current.starts >= MOST_STARTS:  # it takes this process down each time; the next files wait
            harmful = errors.FILE_HARMFUL.error(reason=f"{current.starts} x")
            return Single(refused(data, harmful), start + 1)
        return volume_of(data, self._max_pixels)

    async def _next(self, feed: Feed) -> Leaf | None:
        if feed.at >= feed.volume.count:
            return None
        leaf = await _apart(lambda: feed.volume.leaf(feed.at), feed.volume.close)
        feed.at += 1
        return self._judged(leaf)

    def _judged(self, leaf: Leaf) -> Leaf:
        current = self._inbox.book.current
        if current is not None and current.code and not leaf.code:
            return replace(leaf, code=current.code, reason=current.reason)
        wrong = fault(leaf, self._demands)
        if wrong is None:
            return leaf
        kind, reason = wrong
        if self._demands.rules.lenient:
            log.warning("%s: taken as it is, the rule profile is lenient", kind.code)
            return leaf
        return replace(leaf, code=kind.code, reason=reason)

    def _end(self, feed: Feed | None, *, through: bool) -> None:
        """Let the file go; after a scan that broke off, rest a while."""
        if feed is not None:
            feed.volume.close()
        self._next_look, self._empty_once, self._shown_since = 0.0, not through, None
        self._broken = 0 if through else self._broken + 1
        if not through:
            self._rest_until = time.monotonic() + REST_SECONDS[min(self._broken, len(REST_SECONDS)) - 1]
        if feed is not None and not through:
            with contextlib.suppress(OSError):  # then a scan that goes on learns it from the ledger
                self._inbox.recorded(feed.acknowledged)


def for_device(config: Config, device: Device, model: FirmwareProfile) -> PushScanner:
    """Return the driver for a device of the settings.

    Raises:
        ApplianceError: PROFILE_UNKNOWN for the job's rule profile, CONFIG_BAD_VALUE for a folder that cannot work.
    """
    push_place.check(config, device, there=False)
    table = rules.load(config.job_named(device.job).rules).image
    settle = device.settle_seconds
    patience = Patience(settle, max(settle, POLLED_SECONDS), max(settle, model.push.patience_seconds))
    folder = Path(device.folder)
    inbox = Inbox(Share(folder), config.storage.state / "pushed" / device.name, patience)
    idle = max(IDLE_SECONDS, 2 * settle)
    return PushScanner(inbox, folder, Demands(table, model.push), config.pool.max_pixels, idle)


async def _apart(work: Callable[[], T], stop: Callable[[], None] | None = None) -> T:
    """Do ``work`` in a second thread; when cancelled, let ``stop`` hurry it and leave no thread behind.

    Raises:
        ApplianceError: DISK_FAILED when the disk of the state folder failed, or what ``work`` raises.
    """
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        if stop is not None:
            stop()
        await asyncio.wait({task})
        raise
    except OSError as problem:
        raise errors.DISK_FAILED.error(reason=problem.strerror or str(problem), sheet=1) from problem
