"""``appliance target``: what is printed is measured; what is no scan of it is refused with what to do."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from PIL import Image, ImageFilter

from appliance import cli, target
from appliance.core import clock, errors
from appliance.core.errors import ApplianceError
from appliance.core.limits import TargetLimits
from appliance.core.target import TargetReading
from appliance.imaging import target_gates
from appliance.spool import entry
from appliance.spool.ledger import Ledger

READING = TargetReading("VSTGT1", "KT-001", 299.8, 300.1, 300.0, 0.001, 0.2, 0.0, 88.0, 86.0, 1.02, 0.2, 0.9, 1.1,
                        tone_dl=1.0, de2000=1.0)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The printed sheet, rendered at 200 dpi."""
    folder = tmp_path_factory.mktemp("sheet")
    assert target.main(["print", "--serial", "KT-7", "--out", str(folder / "sheet.pdf")]) == 0
    words = ["pdftoppm", "-r", "200", "-png", "-singlefile", "sheet.pdf", "sheet"]
    subprocess.run(words, check=True, cwd=folder)
    return folder / "sheet.png"


def test_a_sheet_is_printed_on_one_page_and_never_with_a_number_that_no_code_takes(
    image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    info = subprocess.run(["pdfinfo", str(image.with_suffix(".pdf"))], capture_output=True, text=True, check=True)
    assert re.search(r"Pages: +1\n", info.stdout)
    assert "(A4)" in info.stdout
    monkeypatch.chdir(tmp_path)
    for _ in range(3):
        assert target.main(["print"]) == 0
    names = [path.name for path in tmp_path.iterdir()]
    assert len(names) > 1, "sheets printed on one day have a number each"
    assert all(re.fullmatch(rf"target-{clock.now():%y%m%d}-[A-HJ-NP-Z2-9]{{3}}\.pdf", name) for name in names)
    for serial in ("../x", "a", "X" * 17, "Đ"):
        with pytest.raises(ApplianceError, match="C011"):
            target.main(["print", "--serial", serial, "--out", str(tmp_path / "x.pdf")])
    assert not (tmp_path / "x.pdf").exists()


def test_a_good_scan_passes_and_a_blurred_one_fails_with_what_to_do(
    image: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    with Image.open(image) as sheet:
        good = sheet.convert("RGB").filter(ImageFilter.GaussianBlur(0.45))
    good.save(tmp_path / "good.png", dpi=(200, 200))
    good.filter(ImageFilter.GaussianBlur(2.5)).save(tmp_path / "bad.jpg", dpi=(200, 200), quality=95)
    assert target.main(["check", str(tmp_path / "good.png")]) in (0, 3)
    said = capsys.readouterr().out
    assert "KT-7: 200.0 x 200.0 dpi" in said
    assert "KHÔNG ĐẠT" not in said
    assert target.main(["check", str(tmp_path / "bad.jpg")]) == 1
    said = capsys.readouterr().out
    assert "I329" in said
    assert errors.TARGET_BLURRED.vi.split("Hãy")[1][:20] in said
    assert "độ nét ngang (SFR10) / sharpness across" in said


def test_a_wrong_resolution_is_noticed(image: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert target.main(["check", str(image), "--dpi", "300"]) == 1
    assert "I328" in capsys.readouterr().out


@pytest.mark.parametrize(("name", "content", "reason"), [
    ("empty.jpg", b"", "UnidentifiedImageError"), ("text.png", b"no image", "UnidentifiedImageError"),
    ("cut.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xff\xff\0\0\xff\xff\x08\2\0\0\0", "."),
])
def test_what_is_no_image_is_refused(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ApplianceError, match="C012") as caught:
        target.main(["check", str(tmp_path / name), "--dpi", "300"])
    assert re.search(reason, caught.value.en)


def test_an_image_that_says_no_resolution_and_one_that_is_no_target_are_refused(tmp_path: Path) -> None:
    Image.new("RGB", (1654, 2339), "white").save(tmp_path / "white.png")
    with pytest.raises(ApplianceError, match="--dpi"):
        target.main(["check", str(tmp_path / "white.png")])
    with pytest.raises(ApplianceError, match="I327"):
        target.main(["check", str(tmp_path / "white.png"), "--dpi", "200"])
    with pytest.raises(ApplianceError, match="C012"):
        target.main(["check", str(tmp_path / "nowhere.png")])


def test_every_check_has_its_words() -> None:
    assert {verdict.check for verdict in target_gates.judge(READING, TargetLimits(), 300)} == set(target.CHECKS)


def failed_at(ledger: Ledger, at: str) -> None:
    """Write down a check that could not be measured."""
    entry.begin(ledger, entry.NewBatch("b1", "tray", "default", "demo", "", "{}"))
    side = {"batch": "b1", "sheet": 1, "side": "front", "attempt": 1}
    page = ledger.act("add_page", **side, state="captured", code="", reason="", master="{}", sha256="", path="",
                      captured=at)
    ledger.act("add_device_check", **side, page=page, device="tray", serial="", target="KT-7", at=at,
               settings='{"dpi": 300}')
    ledger.act("put_device_check", page=page, measured=at, reading="", verdicts="[]", passed=0, code="I327",
               reason="no marks")


def test_the_list_comes_from_the_ledger_when_no_daemon_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    settings = tmp_path / "a.toml"
    settings.write_text(f'[storage]\nstate = "{tmp_path}"\nruntime = "{tmp_path}/run"\n', encoding="utf-8")
    words = ["list", "--config", str(settings)]
    with pytest.raises(ApplianceError, match="C011"):
        target.main(words)
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    assert target.main(words) == 0
    assert "no device check" in capsys.readouterr().out
    failed_at(ledger, "2026-11-22T07:31:00.000+07:00")
    ledger.close()
    assert target.main(words) == 0
    line = capsys.readouterr().out.splitlines()[1]
    assert line.split("  ")[0] == "tray"
    assert "07:31:00 22/11/2026" in line
    assert "I327" in line
    assert target.main([*words, "--device", "other", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    with pytest.raises(ApplianceError, match="C006"):
        target.main(["list", "--socket", str(tmp_path / "no.sock")])
    assert cli.main(["target", "list", "--config", str(tmp_path / "none.toml")]) == 2
