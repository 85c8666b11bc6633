"""A folder as a scanner: each sub-folder is a stack, each page image in it the front of a sheet.

A stack is loaded by renaming a finished folder into the hopper; names that begin with a dot or end in
``.part`` are still being made. One scan feeds one stack, its files in the order of their names. A file
that is fed lies in ``out/<stack>/`` beside the hopper, as paper lies in the output tray, so that it can
be put back. A file of many pages goes there with its last page; ``.bookmark.json`` in the hopper says
which sheet its first page was, so that a scan that goes on finds its place inside.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance.core import errors, files
from appliance.core.model import Side
from appliance.device.leaf import Leaf, Volume
from appliance.device.protocol import Feeder, Status
from appliance.device.scanner import Capabilities, RawSide, ScanSettings
from appliance.device.volume import open_volume

BOOKMARK = ".bookmark.json"
PART = ".part"


@dataclass
class Bookmark:
    """Which stack is being fed, and for each of its files with many pages: (sheet of the first, pages)."""

    stack: str = ""
    files: dict[str, tuple[int, int]] = field(default_factory=dict)

    def skip(self, name: str, sheet: int) -> int:
        """Return how many pages of a file lie before ``sheet``, 0 when it does not hold that sheet."""
        first, pages = self.files.get(name, (sheet, 0))
        return sheet - first if first <= sheet < first + pages else 0


class FolderScanner:
    """The stacks in ``folder`` behind the ``Scanner`` protocol."""

    def __init__(self, folder: Path, max_pixels: int) -> None:
        self._folder = folder
        self._out = folder.parent / "out"
        self._max_pixels = max_pixels

    async def describe(self) -> Capabilities:
        """Name the folder; see ``Scanner.describe``."""
        if not self._folder.is_dir():
            raise errors.DEVICE_LOST.error(sheet=1)
        return Capabilities("folder", str(self._folder), "", (), duplex=False, colour=True)

    async def status(self) -> Status:
        """Say whether a stack lies ready; a folder that is away is LOST."""
        if not self._folder.is_dir():
            return Status(Feeder.LOST)
        return Status(Feeder.LOADED if self._stacks() else Feeder.EMPTY)

    async def scan(self, settings: ScanSettings) -> AsyncGenerator[RawSide, None]:
        """Feed one stack; see ``Scanner.scan``. Every image is a front; resolution is the file's own."""
        if not self._folder.is_dir():
            raise errors.DEVICE_LOST.error(sheet=settings.first_sheet)
        going_on = settings.first_sheet > 1
        stack, bookmark = self._take(going_on=going_on)
        if stack is None:
            raise errors.NO_PAPER.error()
        leaves = self._leaves(stack, bookmark, settings.first_sheet)
        sheet = 0
        while (leaf := await _next(leaves)) is not None:
            sheet += 1
            yield RawSide(sheet, Side.FRONT, leaf.data, leaf.dpi, leaf.code, leaf.reason,
                          leaf.original, leaf.orientation)
        if not sheet:
            raise errors.NO_PAPER.error()

    async def close(self) -> None:
        """Nothing is held open between scans; see ``Scanner.close``."""

    def _take(self, *, going_on: bool) -> tuple[Path | None, Bookmark]:
        """Choose the stack: the first, but when going on the one that was interrupted comes before."""
        stacks = self._stacks()
        old = _read_bookmark(self._folder / BOOKMARK) if going_on else Bookmark()
        same = [stack for stack in stacks if stack.name == old.stack]
        stack = next(iter(same + stacks), None)
        return stack, Bookmark(stack.name if stack else "", old.files)

    def _leaves(self, stack: Path, bookmark: Bookmark, sheet: int) -> Iterator[Leaf]:
        """Yield the leaves of a stack; a file is moved out before its last leaf leaves our hands."""
        self._write_bookmark(bookmark)
        for path in _pages_of(stack):
            try:
                volume = open_volume(path, self._max_pixels)
            except FileNotFoundError:
                continue  # taken out by hand since the folder was listed
            name = path.relative_to(stack).as_posix()
            skip = bookmark.skip(name, sheet)
            self._mark(bookmark, name, sheet - skip, volume)
            with contextlib.closing(volume):
                for at in range(skip, volume.count):
                    leaf = volume.leaf(at)
                    if at == volume.count - 1:
                        self._move_out(stack, path)
                    yield leaf
                    sheet += 1
        self._clear(stack)

    def _mark(self, bookmark: Bookmark, name: str, first: int, volume: Volume) -> None:
        if volume.count > 1:
            bookmark.files[name] = (first, volume.count)
            self._write_bookmark(bookmark)

    def _write_bookmark(self, bookmark: Bookmark) -> None:
        text = json.dumps({"stack": bookmark.stack, "files": bookmark.files}, ensure_ascii=False)
        files.write_durably(self._folder / BOOKMARK, text.encode(), 0o640)

    def _move_out(self, stack: Path, path: Path) -> None:
        """Move a fed file out. An older file of that name stays: the new one gets a number."""
        target = self._out / stack.name / path.relative_to(stack)
        target.parent.mkdir(parents=True, exist_ok=True)
        free, number = target, 1
        while free.exists():
            number += 1
            free = target.with_stem(f"{target.stem}~{number}")
        shutil.move(path, free)

    def _clear(self, stack: Path) -> None:
        """Take away the stack that is through, with what file managers left in it."""
        for path in [path for path in stack.rglob("*") if path.is_file()]:
            self._move_out(stack, path)
        for path in sorted((path for path in stack.rglob("*") if path.is_dir()), reverse=True):
            path.rmdir()
        stack.rmdir()

    def _stacks(self) -> list[Path]:
        with contextlib.suppress(FileNotFoundError):
            return sorted(path for path in self._folder.iterdir() if path.is_dir() and _is_finished(path))
        return []


async def _next(leaves: Iterator[Leaf]) -> Leaf | None:
    """Open the next leaf in a second thread; when cancelled, leave no thread behind that moves files."""
    work = asyncio.ensure_future(asyncio.to_thread(next, leaves, None))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait({work})
        raise
    except OSError as problem:
        raise errors.DEVICE_FAULT.error(text=problem.strerror or str(problem)) from problem


def _is_finished(path: Path) -> bool:
    return not path.name.startswith(".") and not path.name.endswith(PART)


def _pages_of(stack: Path) -> list[Path]:
    return sorted(path for path in stack.rglob("*") if path.is_file() and _is_finished(path))


def _read_bookmark(path: Path) -> Bookmark:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Bookmark(str(found["stack"]), {str(k): (int(a), int(b)) for k, (a, b) in found["files"].items()})
    except (OSError, ValueError, KeyError, TypeError):
        return Bookmark()  # without it the operator's word holds: the first page that lies there comes next
