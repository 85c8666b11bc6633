"""Notes, copies of fragile paper, a decree and a dossier for the centre: one stack, all the way."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from rig import ROOT, Rig, Sheet, accepted, balanced, dossier, escl, flat, held_codes, job, letter

from appliance.core.model import CertifiedCopy, Separator, SheetKind
from appliance.demo.cover import make_separator
from appliance.demo.paper import ROMAN, Leaf
from appliance.documents.separator import encode
from appliance.logins import hashed

pytestmark = pytest.mark.slow

PIN = "mot-hai-3"
NOTE, ORIGINAL = Separator(SheetKind.NOTE, ""), Separator(SheetKind.ORIGINAL, "")


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    found = Rig(tmp_path_factory.mktemp("special") / "rig", {
        "storage": {"keep_days": 30}, "device": [escl(operator="NV001")], "job": [job()],
        "operator": [{"code": "NV001", "name": "Nguyễn Thị A"},
                     {"code": "LD001", "name": "Trần Văn B", "pin": hashed(PIN), "leader": True}]})
    yield found
    found.stop()


def cover(says: Separator) -> Sheet:
    return Sheet(flat(make_separator(says, encode(says))))


def document(code: str, number: int, **more: Any) -> Sheet:
    return cover(Separator(SheetKind.DOCUMENT, code, number, **more))


def paper(number: int) -> Sheet:
    return Sheet(flat(letter(number)))


def noted(number: int) -> Sheet:
    """The same letter with a yellow note on it."""
    leaf = letter(number)
    image = Image.new("L", (900, 900), 0)
    drawn = ImageDraw.Draw(image)
    for line in range(6):
        drawn.line([(60, 120 + line * 120), (800, 100 + line * 120)], fill=255, width=9)
    leaf.blend(Image.new("L", (900, 900), 255), (60, 60), (250, 240, 150))
    leaf.blend(image, (60, 60), (40, 40, 110))
    return Sheet(flat(leaf))


def decree() -> Sheet:
    leaf = Leaf(300)
    for top, text in ((20, "CHÍNH PHỦ"), (28, "Số: 115/2015/NĐ-CP"), (50, "QUY ĐỊNH CHI TIẾT")):
        leaf.write((25, top), text, ROMAN)
    for line in range(12):
        leaf.write((25, 75 + line * 9), "Nghị định này quy định chi tiết một số điều của Luật bảo hiểm", ROMAN)
    return Sheet(flat(leaf))


def command(rig: Rig, *words: str, pin: str = "") -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "appliance", *words, "--config", str(rig.place.settings)]
    return subprocess.run(argv, cwd=ROOT, input=f"{pin}\n", capture_output=True, text=True, timeout=60, check=False)


def package(rig: Rig, code: str) -> tuple[dict[str, Any], str]:
    """Return the provenance, and the descriptive fields as one text, of a dossier's package."""
    (path,) = rig.rows("SELECT delivery.path FROM delivery JOIN dossier ON dossier.id = delivery.dossier "
                       f"WHERE dossier.file_code = '{code}'")
    with zipfile.ZipFile(path[0]) as opened:
        (name,) = [name for name in opened.namelist() if name.endswith("capture-provenance.json")]
        eads = [opened.read(name).decode() for name in opened.namelist() if "EAD" in name]
        return json.loads(opened.read(name)), "\n".join(eads)


def test_special_papers_go_their_ways(rig: Rig, tmp_path: Path) -> None:
    copy = CertifiedCopy("sao-y", "15/SY-BHXH", "20261120")
    rig.load([
        dossier("A.1", 4), document("A.1", 1), cover(NOTE), noted(1), paper(1), paper(2),
        document("A.1", 2, fragile=True, copy=copy), paper(3), cover(ORIGINAL), paper(4),
        dossier("A.2", 2), document("A.2", 1), decree(), document("A.2", 2), paper(5),
        dossier("A.3", 1), document("A.3", 1, fragile=True), paper(6),
        dossier("A.4", 2), cover(NOTE), paper(7), paper(7), paper(8)])
    rig.press()
    wanted = ["T501", "T502", "T503"]
    status = rig.wait(lambda found: held_codes(found, "document") == wanted and "A.1" in accepted(found),
                      "three wait, one is accepted")
    facts, fields = package(rig, "A.1")
    (link,) = [one["note_removed_from"] for one in facts["pages"] if "note_removed_from" in one]
    assert (link["sheet"], link["number"]) == (4, 1)
    assert {"document": "A.1.3.r1", "original_of": 2} in facts["special"]
    assert "Bản sao y số 15/SY-BHXH ngày 20/11/2026; bản quét bản gốc là tài liệu số 3" in fields
    assert "<numberOfPaper>4<" in fields and "<numberOfPage>5<" in fields

    assert command(rig, "paper", "pair", "A.4", "1").returncode == 0
    exclude = ("paper", "normative", "A.2", "1", "--exclude", "--reason", "nghị định", "--leader", "LD001")
    assert command(rig, *exclude, pin="no").returncode == 1
    out = command(rig, *exclude, pin=PIN)
    assert out.returncode == 0, out.stderr
    note = tmp_path / "note.pdf"
    out = command(rig, "dossier", "to-centre", "A.3", "--reason", "giấy mủn", "--out", str(note), "--by", "NV001")
    assert out.returncode == 0, out.stderr
    text = subprocess.run(["pdftotext", "-layout", note, "-"], check=True, capture_output=True, text=True).stdout
    assert "PHIẾU GIAO NHẬN HỒ SƠ" in text and "A.3" in text and "giấy mủn" in text
    assert 'appliance_waiting_items{state="paper_to_centre"} 1.0' in rig.metrics()
    assert command(rig, "dossier", "at-centre", "A.3", "--by", "NV001").returncode == 0
    assert 'appliance_waiting_items{state="paper_to_centre"} 0.0' in rig.metrics()

    rig.wait(lambda found: {"A.1", "A.2", "A.4"} <= accepted(found), "the others accepted")
    status = rig.settled()
    balanced(status)
    assert status["held"] == [] and status["counts"]["removed"] == 2
    assert rig.rows("SELECT state FROM dossier WHERE file_code = 'A.3'") == [("handed_over",)]
    assert rig.rows("SELECT who FROM audit WHERE what = 'document.normative_excluded'") == [("LD001",)]
    assert 'appliance_items{kind="dossier",state="handed_over"} 1.0' in rig.metrics()
