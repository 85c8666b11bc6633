"""Where packages come in that no office uploads: a disk that a courier brought, a folder, a bucket.

One contract; what an inlet brings is proved like every upload, and its receipt goes back the same way.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, runtime_checkable

from appliance.archive.transports import courier
from appliance.archive.transports.courier import Disk
from appliance.core import clock, files
from appliance.core.errors import ApplianceError

CODE = re.compile(r"[A-Za-z0-9_\-]{1,32}")
"""Code of an office, as a record may claim it."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A package that waits at an inlet; everything here is a claim of who left it there."""

    sha256: str
    size: int
    package: str
    office: str


class Inlet(Protocol):
    """One place where packages are left. Each method may be called again after any interruption.

    Each raises OSError when the place is out of reach, full or broken; that says nothing about a package.
    """

    @property
    def name(self) -> str:
        """Name of the place, for logs and metrics."""
        ...

    def there(self) -> bool:
        """Say whether the place can be used now; never raises."""
        ...

    def arrivals(self) -> Iterator[Arrival]:
        """Yield the whole packages that have no answer here yet, in any order; nothing while the place is away."""
        ...

    def fetch(self, arrival: Arrival, target: Path) -> None:
        """Write a package to ``target``, a file that is not there yet; not necessarily durable.

        Raises:
            FileNotFoundError: it is not here any more.
        """
        ...

    def answer(self, arrival: Arrival, receipt: str) -> None:
        """Leave the receipt where its sender looks, durably, and let the package go, for the archive has it."""
        ...

    def refuse(self, arrival: Arrival) -> None:
        """Let a package go that arrived damaged: no receipt, and its sender sees that it has to come again."""
        ...


@runtime_checkable
class Telling(Protocol):
    """An inlet by which the archive also says what it asks of offices. Its methods raise as those of ``Inlet``."""

    def offices(self) -> frozenset[str]:
        """Return the offices that have something here; none while the place is away."""
        ...

    def tell(self, office: str, tasks: bytes) -> None:
        """Leave the list of what the archive asks of an office (core/tasks.py)."""
        ...


@dataclass(frozen=True, slots=True)
class FolderInlet:
    """A courier's disk where one is plugged in, at ``folder``. An ``Inlet``."""

    folder: Path
    encrypted: bool = True

    @property
    def name(self) -> str:
        """Name of the place."""
        return f"folder:{self.folder.name}"

    def there(self) -> bool:
        """Say whether a disk is plugged in."""
        return self._disk() is not None

    def arrivals(self) -> Iterator[Arrival]:
        """Yield what waits; see ``Inlet.arrivals``."""
        disk = self._disk()
        if disk is None:
            return
        for one in disk.records():
            if one.written and not disk.receipt(one.sha256).exists() and (
                    one.taken or disk.whole(one.sha256).is_file()):
                yield Arrival(one.sha256, one.size, one.package, one.office)

    def fetch(self, arrival: Arrival, target: Path) -> None:
        """Copy a package; see ``Inlet.fetch``."""
        shutil.copyfile(self._there().whole(arrival.sha256), target, follow_symlinks=False)

    def answer(self, arrival: Arrival, receipt: str) -> None:
        """Take the package, leave the receipt; see ``Inlet.answer``."""
        disk = self._there()
        record = disk.record(arrival.sha256)
        if record is None:
            return
        disk.keep(replace(record, taken=record.taken or clock.iso(clock.now())))
        disk.unlist_sum(arrival.sha256)
        files.remove_durably(disk.whole(arrival.sha256))  # what has a receipt is not looked at again
        courier.make_open(disk.receipt(arrival.sha256).parent)
        files.write_durably(disk.receipt(arrival.sha256), receipt.encode(), courier.OPEN_FILE)

    def refuse(self, arrival: Arrival) -> None:
        """Take a damaged package off the disk; see ``Inlet.refuse``."""
        disk = self._there()
        disk.unlist_sum(arrival.sha256)
        disk.forget(arrival.sha256)

    def offices(self) -> frozenset[str]:
        """Return whose packages are, or were, on the disk; see ``Telling.offices``."""
        disk = self._disk()
        records = disk.records() if disk else []
        return frozenset(one.office for one in records if CODE.fullmatch(one.office))

    def tell(self, office: str, tasks: bytes) -> None:
        """Leave a list where it changed; see ``Telling.tell``."""
        place = self._there().tasks / f"{office}.json"
        if not place.exists() or place.read_bytes() != tasks:
            courier.make_open(place.parent)
            files.write_durably(place, tasks, courier.OPEN_FILE)

    def _there(self) -> Disk:
        disk = self._disk()
        if disk is None:
            raise FileNotFoundError(str(self.folder))
        return disk

    def _disk(self) -> Disk | None:
        try:
            return courier.find(self.folder, encrypted=self.encrypted)
        except ApplianceError:
            return None
