"""Paper into the hopper: a person's own files as a stack, and stacks loaded by one rename."""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from appliance.core import errors, files

SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".pdf")
BESIDE = (".txt", ".md", ".json", ".csv", ".xml", ".html", ".log", ".ini", ".db", ".sha256")
"""Files that lie beside pages and are none; they are passed over, as are hidden ones."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was copied, in order, and names of files that may hold pages but cannot be taken."""

    copied: tuple[Path, ...]
    refused: tuple[str, ...]


def gather(sources: list[Path], folder: Path) -> Gathered:
    """Copy files, and the files of folders in natural order, into one stack folder.

    The copies are numbered, so that their order is the order of their names.

    Raises:
        ApplianceError: INPUT_REFUSED when a source is missing, is no image or PDF, or nothing is left.
    """
    found: list[Path] = []
    refused: list[str] = []
    for source in sources:
        if source.is_dir():
            inside = sorted((path for path in source.rglob("*") if path.is_file()), key=natural)
            found += [path for path in inside if _usable(path)]
            refused += [str(path.relative_to(source)) for path in inside if not _usable(path) and not _beside(path)]
        elif source.is_file() and _usable(source):
            found.append(source)
        else:
            reason = "not a JPEG, PNG, TIFF or PDF" if source.exists() else "no such file"
            raise errors.INPUT_REFUSED.error(name=source, reason=reason)
    if not found:
        raise errors.INPUT_REFUSED.error(name=", ".join(map(str, sources)), reason="no image or PDF in it")
    folder.mkdir(parents=True, exist_ok=True)
    copied = [_copy(path, folder, at) for at, path in enumerate(found, 1)]
    return Gathered(tuple(copied), tuple(refused))


def natural(path: Path) -> list[tuple[int, int, str]]:
    """Return a key that sorts page 2 before page 10."""
    pieces = re.findall(r"[0-9]+|[^0-9]+", str(path).lower())
    return [(0, int(piece), "") if piece.isdecimal() and piece.isascii() else (1, 0, piece) for piece in pieces]


def load(stack: Path, hopper: Path, name: str, first_sheet: int = 1) -> Path:
    """Put a stack, from ``first_sheet`` on, into the hopper by renaming a finished folder.

    The images are linked, not moved: the stack stays. Returns the folder in the hopper.
    """
    hopper.mkdir(parents=True, exist_ok=True)
    loading = hopper.parent / "loading"
    shutil.rmtree(loading, ignore_errors=True)
    loading.mkdir()
    for image in sorted(stack.iterdir()):
        if first_sheet <= 1 or int(image.name[:4]) >= first_sheet:
            _link(image, loading / image.name)
    target = hopper / name
    files.move_folder(loading, target)
    return target


def clear(hopper: Path) -> None:
    """Take all paper out of the hopper."""
    for entry in hopper.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _usable(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def _beside(path: Path) -> bool:
    return path.suffix.lower() in BESIDE or path.name.startswith(".")


def _copy(path: Path, folder: Path, number: int) -> Path:
    """Copy one file under a numbered name that says nothing odd."""
    stem = re.sub(r"[^\w-]+", "_", unicodedata.normalize("NFC", path.stem))[:60].strip("_") or "page"
    target = folder / f"{number:04d}_{stem}{path.suffix.lower()}"
    shutil.copyfile(path, target)
    return target


def _link(image: Path, target: Path) -> None:
    """Link a file, or copy it where links are not to be had."""
    try:
        os.link(image, target)
    except OSError:
        shutil.copyfile(image, target)
