"""A letter printed to its very edge has no room for a stamp: it waits for a leader, and then goes all the way."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator

import pikepdf
import pytest
from rig import ROOT, Rig, Sheet, accepted, balanced, dossier, escl, flat, held_codes, job, letter, page

from appliance.demo.paper import ROMAN
from appliance.documents import xmp_archive
from appliance.logins import hashed

pytestmark = pytest.mark.slow

PIN = "mot-hai-3"
HIGH = 297 / 25.4 * 72


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    found = Rig(tmp_path_factory.mktemp("strip") / "rig", {
        "storage": {"keep_days": 30}, "device": [escl(operator="NV001")], "job": [job()],
        "operator": [{"code": "NV001", "name": "Nguyễn Thị A"},
                     {"code": "LD001", "name": "Trần Văn B", "pin": hashed(PIN), "leader": True}]})
    yield found
    found.stop()


def crowded() -> Sheet:
    """A letter with notes all over its top; they stand on no common line, which would look like another edge."""
    leaf, words = letter(3), ("hưu trí", "tử tuất", "thai sản", "ốm đau", "bảy năm", "Hưng Lạc")
    for at in range(50):
        leaf.write((8 + at % 10 * 17.5 + at // 10 * 2, 7 + at // 10 * 3.4 + at * 7 % 5 * 0.6), words[at % 6], ROMAN)
    return Sheet(flat(leaf))


def command(rig: Rig, *words: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "appliance", *words, "--config", str(rig.place.settings)]
    return subprocess.run(argv, cwd=ROOT, input=f"{PIN}\n", capture_output=True, text=True, timeout=60, check=False)


def test_a_leader_lets_a_strip_be_added_and_the_package_tells_of_it(rig: Rig) -> None:
    rig.load([dossier("A.1", 1), crowded(), dossier("A.2", 1), page(4)])
    rig.press()
    found = rig.wait(lambda seen: accepted(seen) == {"A.2"} and bool(held_codes(seen, "document")),
                     "one waits, one is accepted")
    assert held_codes(found, "document") == ["K555"]
    assert rig.rows("SELECT strip_mm, signed_path FROM document WHERE id = 'A.1.1.r1'") == [(0.0, "")]

    asked = command(rig, "stamp", "strip", "A.1.1.r1", "--leader", "LD001", "--reason", "chữ in sát mép giấy")
    assert asked.returncode == 0, asked.stderr
    found = rig.wait(lambda seen: accepted(seen) == {"A.1", "A.2"}, "both accepted")
    balanced(found)

    ((path,),) = rig.rows("SELECT delivery.path FROM delivery JOIN dossier ON dossier.id = delivery.dossier "
                          "WHERE dossier.file_code = 'A.1'")
    with zipfile.ZipFile(path) as opened:
        names = opened.namelist()
        (name,) = [name for name in names if name.endswith("capture-provenance.json")]
        (told,) = json.loads(opened.read(name))["strips"]
        (name,) = [name for name in names if name.endswith(".pdf")]
        data = opened.read(name)
    assert (told["document"], told["allowed_by"]) == ("A.1.1.r1", "LD001")
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert float(pdf.pages[0].MediaBox[3]) == pytest.approx(HIGH + told["height_mm"] / 25.4 * 72, abs=3)
        values = xmp_archive.values_in(pdf.Root.Metadata.read_bytes().decode())
        assert values["addedStrip"] == f"{told['height_mm']:g} mm"
        low = float(pdf.Root.AcroForm.Fields[0].Rect[1])
    assert low > HIGH - 3
    assert "A.1.1.r1" in command(rig, "status").stdout.split("strip above page 1")[1].splitlines()[0]
