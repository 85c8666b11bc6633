"""Layers are unpacked: plain files and folders only, each inside its place, owned by root and written by nobody.

A layer is read once: what is unpacked is what was proved, even where somebody changes the file meanwhile.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import tarfile
import zipfile
from pathlib import Path
from typing import BinaryIO

from appliance.core import errors

FOLDER, FILE = 0o755, 0o644
PIECE = 1 << 20


class _Read(io.BufferedIOBase):
    """A file that is read from its begin to its end, and what it was."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._digest = file, hashlib.sha256()

    def read(self, size: int | None = -1, /) -> bytes:
        piece = self._file.read(-1 if size is None else size)
        self._digest.update(piece)
        return piece

    def rest(self) -> str:
        """Read what nobody asked for; return the SHA-256 of all."""
        while self.read(PIECE):
            pass
        return self._digest.hexdigest()


def tar(layer: Path, place: Path, sha256: str) -> None:
    """Unpack a layer into a new folder.

    Raises:
        ApplianceError: RELEASE_DAMAGED, where something in it is no plain file or lies outside, or where it is
            another one than was proved: what lies in the folder then is not to be used.
    """
    place.mkdir(parents=True)
    with layer.open("rb") as file:
        told = _Read(file)
        try:
            _unpack(told, layer.name, place)
        except tarfile.TarError as problem:
            raise errors.RELEASE_DAMAGED.error(name=f"{layer.name}: {problem}") from None
        if told.rest() != sha256:
            raise errors.RELEASE_DAMAGED.error(name=layer.name)


def _unpack(told: _Read, layer: str, place: Path) -> None:
    """Unpack what is read: as it stands, nothing that would grow by being unpacked."""
    with tarfile.open(fileobj=told, mode="r|", bufsize=PIECE) as archive:
        for entry in archive:
            target = _inside(place, entry.name, layer)
            if entry.isdir():
                target.mkdir(mode=FOLDER, parents=True, exist_ok=True)
            elif not target.exists() and _plain(entry) and (stream := archive.extractfile(entry)) is not None:
                target.parent.mkdir(mode=FOLDER, parents=True, exist_ok=True)
                with target.open("xb") as file:
                    shutil.copyfileobj(stream, file, PIECE)
                target.chmod(FILE)
            else:
                raise errors.RELEASE_DAMAGED.error(name=f"{layer}: {entry.name}")


def _plain(entry: tarfile.TarInfo) -> bool:
    """Say whether an entry is a file that is as large as what stands for it: holes are none of ours."""
    return entry.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not entry.issparse()


def wheel(path: Path, place: Path) -> None:
    """Unpack a wheel of Python alone, which is all that installing it means.

    Raises:
        ApplianceError: RELEASE_DAMAGED.
    """
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            target = _inside(place, entry.filename, path.name)
            if entry.is_dir():
                continue
            target.parent.mkdir(mode=FOLDER, parents=True, exist_ok=True)
            target.write_bytes(archive.read(entry))
            target.chmod(FILE)


def _inside(place: Path, name: str, layer: str) -> Path:
    parts = Path(name).parts
    if not parts or Path(name).is_absolute() or ".." in parts:
        raise errors.RELEASE_DAMAGED.error(name=f"{layer}: {name}")
    return place.joinpath(*parts)
