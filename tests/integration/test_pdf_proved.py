"""A document is proved before it is signed: what was asked for is in the file, and any other file is refused."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from drawn_pages import DPI, HEIGHT, WIDTH, document, draw, g4, jpeg, upright
from worded_pages import HOSTILE, ODD, keep, words_in_lines, words_of

from appliance.core.errors import ApplianceError
from appliance.core.jobs import AssembleJob, DocumentPart, Job
from appliance.core.model import EmptyBand, PageText
from appliance.core.plain import to_plain
from appliance.core.tools import run
from appliance.documents import proof, xmp_archive
from appliance.documents.assemble import assemble
from appliance.documents.check import check, conformance, text_of
from appliance.documents.textlayer import readable
from appliance.handlers import assemble_document

DC, RDF = "{http://purl.org/dc/elements/1.1/}", "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
FIELDS = {"docCode": "H49.64.33.2001.160.0000001", "codeNotation": "KH-BHXH", "issuedDate": "08/07/2022",
          "organName": "Bảo hiểm xã hội tỉnh Hưng Lạc", "subject": "V/v <mẫu> & phụ lục"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("proved")


@pytest.fixture(scope="module")
def said() -> PageText:
    return words_in_lines(240)


@pytest.fixture(scope="module")
def job(folder: Path, said: PageText) -> AssembleJob:
    """Three pages: colour, turned grey, bitonal; words on the first two; no room for the stamp."""
    text = keep(folder, said)
    turned = jpeg(folder, draw().rotate(90, expand=True), "L", "turned.jpg")
    pages = (jpeg(folder, draw()).page(text=text), turned.page(upright(turned, 1, 1.5), text),
             g4(folder, draw()).page())
    made = document(folder / "out.pdf", *pages, band=EmptyBand())
    return replace(made, fields=FIELDS, provenance="H49.1.r1@B1+B2",
                   parts=(DocumentPart(0, "Công văn"), DocumentPart(2, "Phụ lục “A”")))


@pytest.fixture(scope="module")
def path(job: AssembleJob) -> Path:
    return Path(assemble(job).path)


def changed(path: Path, change: Callable[[pikepdf.Pdf], None]) -> Path:
    out = path.with_name("changed.pdf")
    with pikepdf.open(path) as pdf:
        change(pdf)
        pdf.save(out, fix_metadata_version=False)
    return out


def rewritten(old: bytes, new: bytes) -> Callable[[pikepdf.Pdf], None]:
    def change(pdf: pikepdf.Pdf) -> None:
        contents = pdf.pages[0].Contents
        data = contents.read_bytes()
        assert old in data
        contents.write(data.replace(old, new, 1))
    return change


def test_what_was_written_is_proved(job: AssembleJob, path: Path) -> None:
    proof.prove(job, path)
    assert check(path) == []


def a_word_lost(pdf: pikepdf.Pdf) -> None:
    data = pdf.pages[0].Contents.read_bytes()
    pdf.pages[0].Contents.write(re.sub(rb"\n[^\n]*Tj(?=\nET)", b"", data, count=1))


def another_letter(pdf: pikepdf.Pdf) -> None:
    font = pdf.pages[0].Resources.Font.F
    font.ToUnicode.write(font.ToUnicode.read_bytes().replace(b"<00E0> <00E0>", b"<00E0> <00E1>"))


def a_byte_of_an_image(pdf: pikepdf.Pdf) -> None:
    image: Any = pdf.pages[2].Resources.XObject.Im
    data = bytearray(image.read_raw_bytes())
    data[50] ^= 1
    image.write(bytes(data), filter=image.Filter, decode_parms=image.DecodeParms)


def a_page_gone(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[1]


def pages_exchanged(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0], pdf.pages[1] = pdf.pages[1], pdf.pages[0]


def another_size(pdf: pikepdf.Pdf) -> None:
    pdf.pages[1].MediaBox = [0, 0, 595, 842]


def turned(pdf: pikepdf.Pdf) -> None:
    pdf.pages[1].Rotate = 90


def cropped(pdf: pikepdf.Pdf) -> None:
    pdf.pages[1].CropBox = [10, 10, 500, 500]


def told(page: int, name: str, value: Any) -> Callable[[pikepdf.Pdf], None]:
    """Return a change of what readers are told of a page's image; its bytes stay."""
    def change(pdf: pikepdf.Pdf) -> None:
        image: Any = pdf.pages[page].Resources.XObject.Im
        (image if name != "/BlackIs1" else image.DecodeParms)[name] = value

    return change


def hidden(pdf: pikepdf.Pdf) -> None:
    clear = pikepdf.Stream(pdf, b"\0", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=1, Height=1,
                           BitsPerComponent=8, ColorSpace=pikepdf.Name.DeviceGray)
    told(0, "/SMask", pdf.make_indirect(clear))(pdf)


@pytest.mark.parametrize("change", [
    hidden, told(0, "/Decode", pikepdf.Array([1, 0] * 3)), told(2, "/Decode", pikepdf.Array([1, 0])),
    told(0, "/Mask", pikepdf.Array([0, 255] * 3)), told(2, "/BlackIs1", value=False),
    told(1, "/ColorSpace", pikepdf.Name.DeviceRGB), told(0, "/DecodeParms", pikepdf.Dictionary(ColorTransform=0))])
def test_a_master_that_readers_would_not_show_as_it_is_is_refused(job: AssembleJob, path: Path,
                                                                  change: Callable[[pikepdf.Pdf], None]) -> None:
    with pytest.raises(ApplianceError, match="T476"):
        proof.prove(job, changed(path, change))


@pytest.mark.parametrize(("change", "code"), [
    (a_word_lost, "T475"), (another_letter, "T475"), (rewritten(b" Tz ", b".5 Tz "), "T475"),
    (rewritten(b"re W n\n", b"re n\n"), "T475"), (rewritten(b"q\n0 0 ", b"q\n9 0 "), "T475"),
    (rewritten(b"3 Tr", b"0 Tr"), "T475"), (rewritten(b"cm\n/Im", b"cm\n1 0 0 1 0 0 cm\n/Im"), "T475"),
    (a_byte_of_an_image, "T476"), (a_page_gone, "T477"), (pages_exchanged, "T477"), (another_size, "T477"),
    (turned, "T477"), (cropped, "T477"),
])
def test_anything_else_is_refused(job: AssembleJob, path: Path, change: Callable[[pikepdf.Pdf], None],
                                  code: str) -> None:
    with pytest.raises(ApplianceError, match=code):
        proof.prove(job, changed(path, change))


def test_a_file_that_is_no_pdf_is_refused(job: AssembleJob, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pdf"
    wrong.write_bytes(b"%PDF-1.7\nnothing")
    with pytest.raises(ApplianceError, match="T477"):
        proof.prove(job, wrong)


def test_a_worker_keeps_no_file_that_is_not_proved(tmp_path: Path) -> None:
    """The ledger says another size of image than the master has."""
    page = jpeg(tmp_path, draw()).page(text=keep(tmp_path, words_in_lines(30)))
    order = document(tmp_path / "out.pdf", page)
    assemble_document(Job("1", "assemble", to_plain(order)))
    assert (tmp_path / "out.pdf").exists()
    other = replace(order, pages=(replace(page, geometry=replace(page.geometry, width=WIDTH - 8)),))
    with pytest.raises(ApplianceError, match=rf"T477.*{WIDTH} x {HEIGHT}"):
        assemble_document(Job("1", "assemble", to_plain(other)))
    assert not (tmp_path / "out.pdf").exists()


def letters(text: str) -> str:
    return "".join(unicodedata.normalize("NFC", text).split())


@pytest.mark.parametrize("reader", ["pdfium", "poppler", "mupdf"])
def test_every_reader_extracts_every_word_in_order(path: Path, said: PageText, reader: str) -> None:
    wanted = letters(" ".join(words_of(said) * 2))
    if reader == "pdfium":
        found = text_of(path)
    elif reader == "poppler":
        found = run(["pdftotext", "-raw", str(path), "-"], 60).output.decode()
    else:
        found = run(["mutool", "draw", "-q", "-F", "txt", str(path)], 60).output.decode()
    assert letters(found) == wanted


def test_words_extracted_by_poppler_lie_at_their_boxes(path: Path, said: PageText) -> None:
    done = run(["pdftotext", "-bbox", "-l", "1", str(path), "-"], 60)
    page = next(element for element in ET.fromstring(done.output).iter() if element.tag.endswith("page"))
    grown = float(page.get("height", "0")) - HEIGHT * 72 / DPI
    found = [element for element in page.iter() if element.tag.endswith("word")]
    words = [word for line in said.lines for word in line.words]
    assert [unicodedata.normalize("NFC", element.text or "") for element in found] == [word.text for word in words]
    for element, word in zip(found, words, strict=True):
        left, right = (float(element.get(name, "0")) * DPI / 72 for name in ("xMin", "xMax"))
        top, bottom = ((float(element.get(name, "0")) - grown) * DPI / 72 for name in ("yMin", "yMax"))
        assert (left, right) == pytest.approx((word.box.x0, word.box.x1), abs=2)
        assert (top, bottom) == pytest.approx((word.box.y0, word.box.y1), abs=0.35 * (word.box.y1 - word.box.y0))


def test_letters_outside_the_basic_plane_and_odd_ones_come_back(tmp_path: Path) -> None:
    text = words_in_lines(200, pool=ODD)
    order = document(tmp_path / "out.pdf", jpeg(tmp_path, draw()).page(text=keep(tmp_path, text)))
    made = Path(assemble(order).path)
    proof.prove(order, made)
    assert check(made) == []
    found = run(["pdftotext", "-raw", str(made), "-"], 60).output.decode()
    for letter in ("\U00020bb7", "\U0001f600", "日", "₫", "\ufffd"):
        wanted = sum(readable(word).count(letter) for word in words_of(text))
        assert found.count(letter) == wanted > 0


def test_a_page_of_nothing_but_letters_outside_the_basic_plane_is_proved(tmp_path: Path) -> None:
    text = words_in_lines(120, pool=["\U00020bb7\U0001f600", "\U0001f601"])
    order = document(tmp_path / "out.pdf", jpeg(tmp_path, draw()).page(text=keep(tmp_path, text)))
    proof.prove(order, Path(assemble(order).path))


def test_a_page_of_20000_words(tmp_path: Path) -> None:
    text = words_in_lines(20_000)
    order = document(tmp_path / "out.pdf", jpeg(tmp_path, draw()).page(text=keep(tmp_path, text)))
    made = Path(assemble(order).path)
    proof.prove(order, made)
    assert check(made) == []
    assert letters(text_of(made)) == letters(" ".join(words_of(text)))


def test_500_pages(tmp_path: Path) -> None:
    small = jpeg(tmp_path, draw().resize((165, 234)))
    text = keep(tmp_path, words_in_lines(12, width=165, height=234))
    order = document(tmp_path / "out.pdf", *[small.page(text=text, dpi=20)] * 500)
    made = Path(assemble(order).path)
    proof.prove(order, made)
    assert check(made) == []
    assert b"Pages:           500" in run(["pdfinfo", str(made)], 60).output


@pytest.mark.parametrize("kind", sorted(HOSTILE))
def test_a_hostile_title_is_kept_whole_and_harms_nothing(tmp_path: Path, kind: str) -> None:
    title = HOSTILE[kind]
    page = jpeg(tmp_path, draw().resize((165, 234))).page(dpi=20)
    order = replace(document(tmp_path / "out.pdf", page), title=title, creator=title, subject=title,
                    identifier=title, fields={"subject": title}, provenance=title,
                    parts=(DocumentPart(0, title), DocumentPart(9, title)))
    made = Path(assemble(order).path)
    proof.prove(order, made)
    assert check(made) == []
    assert run(["qpdf", "--check", str(made)], 60).status == 0
    kept = xmp_archive.legal(title)
    with pikepdf.open(made) as pdf:
        packet = pdf.Root.Metadata.read_bytes().decode()
        shown = str(pdf.docinfo["/Title"])
    found = ET.fromstring(packet).find(f".//{DC}title/{RDF}Alt/{RDF}li")
    assert found is not None
    assert (found.text or "") == kept, "not a letter of it is lost"
    assert shown == kept or (shown.endswith("…") and kept.startswith(shown[:-1]))


def test_the_archive_fields_and_where_it_comes_from_stand_in_xmp(path: Path) -> None:
    with pikepdf.open(path) as pdf:
        packet = pdf.Root.Metadata.read_bytes().decode()
    found = xmp_archive.values_in(packet)
    assert found == {**FIELDS, "provenanceId": "H49.1.r1@B1+B2", "conversionMark": "Bản số hóa từ văn bản giấy",
                     "conversionTime": "2026-11-21T09:05:07+07:00", "converter": "Bảo hiểm xã hội tỉnh Hưng Lạc",
                     "addedStrip": "17 mm"}
    assert xmp_archive.faults(packet) == []
    assert "archive:" not in xmp_archive.without(packet)


@pytest.mark.parametrize(("old", "new"), [
    ("<pdfaProperty:name>subject<", "<pdfaProperty:name>other<"),
    ("<pdfaProperty:valueType>Text<", "<pdfaProperty:valueType>Integer<"),
    ("<pdfaProperty:category>external</pdfaProperty:category>", ""),
    ("<?xpacket begin", "<!DOCTYPE x [<!ENTITY a 'b'>]><?xpacket begin"),
])
def test_a_schema_that_does_not_describe_what_is_used_is_found(path: Path, old: str, new: str) -> None:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.Root.Metadata.write(pdf.Root.Metadata.read_bytes().decode().replace(old, new, 1).encode())
    assert any("6.6.2" in fault for fault in check(changed(path, change)))


def test_pages_have_labels_and_parts_have_bookmarks(path: Path) -> None:
    with pikepdf.open(path) as pdf:
        root: Any = pdf.Root
        labels: list[Any] = [page.label for page in pdf.pages]
        pages = [page.objgen for page in pdf.pages]
        marks: list[Any] = [root.Outlines.First]
        item = marks[0].First
        while item is not None:
            marks.append(item)
            item = item.get("/Next")
        titles, places = [str(mark.Title) for mark in marks], [mark.Dest[0].objgen for mark in marks]
        assert str(root.Lang) == "vi-VN"
        assert not bool(root.MarkInfo.Marked)
    assert labels == ["1", "2", "3"]
    assert titles == ["Công văn số 12 <mẫu> & phụ lục", "Công văn", "Phụ lục “A”"]
    assert places == [pages[0], pages[0], pages[2]]


def test_2u_is_said_and_proved_only_where_it_is_wanted(job: AssembleJob, path: Path) -> None:
    assert conformance(path) == "2b"
    order = replace(job, out=str(path.with_name("u.pdf")), conformance="2u")
    made = Path(assemble(order).path)
    assert conformance(made) == "2u"
    assert check(made) == []

    def unmapped(pdf: pikepdf.Pdf) -> None:
        letters = pdf.pages[0].Resources.Font.F.ToUnicode
        letters.write(letters.read_bytes().replace(b"<00E0> <00E0>\n", b""))
    assert any("6.2.11.7.2" in fault for fault in check(changed(made, unmapped)))


SCRIPT = """
import sys
sys.path[:0] = {path!r}
from pathlib import Path
from drawn_pages import DrawnMaster, document
from worded_pages import ODD, keep, words_in_lines
from appliance.core.model import ImageFormat
from appliance.documents.assemble import assemble
folder = Path({folder!r})
master = DrawnMaster(folder / "master.jpg", ImageFormat.JPEG, {width}, {height}, 3)
page = master.page(text=str(folder / "text.text"))
print(assemble(document(Path(sys.argv[1]), page)).sha256)
"""


def test_the_same_job_gives_the_same_bytes_whatever_the_seed_of_hashes(tmp_path: Path) -> None:
    jpeg(tmp_path, draw())
    keep(tmp_path, words_in_lines(200, pool=ODD))
    script = SCRIPT.format(path=sys.path, folder=str(tmp_path), width=WIDTH, height=HEIGHT)
    told = [subprocess.run([sys.executable, "-c", script, str(tmp_path / f"{seed}.pdf")], capture_output=True,
                           text=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed}).stdout
            for seed in ("1", "2")]
    assert told[0] == told[1]
    assert (tmp_path / "1.pdf").read_bytes() == (tmp_path / "2.pdf").read_bytes()


def test_no_font_of_the_host_is_needed(path: Path) -> None:
    """The text layer brings its own letters: a host without any font writes the same file."""
    used = run(["pdffonts", str(path)], 60).output.decode()
    assert re.findall(r"^(\S+)\s.*\b(yes)\s+(yes|no)\s+(yes)\s", used, re.MULTILINE) == [
        ("AAAAAA+Unseen", "yes", "yes", "yes")]


def test_a_colour_profile_that_is_gone_is_named(job: AssembleJob, tmp_path: Path,
                                                monkeypatch: pytest.MonkeyPatch) -> None:
    from appliance.documents import pdfa

    pdfa.srgb_profile.cache_clear()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ApplianceError, match=r"sRGB\.icc"):
        assemble(replace(job, out=str(tmp_path / "out.pdf")))
    pdfa.srgb_profile.cache_clear()
    assert list(tmp_path.iterdir()) == []
