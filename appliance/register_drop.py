"""The folder into which other programs drop lists of dossiers: each whole file is imported once and put away.

A file is taken when it has rested. It is imported by a process of its own (``appliance register import``), which
reads it and tells the daemon as any other import does, then moved to ``processed`` or ``refused`` with its report
beside it. When the power fails in between it is imported again, which changes nothing.
"""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import os
import stat
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from appliance.children import environment
from appliance.core import files
from appliance.core.config import Register

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
LATER_SECONDS = 15.0
"""How long a file waits whose import could not be made for a passing reason."""

TRIES = 5
"""So often an import may end without a word before its file is refused."""

SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx")
REPORT = ".report.csv"
PROCESSED, REFUSED = "processed", "refused"


class Stamp(NamedTuple):
    """What tells one state of a file from another."""

    inode: int
    size: int
    mtime_ns: int


@dataclass
class Drop:
    """Watches the folder of the settings; without one it does nothing."""

    settings: Register
    path: Path
    _resting: dict[str, tuple[Stamp, float]] = field(default_factory=dict)
    _later: dict[str, tuple[float, int]] = field(default_factory=dict)
    _stuck: dict[str, Stamp] = field(default_factory=dict)
    _away: bool = False

    async def run(self) -> None:
        """Look, and import one file after the other, until cancelled."""
        while self.settings.folder:
            try:
                found = await asyncio.to_thread(self._ready)
                self._away = False
            except OSError as problem:
                if not self._away:
                    log.warning("the folder of registers cannot be looked into: %s", problem.strerror)
                self._away, found = True, []
            for name in found:
                await self._take(name)
            await asyncio.sleep(LOOK_SECONDS)

    def _ready(self) -> list[str]:
        """Return the files that have rested long enough, the one that came first first."""
        folder, now = Path(self.settings.folder), time.monotonic()
        if not folder.is_dir():  # a share that is not mounted must not be made on our own disk
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        for name in (PROCESSED, REFUSED):
            files.make_folder(folder / name)
        seen = dict(_listed(folder))
        before = self._resting
        self._resting = {name: before[name] if name in before and before[name][0] == stamp else (stamp, now)
                         for name, stamp in seen.items()}
        self._stuck = {name: stamp for name, stamp in self._stuck.items() if seen.get(name) == stamp}
        self._later = {name: when for name, when in self._later.items() if name in seen}
        ready = [(stamp.mtime_ns, name) for name, (stamp, since) in self._resting.items()
                 if now - since >= self.settings.settle_seconds and name not in self._stuck
                 and self._later.get(name, (0.0, 0))[0] <= now]
        return [name for _, name in sorted(ready)]

    async def _take(self, name: str) -> None:
        """Import a file and put it away; leave it for later where that cannot be done now."""
        folder, stamp = Path(self.settings.folder), self._resting[name][0]
        report = folder / PROCESSED / f".coming{REPORT}"
        said = await self._import(folder / name, report)
        tries = self._later.get(name, (0.0, 0))[1]
        if said.get("result") == "later" or (not said and tries + 1 < TRIES):
            self._later[name] = (time.monotonic() + LATER_SECONDS, tries + (not said))
            return
        good = said.get("result") == "imported"
        try:
            target = folder / (PROCESSED if good else REFUSED)
            await asyncio.to_thread(_put_away, folder / name, target, report, stamp)
        except OSError as problem:
            log.warning("a dropped register cannot be moved: %s", problem.strerror)
            self._stuck[name] = stamp
        log.info("a dropped register is %s", "imported" if good else f"refused ({said.get('code', 'C099')})")

    async def _import(self, file: Path, report: Path) -> Mapping[str, Any]:
        """Run the import; return what it says, nothing when it ended without a word."""
        good = ["--accept-good"] if self.settings.accept_good else []
        argv = [sys.executable, "-m", "appliance", "register", "import", str(file), "--config", str(self.path),
                "--kind", self.settings.folder_kind, "--add", "--json", "--report", str(report), *good]
        process = await asyncio.create_subprocess_exec(*argv, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL,
                                                       env=environment())
        try:
            output, _ = await process.communicate()
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
        try:
            found = json.loads(output.decode().splitlines()[-1])
        except (ValueError, IndexError):
            return {}
        return found if isinstance(found, dict) else {}


def _listed(folder: Path) -> Iterator[tuple[str, Stamp]]:
    """Yield the plain files that may be lists; what is still being written has another name by custom."""
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            if name.startswith((".", "~$")) or not name.lower().endswith(SUFFIXES) or name.endswith(REPORT):
                continue
            try:
                found = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            if stat.S_ISREG(found.st_mode):
                yield name, Stamp(found.st_ino, found.st_size, found.st_mtime_ns)


def _put_away(file: Path, target: Path, report: Path, stamp: Stamp) -> None:
    """Move a file and its report; one that was written on meanwhile stays, and is imported again."""
    found = file.lstat()
    if (found.st_ino, found.st_size, found.st_mtime_ns) != stamp:
        return
    place, number = target / file.name, 1
    while place.exists():
        number += 1
        place = target / f"{file.stem}~{number}{file.suffix}"
    if report.exists():
        report.rename(place.with_name(f"{place.name}{REPORT}"))
    file.rename(place)
    files.sync_folder(target)
    files.sync_folder(file.parent)
