"""Each way in which a capture goes wrong is found, named and placed; a page in good order is left alone."""

from __future__ import annotations

import dataclasses
from functools import cache

import pytest

from appliance.core import agreement, errors
from appliance.core.limits import CHECKS
from appliance.core.model import ImageRules, Master, PageAnalysis, Verdict
from appliance.core.rules import load
from appliance.imaging import recipe
from bench.corpus import Code, Corner, Hand, Lie, Sample, Sensor, Sheet, Spec, Stamp, Streak, Under, page

RULES = load("onestop-ttvpcp-2023").image.limits()
GREY_LID = Lie(skew=0.4, lid="grey", overscan=4)
LETTER = Spec("letter", dpi=200, seed=3, lie=GREY_LID)


@cache
def drawn(spec: Spec) -> Sample:
    return page(spec)


def look(spec: Spec, rules: ImageRules = RULES, orientation: int = 1) -> PageAnalysis:
    sample = drawn(spec)
    data = sample.jpeg()
    master: Master = dataclasses.replace(sample.master(data), orientation=orientation)
    return recipe.analyse(data, master, rules, 10**8)


def flagged(analysis: PageAnalysis) -> dict[str, Verdict]:
    return {verdict.check: verdict for verdict in analysis.verdicts if verdict.code}


def with_sensor(**changed: object) -> Spec:
    return dataclasses.replace(LETTER, sensor=dataclasses.replace(Sensor(), **changed))  # type: ignore[arg-type]


def with_sheet(**changed: object) -> Spec:
    return dataclasses.replace(LETTER, sheet=dataclasses.replace(Sheet(), **changed))  # type: ignore[arg-type]


def with_lie(**changed: object) -> Spec:
    return dataclasses.replace(LETTER, lie=dataclasses.replace(GREY_LID, **changed))  # type: ignore[arg-type]


WORN = Sheet(bleed=0.08, holes=True, folds=(0.5, -0.5), specks=10)


@pytest.mark.parametrize("spec", [
    LETTER,
    dataclasses.replace(LETTER, kind="form", sheet=WORN, laid=(Stamp("", "seal", (140, 230)),)),
    dataclasses.replace(LETTER, kind="table", dpi=300, lie=Lie(skew=-1.2, lid="black", overscan=8)),
    dataclasses.replace(LETTER, kind="statement", lie=Lie(), sheet=Sheet(tone=(228, 216, 188))),
], ids=["letter", "worn form", "table on black", "edge to edge"])
def test_an_ordinary_page_is_left_alone(spec: Spec) -> None:
    analysis = look(spec)
    assert flagged(analysis) == {}
    assert not analysis.blank


FAULTS = {
    "contrast": (with_sheet(ink=0.2), errors.PAGE_FAINT),
    "exposure": (with_sensor(gain=0.45), errors.PAGE_DARK),
    "clipping": (with_sensor(gain=1.5), errors.TONES_LOST),
    "streaks": (with_sensor(streaks=(Streak(0.3, 0.25, 40),)), errors.GLASS_DIRTY),
    "sharpness": (with_sensor(blur=5.0), errors.NOT_SHARP),
    "misregistration": (with_sensor(apart=(0.0, 1.2)), errors.COLOURS_APART),
    "cut_off": (with_lie(shift=(30.0, 0.0), overscan=0.0), errors.CONTENT_CUT),
    "folded_corner": (with_sheet(corner=Corner(2, (24, 20))), errors.CORNER_FOLDED),
    "staple": (with_sheet(staple=True), errors.STAPLE_LEFT),
    "double_feed": (with_lie(under=Under("table", 1, (2, 60), 0.5)), errors.TWO_SHEETS),
    "dpi_measured": (with_sensor(header_dpi=300), errors.DPI_MISSTATED),
}


@pytest.mark.parametrize("check", FAULTS)
def test_each_fault_is_found_and_has_its_code(check: str) -> None:
    spec, kind = FAULTS[check]
    found = flagged(look(spec))
    assert found[check].code == kind.code
    assert set(found) <= {check, *drawn(spec).truth.doubtful}
    assert found[check].ok == (check in RULES.warn)


def test_every_check_that_can_fail_is_known_to_rule_profiles() -> None:
    assert set(FAULTS) | {"dpi", "colour", agreement.CHECK} == set(CHECKS)


@pytest.mark.parametrize("check", [check for check in FAULTS if check not in RULES.warn])
def test_lenient_rules_warn_of_it_and_hold_nothing(check: str) -> None:
    analysis = look(FAULTS[check][0], dataclasses.replace(RULES, lenient=True))
    assert flagged(analysis)[check].code == FAULTS[check][1].code
    assert all(verdict.ok for verdict in analysis.verdicts)


def test_a_streak_is_placed_in_mm_from_the_left_of_the_captured_side() -> None:
    spec, _ = FAULTS["streaks"]
    found = flagged(look(spec))["streaks"]
    at_mm = drawn(spec).truth.streaks[0] * 25.4 / spec.dpi
    assert found.where == f"{at_mm:.0f} mm"
    assert found.value == pytest.approx(40, abs=8)


def test_a_streak_keeps_its_place_when_the_header_mirrors_the_image() -> None:
    spec, _ = FAULTS["streaks"]
    assert flagged(look(spec, orientation=2))["streaks"].where == flagged(look(spec))["streaks"].where


def test_a_fold_that_hangs_straight_down_and_the_frame_of_a_form_are_no_dirt() -> None:
    straight = dataclasses.replace(LETTER, lie=Lie(skew=0.05, lid="paper"), sheet=Sheet(folds=(-0.5,)))
    assert "streaks" not in flagged(look(straight))
    framed = dataclasses.replace(LETTER, kind="certificate", lie=Lie(skew=0.0, lid="paper"))
    assert "streaks" not in flagged(look(framed))


@pytest.mark.parametrize(("which", "corner"), [
    (0, "top left"), (1, "top right"), (2, "bottom right"), (3, "bottom left"),
])
def test_the_folded_corner_is_named(which: int, corner: str) -> None:
    found = flagged(look(with_sheet(corner=Corner(which, (22, 26)))))["folded_corner"]
    assert found.where.endswith(corner)
    assert found.value == pytest.approx(26, abs=3)


@pytest.mark.parametrize(("shift", "side"), [((30.0, 0.0), "right"), ((-35.0, 0.0), "left")])
def test_the_side_at_which_writing_is_lost_is_named(shift: tuple[float, float], side: str) -> None:
    assert flagged(look(with_lie(shift=shift, overscan=0.0)))["cut_off"].where.endswith(side)


@pytest.mark.parametrize("header", [100, 150, 300, 400])
def test_a_header_that_lies_is_told_the_true_resolution(header: int) -> None:
    found = flagged(look(with_sensor(header_dpi=header)))["dpi_measured"]
    assert found.where == "200 dpi"
    assert found.value == pytest.approx(abs(header / 200 - 1), rel=0.03)


def test_how_far_colours_lie_apart_is_measured_in_pixels_of_the_capture() -> None:
    for dpi in (200, 300):
        spec = dataclasses.replace(FAULTS["misregistration"][0], dpi=dpi)
        assert flagged(look(spec))["misregistration"].value == pytest.approx(2.4, rel=0.25)


@pytest.mark.parametrize("sheet", [
    Sheet(tone=(198, 234, 200)), Sheet(bleed=0.3, mirrored=True, holes=True), Sheet(specks=30, folds=(0.5, -0.5)),
    Sheet(staple=True, mirrored=True),
], ids=["coloured divider", "bleed-through", "dust and folds", "staple"])
def test_what_only_looks_like_writing_leaves_a_side_blank(sheet: Sheet) -> None:
    for lie in (GREY_LID, Lie(skew=1.1, lid="black", overscan=3)):
        assert look(dataclasses.replace(LETTER, kind="blank", sheet=sheet, lie=lie)).blank


@pytest.mark.parametrize("laid", [
    Hand("", "pen", (90, 150)), Stamp("", "seal", (120, 200), ink=0.7), Code("QRCode", "H00.1", (60, 80), 15),
], ids=["signature", "seal", "code"])
def test_a_single_thing_on_a_side_with_bleed_through_makes_it_a_page(laid: Hand | Stamp | Code) -> None:
    assert not look(dataclasses.replace(LETTER, kind="blank", laid=(laid,), sheet=Sheet(bleed=0.08))).blank


def test_a_page_that_hardly_printed_is_faint_and_not_blank() -> None:
    analysis = look(dataclasses.replace(LETTER, dpi=300, sheet=Sheet(ink=0.14)))
    assert not analysis.blank
    assert flagged(analysis)["contrast"].value < 60


def test_blurred_print_is_blurred_and_not_blank() -> None:
    analysis = look(with_sensor(blur=6.5))
    assert not analysis.blank
    assert "sharpness" in flagged(analysis)
