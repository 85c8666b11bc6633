"""The target sheet in the hopper of a whole appliance: measured, filed nowhere, and what waits for it goes on."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageFilter
from rig import ROOT, Rig, Sheet, accepted, balanced, dossier, escl, held_codes, job, page

pytestmark = pytest.mark.slow

SERIAL = "KT-001"


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our own sheet as its command prints it, rendered as a scanner of 300 dpi sees it."""
    folder = tmp_path_factory.mktemp("target")
    done = command("target", "print", "--serial", SERIAL, "--out", str(folder / "target.pdf"))
    assert done.returncode == 0, done.stderr
    subprocess.run(["pdftoppm", "-r", "300", "-png", "-singlefile", "target.pdf", "target"], check=True,
                   cwd=folder)
    return folder / "target.png"


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    found = Rig(tmp_path_factory.mktemp("rig") / "rig", {
        "device": [escl(operator="NV001")], "office": {"operator": ""},
        "operator": [{"code": "NV001", "name": "Người quét"}], "job": [job(target_policy="block", duplex=True)]})
    yield found
    found.stop()


def scanned(paper: Path, blur: float = 0.0, turn: int = 0) -> Sheet:
    """The sheet as a good scanner brings it, a little soft and grey; ``blur`` in pixels makes it a bad one."""
    with Image.open(paper) as image:
        soft = image.convert("RGB").filter(ImageFilter.GaussianBlur(0.45 + blur))
        seen = soft.rotate(turn + 0.3, fillcolor="white")
    seen = seen.point([round(20 + tone * 225 / 255) for tone in range(256)] * 3)
    stream = io.BytesIO()
    seen.save(stream, "JPEG", quality=92, subsampling=0, dpi=(300, 300))
    return Sheet(stream.getvalue())


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "appliance", *words], capture_output=True, text=True, check=False,
                          cwd=ROOT, timeout=60)


def scan(rig: Rig, *sheets: Sheet) -> None:
    rig.load(sheets)
    rig.press()


def checks(rig: Rig) -> list[tuple[object, ...]]:
    return rig.rows("SELECT sheet, target, passed, code FROM device_check WHERE measured <> '' ORDER BY page")


def states(rig: Rig) -> list[tuple[object, ...]]:
    """What became of each sheet of the newest batch; both its sides went the same way."""
    newest = "batch = (SELECT max(id) FROM batch)"
    return rig.rows(f"SELECT DISTINCT sheet, state FROM page WHERE {newest} ORDER BY sheet")


def provenance(rig: Rig, code: str) -> dict[str, Any]:
    """What the package of a dossier says of how it was captured."""
    ((path,),) = rig.rows("SELECT delivery.path FROM delivery JOIN dossier ON dossier.id = delivery.dossier "
                          f"WHERE dossier.file_code = '{code}'")
    with zipfile.ZipFile(str(path)) as package:
        name = next(one for one in package.namelist() if one.endswith("capture-provenance.json"))
        found: dict[str, Any] = json.loads(package.read(name))
    return found


def standing(rig: Rig) -> str:
    return str(rig.device()["check"]["standing"])


def test_a_blurred_target_holds_its_batch_until_a_sharp_one_came(rig: Rig, paper: Path) -> None:
    scan(rig, scanned(paper, blur=2.5), dossier("WAITS.1", 1), page(1))
    rig.wait(lambda found: held_codes(found, "batch") == ["D160"], "held")
    balanced(rig.settled())
    assert (standing(rig), rig.device()["check"]["codes"], rig.device()["code"]) == ("failed", ["I329"], "D160")
    assert 'appliance_scanner_check_passed{device="demo",side="front"} 0.0' in rig.metrics()
    assert command("status", "--socket", str(rig.place.control)).returncode == 3
    listed = command("target", "list", "--socket", str(rig.place.control))
    assert "I329" in listed.stdout.splitlines()[1]
    scan(rig, scanned(paper, turn=180), scanned(paper))  # upside down, and twice
    rig.wait(lambda found: accepted(found) == {"WAITS.1"}, "accepted")
    balanced(rig.settled())
    assert states(rig) == [(1, "separator"), (2, "separator")]
    assert checks(rig) == [(1, SERIAL, 0, ""), (1, SERIAL, 1, ""), (2, SERIAL, 1, "")]
    assert (rig.status()["held"], standing(rig)) == ([], "passed")
    assert command("status", "--socket", str(rig.place.control)).returncode == 0
    assert rig.rows("SELECT checked FROM batch ORDER BY id") == [("later",), ("",)]
    packed = provenance(rig, "WAITS.1")
    assert (packed["device_check"], packed["device_check_by"]["target"]) == ("later", SERIAL)
    assert (packed["device_check_by"]["dpi"], packed["device_check_by"]["changed"]) == (300, {})
    counts = rig.status()["counts"]
    assert (counts["pages_filed"], counts["separators"], counts["held"]) == (2, 8, 0)


@pytest.mark.slow
def test_a_target_in_the_middle_of_a_dossier_changes_nothing_of_it(rig: Rig, paper: Path) -> None:
    scan(rig, dossier("MIDDLE.1", 2), page(2), scanned(paper, turn=180), page(3), scanned(paper), scanned(paper))
    rig.wait(lambda found: "MIDDLE.1" in accepted(found), "accepted")
    balanced(rig.settled())
    assert states(rig) == [(1, "separator"), (2, "filed"), (3, "separator"), (4, "filed"), (5, "separator"),
                           (6, "separator")]
    assert checks(rig)[-3:] == [(3, SERIAL, 1, ""), (5, SERIAL, 1, ""), (6, SERIAL, 1, "")]
    (document,) = [one for one in rig.status()["documents"] if one["file_code"] == "MIDDLE.1"]
    assert document["pages"] == 4
    assert rig.rows("SELECT text_path FROM page WHERE separator = 1 AND text_path <> ''") == []


@pytest.mark.slow
def test_a_daemon_killed_in_the_middle_measures_the_target_when_it_is_back(rig: Rig, paper: Path) -> None:
    before = len(checks(rig))
    scan(rig, scanned(paper), dossier("KILLED.1", 1), page(5))
    rig.wait(lambda found: found["batches"][-1]["state"] != "scanning", "captured")
    rig.kill("daemon")
    told = command("target", "list", "--json", "--config", str(rig.place.settings))  # nobody but the ledger knows
    assert (told.returncode, len(json.loads(told.stdout)) >= before) == (0, True)
    rig.start("daemon")
    rig.wait(lambda found: "KILLED.1" in accepted(found), "accepted")
    balanced(rig.settled())
    assert len(checks(rig)) == before + 1


def test_metrics_and_audit_tell_of_checks_and_of_no_persons(rig: Rig) -> None:
    text = rig.metrics()
    for line in ('appliance_scanner_check_counts{device="demo"} 1.0',
                 'appliance_scanner_check_passed{device="demo",side="front"} 1.0'):
        assert line in text
    wanted = r'appliance_scanner_check_value\{device="demo",measure="(\w+)",side="front"\} (\S+)'
    values = dict(re.findall(wanted, text))
    assert abs(float(values["dpi_x"]) - 300) < 1
    assert {"sfr10_x", "misregistration_px", "noise_l", "nonuniformity_pct", "scale_error"} <= set(values)
    found = {what for (what,) in rig.rows("SELECT what FROM audit")}
    assert {"device.checked", "batch.unchecked", "batch.released"} <= found
    assert command("audit", "--config", str(rig.place.settings)).returncode == 0
