"""Real Tesseract on drawn pages: both engines, their limits, and which way up a page is."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from difflib import SequenceMatcher

import pytest
from drawn_pages import TEXT, draw, grey
from PIL import Image

from appliance.core.errors import ApplianceError
from appliance.core.model import PageText
from appliance.documents import ocr
from appliance.documents.ocr import Reader, Reading
from appliance.documents.orientation import detect


@pytest.fixture(scope="module", params=["tesserocr", "pytesseract"])
def reader(request: pytest.FixtureRequest) -> Iterator[Reader]:
    reader = Reader(Reading(engine=request.param))
    yield reader
    reader.close()


@pytest.fixture(scope="module")
def read(reader: Reader) -> PageText:
    """The drawn page, read from a rendition of half its pixels."""
    return reader.read(grey(draw()), 200, 2.0, 60)


def words_of(text: PageText) -> list[str]:
    return [word.text for line in text.lines for word in line.words]


def test_vietnamese_is_read_in_reading_order(read: PageText) -> None:
    wanted = " ".join(TEXT).split()
    assert SequenceMatcher(None, words_of(read), wanted).ratio() > 0.95
    assert len(read.lines) == len(TEXT)


def test_letters_are_composed(read: PageText) -> None:
    assert all(unicodedata.is_normalized("NFC", word) for word in words_of(read))
    assert any(letter in "".join(words_of(read)) for letter in "ộưạ")


def test_boxes_are_pixels_of_the_page_not_of_the_rendition(read: PageText) -> None:
    first = read.lines[0]
    assert first.box.x0 == pytest.approx(2 * 180, abs=12)
    assert 2 * 300 < first.baseline_y < 2 * 345
    assert abs(first.slope) < 0.01
    for line in read.lines:
        assert all(line.box.y0 <= word.box.y0 < word.box.y1 <= line.box.y1 for word in line.words)


def test_certainty_is_a_share(read: PageText, reader: Reader) -> None:
    assert 0.8 < read.certainty <= 1.0
    assert (read.engine, read.languages) == (reader.engine, "vie+eng")
    assert read.seconds > 0


def test_an_empty_page_gives_no_text(reader: Reader) -> None:
    empty = reader.read(grey(Image.new("L", (600, 800), 255)), 200, 1.0, 60)
    assert (empty.lines, empty.certainty) == ((), 0.0)


def test_a_page_that_takes_too_long_is_given_up(reader: Reader) -> None:
    with pytest.raises(ApplianceError, match="T407"):
        reader.read(grey(draw()), 200, 1.0, 0.001)


def test_after_a_page_was_given_up_the_next_is_read(reader: Reader) -> None:
    with pytest.raises(ApplianceError):
        reader.read(grey(draw()), 200, 1.0, 0.001)
    assert words_of(reader.read(grey(draw(TEXT[:1])), 200, 1.0, 60)) == TEXT[0].split()


@pytest.mark.parametrize("shape", [(1, 1), (40, 40_000), (2, 5000)])
def test_an_image_that_is_no_page_ends_no_worker(reader: Reader, shape: tuple[int, int]) -> None:
    image = grey(Image.new("L", (shape[1], shape[0]), 255))
    if max(shape) > 32_767:  # Tesseract's own limit
        with pytest.raises(ApplianceError, match="T407"):
            reader.read(image, 200, 1.0, 60)
    else:
        assert reader.read(image, 200, 1.0, 60).lines == ()


@pytest.mark.parametrize("engine", ["tesserocr", "pytesseract"])
def test_a_missing_language_is_said_plainly(engine: str) -> None:
    with pytest.raises(ApplianceError, match="T407"):
        Reader(Reading(languages="xyz", engine=engine)).read(grey(draw(TEXT[:1])), 200, 1.0, 60)


def test_without_tesserocr_the_other_engine_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "ENGINE_MODULE", "tesserocr_that_nobody_installed")
    assert Reader(Reading()).engine == "pytesseract"


@pytest.mark.parametrize("turns", range(4))
def test_a_page_put_in_any_way_is_known(turns: int) -> None:
    # PIL turns against the clock, so the answer is the way back
    assert detect(grey(draw().rotate(90 * turns, expand=True)), 200, 60) == turns


def test_an_empty_page_has_no_way_up() -> None:
    assert detect(grey(Image.new("L", (600, 800), 255)), 200, 60) is None


def test_no_time_to_look_means_unsure() -> None:
    assert detect(grey(draw()), 200, 0.001) is None
