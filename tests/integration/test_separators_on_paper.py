"""Separators printed by the command, put on paper, torn and fed askew: what the whole appliance makes of them."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import segno
from PIL import Image, ImageDraw
from rig import ROOT, Rig, Sheet, accepted, balanced, escl, flat, held_codes, job, letter

DPI = 200
MM = DPI / 25.4
PAPER = (247, 244, 236)
TITLE = "Hồ sơ hưu trí theo năm"
PERSON = "Nguyễn Thị Phương Thảo"
PORTAL = r"PORTAL\|(?P<reception>[A-Z0-9.\-]+)\|(?P<component>[0-9]+)\|.*"


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    mine = job(dpi=DPI, duplex=True)
    found = Rig(tmp_path_factory.mktemp("separators") / "rig", {
        "device": [escl(operator="NV001")], "operator": [{"code": "NV001", "name": PERSON}],
        "job": [mine, {**mine, "name": "years", "title": TITLE},
                {**mine, "name": "pairs", "separation": "fixed_count", "sheets_per_document": 2},
                {**mine, "name": "portal_1", "separation": "first_page_code", "first_page_code": PORTAL},
                {**mine, "name": "finer", "dpi": 600}]})
    yield found
    found.stop()


def printed(rig: Rig, folder: Path, rows: Sequence[str]) -> list[Image.Image]:
    """Print separators by the command and put them on paper."""
    listed, out = folder / "list.csv", folder / "out.pdf"
    listed.write_text("\n".join(["code,number,sheets,job", *rows]), encoding="utf-8")
    words = ["separator", "print", "--from", str(listed), "--out", str(out), "--config", str(rig.place.settings)]
    subprocess.run([sys.executable, "-m", "appliance", *words], check=True, cwd=ROOT, timeout=60)
    subprocess.run(["pdftoppm", "-r", str(DPI), "-gray", out, folder / "sheet"], check=True)
    return [Image.open(path).convert("RGB") for path in sorted(folder.glob("sheet-*.pgm"))]


def scanned(image: Image.Image, degrees: float = 0.0) -> bytes:
    """Return a sheet as the scanner gives it: on paper colour, askew."""
    paper, ink = Image.new("RGB", image.size, PAPER), Image.new("RGB", image.size, (40, 38, 41))
    sheet = Image.composite(paper, ink, image.convert("L"))
    turned = sheet.rotate(-degrees, resample=Image.Resampling.BICUBIC, fillcolor=PAPER)
    stream = io.BytesIO()
    turned.save(stream, "JPEG", quality=85, dpi=(DPI, DPI))
    return stream.getvalue()


def torn(image: Image.Image) -> Image.Image:
    """Tear a corner off, through the code."""
    edge = [(0, 0), (image.width, 0), (image.width, 60 * MM), (120 * MM, 90 * MM), (0, 120 * MM)]
    ImageDraw.Draw(image).polygon(edge, fill="white")
    return image


def page(number: int) -> Sheet:
    return Sheet(flat(letter(number, DPI)))


def coded(payload: str, number: int) -> Sheet:
    """A letter with the portal's code at its top left."""
    leaf = letter(number, DPI)
    drawn = io.BytesIO()
    segno.make(payload, error="m", micro=False).save(drawn, kind="png", scale=5, border=4)
    code = Image.eval(Image.open(drawn).convert("L"), lambda tone: 255 - tone)
    leaf.blend(code, (12, 8), (30, 27, 31))
    return Sheet(flat(leaf))


def documents(status: dict[str, Any], code: str) -> list[tuple[int, int]]:
    """Return number and pages of each document of the newest revision of a dossier."""
    newest = max(one["dossier"] for one in status["documents"] if one["file_code"] == code)
    return [(one["ordinal"], one["pages"]) for one in status["documents"] if one["dossier"] == newest]


def test_a_torn_separator_holds_the_dossier_before_it_and_what_it_began(rig: Rig, tmp_path: Path) -> None:
    sheets = printed(rig, tmp_path, ["A.1,,1,", "A.1,1,1,", "X.9,,1,", "B.1,,1,years"])
    rig.load([
        Sheet(scanned(sheets[0], 3.0), flat(letter(70, DPI))),  # the back of old paper, with print of its own
        Sheet(scanned(sheets[1].rotate(180))), page(1),
        Sheet(scanned(torn(sheets[2]))), page(3),
        Sheet(scanned(sheets[3], -4.0)), page(4)])
    rig.press()
    status = rig.wait(lambda found: "B.1" in accepted(found), "B.1 accepted")
    status = rig.settled()
    balanced(status)
    assert held_codes(status, "page") == ["T401", "T401", "T420", "T420"]
    assert held_codes(status, "dossier") == ["T401"]
    assert status["counts"]["separators"] == 6
    assert "X.9" not in {one["file_code"] for one in status["dossiers"]}
    (asked,) = rig.rows("SELECT job, rules FROM dossier WHERE file_code = 'B.1'")
    assert asked == ("years", "archive-tt05-2025")


@pytest.mark.slow
def test_with_a_new_separator_both_dossiers_are_scanned_again_and_go_on(rig: Rig, tmp_path: Path) -> None:
    sheets = printed(rig, tmp_path, ["A.1,,1,", "A.1,1,1,", "X.9,,1,"])
    rig.load([Sheet(scanned(sheets[0])), Sheet(scanned(sheets[1])), page(1), Sheet(scanned(sheets[2])), page(3)])
    rig.press()
    status = rig.wait(lambda found: {"A.1", "X.9"} <= accepted(found), "both accepted")
    assert documents(status, "A.1") == [(1, 2)]
    balanced(rig.settled())


@pytest.mark.slow
def test_separators_name_jobs_by_count_by_code_and_one_that_cannot_be_had(rig: Rig, tmp_path: Path) -> None:
    sheets = [Sheet(scanned(one)) for one in printed(
        rig, tmp_path, ["P.1,,4,pairs", "Q.1,,3,portal_1", "F.1,,1,finer"])]
    rig.load([sheets[0], page(11), page(12), page(13), page(14),
              sheets[1], coded("PORTAL|Q.1|1|Nguyễn Văn A", 21), page(22), coded("PORTAL|Q.1|7|Nguyễn Văn A", 23),
              sheets[2], page(31)])
    rig.press()
    status = rig.wait(lambda found: {"P.1", "Q.1"} <= accepted(found), "P.1 and Q.1 accepted")
    assert documents(status, "P.1") == [(1, 4), (2, 4)]
    assert documents(status, "Q.1") == [(1, 4), (7, 2)]
    assert "T422" in held_codes(rig.settled(), "dossier")
    balanced(rig.settled())
    for secret in ("Nguyễn Văn A", "PORTAL|", "SSA1:", "SSA2:"):
        assert secret not in rig.logs() + rig.metrics()
