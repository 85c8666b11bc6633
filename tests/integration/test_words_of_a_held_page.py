"""What an operator reads of a page that a check holds: the number, its limit, the place, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance import status
from appliance.console import page
from appliance.core import errors
from appliance.core.errors import Kind
from appliance.core.limits import CHECKS, OVERRULED
from appliance.core.model import Geometry, ImageFormat, Master, PageAnalysis, PageKey, Side, Verdict
from appliance.imaging.quality import PLACES
from appliance.spool import entry
from appliance.spool.ledger import Ledger

BATCH = "01890000-0000-7000-8000-000000000001"
HELD: dict[str, tuple[Kind, str]] = {
    "dpi": (errors.DPI_TOO_LOW, ""), "colour": (errors.NOT_COLOUR, ""), "sharpness": (errors.NOT_SHARP, ""),
    "contrast": (errors.PAGE_FAINT, ""), "exposure": (errors.PAGE_DARK, ""), "clipping": (errors.TONES_LOST, ""),
    "streaks": (errors.GLASS_DIRTY, "124 mm"), "misregistration": (errors.COLOURS_APART, ""),
    "cut_off": (errors.CONTENT_CUT, "right"), "folded_corner": (errors.CORNER_FOLDED, "bottom left"),
    "staple": (errors.STAPLE_LEFT, "top left"), "double_feed": (errors.TWO_SHEETS, "298 mm"),
    "dpi_measured": (errors.DPI_MISSTATED, "200 dpi"), "sides": (errors.SIDES_DIFFER, ""),
}
SILENT = ("colour", "staple")
"""There is no number that would tell a person more than the sentence does."""


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "ledger.sqlite3")
    entry.begin(opened, entry.NewBatch(BATCH, "tray", "default", "demo", "Thử", '{"duplex": true}'))
    yield opened
    opened.close()


def held(ledger: Ledger, check: str) -> dict[str, str]:
    kind, where = HELD[check]
    master = Master("1", "1", 1, ImageFormat.JPEG, 9, 9, 3, 300)
    entry.record(ledger, entry.NewSide(PageKey(BATCH, 1, Side.FRONT), master))
    value, limit = (1 / 3, 0.03) if check in status.SHARES else (31.25, 62.5)
    verdict = Verdict(check, value, limit, False, kind.code, PLACES.get(where, where))
    entry.analysed(ledger, 1, PageAnalysis(Geometry(9, 9), blank=False, verdicts=(verdict,)), separator=False)
    found = status.picture(ledger)["held"]
    html = page.render({**status.picture(ledger), "office": "", "version": "", "devices": []})
    assert found[0]["vi"] in html and found[0]["en"] in html
    return dict(found[0])


def test_every_check_is_among_them() -> None:
    assert set(HELD) == set(CHECKS)


@pytest.mark.parametrize("check", CHECKS)
def test_number_limit_and_place_are_told_in_the_language_of_the_text(ledger: Ledger, check: str) -> None:
    told, where = held(ledger, check), HELD[check][1]
    numbers = {"vi": ("31,25", "62,5"), "en": ("31.25", "62.5")}
    if check in status.SHARES:
        numbers = dict.fromkeys(numbers, ("33.3%", "3%")) | {"vi": ("33,3%", "3%")}
    for at, language in enumerate(("vi", "en")):
        text = told[language]
        assert not re.search(r"[{}?]|- mm| / ", text)
        assert check in SILENT or all(number in text for number in numbers[language])
        assert not where or PLACES.get(where, f"{where} / {where}").split(" / ")[at] in text


@pytest.mark.parametrize("check", CHECKS)
def test_who_may_overrule_a_check_is_told_how_and_of_which_page(ledger: Ledger, check: str) -> None:
    told = held(ledger, check)
    for language in ("vi", "en"):
        assert (f"appliance keep {BATCH}/1front" in told[language]) == (check in OVERRULED)
