"""A layer: a folder as one tar file that two builds make alike."""

from __future__ import annotations

import hashlib
import tarfile
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from appliance.core import files

FOLDER, PLAIN = 0o755, 0o644
EARLIEST = 315532800
"""1980-01-01: the first moment that a zip can bear."""


def digest(folder: Path) -> str:
    """Return the name of a layer by what lies in it: 16 hex digits."""
    lines = [f"{path.relative_to(folder)} {files.sha256_of(path)}" for path in _below(folder) if path.is_file()]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def pack(folder: Path, made: Path, epoch: int) -> None:
    """Pack what lies in a folder: names in order, owner root, one time, plain modes.

    Wheels and .debs are compressed already, so the tar is not.
    """
    with tarfile.open(made, "w", format=tarfile.PAX_FORMAT) as tar:
        for path in _below(folder):
            entry = tar.gettarinfo(path, str(path.relative_to(folder)))
            entry.mtime, entry.uid, entry.gid, entry.uname, entry.gname = epoch, 0, 0, "", ""
            entry.mode = FOLDER if path.is_dir() else PLAIN
            entry.type = tarfile.DIRTYPE if path.is_dir() else tarfile.REGTYPE  # hard links are files of their own
            entry.linkname = ""
            if path.is_dir():
                tar.addfile(entry)
                continue
            entry.size = path.stat().st_size
            with path.open("rb") as file:
                tar.addfile(entry, file)


def program(root: Path, sources: Iterable[Path], main: str, made: Path) -> None:
    """Pack Python files as one program that Python runs, always alike.

    Args:
        root: what the files' names in it are relative to.
        sources: the files.
        main: ``module:function`` that the program calls.
        made: the file to write.
    """
    module, _, function = main.partition(":")
    entry = f"import sys\n\nfrom {module} import {function}\n\nsys.exit({function}(sys.argv[1:]))\n"
    with made.open("wb") as file:
        file.write(b"#!/usr/bin/env python3\n")
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(_info("__main__.py"), entry)
            for path in sorted(sources):
                archive.writestr(_info(str(path.relative_to(root))), path.read_bytes())


def _below(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).parts)


def _info(name: str) -> zipfile.ZipInfo:
    moment = datetime.fromtimestamp(EARLIEST, UTC)
    info = zipfile.ZipInfo(name, (moment.year, moment.month, moment.day, 0, 0, 0))
    info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, PLAIN << 16
    return info
