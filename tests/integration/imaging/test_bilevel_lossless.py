"""Bilevel pictures come out of programs that are not ours bit for bit: poppler, and MuPDF where it is installed."""

from __future__ import annotations

import io
import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from drawn_pages import draw, grey
from numpy.typing import NDArray
from PIL import Image

from appliance.core.errors import ApplianceError
from appliance.imaging import bilevel, kernels

Bits = NDArray[np.uint8]
TALL = 14400


def pdf_of(folder: Path, pictures: list[Bits], jbig2: bool) -> Path:
    """One page a picture, a point a pixel, written by a library that knows nothing of our coding."""
    pdf = pikepdf.new()
    for black in pictures:
        high, wide = black.shape
        image = pikepdf.Stream(pdf, bilevel.jbig2(black, 72) if jbig2 else bilevel.g4(black))
        image.Type, image.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
        image.Width, image.Height, image.BitsPerComponent = wide, high, 1
        image.ColorSpace = pikepdf.Name.DeviceGray
        image.Filter = pikepdf.Name.JBIG2Decode if jbig2 else pikepdf.Name.CCITTFaxDecode
        if not jbig2:
            image.DecodeParms = pikepdf.Dictionary(K=-1, Columns=wide, Rows=high, BlackIs1=False)
        pdf.add_blank_page(page_size=(max(3, wide), max(3, high)))
        pdf.pages[-1].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=pdf.make_indirect(image)))
        pdf.pages[-1].Contents = pdf.make_stream(f"q {wide} 0 0 {high} 0 0 cm /Im Do Q".encode())
    pdf.save(folder / "pictures.pdf")
    return folder / "pictures.pdf"


def by_poppler(folder: Path, pdf: Path) -> list[Bits]:
    done = subprocess.run(["pdfimages", "-png", pdf, folder / "out"], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    files = sorted(folder.glob("out-*.png"))
    return [np.asarray(~np.asarray(Image.open(file).convert("1")), np.uint8) for file in files]


def noise(seed: int, wide: int, high: int, share: float) -> Bits:
    return np.asarray(np.random.default_rng(seed).random((high, wide)) < share, np.uint8)


def odd_pictures() -> list[Bits]:
    """Every small width about a byte and a word, shares of black from none to all."""
    widths = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 127, 250]
    random = np.random.default_rng(5)
    found = [noise(wide, wide, int(random.integers(1, 40)), share)
             for wide in widths for share in (0.0, 0.02, 0.3, 0.5, 0.9, 1.0)]
    for _ in range(40):  # blobs of one colour: long runs, rows alike, and edges everywhere
        high, wide = (int(side) for side in random.integers(1, 300, 2))
        black = np.zeros((high, wide), np.uint8)
        for _ in range(int(random.integers(0, 8))):
            y, x = int(random.integers(0, high)), int(random.integers(0, wide))
            black[y:y + int(random.integers(1, 99)), x:x + int(random.integers(1, 99))] ^= 1
        found.append(black)
    return found


def text() -> Bits:
    return np.asarray(grey(draw()) < 128, np.uint8)


def large() -> list[Bits]:
    return [text(), np.zeros((2339, 1654), np.uint8), np.ones((2339, 1654), np.uint8), noise(1, 1201, 999, 0.5),
            np.asarray(np.indices((700, 701)).sum(0) % 2, np.uint8), np.eye(900, 901, dtype=np.uint8),
            np.ones((1, TALL), np.uint8), np.ones((TALL, 1), np.uint8)]


@pytest.mark.parametrize("jbig2", [True, False], ids=["JBIG2", "G4"])
def test_every_odd_size_comes_back_bit_for_bit(tmp_path: Path, jbig2: bool) -> None:
    pictures = odd_pictures()
    found = by_poppler(tmp_path, pdf_of(tmp_path, pictures, jbig2))
    assert len(found) == len(pictures)
    wrong = [one.shape for one, other in zip(pictures, found, strict=True) if not np.array_equal(one, other)]
    assert wrong == []


@pytest.mark.parametrize("jbig2", [True, False], ids=["JBIG2", "G4"])
def test_pages_of_text_noise_black_and_white_come_back_bit_for_bit(tmp_path: Path, jbig2: bool) -> None:
    pictures = large()
    for one, other in zip(pictures, by_poppler(tmp_path, pdf_of(tmp_path, pictures, jbig2)), strict=True):
        assert np.array_equal(one, other)


@pytest.mark.skipif(shutil.which("mutool") is None, reason="mupdf-tools are not installed")
def test_a_second_decoder_shows_the_same_pixels(tmp_path: Path) -> None:
    pictures = [text(), noise(3, 640, 480, 0.5), noise(4, 641, 479, 0.01)]
    pdf = pdf_of(tmp_path, pictures, jbig2=True)
    subprocess.run(["mutool", "draw", "-q", "-r", "72", "-A", "0", "-c", "mono", "-o", tmp_path / "m%d.pbm", pdf],
                   check=True, capture_output=True)
    for at, black in enumerate(pictures, 1):
        assert np.array_equal(~np.asarray(Image.open(tmp_path / f"m{at}.pbm")), black.astype(bool))


def segments(data: bytes) -> list[int]:
    """Return the types of a JBIG2 stream's segments."""
    found, at = [], 0
    while at < len(data):
        found.append(data[at + 4] & 63)
        at += 11 + struct.unpack_from(">I", data, at + 7)[0]
    return found


def test_there_is_never_a_symbol_only_one_lossless_region() -> None:
    for black in (text(), noise(1, 99, 99, 0.5)):
        assert segments(bilevel.jbig2(black, 300)) == [bilevel.PAGE_INFORMATION, bilevel.LOSSLESS_GENERIC]


def test_print_is_a_quarter_smaller_than_g4() -> None:
    assert len(bilevel.jbig2(text(), 200)) < 0.75 * len(bilevel.g4(text()))


def test_noise_that_does_not_fit_the_first_buffer_is_said_so() -> None:
    black = noise(9, 64, 64, 0.5)
    rows = np.zeros((66, 72), np.uint8)
    rows[2:, :64] = black
    assert kernels.generic_region(rows, 64, np.empty(64, np.uint8)) == -1
    assert kernels.generic_region(rows, 64, np.empty(4096, np.uint8)) > 64


@pytest.mark.parametrize("black_is_one", [True, False])
def test_a_strip_of_a_master_is_read_as_it_counts(black_is_one: bool) -> None:
    black = text()
    stream = io.BytesIO()
    Image.fromarray(255 * (1 - black)).convert("1").save(stream, "TIFF", compression="group4", strip_size=1 << 30)
    strip = bilevel.g4(black if not black_is_one else 1 - black)
    found = bilevel.strip_bits(strip, (black.shape[1], black.shape[0]), black_is_one=black_is_one)
    assert np.array_equal(found, black)


def test_a_strip_cut_short_is_an_error_of_the_catalogue() -> None:
    with pytest.raises(ApplianceError, match="I30"):
        bilevel.strip_bits(b"", (100, 100), black_is_one=False)
