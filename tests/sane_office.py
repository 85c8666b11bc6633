"""A whole appliance with the virtual SANE scanner on its cable, an operator, and what the archive got."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
import sane_rig
import simplejpeg
from rig import Rig, Sheet, accepted, balanced, job
from sane_backend import virtual_fi
from sane_backend.virtual_fi import VirtualFi

from appliance.demo.wish import DEVICE
from appliance.device import strips

WHITE = np.full((3508, 2480, 3), 250, np.uint8)
"""The back of a sheet that has none."""


@dataclass
class Office:
    """The appliance, and the scanner on its cable."""

    rig: Rig
    device: VirtualFi

    def start(self, sheets: Sequence[Sheet], **faults: object) -> None:
        """Load a stack and press Start."""
        load(self.device, sheets)
        self.device.control(**faults)
        self.rig.press()

    def told(self) -> dict[str, Any]:
        """Wait until the batch is interrupted and its sheet named; return how the device stands."""
        self.rig.wait(lambda found: found["devices"][0]["sheet"] > 0 and bool(found["devices"][0]["code"]),
                      "a sheet is named")
        return self.rig.device()

    def reload(self, sheet: int) -> None:
        """Do what the operator is told to: put back from that sheet on, and go on."""
        self.rig.in_state("reload")
        self.device.control()
        self.device.put_back(sheet)
        self.rig.resume()

    def all_filed(self, code: str, sheets: Sequence[Sheet]) -> None:
        """The archive has exactly the paper of the hopper, in order, each side once; all sides are counted."""
        status = self.rig.settled()
        assert code in accepted(status), status["held"]
        balanced(status)
        assert archived(self.rig, code) == on_paper(sheets[1:])
        for path in self.device.out.iterdir():
            path.unlink()


def office(folder: Path, patch: pytest.MonkeyPatch) -> Office:
    """Make an office; its ``rig`` must be stopped."""
    device = virtual_fi.make(folder / "device")
    (folder / "profiles").mkdir()
    (folder / "profiles" / f"{sane_rig.PROFILE}.toml").write_text(sane_rig.profile_text(), encoding="utf-8")
    settings = {"name": DEVICE, "job": DEVICE, "start_kind": "press", "kind": "sane", "profile": sane_rig.PROFILE,
                "sane_device": virtual_fi.DEVICE}
    tables = {"device": [settings], "job": [job(duplex=True)], "storage": {"profiles": str(folder / "profiles")}}
    sane_rig.plug_in(patch, device)
    return Office(Rig(folder / "rig", tables), device)


def load(device: VirtualFi, sheets: Sequence[Sheet]) -> None:
    """Put a stack into the hopper, both sides of every sheet."""
    for number, sheet in enumerate(sheets, 1):
        sides = [virtual_fi.ppm(face.shape[1], face.shape[0], face.tobytes()) for face in faces(sheet)]
        device.load(number, *sides)


def faces(sheet: Sheet) -> list[Any]:
    """Return the pixels of both sides, (height, width, 3) uint8."""
    return [simplejpeg.decode_jpeg(face) if face is not None else WHITE for face in (sheet.front, sheet.back)]


def on_paper(sheets: Sequence[Sheet]) -> list[str]:
    """Return the hash of the pixels that the archive must have, side by side."""
    found = []
    for face in (face for sheet in sheets for face in faces(sheet)):
        data = simplejpeg.encode_jpeg(np.ascontiguousarray(face), quality=strips.QUALITY,
                                      colorspace="RGB", colorsubsampling=strips.SAMPLING)
        found.append(pixels_hash(data))
    return found


def archived(rig: Rig, code: str) -> list[str]:
    """Return the hash of the pixels of every page of a dossier as they lie in the archive's PDF files, in order."""
    (package,) = [path for path in (rig.place.part("archive") / "archive").glob("*/*.zip") if _is_of(path, code)]
    with zipfile.ZipFile(package) as whole:
        names = sorted(name for name in whole.namelist() if name.endswith(".pdf"))
        return [page for name in names for page in _pages(whole.read(name))]


def provenance(rig: Rig, code: str) -> dict[str, Any]:
    """Return what the archive was told of where the pages of a dossier come from."""
    (package,) = [path for path in (rig.place.part("archive") / "archive").glob("*/*.zip") if _is_of(path, code)]
    with zipfile.ZipFile(package) as whole:
        name = next(name for name in whole.namelist() if name.endswith("capture-provenance.json"))
        found: dict[str, Any] = json.loads(whole.read(name))
        return found


def pixels_hash(jpeg: bytes) -> str:
    """Return the hash of the pixels of an image."""
    return hashlib.sha256(simplejpeg.decode_jpeg(jpeg).tobytes()).hexdigest()


def _is_of(package: Path, code: str) -> bool:
    if not zipfile.is_zipfile(package):  # a time stamp of the archive
        return False
    with zipfile.ZipFile(package) as whole:
        return any(name.endswith(f"/{code}.1.pdf") for name in whole.namelist())


def _pages(pdf: bytes) -> list[str]:
    """Return the hash of the one scanned image of every page: the master's own bytes, decoded."""
    found = []
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for page in document.pages:
            images = [thing for thing in page.Resources.XObject.values() if thing.get("/Filter") == "/DCTDecode"]
            largest = max(images, key=lambda image: int(image.Width))
            found.append(pixels_hash(largest.read_raw_bytes()))
    return found
