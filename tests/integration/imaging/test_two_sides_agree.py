"""Front and back of one sheet have one size and lie askew opposite ways; else something was fed together."""

from __future__ import annotations

import pytest
from drawn_scans import RULES

from appliance.core import agreement, errors
from appliance.core.limits import ImageLimits
from appliance.core.model import Geometry, ImageRules, PageAnalysis, Paper, Verdict
from appliance.imaging import recipe
from bench.corpus import Lie, Sample, Sheet, Spec, page

STRICT = ImageRules(min_dpi=200, colour_required=True, limits=ImageLimits(sides=4.0))
WARNING = ImageRules(min_dpi=200, colour_required=True, limits=ImageLimits(sides=4.0), warn=("sides",))
LENIENT = ImageRules(min_dpi=200, colour_required=True, lenient=True, limits=ImageLimits(sides=4.0))


def judged(front: PageAnalysis, back: PageAnalysis, rules: ImageRules = STRICT) -> Verdict:
    found = agreement.agree(front, back, rules)
    assert found is not None
    return found


def side(width: float, height: float, skew: float | None, certain: bool = True) -> PageAnalysis:
    return PageAnalysis(Geometry(10, 10), False, paper=Paper(width, height, "", skew, certain))


def scanned(kind: str, skew: float) -> PageAnalysis:
    sample: Sample = page(Spec(kind, 0, 100, 3, (), Sheet(), Lie(skew=skew, lid="grey", overscan=5.0)))
    data = sample.jpeg()
    return recipe.analyse(data, sample.master(data), RULES, 10**8)


def test_the_two_sides_of_a_sheet_agree() -> None:
    found = judged(scanned("letter", 1.5), scanned("table", -1.5))
    assert (found.check, found.ok, found.code) == ("sides", True, "")
    assert found.value < 1.0


@pytest.mark.parametrize(("kind", "skew"), [("a5_letter", -1.5), ("letter", 1.5)])
def test_another_size_or_a_lie_that_is_not_seen_from_behind_does_not_agree(kind: str, skew: float) -> None:
    found = judged(scanned("letter", 1.5), scanned(kind, skew))
    assert (found.ok, found.code) == (False, errors.SIDES_DIFFER.code)
    assert found.value > found.limit


def test_what_is_measured_is_millimetres() -> None:
    front = side(210, 297, 1.0)
    assert judged(front, side(210, 294, -1.0)).value == pytest.approx(3.0)
    assert judged(front, side(210, 297, -0.2)).value == pytest.approx(297 * 0.01396, abs=0.02)
    assert judged(front, side(297, 210, -1.0)).value == 0.0  # fed sideways, turned upright


@pytest.mark.parametrize("unseen", [side(148, 210, None, certain=False), PageAnalysis(Geometry(10, 10), True)])
def test_nothing_is_said_where_edges_are_not_certain(unseen: PageAnalysis) -> None:
    for pair in ((side(210, 297, 0.0), unseen), (unseen, side(210, 297, 0.0))):
        assert agreement.agree(*pair, STRICT) is None


@pytest.mark.parametrize("rules", [WARNING, LENIENT])
def test_a_difference_that_only_warns_keeps_its_code(rules: ImageRules) -> None:
    found = judged(side(210, 297, 0.0), side(148, 210, 0.0), rules)
    assert (found.ok, found.code, found.value) == (True, errors.SIDES_DIFFER.code, 87.0)


def test_a_stretch_of_the_paper_path_within_the_limit_is_no_difference() -> None:
    assert judged(side(210, 297, 0.3), side(210, 298.5, -0.1)).code == ""
