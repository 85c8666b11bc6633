"""Documents of two laws through the whole appliance: another profile, another stamp; a seal that comes late."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from drawn_seal import drawn, png
from PIL import Image
from rig import Rig, accepted, balanced, dossier, escl, held_codes, job, page

from appliance.core.tools import run
from appliance.documents.check import check

pytestmark = pytest.mark.slow

TIME = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\+07:00"
OFFICE = "Bảo hiểm xã hội tỉnh Hưng Lạc"


def filed(rig: Rig, work: Path) -> list[Path]:
    """The signed documents of every package that the archive has."""
    found = []
    for package in filter(zipfile.is_zipfile, sorted(rig.place.part("archive").rglob("*.zip"))):
        with zipfile.ZipFile(package) as inside:
            for name in inside.namelist():
                if name.endswith(".pdf"):
                    target = work / Path(name).name
                    target.write_bytes(inside.read(name))
                    found.append(target)
    return found


def stamp_of(path: Path) -> tuple[list[str], set[str], list[float]]:
    """Words, resources and box of the stamp."""
    with pikepdf.open(path) as pdf:
        field = pdf.Root.AcroForm.Fields[0]
        return (str(field.Contents).split("\n"), {str(key) for key in dict(field.AP.N.Resources)},
                [float(edge) for edge in field.Rect])


def test_a_copy_says_its_form_agency_and_time_in_the_top_right_corner(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "rig", {"device": [escl()], "office": {"name": OFFICE},
                                 "job": [job(rules="copy-nd30-2020", copy_form="SAO LỤC")]})
    try:
        rig.load([dossier("COPY.1", 1), page(3)])
        rig.press()
        status = rig.settled()
        assert "COPY.1" in accepted(status)
        balanced(status)
        (path,) = filed(rig, tmp_path)
        words, resources, (left, low, *_) = stamp_of(path)
        assert words[:2] == ["SAO LỤC", OFFICE]
        assert re.fullmatch(TIME, words[2])
        assert resources == {"/Font"}
        assert check(path) == []
        wide, high = (float(run(["pdfinfo", str(path)], 60).output.decode().split("Page size:")[1].split()[at])
                      for at in (0, 2))
        assert left >= wide / 2
        assert low >= high - 20 * 72 / 25.4
    finally:
        rig.stop()


def test_documents_that_need_a_seal_wait_for_it_and_are_signed_once_it_is_there(tmp_path: Path) -> None:
    seal = tmp_path / "seal.png"
    rig = Rig(tmp_path / "rig", {"device": [escl()], "office": {"name": OFFICE, "seal": str(seal)},
                                 "job": [job(rules="archive-tt02-2019")]})
    try:
        rig.load([dossier("SEAL.1", 1), page(3)])
        rig.press()
        found = rig.wait(lambda seen: "K550" in held_codes(seen, "signature"), "a document waits for the seal")
        (told,) = [thing for thing in found["held"] if thing["code"] == "K550"]
        assert "office.seal" in told["vi"]
        assert "SEAL.1" not in accepted(found)
        seal.write_bytes(png(drawn(ink=(0, 0, 0, 255))))
        rig.wait(lambda seen: "K551" in held_codes(seen, "signature"), "the wrong image is refused")
        seal.write_bytes(png(drawn()))
        status = rig.settled()
        assert "SEAL.1" in accepted(status)
        balanced(status)
        (path,) = filed(rig, tmp_path)
        words, resources, _ = stamp_of(path)
        assert words[0] == OFFICE
        assert resources == {"/Font", "/XObject"}
        assert check(path) == []
        assert diameter(path, tmp_path) == pytest.approx(36.0, rel=0.02)
    finally:
        rig.stop()


def diameter(path: Path, work: Path) -> float:
    """How large the red seal on page 1 is drawn, mm."""
    run(["pdftoppm", "-r", "200", "-png", "-f", "1", "-singlefile", str(path), str(work / "page")], 60)
    colours = np.asarray(Image.open(work / "page.png").convert("RGB")).astype(int)
    rows, columns = np.nonzero(colours[..., 0] - colours[..., 1:].max(axis=2) > 80)
    return float(max(np.ptp(rows), np.ptp(columns)) + 1) * 25.4 / 200
