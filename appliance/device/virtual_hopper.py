"""The virtual scanner's hopper: a folder of finished stacks, each sheet one or two JPEG files.

``hopper/<stack>/NNNNa.jpg`` is a front, ``NNNNb.jpg`` a back. Stacks and sheets are fed in the order
of their names; a stack whose name ends in ``.part`` or begins with a dot is still being put together.
A fed sheet lies in ``out/<stack>/`` beside the hopper under the same names, so that whoever plays the
operator puts it back by renaming. ``NNNN.jam`` beside it marks a sheet taken out of the paper path.
"""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FACE = re.compile(r"([0-9]{1,9})([ab])\.jpe?g", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as it was fed. A face without a file is None; its image is white."""

    stack: str
    number: str
    front: bytes | None
    back: bytes | None


class Hopper:
    """The stacks in ``folder``; fed sheets go to ``out`` beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.out = self.folder.parent / "out"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._finish_interrupted()

    def loaded(self) -> bool:
        """Whether a sheet lies ready."""
        return next(self._sheets(), None) is not None

    def feed(self) -> Sheet | None:
        """Take the next sheet out of the hopper, or None when it is empty."""
        for stack, number, faces in self._sheets():
            try:
                images = {face: path.read_bytes() for face, path in faces.items()}
            except FileNotFoundError:
                continue  # taken out by hand since the folder was listed
            self._move(stack, list(faces.values()))
            return Sheet(stack.name, number, images.get("a"), images.get("b"))
        return None

    def mark_jammed(self, sheet: Sheet) -> None:
        """Mark a fed sheet as taken out of the paper path."""
        (self.out / sheet.stack / f"{sheet.number}.jam").touch()

    def _sheets(self) -> Iterator[tuple[Path, str, dict[str, Path]]]:
        for stack in self._stacks():
            for number, faces in sorted(_faces(stack).items()):
                yield stack, number, faces

    def _stacks(self) -> list[Path]:
        with contextlib.suppress(FileNotFoundError):
            found = [path for path in self.folder.iterdir() if path.is_dir()]
            return sorted(path for path in found if not path.name.startswith(".") and path.suffix != ".part")
        return []

    def _move(self, stack: Path, files: list[Path]) -> None:
        """Move a sheet out. Not durable on purpose: this is paper, not a record of it."""
        target = self.out / stack.name
        target.mkdir(parents=True, exist_ok=True)
        for path in files:
            shutil.move(path, target / path.name)
        if not _faces(stack):
            _clear(stack)

    def _finish_interrupted(self) -> None:
        """Move the back whose front had already gone when the power went."""
        for stack in self._stacks():
            for number, faces in _faces(stack).items():
                gone = any((self.out / stack.name).glob(f"{number}a.*"))
                if gone and "a" not in faces:
                    self._move(stack, list(faces.values()))


def _faces(stack: Path) -> dict[str, dict[str, Path]]:
    """Return the faces of each sheet of a stack: number -> {a: front, b: back}."""
    sheets: dict[str, dict[str, Path]] = {}
    with contextlib.suppress(FileNotFoundError):
        for path in sorted(stack.iterdir()):
            if match := _FACE.fullmatch(path.name):
                sheets.setdefault(match[1], {})[match[2].lower()] = path
    return sheets


def _clear(stack: Path) -> None:
    """Remove an empty stack and the marks in it; anything else stays."""
    for mark in stack.glob("*.jam"):
        mark.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        stack.rmdir()
