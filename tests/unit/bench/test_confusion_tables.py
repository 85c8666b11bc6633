"""What counts as found, missed and false when generated pages are judged."""

from __future__ import annotations

from dataclasses import replace

from appliance.core.model import Box, Geometry, PageAnalysis, Verdict
from bench.confusion import confusions, shown
from bench.corpus import Placed, Truth
from bench.looked import Looked

LIE = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def page(bad: str = "", said: bool | None = None, doubtful: str = "", skew: float = 0.0) -> Looked:
    """Return a page with one verdict on streaks, or none."""
    verdicts = () if said is None else (Verdict("streaks", 1.0, 0.5, not said, "E1" if said else ""),)
    truth = Truth("letter", 200, 200, (210.0, 297.0), 2.0, 0, LIE, False, frozenset(bad.split()),
                  frozenset(doubtful.split()))
    return Looked("fault_streaks", "", truth, PageAnalysis(Geometry(10, 10, 0, skew), False, verdicts=verdicts))


def test_every_page_is_counted_once_as_what_it_is() -> None:
    pages = [page("streaks", said=True), page("streaks", said=False), page(said=True), page(said=False),
             page(said=False), page("streaks"), page(said=True, doubtful="streaks")]
    table = confusions(pages)["streaks"]
    assert (table.found, table.missed, table.false, table.held) == (1, 1, 1, 2)
    assert (table.unjudged, table.doubtful) == (1, 1)
    assert table.recall() == 0.5
    assert table.false_rate() == 1 / 3


def test_a_check_that_the_product_does_not_have_is_said_to_be_missing_and_has_no_rate() -> None:
    tables = confusions([page("streaks", said=True)])
    assert tables["secret"].recall() is None
    assert "secret             not judged" in shown(tables)


def test_a_check_that_only_warns_counts_as_flagged() -> None:
    warned = page("streaks", said=True)
    assert warned.analysis
    lenient = Verdict("streaks", 1.0, 0.5, True, "E1")
    found = Looked("x", "", warned.truth, PageAnalysis(Geometry(1, 1), False, verdicts=(lenient,)))
    assert found.flagged("streaks") is True


def test_a_refused_page_is_not_judged() -> None:
    refused = Looked("x", "", page().truth, None, error="E9")
    assert refused.flagged("blank") is None
    assert not refused.upright()


def test_skew_is_measured_against_what_levels_the_page_whichever_way_it_is_turned() -> None:
    error = page(skew=-1.9).skew_error()
    assert error is not None
    assert round(error, 6) == 0.1


def test_a_page_left_as_it_lies_is_an_error_only_where_it_lies_askew() -> None:
    assert page().skew_error() == 2.0
    askew = page()
    straight = replace(askew, truth=replace(askew.truth, skew=0.2))
    assert straight.skew_error() is None


def test_a_stamp_makes_a_page_secret_and_a_seal_does_not() -> None:
    truth = page().truth
    for kind, secret in (("secret", True), ("urgent", False), ("seal", False)):
        stamps = (Placed(kind, "", Box(0, 0, 1, 1), 0.0),)
        assert Truth("letter", 200, 200, (210.0, 297.0), 0.0, 0, LIE, False, stamps=stamps).secret is secret
    assert not truth.secret
