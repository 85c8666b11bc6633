"""A page whose own lines do not say which way up it is: Tesseract's orientation model is asked."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from appliance import handlers
from appliance.core.jobs import AnalyseJob, Job
from appliance.core.limits import ImageLimits
from appliance.core.model import ImageFormat, ImageRules, Master, PageAnalysis, Paper
from appliance.core.plain import from_plain, to_plain
from appliance.demo.defects import Look, scan
from appliance.demo.letters import make_letter
from appliance.demo.paper import Leaf
from appliance.imaging import layout, recipe

TESSDATA = "/usr/share/tesseract-ocr/5/tessdata"
DPI, WIDTH, HEIGHT = 200, 1654, 2339
RULES = ImageRules(200, True, limits=ImageLimits(sharpness=0.12))


def order_for(folder: Path, data: bytes) -> AnalyseJob:
    path = folder / "page.jpg"
    path.write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    master = Master("page.jpg", digest, len(data), ImageFormat.JPEG, WIDTH, HEIGHT, 3, DPI)
    return AnalyseJob(master, str(path), RULES, 200_000_000)


def unclear(monkeypatch: pytest.MonkeyPatch, turn: int) -> None:
    """Let the page's lines be silent: the analysis says ``turn`` and that it is not sure."""
    real = recipe.analyse

    def unsure(data: bytes, master: Master, rules: ImageRules, max_pixels: int) -> PageAnalysis:
        found = real(data, master, rules, max_pixels)
        return replace(found, geometry=replace(found.geometry, turn=turn), orientation_sure=False)

    monkeypatch.setattr(recipe, "analyse", unsure)


@pytest.mark.parametrize("upside_down", [False, True])
def test_a_page_of_unclear_orientation_is_brought_upright(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, upside_down: bool) -> None:
    unclear(monkeypatch, turn=0)
    data = scan(make_letter(Random(3), DPI)[0], Look(upside_down=upside_down), 1)
    job = Job("j", "analyse", to_plain(order_for(tmp_path, data)), seconds=120)
    found = handlers.analyse(job, TESSDATA)
    assert found.geometry.turn == (2 if upside_down else 0)
    assert found.orientation_sure
    assert found.seconds["orientation"] > 0
    assert from_plain(PageAnalysis, to_plain(found)) == found


@pytest.mark.parametrize(("turns", "size"), [(0, (80, 101)), (1, (101, 80)), (2, (80, 101)), (3, (101, 80))])
def test_paper_is_turned_with_its_page(turns: int, size: tuple[float, float]) -> None:
    turned = layout.paper_turned(Paper(80, 101, "receipt", 0.5, True), turns)
    assert turned == Paper(*size, "receipt", 0.5, True)
    assert layout.paper_turned(None, turns) is None


def test_a_page_that_stays_unclear_stays_as_it_lies_and_says_so(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unclear(monkeypatch, turn=0)
    leaf = Leaf(DPI)
    leaf.frame((40, 40), (60, 60), 2.0)
    job = Job("j", "analyse", to_plain(order_for(tmp_path, scan(leaf, Look(), 1))), seconds=120)
    found = handlers.analyse(job, TESSDATA)
    assert found.geometry.turn == 0
    assert not found.orientation_sure
