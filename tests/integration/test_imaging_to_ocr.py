"""From a realistic scan to words: the geometry found and the rendition drawn must suit Tesseract."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
import tesserocr
from PIL import Image

from appliance.core.model import ImageFormat, ImageRules, Master, PageAnalysis
from appliance.demo.defects import Look, scan
from appliance.demo.forms import make_form
from appliance.demo.letters import make_letter
from appliance.demo.paper import Leaf
from appliance.imaging import geometry, recipe, rendition
from appliance.imaging.rendition import Rendition
from appliance.imaging.warm import warm

RULES = ImageRules(min_dpi=200, colour_required=True)
WIDTH, HEIGHT, DPI, OCR_DPI = 2480, 3508, 300, 200


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    warm()
    with tesserocr.PyTessBaseAPI(path="/usr/share/tesseract-ocr/5/tessdata", lang="vie") as api:
        yield api


def look(data: bytes) -> PageAnalysis:
    master = Master("x", "0" * 64, len(data), ImageFormat.JPEG, WIDTH, HEIGHT, 3, DPI)
    return recipe.analyse(data, master, RULES, 10**8)


def share_read(engine: Any, data: bytes, analysis: PageAnalysis, leaf: Leaf) -> float:
    """Return the share of the printed words that are read."""
    page = rendition.draw(data, Rendition(ImageFormat.JPEG, analysis.geometry, DPI, OCR_DPI))
    engine.SetImage(Image.fromarray(page))
    engine.SetSourceResolution(OCR_DPI)
    printed, read = Counter(leaf.text.split()), Counter(engine.GetUTF8Text().split())
    return sum((printed & read).values()) / sum(printed.values())


def test_a_skewed_letter_fed_upside_down_is_read(engine: Any) -> None:
    (leaf,) = make_letter(Random(3))
    data = scan(leaf, Look(skew=2.3, upside_down=True, holes=True, lid=True), 3)
    analysis = look(data)
    assert (analysis.geometry.turn, analysis.orientation_sure, analysis.blank) == (2, True, False)
    assert all(verdict.ok for verdict in analysis.verdicts)
    assert share_read(engine, data, analysis, leaf) > 0.9


def test_a_page_turned_wrongly_is_read_after_another_turn(engine: Any) -> None:
    (leaf,) = make_letter(Random(5))
    data = scan(leaf, Look(skew=-1.2), 5)
    analysis = look(data)
    over = geometry.turned(analysis.geometry, 2)
    wrong = rendition.draw(data, Rendition(ImageFormat.JPEG, over, DPI, OCR_DPI))
    right = rendition.draw(data, Rendition(ImageFormat.JPEG, geometry.turned(over, 2), DPI, OCR_DPI))
    same = rendition.draw(data, Rendition(ImageFormat.JPEG, analysis.geometry, DPI, OCR_DPI))
    assert (right == same).all()
    assert (wrong != same).any()
    assert share_read(engine, data, analysis, leaf) > 0.9


def test_a_filled_form_is_upright_and_sharp(engine: Any) -> None:
    (leaf,) = make_form(Random(8))
    data = scan(leaf, Look(skew=0.9), 8)
    analysis = look(data)
    assert (analysis.geometry.turn, analysis.orientation_sure) == (0, True)
    assert all(verdict.ok for verdict in analysis.verdicts)
    assert share_read(engine, data, analysis, leaf) > 0.6


def test_the_shine_through_of_a_letter_leaves_its_back_blank() -> None:
    (leaf,) = make_letter(Random(3))
    back = Leaf()
    data = scan(back, Look(bleed=0.12, holes=True, mirrored=True, fold=True), 4, leaf)
    analysis = look(data)
    assert analysis.blank
