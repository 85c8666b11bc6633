"""Layers are unpacked: plain files and folders only, each inside its place, owned by root and written by nobody."""

from __future__ import annotations

import shutil
import tarfile
import zipfile
from pathlib import Path

from appliance.core import errors

FOLDER, FILE = 0o755, 0o644


def tar(layer: Path, place: Path) -> None:
    """Unpack a layer into a new folder.

    Raises:
        ApplianceError: RELEASE_DAMAGED, where something in it is no plain file or lies outside.
    """
    place.mkdir(parents=True)
    with tarfile.open(layer) as archive:
        for entry in archive:
            target = _inside(place, entry.name, layer.name)
            if entry.isdir():
                target.mkdir(mode=FOLDER, parents=True, exist_ok=True)
            elif not target.exists() and entry.isreg() and (stream := archive.extractfile(entry)) is not None:
                target.parent.mkdir(mode=FOLDER, parents=True, exist_ok=True)
                with target.open("xb") as file:
                    shutil.copyfileobj(stream, file)
                target.chmod(FILE)
            else:
                raise errors.RELEASE_DAMAGED.error(name=f"{layer.name}: {entry.name}")


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
