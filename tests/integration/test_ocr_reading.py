"""Which engine reads, and which way up a page is, asked of real Tesseract on drawn pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from drawn_pages import draw, grey
from PIL import Image

from appliance import daemon, inspection
from appliance.core.errors import ApplianceError
from appliance.documents import ocr
from appliance.documents.ocr import Reader, Reading
from appliance.documents.orientation import detect


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


@pytest.mark.parametrize("begin", [inspection.check, lambda argv: daemon.main(["--config", *argv])],
                         ids=["appliance check", "appliance run"])
def test_nothing_begins_without_a_language(begin: Callable[[list[str]], int], tmp_path: Path) -> None:
    settings = tmp_path / "appliance.toml"
    settings.write_text(f'[ocr]\nlanguages = "vie+chi_sim"\n[storage]\nstate = "{tmp_path}/state"\n')
    with pytest.raises(ApplianceError, match=r"T461.*chi_sim.*tesseract-ocr-chi-sim"):
        begin([str(settings)])
    assert not (tmp_path / "state").exists()
