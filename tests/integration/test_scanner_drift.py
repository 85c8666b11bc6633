"""A glass that gets dirty, a roller that wears: seen in the running baselines before any page fails."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

from appliance import ageing
from appliance.core.config import parse
from appliance.core.model import Geometry, ImageFormat, Master, PageAnalysis, PageKey, Paper, Side, Verdict
from appliance.core.rules import load
from appliance.spool import drift, entry
from appliance.spool.drift import BASELINE_PAGES, FEWEST_PAGES, SEEN, Baseline, Drift
from appliance.spool.ledger import Ledger

LIMITS = load("archive-tt05-2025").image.limit

@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.sqlite3")


def after(values: list[float], least: float) -> Baseline:
    baseline = Baseline()
    for value in values:
        baseline = drift.step(baseline, value, least)
    return baseline


def seen(baseline: Baseline, measure: str) -> Drift:
    spread = max(baseline.square**0.5, drift.LEAST_SPREAD[measure])
    return Drift("front", measure, baseline.pages, baseline.mean, spread, baseline.recent)


def away(baseline: Baseline, measure: str) -> float:
    return seen(baseline, measure).away


def test_a_glass_that_gets_dirty_is_seen_before_three_thousand_pages_and_before_a_page_fails() -> None:
    rng, baseline = Random(1), Baseline()
    for page in range(2 * BASELINE_PAGES):
        dirt = max(0, page - BASELINE_PAGES) / BASELINE_PAGES * LIMITS.streaks
        value = max(0.0, rng.gauss(0.3, 0.15) + dirt)
        baseline = drift.step(baseline, value, drift.LEAST_SPREAD["streaks"])
        if away(baseline, "streaks") >= SEEN:
            assert page > BASELINE_PAGES
            assert value < LIMITS.streaks
            return
    pytest.fail("nobody was told")


@pytest.mark.parametrize("clean", [0, 100, 300, 1000, 5000])
def test_a_glass_that_gets_dirty_over_three_hundred_pages_is_told_however_long_it_was_clean(clean: int) -> None:
    rng, baseline, first = Random(5), Baseline(), -1
    for page in range(clean + 300):
        dirt = max(0, page - clean) / 300 * LIMITS.streaks
        baseline = drift.step(baseline, max(0.0, rng.gauss(0.3, 0.15) + dirt), drift.LEAST_SPREAD["streaks"])
        if drift.notable(seen(baseline, "streaks"), LIMITS):
            first = page
            break
    assert clean <= first < clean + 250
    assert first >= FEWEST_PAGES - 1


@pytest.mark.parametrize(("measure", "steady"), [
    ("streaks", 0.5), ("focus", 0.6), ("background", 235.0), ("skew", 0.3), ("blank", 0.4)])
def test_nobody_is_told_of_a_steady_scanner_or_of_one_that_gets_better(measure: str, steady: float) -> None:
    rng, better = Random(6), {"streaks": 0.0, "focus": 0.8, "background": 250.0, "skew": 0.0, "blank": 0.4}[measure]
    baseline = Baseline()
    for page in range(4000):
        mean = steady if page < 3000 else better
        value = float(rng.random() < mean) if measure == "blank" else rng.gauss(mean, 0.02 * steady)
        baseline = drift.step(baseline, value, drift.LEAST_SPREAD[measure])
        assert not drift.notable(seen(baseline, measure), LIMITS)


@pytest.mark.parametrize(("measure", "usual", "spread", "end"), [
    ("skew", 0.4, 0.25, 1.6), ("focus", 0.58, 0.03, 0.42), ("background", 235.0, 6.0, 200.0),
    ("blank", 0.1, 0.0, 0.9),
])
def test_every_slow_change_is_seen_within_three_thousand_pages(
    measure: str, usual: float, spread: float, end: float,
) -> None:
    rng, baseline = Random(2), Baseline()
    for page in range(2 * BASELINE_PAGES):
        share = max(0, page - BASELINE_PAGES) / BASELINE_PAGES
        mean = usual + (end - usual) * share
        value = float(rng.random() < mean) if measure == "blank" else rng.gauss(mean, spread)
        baseline = drift.step(baseline, value, drift.LEAST_SPREAD[measure])
    assert abs(away(baseline, measure)) >= 0.6
    assert (baseline.recent > baseline.mean) == (end > usual)


def test_a_steady_scanner_raises_no_alarm_in_ten_thousand_pages() -> None:
    rng, baseline, worst = Random(3), Baseline(), 0.0
    for _ in range(10_000):
        baseline = drift.step(baseline, rng.gauss(0.5, 0.3), drift.LEAST_SPREAD["skew"])
        worst = max(worst, abs(away(baseline, "skew")))
    assert worst < 1.0


def test_one_torn_sheet_is_no_change_of_the_scanner() -> None:
    rng = Random(4)
    steady = [rng.gauss(0.3, 0.1) for _ in range(1000)]
    assert away(after([*steady, 200.0], drift.LEAST_SPREAD["streaks"]), "streaks") < 0.2


def test_a_cleaned_glass_comes_back_to_its_baseline() -> None:
    steady, dirty = [0.3] * 2000, [9.0] * 100
    soiled = after([*steady, *dirty], 0.5)
    assert away(soiled, "streaks") > 1.0
    assert abs(away(after([*steady, *dirty, *steady[:300]], 0.5), "streaks")) < 0.5


def test_nothing_is_said_of_the_first_pages() -> None:
    assert away(after([0.0] * 20 + [50.0] * (FEWEST_PAGES - 21), 0.5), "streaks") == 0.0


def analysis(streak: float, blank: bool = False) -> PageAnalysis:
    judged = [Verdict("exposure", 240.0, 145.0, True), Verdict("streaks", streak, 9.0, streak < 9.0)]
    if not blank:
        judged.append(Verdict("sharpness", 0.6, 0.38, True))
    return PageAnalysis(Geometry(100, 100), blank, verdicts=tuple(judged), paper=Paper(210, 297, "A4", -0.5))


def scan(ledger: Ledger, batch: str, sheets: int, serial: str = "A11") -> None:
    told = json.dumps({"duplex": True, "serial": serial})
    entry.begin(ledger, entry.NewBatch(batch, "left", "default", "demo", "", told))
    for sheet in range(1, sheets + 1):
        for side, dirt in ((Side.FRONT, 0.5), (Side.BACK, 4.0)):
            content = f"{batch}{sheet}{side}"
            master = Master(f"{content}.jpg", content, 1, ImageFormat.JPEG, 100, 100, 3, 300)
            entry.record(ledger, entry.NewSide(PageKey(batch, sheet, side), master))
            row = ledger.one("same_page", batch=batch, sheet=sheet, side=side.value, attempt=1)
            assert row is not None
            for _ in range(2):  # a step may run twice
                entry.analysed(ledger, row["id"], analysis(dirt, side is Side.BACK), separator=False)


def by_name(ledger: Ledger) -> dict[tuple[str, str], Drift]:
    return {(one.side, one.measure): one for one in drift.of_device(ledger, "left")}


def test_each_side_has_its_own_glass_and_every_page_counts_once(ledger: Ledger) -> None:
    scan(ledger, "b1", 3)
    found = by_name(ledger)
    assert (found["front", "streaks"].baseline, found["back", "streaks"].baseline) == (0.5, 4.0)
    assert {one.pages for one in found.values()} == {3}
    assert (found["front", "skew"].recent, found["back", "blank"].recent) == (0.5, 1.0)
    assert ("back", "focus") not in found


def test_another_scanner_under_the_same_name_begins_anew_and_outlives_a_restart(ledger: Ledger) -> None:
    scan(ledger, "b1", 3)
    scan(ledger, "b2", 1, serial="B22")
    assert {one.pages for one in drift.of_device(Ledger(ledger.path), "left")} == {1}


def test_what_is_told_of_a_dirty_glass_names_its_side_and_outlives_a_restart(ledger: Ledger) -> None:
    settings = parse({"device": [{"name": "left"}], "job": [{"name": "default", "rules": "archive-tt05-2025"}]})
    scan(ledger, "b1", 1)
    dirty = Baseline(pages=3000, mean=0.4, square=0.04, recent=4.0)
    for side in ("front", "back"):
        where = {"device": "left", "serial": "A11", "side": side, "measure": "streaks", "at": "2026"}
        values = {"pages": 3000, "mean": dirty.mean, "square": dirty.square,
                  "recent": dirty.recent if side == "back" else 0.4}
        ledger.act("put_drift", **where, **values)
    ledger.close()
    found = ageing.told(Ledger(ledger.path), settings, "left")
    assert [(one["side"], one["measure"]) for one in found if one["vi"]] == [("back", "streaks")]
    (told,) = [one for one in found if one["vi"]]
    assert (told["vi"], told["en"]) == ("Kính mặt sau có vẻ đang bẩn dần. Hãy lau kính.",
                                        "The glass of the back seems to get dirty. Clean it.")
    assert set(ageing.WORDS) == set(drift.LEAST_SPREAD)
