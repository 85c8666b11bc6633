"""Bad paper on a whole appliance: each bad page is held with its reason, all other dossiers are filed."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image
from rig import (
    PERSON,
    Rig,
    Sheet,
    Status,
    accepted,
    balanced,
    coded_page,
    dossier,
    escl,
    flat,
    held_codes,
    job,
    letter,
    page,
)

from appliance.core.errors import by_code

pytestmark = pytest.mark.slow

GOOD = flat(letter(1))


def resized(width: int, height: int) -> bytes:
    """Return a page whose header says another size."""
    data = bytearray(GOOD)
    at = data.index(b"\xff\xc0") + 5
    data[at:at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def coded(picture: Image.Image, form: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, form, **options)
    return stream.getvalue()


def decoded() -> Image.Image:
    return Image.open(io.BytesIO(GOOD)).convert("RGB")


def resigned(body: str) -> str:
    """A payload with a right check value: whoever prints a code can compute that too."""
    return f"{body}:{hashlib.sha256(body.encode()).hexdigest()[:12].upper()}"


BROKEN = {
    "I302": GOOD[: len(GOOD) // 2],
    "I301": b"",
    "I303": coded(Image.new("RGB", (1, 1)), "JPEG"),
    "I304": resized(30_000, 30_000),
    "I305": flat(letter(2), "CMYK"),
    "I305 ": coded(Image.new("RGB", (800, 900), "white"), "PNG"),
    "I307": flat(letter(3), "L"),
}
"""What the hopper holds by the code that it must be held with."""

PAYLOADS = ("../../../etc/passwd SECRETPAYLOAD", "SECRETPAYLOAD\x1b[2J\x07", "SECRETPAYLOAD" + "9" * 2200)
HOSTILE = resigned("SSA1:D:../../x:0::3")


@dataclass(frozen=True)
class Seen:
    """What one evening's paper came to."""

    status: Status
    metrics: str
    logs: str
    text: str
    code: int
    masters: set[bytes]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    root = tmp_path_factory.mktemp("bad")
    imported = root / "import" / "hopper"
    imported.mkdir(parents=True)
    devices = [escl(), {"name": "import", "kind": "folder", "folder": str(imported), "job": "lawful",
                        "start_kind": "press"}]
    rig = Rig(root / "rig", {"device": devices, "job": [job(), job(name="lawful")]})
    try:
        rig.load([
            dossier("GOOD.1", 1), page(1),
            dossier("BROKEN.1"), *(Sheet(data) for data in BROKEN.values()), page(4),
            dossier("CODES.1"), page(5), *(coded_page(text, 6 + at) for at, text in enumerate(PAYLOADS)),
            dossier("HOSTILE.1"), page(9), coded_page(HOSTILE, 10), page(11),
            dossier("GOOD.2", 1), page(12),
        ])
        rig.import_files(imported, {
            "01.jpg": dossier("LOW.1").front, "02.jpg": flat(letter(13, 150)),
            "03.jpg": dossier("GREY.1").front, "04.jpg": flat(letter(14), "L"),
            "05.jpg": dossier("GOOD.3").front, "06.jpg": flat(letter(15)),
        })
        rig.press()
        rig.press("import")
        status = rig.settled()
        shown = subprocess.run([sys.executable, "-m", "appliance", "status", "--socket", str(rig.place.control)],
                               capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
        yield Seen(status, rig.metrics(), rig.logs(), shown.stdout, shown.returncode,
                   {path.read_bytes() for path in rig.masters()})
    finally:
        rig.stop()


def reasons(seen: Seen) -> dict[str, str]:
    """Return the reason each held side of the first batch gives, by its code."""
    return {thing["code"]: thing["vi"] for thing in seen.status["held"] if thing["what"] == "page"}


def test_every_other_dossier_reaches_the_archive(seen: Seen) -> None:
    assert accepted(seen.status) == {"GOOD.1", "GOOD.2", "GOOD.3"}


def test_every_dossier_with_a_bad_page_waits(seen: Seen) -> None:
    waiting = {one["file_code"] for one in seen.status["dossiers"] if one["state"] == "held"}
    assert waiting == {"BROKEN.1", "CODES.1", "HOSTILE.1", "LOW.1", "GREY.1"}


def test_every_bad_page_is_held_with_its_own_reason(seen: Seen) -> None:
    expected = [code.strip() for code in BROKEN] + ["T402"] * 3 + ["T401"] * 2 + ["I306", "I307"]
    assert held_codes(seen.status, "page") == sorted(expected)


def test_no_reason_has_a_gap_and_each_comes_from_the_catalogue(seen: Seen) -> None:
    for thing in seen.status["held"]:
        assert by_code(thing["code"]).code == thing["code"] != "C099", thing
        assert "?" not in thing["vi"] + thing["en"], thing
        assert thing["vi"].endswith(".") and thing["en"].endswith("."), thing


def test_the_reason_says_what_was_measured(seen: Seen) -> None:
    assert "150" in reasons(seen)["I306"] and "200" in reasons(seen)["I306"]
    assert "30000 x 30000" in reasons(seen)["I304"]


def test_the_totals_reconcile(seen: Seen) -> None:
    balanced(seen.status)
    assert seen.status["counts"]["sides"] == 22 + 6
    assert seen.status["counts"]["pages_filed"] == 3


def test_the_bytes_of_every_bad_image_are_kept(seen: Seen) -> None:
    assert seen.masters >= set(BROKEN.values())


def test_no_dossier_is_named_by_a_hostile_code(seen: Seen) -> None:
    assert {one["file_code"] for one in seen.status["dossiers"]} == {
        "GOOD.1", "GOOD.2", "GOOD.3", "BROKEN.1", "CODES.1", "HOSTILE.1", "LOW.1", "GREY.1"}


def test_the_command_line_lists_what_waits_and_ends_with_three(seen: Seen) -> None:
    assert seen.code == 3
    for thing in seen.status["held"]:
        assert thing["id"] in seen.text and thing["code"] in seen.text
        assert thing["vi"] in seen.text and thing["en"] in seen.text


def test_the_scanner_is_ready_for_the_next_stack(seen: Seen) -> None:
    assert {one["state"] for one in seen.status["devices"]} == {"ready"}


def test_no_name_and_no_code_on_paper_is_in_logs_metrics_or_status(seen: Seen) -> None:
    everything = seen.logs + seen.metrics + json.dumps(seen.status, ensure_ascii=False) + seen.text
    for text in (PERSON, *PERSON.split()[2:], "SECRETPAYLOAD", "etc/passwd", "SSA1", "../"):
        assert text not in everything, text


def test_the_metrics_say_the_same_as_the_status(seen: Seen) -> None:
    values = {match[1]: float(match[2]) for match in re.finditer(r"^(\S+(?:\{.*\})?) (\S+)$", seen.metrics, re.M)}
    counts = seen.status["counts"]
    captured = sum(value for name, value in values.items() if name.startswith("appliance_pages_captured_total"))
    assert captured == counts["sides"]
    assert values["appliance_pages_filed_total"] == counts["pages_filed"]
    states = [one["state"] for one in seen.status["dossiers"]]
    for state in set(states):
        assert values[f'appliance_items{{kind="dossier",state="{state}"}}'] == states.count(state)
    held = sum(thing["what"] == "page" for thing in seen.status["held"])
    assert values['appliance_queue_items{queue="held"}'] == held
    assert sum(v for name, v in values.items() if re.match(r'appliance_held_total\{.*kind="page"', name)) == held
    assert values["appliance_upload_backlog_bytes"] == 0
    assert values['appliance_scanner_state{device="demo",state="ready"}'] == 1
    assert values["appliance_audit_sequence"] >= seen.status["audit"]["seq"]


def pdf_of(*images: bytes, password: str = "") -> bytes:
    """Return a PDF with one scanned A4 page for each JPEG."""
    document = pikepdf.new()
    for data in images:
        picture = pikepdf.Stream(document, data, {
            "/Type": pikepdf.Name.XObject, "/Subtype": pikepdf.Name.Image, "/Width": 2480, "/Height": 3508,
            "/ColorSpace": pikepdf.Name.DeviceRGB, "/BitsPerComponent": 8, "/Filter": pikepdf.Name.DCTDecode})
        sheet = document.add_blank_page(page_size=(595.2, 841.92))
        sheet.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=document.make_indirect(picture)))
        sheet.Contents = document.make_stream(b"595.2 0 0 841.92 0 0 cm /Im0 Do")
    stream = io.BytesIO()
    if password:
        document.save(stream, encryption=pikepdf.Encryption(user=password, owner=password))
    else:
        document.save(stream)
    return stream.getvalue()


@pytest.mark.slow
def test_a_persons_own_bad_files_are_listed_and_their_other_dossier_is_filed(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    second = Image.open(io.BytesIO(flat(letter(21)))).convert("RGB")
    good = {
        "01.jpg": dossier("MINE.1").front, "02 thư mời.jpg": GOOD,
        "03.tif": coded(decoded(), "TIFF", save_all=True, append_images=[second], dpi=(300, 300),
                        compression="tiff_deflate"),
        "04.tif": coded(decoded().convert("1"), "TIFF", compression="group4", dpi=(300, 300)),
        "05.pdf": pdf_of(flat(letter(22)), flat(letter(23))),
        "06.png": coded(second.convert("P"), "PNG", dpi=(300, 300)),
    }
    bad = {
        "11.jpg": dossier("MINE.2").front, "12.jpg": GOOD[: len(GOOD) // 3], "13.jpg": b"",
        "14.png": coded(Image.new("RGB", (1, 1)), "PNG"), "15.jpg": flat(letter(2), "CMYK"),
        "16.png": coded(Image.new("I;16", (900, 1200)), "PNG"), "17.pdf": pdf_of(GOOD, password="mat khau"),
        "18.jpg": flat(letter(24)),
    }
    for name, data in {**good, **bad}.items():
        (mine / name).write_bytes(data)
    (mine / "19.docx").write_bytes(b"PK\x03\x04")
    out = tmp_path / "out"
    run = subprocess.run([sys.executable, "-m", "appliance", "demo", "--pages", str(mine), "--out", str(out),
                          "--workers", "1"], capture_output=True, text=True, check=False, timeout=300,
                         cwd=Path(__file__).parents[2], env=os.environ | {"PYTHONIOENCODING": "utf-8"})
    assert run.returncode == 3, run.stdout + run.stderr
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert report["reconciled"] and not report["ok"]
    (document,) = [one for one in report["documents"] if one["dossier"] == "MINE.1"]
    assert (document["pages"], document["signature_valid"]) == (7, True)
    (package,) = report["packages"]
    assert package["dossier"] == "MINE.1" and package["receipt_valid"]
    pages = sorted(thing["code"] for thing in report["held"] if thing["what"] == "page")
    assert pages == ["I301", "I302", "I303", "I305", "I305", "I305"]
    assert [thing["id"] for thing in report["held"] if thing["what"] == "dossier"] == ["MINE.2.r1"]
    assert [thing["id"] for thing in report["held"] if thing["what"] == "file"] == ["19.docx"]
    for thing in report["held"]:
        assert thing["vi"] in run.stdout and thing["en"] in run.stdout
        assert "?" not in thing["vi"] + thing["en"]
    assert "password" in run.stdout
    with pikepdf.open(document["path"]) as filed:
        assert len(filed.pages) == 7
