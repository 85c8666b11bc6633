"""Files pushed by a copier, from the share to the archive's receipt, with the daemon killed on the way."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pikepdf
import pytest
from rig import Rig, Sheet, accepted, balanced, dossier, flat, held_codes, job, letter

pytestmark = pytest.mark.slow

NAME = "copier"


def as_pdf(*sheets: Sheet, colours: str = "/DeviceRGB") -> bytes:
    """The fronts of a stack as a push scanner puts them into a PDF: one full-page JPEG each."""
    document = pikepdf.new()
    for sheet in sheets:
        document.add_blank_page(page_size=(595.2, 841.92))
        made = document.pages[-1].obj
        image = pikepdf.Stream(document, sheet.front, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image,
                               Width=2480, Height=3508, ColorSpace=pikepdf.Name(colours), BitsPerComponent=8,
                               Filter=pikepdf.Name.DCTDecode)
        made.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=image))
        made.Contents = pikepdf.Stream(document, b"q 595.2 0 0 841.92 0 0 cm /Im0 Do Q")
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def stack(number: int) -> bytes:
    return as_pdf(dossier(f"PUSH.{number}", 3), *(Sheet(flat(letter(10 * number + at))) for at in (1, 2, 3)))


def write_slowly(path: Path, data: bytes) -> None:
    with path.open("wb") as writer:
        for at in range(0, len(data), len(data) // 4 + 1):
            writer.write(data[at : at + len(data) // 4 + 1])
            writer.flush()
            time.sleep(0.2)


def test_every_pushed_page_is_archived_once_though_the_daemon_is_killed_in_the_middle(tmp_path: Path) -> None:
    share = tmp_path / "share"
    share.mkdir()
    device = {"name": NAME, "kind": "push", "folder": str(share), "profile": "push_generic", "job": "demo",
              "settle_seconds": 0.3}
    rig = Rig(tmp_path / "rig", {"device": [device], "job": [job()]})
    try:
        stacks = {number: stack(number) for number in (1, 2)}
        for number, data in stacks.items():
            write_slowly(share / f"SCN_000{number}.pdf", data)
        for sides in (1, 3, 6):
            rig.wait(lambda found, least=sides: found["counts"]["sides"] >= least, f"{sides} sides")  # type: ignore[misc]
            rig.kill("daemon")
            rig.start("daemon")
        rig.wait(lambda found: found["counts"]["sides"] >= 8, "all sides")
        (share / "again.pdf").write_bytes(stacks[1])
        (share / "grey.pdf").write_bytes(as_pdf(Sheet(flat(letter(40), "L")), colours="/DeviceGray"))
        rig.wait(lambda found: len(held_codes(found, "page")) >= 2, "two held")
        status = rig.settled()
        assert accepted(status) == {"PUSH.1", "PUSH.2"}, status["held"]
        balanced(status)
        assert held_codes(status, "page") == ["I310", "I315"]
        (told,) = [one for one in status["held"] if one["code"] == "I310"]
        assert "hãy đặt Chế độ màu = Màu 24 bit" in told["vi"]
        assert rig.rows("SELECT count(*), count(DISTINCT sha256) FROM page WHERE state = 'filed'") == [(6, 6)]
        assert [path.relative_to(share).as_posix() for path in share.rglob("*") if path.is_file()] == [
            "duplicate/again.pdf"]
        assert "SCN_000" not in rig.logs() and "again.pdf" not in rig.logs()
    finally:
        rig.stop()
