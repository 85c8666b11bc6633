"""Figures of places, papers and sheets: what counts, what is left out, and which sides are one sheet."""

from __future__ import annotations

import dataclasses

import pytest

from appliance.core.model import Geometry, PageAnalysis, Paper, Verdict
from bench import placed
from bench.corpus import Truth
from bench.looked import Looked

PLAIN = Truth("letter", 200, 200, (210.0, 297.0), 0.0, 0, (1, 0, 0, 1, 0, 0), blank=False)


def seen(name: str, number: int, paper: Paper | None, *verdicts: Verdict, **truth: object) -> Looked:
    analysis = PageAnalysis(Geometry(10, 10), blank=False, verdicts=verdicts, paper=paper)
    return Looked(name, f"{name} {number}, seed 1, 200 dpi",
                  dataclasses.replace(PLAIN, **truth), analysis)  # type: ignore[arg-type]


def a4(skew: float = 0.0, wide: float = 210.0, certain: bool = True) -> Paper:
    return Paper(wide, 297.0, "A4", skew, certain)


def sheets(count: int, off_mm: float = 0.0) -> list[Looked]:
    """Sheets, each with a lie of its own, whose backs are measured wider than they are."""
    sides = []
    for sheet in range(count):
        skew = 0.5 * sheet
        sides.append(seen("sides", 2 * sheet, a4(-skew), skew=skew))
        sides.append(seen("sides", 2 * sheet + 1, a4(skew, 210 + off_mm), skew=-skew))
    return sides


def test_a_streak_is_compared_with_the_nearest_that_is_there() -> None:
    told = Verdict("streaks", 30.0, 9.0, False, "I320", "124 mm")
    found = seen("fault_streaks", 1, None, told, streaks=(100.0, 980.0))
    quiet = seen("fault_streaks", 2, None, Verdict("streaks", 1.0, 9.0, True), streaks=(100.0,))
    assert placed.streak_errors([found, quiet]) == [pytest.approx(abs(124 - 980 * 25.4 / 200))]


def test_only_papers_that_are_certain_whole_and_of_a_true_header_are_measured() -> None:
    pages = [
        seen("sizes", 0, a4(wide=211.5)), seen("sizes", 1, a4(wide=300.0, certain=False)), seen("sizes", 2, None),
        seen("sizes", 3, a4(wide=300.0), bad=frozenset({"cut_off"})),
        seen("sizes", 4, a4(wide=420.0), header_dpi=100)]
    assert placed.paper_errors(pages) == [pytest.approx(1.5)]
    assert placed.names([*pages, seen("sizes", 5, dataclasses.replace(a4(), size="A5"))]) == [True, False]


def test_sides_of_one_sheet_agree_and_those_of_others_do_not() -> None:
    found = placed.figures(sheets(8), 4.0)
    assert (found["sides_false_rate"], found["sides_pairs"], found["sides_recall"]) == (0.0, 8, 1.0)
    assert placed.figures(sheets(8, off_mm=9.0), 4.0)["sides_false_rate"] == 1.0


def test_a_front_whose_back_was_not_looked_at_is_no_sheet() -> None:
    pages = sheets(3)
    del pages[1]
    assert placed.figures(pages, 4.0)["sides_pairs"] == 2


def test_what_no_page_shows_is_null() -> None:
    assert {value for key, value in placed.figures([], 4.0).items() if key not in (
        "streaks_placed", "papers", "sides_pairs")} == {None}
    assert len(placed.told([], 4.0)) == 3
