"""One suite for every engine that reads pages: the contract of ``documents/ocr.py`` (``Engine``) as a program."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))

import numpy as np
import pytest
from drawn_pages import TEXT, draw, grey
from PIL import Image, ImageDraw, ImageFont

from appliance.core.errors import ApplianceError
from appliance.documents import page_text
from appliance.documents.ocr import IN_PROCESS, OWN_PROCESS, Reader, Reading, Recognised, engine_of

TESSDATA = Reading().tessdata
WORDS, ROWS = 20_000, 250


@pytest.fixture(scope="module", params=[IN_PROCESS, OWN_PROCESS])
def reader(request: pytest.FixtureRequest) -> Iterator[Reader]:
    reader = Reader(Reading(engine=request.param))
    yield reader
    reader.close()


@pytest.fixture(scope="module")
def found(reader: Reader) -> Recognised:
    """The drawn page as the engine gives it back, in pixels of the picture."""
    engine = engine_of(reader.reading)
    return engine.recognise(grey(draw()), 200, 60.0)


def texts(found: Recognised) -> list[str]:
    return [word.text for line in found.lines for word in line.words]


def test_vietnamese_is_read_in_reading_order_and_composed(found: Recognised) -> None:
    assert SequenceMatcher(None, texts(found), " ".join(TEXT).split()).ratio() > 0.95
    assert all(unicodedata.is_normalized("NFC", text) for text in texts(found))
    assert set("ộưạ") <= set("".join(texts(found)))


def test_every_box_has_an_area_and_lies_within_the_picture(found: Recognised) -> None:
    height, width = grey(draw()).shape
    boxes = [word.box for line in found.lines for word in line.words]
    assert boxes
    assert all(0 <= box.x0 < box.x1 <= width and 0 <= box.y0 < box.y1 <= height for box in boxes)


def test_every_certainty_is_a_share_and_good_print_is_sure(found: Recognised) -> None:
    certainties = [word.certainty for line in found.lines for word in line.words]
    assert all(0.0 <= one <= 1.0 for one in certainties)
    assert sum(certainties) / len(certainties) > 0.8
    assert found.seconds > 0


def test_baselines_lie_under_their_words_and_are_nearly_level(found: Recognised) -> None:
    for line in found.lines:
        assert abs(line.slope) < 0.01
        assert line.box.y0 < line.baseline_y <= line.box.y1 + 2


def test_what_the_reader_gives_is_in_pixels_of_the_page_and_survives_its_file(reader: Reader) -> None:
    half = reader.read(grey(draw(TEXT[:1])), 200, 2.0, 60)
    whole = reader.read(grey(draw(TEXT[:1])), 200, 1.0, 60)
    first, same = half.lines[0].words[0].box, whole.lines[0].words[0].box
    assert first.x0 == pytest.approx(2 * same.x0, abs=0.5)
    assert first.y1 == pytest.approx(2 * same.y1, abs=0.5)
    assert page_text.parse(page_text.dump(half)) == half


def test_steep_text_gives_no_steep_baseline(reader: Reader) -> None:
    image = draw(TEXT[:4]).rotate(90, expand=True, fillcolor=250)
    for line in reader.read(grey(image), 200, 1.0, 60).lines:
        assert abs(line.slope) <= 0.2


def test_rules_of_a_table_are_no_words(reader: Reader) -> None:
    image = draw(TEXT[3:6])
    pen = ImageDraw.Draw(image)
    for x in (150, 1600):
        pen.line((x, 280, x, 520), fill=20, width=3)
    words = [word.text for line in reader.read(grey(image), 200, 1.0, 60).lines for word in line.words]
    assert words and not any("|" in word for word in words), words


@pytest.mark.parametrize("shape", [(800, 600), (1, 1), (2, 5000)])
def test_a_blank_picture_has_no_words(reader: Reader, shape: tuple[int, int]) -> None:
    text = reader.read(np.full(shape, 255, np.uint8), 200, 1.0, 60)
    assert (text.lines, text.certainty) == ((), 0.0)


def test_a_side_that_no_engine_takes_is_a_clear_error(reader: Reader) -> None:
    with pytest.raises(ApplianceError, match=r"T407.*32767"):
        reader.read(np.full((40, 40_000), 255, np.uint8), 200, 1.0, 60)


def test_a_page_that_takes_too_long_is_given_up_and_the_next_is_read(reader: Reader) -> None:
    with pytest.raises(ApplianceError, match=r"T407.*0\.001 seconds"):
        reader.read(grey(draw()), 200, 1.0, 0.001)
    again = reader.read(grey(draw(TEXT[:1])), 200, 1.0, 60)
    assert [word.text for line in again.lines for word in line.words] == TEXT[0].split()


@pytest.mark.slow
def test_a_page_of_twenty_thousand_words_gives_a_clear_error_where_time_is_short(reader: Reader) -> None:
    face = ImageFont.truetype("/usr/share/fonts/truetype/croscore/Tinos-Regular.ttf", 16)
    row = Image.new("L", (4000, 22), 255)
    ImageDraw.Draw(row).text((20, 1), "bảo hiểm xã hội " * (WORDS // ROWS // 4), font=face, fill=0)
    with pytest.raises(ApplianceError, match="T407"):
        reader.read(np.tile(grey(row), (ROWS, 1)), 200, 1.0, 1.0)


@pytest.mark.parametrize(("languages", "missing", "package"), [
    ("xyz", "xyz", "tesseract-ocr-xyz"), ("vie+chi_sim", "chi_sim", "tesseract-ocr-chi-sim"),
])
def test_a_missing_language_is_named_with_its_package(reader: Reader, languages: str, missing: str,
                                                      package: str) -> None:
    absent = Reader(Reading(languages=languages, engine=reader.engine))
    with pytest.raises(ApplianceError, match=rf"T461.*'{missing}'.*{package}"):
        absent.read(grey(draw(TEXT[:1])), 200, 1.0, 60)


def test_a_damaged_model_is_named_like_a_missing_one(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "eng.traineddata").symlink_to(Path(TESSDATA, "eng.traineddata"))
    (tmp_path / "vie.traineddata").write_bytes(Path(TESSDATA, "vie.traineddata").read_bytes()[:1000])
    damaged = Reader(Reading("vie+eng", str(tmp_path), reader.engine))
    with pytest.raises(ApplianceError, match=r"T461.*'vie'"):
        damaged.read(grey(draw(TEXT[:1])), 200, 1.0, 60)


def test_an_engine_may_be_closed_twice_and_used_again(reader: Reader) -> None:
    other = Reader(Reading(engine=reader.engine))
    other.close()
    other.close()
    assert other.read(grey(draw(TEXT[:1])), 200, 1.0, 60).lines
