"""Documents as files: PDF/A-2b by an independent validator, masters untouched, text where the ink is."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from drawn_pages import (
    DPI,
    HEIGHT,
    TEXT,
    WIDTH,
    DrawnMaster,
    document,
    draw,
    g4,
    grey,
    jpeg,
    png,
    ruled,
    skewed,
    slope_of_rule,
    upright,
)
from PIL import Image

from appliance.core.errors import ApplianceError
from appliance.core.files import sha256_of
from appliance.core.model import Box, EmptyBand, PageText, TextLine, Word
from appliance.core.plain import to_plain
from appliance.core.tools import run
from appliance.documents.assemble import assemble
from appliance.documents.check import check, summary, text_of
from appliance.documents.ocr import Reader, Reading
from appliance.documents.picture import read_strip

ALPHABET = ("aàáảãạăằắẳẵặâầấẩẫậbcdđeèéẻẽẹêềếểễệghiìíỉĩịklmnoòóỏõọôồốổỗộơờớởỡợpqrstuùúủũụưừứửữựvxyỳýỷỹỵ"
            "fjwz0123456789.,:;-–/()%“”")


def render(path: Path, page: int = 1, dpi: int = 100) -> Image.Image:
    done = run(["pdftoppm", "-r", str(dpi), "-f", str(page), "-l", str(page), "-png", str(path)], 60)
    assert done.status == 0, done.complaint
    return png(done.output)


def store(folder: Path, text: PageText) -> str:
    path = folder / "text.json"
    path.write_text(json.dumps(to_plain(text)), encoding="utf-8")
    return str(path)


def line(words: list[str], top: float, pitch: float = 200) -> TextLine:
    """A line of words, each ``pitch`` wide with its gap."""
    boxes = [Box(100 + at * pitch, top, 100 + at * pitch + pitch * 0.8, top + 60) for at in range(len(words))]
    laid = tuple(Word(word, box, 0.9) for word, box in zip(words, boxes, strict=True))
    return TextLine(Box(100, top, boxes[-1].x1, top + 60), top + 48, 0.0, laid)


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> DrawnMaster:
    return jpeg(tmp_path_factory.mktemp("masters"), draw())


@pytest.fixture(scope="module")
def read_text(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The drawn page's text as Tesseract reads it, stored as a worker stores it."""
    reader = Reader(Reading())
    text = reader.read(grey(draw()), DPI, 1.0, 60)
    reader.close()
    return store(tmp_path_factory.mktemp("text"), text)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, master: DrawnMaster, read_text: str) -> Path:
    """Three pages: colour with text, grey progressive, bitonal."""
    folder = tmp_path_factory.mktemp("finished")
    grey_page = jpeg(folder, draw(), "L", "progressive.jpg").page()
    pages = master.page(text=read_text), grey_page, g4(folder, draw()).page()
    return Path(assemble(document(folder / "out.pdf", *pages)).path)


def test_it_is_pdfa(finished: Path) -> None:
    assert check(finished) == []
    found = summary(finished)
    assert (found.pages, found.images, found.signatures) == (3, 3, 0)
    assert found.title == "Công văn số 12 <mẫu> & phụ lục"


@pytest.mark.parametrize("command", [["qpdf", "--check"], ["mutool", "info"]])
def test_other_programs_find_no_fault(finished: Path, command: list[str]) -> None:
    done = run([*command, str(finished)], 60)
    assert done.status == 0
    assert not re.search("warning|error:", done.complaint)


def test_poppler_extracts_the_vietnamese_text(finished: Path) -> None:
    wanted = " ".join(TEXT).split()
    found = run(["pdftotext", "-l", "1", str(finished), "-"], 60).output.decode().split()
    assert found == [word for part in text_of(finished).splitlines() for word in part.split()]
    assert sum(word in found for word in wanted) / len(wanted) > 0.95


def test_masters_are_embedded_byte_for_byte(finished: Path, master: DrawnMaster) -> None:
    folder = finished.parent
    with pikepdf.open(finished) as pdf:
        stored = [page.Resources.XObject.Im.read_raw_bytes() for page in pdf.pages]
    assert stored[0] == master.path.read_bytes()
    assert stored[1] == (folder / "progressive.jpg").read_bytes()
    assert stored[2] == read_strip((folder / "master.tif").read_bytes()).data


@pytest.mark.parametrize("page", [1, 2, 3])
def test_every_coding_is_drawn_black_on_white(finished: Path, page: int) -> None:
    drawn = grey(render(finished, page, DPI)).astype(float)
    wanted = grey(draw()).astype(float)
    assert drawn.shape == wanted.shape == (HEIGHT, WIDTH)
    assert np.mean(np.abs(drawn - wanted)) < 12


def test_bitonal_that_counts_the_other_way_round_is_drawn_the_same(tmp_path: Path) -> None:
    """Photometric 1 means that the coder saw ink and paper exchanged."""
    plain = g4(tmp_path, draw())
    turned = g4(tmp_path, Image.eval(draw().convert("1"), lambda value: 255 - value), "turned.tif")
    data = bytearray(turned.path.read_bytes())
    place = data.index(b"\x06\x01\x03\x00\x01\x00\x00\x00") + 8
    data[place] = 1 - data[place]
    turned.path.write_bytes(data)
    out = assemble(document(tmp_path / "out.pdf", plain.page(), turned.page()))
    assert np.array_equal(grey(render(Path(out.path), 1)), grey(render(Path(out.path), 2)))
    assert check(Path(out.path)) == []


@pytest.mark.parametrize("turn", range(4))
@pytest.mark.parametrize("skew", [0.0, 2.5])
def test_a_skewed_and_turned_page_is_drawn_upright(tmp_path: Path, turn: int, skew: float) -> None:
    lying = skewed(ruled(), skew).rotate(90 * turn, expand=True)
    captured = jpeg(tmp_path, lying)
    page = captured.page(upright(captured, turn, -skew))
    path = Path(assemble(document(tmp_path / "out.pdf", page)).path)
    drawn = render(path)
    assert (drawn.width, drawn.height) == (827, 1170)
    assert abs(slope_of_rule(drawn)) < 0.1
    ink = np.argwhere(grey(drawn) < 128)
    assert ink[:, 0].max() < 600, "text stands in the upper half"
    assert check(path) == []
    with pikepdf.open(path) as pdf:
        assert "/Rotate" not in pdf.pages[0]


def test_words_lie_on_their_ink(finished: Path) -> None:
    done = run(["pdftotext", "-bbox", "-l", "1", str(finished), "-"], 60)
    root = ET.fromstring(done.output)
    words = [element for element in root.iter() if element.tag.endswith("word")]
    ink = grey(draw()) < 128
    scale = DPI / 72
    for word in words:
        x0, x1, y0, y1 = (float(word.get(name, "0")) * scale for name in ("xMin", "xMax", "yMin", "yMax"))
        middle = int((y0 + y1) / 2)
        assert ink[middle - 15:middle + 15, int(x0):int(x1)].any(), word.text
    edges = sorted(float(word.get("xMin", "0")) * scale for word in words)
    assert edges[0] == pytest.approx(180, abs=6)


def test_every_vietnamese_letter_can_be_extracted(tmp_path: Path, master: DrawnMaster) -> None:
    letters = list(dict.fromkeys(ALPHABET + ALPHABET.upper()))
    rows = ["".join(letters[at:at + 12]) for at in range(0, len(letters), 12)]
    lines = tuple(line(["x" + row + "x", "đủ"], 100 + at * 80, 600) for at, row in enumerate(rows))
    page = master.page(text=store(tmp_path, PageText("none", "vie", 1.0, lines)))
    path = Path(assemble(document(tmp_path / "out.pdf", page)).path)
    found = run(["pdftotext", str(path), "-"], 60).output.decode().split()
    assert [word[1:-1] for word in found if word != "đủ"] == rows
    assert [word[1:-1] for word in text_of(path).split() if word != "đủ"] == rows
    assert check(path) == []


def test_the_same_job_gives_the_same_bytes(tmp_path: Path, master: DrawnMaster, read_text: str) -> None:
    job = document(tmp_path / "out.pdf", master.page(text=read_text))
    first = assemble(job)
    inode = Path(first.path).stat().st_ino
    second = assemble(job)
    assert (first.sha256, first.size) == (second.sha256, second.size)
    assert Path(second.path).stat().st_ino != inode, "the second run wrote anew"
    assert sha256_of(Path(second.path)) == second.sha256
    assert Path(second.path).stat().st_size == second.size


def test_a_stamp_without_room_makes_the_first_page_taller_and_leaves_the_image(tmp_path: Path,
                                                                               master: DrawnMaster) -> None:
    job = document(tmp_path / "out.pdf", master.page(), master.page(), band=EmptyBand())
    done = assemble(job)
    extra = 17 * 72 / 25.4
    with pikepdf.open(done.path) as pdf:
        heights = [float(page.MediaBox[3]) for page in pdf.pages]
    assert heights == pytest.approx([HEIGHT * 0.36 + extra, HEIGHT * 0.36], abs=0.01)
    assert done.stamp_box.y0 > HEIGHT * 0.36
    drawn = grey(render(Path(done.path), 1, DPI))
    grown = drawn.shape[0] - HEIGHT
    assert grown == pytest.approx(extra * DPI / 72, abs=2)
    assert drawn[:grown - 3].min() == 255
    assert check(Path(done.path)) == []


def test_the_stamp_stands_in_the_empty_corner(tmp_path: Path, master: DrawnMaster) -> None:
    box = assemble(document(tmp_path / "out.pdf", master.page())).stamp_box
    width, height = WIDTH * 0.36, HEIGHT * 0.36
    assert (width - box.x1, height - box.y1) == pytest.approx((3 * 72 / 25.4,) * 2, abs=1.4)  # a cell of half a mm
    assert box.x0 > width / 2


def test_an_unknown_resolution_still_gives_a_page(tmp_path: Path, master: DrawnMaster) -> None:
    done = assemble(document(tmp_path / "out.pdf", master.page(dpi=0)))
    assert check(Path(done.path)) == []


def test_cmyk_is_refused_and_nothing_is_left_behind(tmp_path: Path) -> None:
    captured = jpeg(tmp_path, draw().convert("CMYK"), "CMYK")
    with pytest.raises(ApplianceError, match="I305"):
        assemble(document(tmp_path / "out" / "out.pdf", captured.page()))
    assert list((tmp_path / "out").iterdir()) == []


def test_a_master_that_changed_on_disk_is_never_embedded(tmp_path: Path) -> None:
    captured = jpeg(tmp_path, draw())
    job = document(tmp_path / "out" / "out.pdf", captured.page())
    data = bytearray(captured.path.read_bytes())
    data[-100] ^= 1
    captured.path.write_bytes(data)
    with pytest.raises(ApplianceError, match="S203"):
        assemble(job)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_master_that_is_gone_is_named(tmp_path: Path) -> None:
    captured = jpeg(tmp_path, draw())
    job = document(tmp_path / "out.pdf", captured.page())
    captured.path.unlink()
    with pytest.raises(ApplianceError, match=r"S203.*master\.jpg"):
        assemble(job)


def test_a_damaged_text_file_is_no_reason_to_lose_the_page(tmp_path: Path, master: DrawnMaster) -> None:
    broken = tmp_path / "text.json"
    broken.write_text('{"engine": 1')
    with pytest.raises(ApplianceError, match="T460"):
        assemble(document(tmp_path / "out.pdf", master.page(text=str(broken))))


def test_a_document_without_pages_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ApplianceError, match="T410"):
        assemble(document(tmp_path / "out.pdf"))


def test_many_pages_share_one_font_and_are_whole(tmp_path: Path, master: DrawnMaster, read_text: str) -> None:
    path = Path(assemble(document(tmp_path / "out.pdf", *[master.page(text=read_text)] * 25)).path)
    assert summary(path).pages == 25
    assert path.read_bytes().count(b"/FontFile2") == 1
    assert run(["qpdf", "--check", str(path)], 60).status == 0


def faulty(path: Path, change: str) -> Path:
    """A copy with one planted fault."""
    out = path.with_name(f"{change}.pdf")
    with pikepdf.open(path) as pdf:
        page = pdf.pages[0]
        if change == "font":
            page.Resources.Font.F = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1,
                                                       BaseFont=pikepdf.Name.Helvetica)
        elif change == "script":
            pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        elif change == "intent":
            del pdf.Root.OutputIntents
        elif change == "metadata":
            del pdf.Root.Metadata
        pdf.save(out)
    return out


@pytest.mark.parametrize("change", ["font", "script", "intent", "metadata"])
def test_the_check_finds_a_planted_fault(finished: Path, change: str) -> None:
    assert check(faulty(finished, change)) != []


def test_the_check_finds_bytes_after_the_end(finished: Path, tmp_path: Path) -> None:
    longer = tmp_path / "longer.pdf"
    longer.write_bytes(finished.read_bytes() + b"left over by a bad copy\n")
    assert "6.1.3: data after the end of file" in check(longer)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n", b"GIF89a"])
def test_the_check_says_that_something_is_no_pdf(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "no.pdf"
    path.write_bytes(data)
    assert check(path) != []
    with pytest.raises(ValueError, match="not a readable PDF"):
        summary(path)
