"""The way to an archive by a disk that a courier carries: away for weeks, full, swapped, pulled out in mid write.

What was written whole to a disk that is away now is on its way: the office remembers it beside its ledger, in
``memory``, and does not write it again to the next disk, unless that one has been away for too long.
"""

from __future__ import annotations

import asyncio
import errno
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from appliance.archive.receipts import LONGEST
from appliance.archive.transports import courier
from appliance.archive.transports.contract import Finding, Package, Standing
from appliance.archive.transports.courier import Disk, Record
from appliance.archive.transports.given import Given
from appliance.core import clock, errors, files, tasks
from appliance.core.errors import ApplianceError
from appliance.core.tasks import RescanTask

T = TypeVar("T")

LEAST_ROOM = 16 << 20
"""Bytes: people are told to change a disk with less room than a few packages need."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How an office uses couriers.

    Attributes:
        folder: where the disk is when it is there.
        memory: folder of the office's own for what it has given to which disk.
        office: code of the office.
        encrypted: no other disk is written to.
        days: after so many a disk that does not come back is given up.
    """

    folder: Path
    memory: Path
    office: str
    encrypted: bool = True
    days: int = 60


class FolderTransport:
    """One courier's disk at a time. A ``Transport``; a handle is ``<disk>/<sha256>``."""

    least_piece = 1

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._given = Given(terms.memory, terms.days)
        self._ending = threading.Lock()

    async def find(self, sha256: str) -> Finding:
        """Look for the receipt on the disk; see ``Transport.find``."""
        return await _asked(lambda: self._find(sha256))

    async def begin(self, package: Package) -> str:
        """Begin, or go on with, a package on the disk that is here; see ``Transport.begin``."""
        return await _asked(lambda: self._begin(package))

    async def offset(self, handle: str) -> int | None:
        """Say how much of a package is durable; see ``Transport.offset``."""
        return await _asked(lambda: self._offset(handle))

    async def send(self, handle: str, offset: int, piece: bytes) -> int | None:
        """Write the next bytes; see ``Transport.send``."""
        return await _asked(lambda: self._send(handle, offset, piece))

    async def abandon(self, handle: str) -> None:
        """Take an unfinished package off the disk; see ``Transport.abandon``."""
        await _asked(lambda: self._abandon(handle))

    async def trouble(self) -> ApplianceError | None:
        """Return why nothing can be written just now, for people; None where a disk with some room is here."""
        def look() -> ApplianceError | None:
            try:
                disk = self._here()
                return None if disk.room("") > LEAST_ROOM else errors.COURIER_FULL.error(disk=disk.name)
            except ApplianceError as problem:
                return problem
            except OSError as problem:
                return errors.COURIER_REFUSED.error(folder=self._terms.folder, reason=problem.strerror or "?")

        return await asyncio.to_thread(look)

    async def tasks(self) -> tuple[RescanTask, ...] | None:
        """Read what the archive asks of this office on the disk; see ``Tasks.tasks``."""
        return await _asked(self._tasks)

    def _tasks(self) -> tuple[RescanTask, ...] | None:
        data = _read(self._here().tasks / f"{self._terms.office}.json", tasks.LONGEST)
        try:
            return None if data is None else tasks.read(data)
        except ValueError as problem:
            raise errors.ARCHIVE_UNREACHABLE.error(reason=str(problem)) from None

    def _find(self, sha256: str) -> Finding:
        given = self._given.disk_of(sha256)
        disk = self._disk(wanted=given is None)
        if disk is None:
            return Finding(Standing.PENDING)
        if (receipt := _text(disk.receipt(sha256))) is not None:
            self._given.forget(sha256)
            return Finding(Standing.DECIDED, receipt)
        if disk.name != given and given is not None:
            return Finding(Standing.UNKNOWN if self._given.is_late(sha256) else Standing.PENDING)
        record = disk.record(sha256)
        if record is None or not _is_there(disk, record):
            self._given.forget(sha256)
            return Finding(Standing.UNKNOWN)
        self._given.remember(sha256, disk.name)
        return Finding(Standing.PENDING)

    def _begin(self, package: Package) -> str:
        disk, sha256 = self._here(), package.sha256
        known = disk.record(sha256)
        if known is None or (known.size, known.package) != (package.size, package.uuid):
            disk.forget(sha256)
            known = Record(package.uuid, sha256, package.size, self._terms.office)
        if not known.written and disk.room(sha256) < known.size - known.offset:
            raise errors.COURIER_FULL.error(disk=disk.name)
        disk.keep(known)
        if not known.written and not known.offset:
            courier.grow(disk.growing(sha256), 0, b"")
        return f"{disk.name}/{sha256}"

    def _offset(self, handle: str) -> int | None:
        disk = self._disk(wanted=True)
        name, sha256 = _parts(handle)
        if disk is None or disk.name != name:
            return None
        record = disk.record(sha256)
        if record is None or (record.written and not _is_there(disk, record)):
            return None
        if not record.written and _size(disk.growing(sha256)) < record.offset:
            return None  # the disk was pulled out, and has forgotten what it said was durable
        return record.offset

    def _send(self, handle: str, offset: int, piece: bytes) -> int | None:
        held = self._offset(handle)
        name, sha256 = _parts(handle)
        disk = self._here()
        record = disk.record(sha256)
        if held is None or record is None or disk.name != name:
            return None
        if held != offset or record.written:
            return held
        if offset + len(piece) > record.size:
            raise errors.ARCHIVE_REFUSED.error(reason="longer than announced")
        courier.grow(disk.growing(sha256), offset, piece)
        record = replace(record, offset=offset + len(piece))
        disk.keep(record)
        return record.offset if record.offset < record.size else self._end(disk, record)

    def _end(self, disk: Disk, record: Record) -> int | None:
        """Read a whole package back from the disk itself; only then does it count as given."""
        growing = disk.growing(record.sha256)
        _drop_cache(growing)
        if files.sha256_of(growing) != record.sha256:
            disk.forget(record.sha256)
            return None
        with self._ending:
            files.adopt_durably(growing, disk.whole(record.sha256), courier.OPEN_FILE)
            disk.keep(replace(record, written=clock.iso(clock.now())))
            disk.list_sum(record.sha256)
        self._given.remember(record.sha256, disk.name)
        return record.size

    def _abandon(self, handle: str) -> None:
        name, sha256 = _parts(handle)
        disk = self._here()
        record = disk.record(sha256) if disk.name == name else None
        if record is not None and not record.written:
            disk.forget(sha256)

    def _here(self) -> Disk:
        """Return the disk that is here. Raises COURIER_ABSENT, COURIER_REFUSED."""
        return courier.find(self._terms.folder, encrypted=self._terms.encrypted)

    def _disk(self, *, wanted: bool) -> Disk | None:
        """Return the disk that is here; None where there is none, unless it is ``wanted``."""
        try:
            return self._here()
        except ApplianceError:
            if wanted:
                raise
            return None


async def _asked(work: Callable[[], T]) -> T:
    """Do something with the disk in a thread, for it may be slow; all its troubles are those of the contract."""
    try:
        return await asyncio.to_thread(work)
    except ApplianceError as problem:
        if problem.kind is errors.ARCHIVE_REFUSED:
            raise
        raise errors.ARCHIVE_UNREACHABLE.error(reason=problem.code) from problem
    except OSError as problem:
        code = errors.COURIER_FULL.code if problem.errno in (errno.ENOSPC, errno.EDQUOT) else ""
        reason = code or problem.strerror or type(problem).__name__
        raise errors.ARCHIVE_UNREACHABLE.error(reason=reason) from None


def _is_there(disk: Disk, record: Record) -> bool:
    """Say whether a whole package is on the disk, or was taken from it by the archive."""
    return bool(record.taken) or (bool(record.written) and _size(disk.whole(record.sha256)) == record.size)


def _parts(handle: str) -> tuple[str, str]:
    """Return disk and SHA-256 of a handle; of what is none, names that nothing has."""
    name, _, sha256 = handle.partition("/")
    return (name, sha256) if courier.NAME.fullmatch(sha256) else ("", "0" * 64)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _text(path: Path) -> str | None:
    """Return a receipt, but never more than one can be long."""
    data = _read(path, LONGEST)
    return None if data is None else data.decode("ascii", "replace").strip()


def _read(path: Path, most: int) -> bytes | None:
    """Return at most so many bytes of a file; None where there is none."""
    try:
        with path.open("rb") as stream:
            return stream.read(most)
    except FileNotFoundError:
        return None


def _drop_cache(path: Path) -> None:
    """Have the next read come from the disk, not from memory (posix_fadvise; clean pages only, all is flushed)."""
    with path.open("rb") as stream:
        os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
