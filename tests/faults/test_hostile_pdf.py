"""A PDF that hangs, crashes or fills the memory of its reader holds itself; the next files go on."""

from __future__ import annotations

import contextlib
import io
import threading
from pathlib import Path

import pikepdf
import pytest
from push_rig import LIMIT, page, pdf, push_rig
from scanner_rig import load

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.device import pdf_process
from appliance.device.folder import FolderScanner
from appliance.device.pdf_process import PdfApart
from appliance.device.scanner import ScanSettings


def endless(before: int = 0) -> bytes:
    """Good pages, then one whose forms draw one another 40 ** 6 times."""
    document = pikepdf.open(io.BytesIO(pdf(*(page(number + 1) for number in range(before + 1)))))
    inner = pikepdf.Stream(document, b"0 0 m 100 100 l S " * 20, Type=pikepdf.Name.XObject,
                           Subtype=pikepdf.Name.Form, BBox=[0, 0, 600, 900])
    for _ in range(6):
        inner = pikepdf.Stream(document, b"/F Do " * 40, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form,
                               BBox=[0, 0, 600, 900],
                               Resources=pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=inner)))
    last = document.pages[-1].obj
    last.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=inner))
    last.Contents = pikepdf.Stream(document, b"/F Do")
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


@pytest.fixture(autouse=True)
def little_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PdfApart.__init__, "__defaults__", (2.0,))


def test_a_page_that_hangs_is_held_and_the_pages_around_it_are_not() -> None:
    data = endless(2)
    with contextlib.closing(PdfApart(data, LIMIT)) as volume:
        leaves = [volume.leaf(at) for at in (0, 2, 1)]
    assert [leaf.code for leaf in leaves] == ["", errors.FILE_HARMFUL.code, ""]
    assert leaves[1].reason == "> 2 s" and leaves[1].data == data
    assert (leaves[0].data, leaves[2].data) == (page(1), page(2))


def test_a_file_that_kills_its_reader_again_and_again_is_given_up() -> None:
    with contextlib.closing(PdfApart(pdf(*(page(number) for number in range(5))), LIMIT)) as volume:
        for at in range(pdf_process.MOST_DEATHS):
            child = volume._child
            if child is not None:
                child.kill()
            assert volume.leaf(at).code == errors.FILE_HARMFUL.code
            volume._child = pdf_process._start(LIMIT)
            volume._child.kill()
        assert volume.leaf(4).code == errors.FILE_HARMFUL.code
        assert volume.leaf(4).reason == "3 x"


def test_a_reader_that_dies_is_held_as_crashed_and_a_new_one_reads_the_rest() -> None:
    with contextlib.closing(PdfApart(pdf(page(1), page(2)), LIMIT)) as volume:
        assert volume._child is not None
        volume._child.kill()
        leaves = [volume.leaf(at) for at in (0, 1)]
    assert [(leaf.code, leaf.reason) for leaf in leaves] == [(errors.FILE_HARMFUL.code, "hỏng / crashed"), ("", "")]
    assert leaves[1].data == page(2)


def test_the_reader_has_a_limit_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    with contextlib.closing(PdfApart(pdf(page(1)), LIMIT)) as volume:
        assert volume._child is not None
        limits = Path(f"/proc/{volume._child.pid}/limits").read_text()
    (line,) = [line for line in limits.splitlines() if line.startswith("Max address space")]
    assert str(pdf_process.MEMORY + pdf_process.PIXEL_BYTES * LIMIT) in line


def test_closing_in_the_middle_of_a_page_ends_the_reader_at_once() -> None:
    volume = PdfApart(endless(), LIMIT, seconds=300.0)
    child = volume._child
    assert child is not None
    closer = threading.Timer(0.5, volume.close)
    closer.start()
    assert volume.leaf(0).code == errors.FILE_HARMFUL.code
    closer.join()
    assert child.returncode is not None and volume.leaf(0).code == errors.FILE_HARMFUL.code


@pytest.mark.parametrize("data", [b"%PDF-1.7\n%%EOF", b"%PDF-1.4 " + b"[" * 500_000 + b"%%EOF"])
def test_a_file_that_is_no_pdf_inside_is_refused(data: bytes) -> None:
    with pytest.raises(ApplianceError) as caught:
        PdfApart(data, LIMIT)
    assert caught.value.kind in (errors.IMAGE_UNKNOWN, errors.FILE_HARMFUL)


@pytest.mark.slow
async def test_the_next_pushed_files_go_on_behind_a_file_that_hangs(tmp_path: Path) -> None:
    with push_rig(tmp_path) as rig:
        rig.put("1.pdf", endless())
        rig.put("2.jpg", page(2))
        found = await rig.all()
        assert rig.lying() == set()
    assert sorted(side.code for sides in found for side in sides) == ["", errors.FILE_HARMFUL.code]


async def test_the_next_files_of_a_stack_go_on_behind_a_file_that_hangs(tmp_path: Path) -> None:
    load(tmp_path / "hopper", "s1", {"1.pdf": endless(), "2.jpg": page(2), "3.pdf": pdf(page(3))})
    scanner = FolderScanner(tmp_path / "hopper", LIMIT)
    sides = [side async for side in scanner.scan(ScanSettings(300, duplex=False))]
    assert [side.code for side in sides] == [errors.FILE_HARMFUL.code, "", ""]
    assert [side.data for side in sides[1:]] == [page(2), page(3)]
