"""Front and back of one sheet have one size and lie askew opposite ways; else something was fed together."""

from __future__ import annotations

import pytest
from drawn_scans import RULES

from appliance.core import errors
from appliance.core.model import Geometry, PageAnalysis, Paper
from appliance.imaging import agreement, recipe
from bench.corpus import Lie, Sample, Sheet, Spec, page

LIMIT_MM = 4.0


def side(width: float, height: float, skew: float | None, certain: bool = True) -> PageAnalysis:
    return PageAnalysis(Geometry(10, 10), False, paper=Paper(width, height, "", skew, certain))


def scanned(kind: str, skew: float) -> PageAnalysis:
    sample: Sample = page(Spec(kind, 0, 100, 3, (), Sheet(), Lie(skew=skew, lid="grey", overscan=5.0)))
    data = sample.jpeg()
    return recipe.analyse(data, sample.master(data), RULES, 10**8)


def test_the_two_sides_of_a_sheet_agree() -> None:
    found = agreement.agree(scanned("letter", 1.5), scanned("table", -1.5), LIMIT_MM)
    assert (found.check, found.ok, found.code) == ("sides", True, "")
    assert found.value < 1.0


@pytest.mark.parametrize(("kind", "skew"), [("a5_letter", -1.5), ("letter", 1.5)])
def test_another_size_or_a_lie_that_is_not_seen_from_behind_does_not_agree(kind: str, skew: float) -> None:
    found = agreement.agree(scanned("letter", 1.5), scanned(kind, skew), LIMIT_MM)
    assert (found.ok, found.code) == (False, errors.SIDES_DIFFER.code)
    assert found.value > LIMIT_MM


def test_what_is_measured_is_millimetres() -> None:
    front = side(210, 297, 1.0)
    assert agreement.agree(front, side(210, 294, -1.0), LIMIT_MM).value == pytest.approx(3.0)
    assert agreement.agree(front, side(210, 297, -0.2), LIMIT_MM).value == pytest.approx(297 * 0.01396, abs=0.02)
    assert agreement.agree(front, side(297, 210, -1.0), LIMIT_MM).value == 0.0  # fed sideways, turned upright


@pytest.mark.parametrize("unseen", [side(148, 210, None, certain=False), PageAnalysis(Geometry(10, 10), True)])
def test_nothing_is_said_where_edges_are_not_certain(unseen: PageAnalysis) -> None:
    for pair in ((side(210, 297, 0.0), unseen), (unseen, side(210, 297, 0.0))):
        assert agreement.agree(*pair, LIMIT_MM).ok
