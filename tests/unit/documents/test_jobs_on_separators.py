"""Fixed counts, and a separator that names another job: taken where that is safe, else the dossier waits."""

from __future__ import annotations

import pytest

from appliance.core.model import Separator, SheetKind, Side
from appliance.documents.plan import KnownDossier, Separation
from appliance.documents.separate import SeparationRules, separate
from appliance.documents.separator import encode
from appliance.documents.sheet import SidePage
from appliance.documents.ways import FIXED, Terms, Way

PAIRS = SeparationRules(Way(FIXED, 2), "DEFAULT.1")
OTHERS = {"pairs": Terms(Way(FIXED, 2), "demo"), "finer": Terms(fault="dpi")}
JOBS = SeparationRules(Way(), job="archive", jobs=OTHERS)
PAPER = ""


def dossier(code: str, sheets: int = 0, job: str = "") -> str:
    return encode(Separator(SheetKind.DOSSIER, code, sheets=sheets, job=job))


def document(code: str, ordinal: int = 0, job: str = "") -> str:
    return encode(Separator(SheetKind.DOCUMENT, code, ordinal, job=job))


def go_on(code: str, ordinal: int, job: str = "") -> str:
    return encode(Separator(SheetKind.CONTINUE, code, ordinal, job=job))


def separated(marks: list[str], rules: SeparationRules) -> Separation:
    return separate([SidePage(at, at, Side.FRONT, False, "", (mark,) if mark else ())
                     for at, mark in enumerate(marks, 1)], rules)


def pages(result: Separation) -> list[tuple[int, ...]]:
    return [one.pages for plan in result.dossiers for one in plan.documents]


def test_every_so_many_sheets_are_a_document() -> None:
    result = separated([PAPER] * 6, PAIRS)
    assert pages(result) == [(1, 2), (3, 4), (5, 6)]
    assert (result.dossiers[0].file_code, result.dossiers[0].held) == ("DEFAULT.1", "")


def test_a_sheet_that_slipped_through_with_another_holds_the_whole_dossier() -> None:
    (plan,) = separated([PAPER] * 5, PAIRS).dossiers
    assert (plan.held, plan.details) == ("T403", {"captured": 1, "declared": 2})


def test_a_fixed_count_begins_anew_at_every_dossier_separator() -> None:
    result = separated([dossier("A"), PAPER, PAPER, dossier("B", 4), *[PAPER] * 4], PAIRS)
    assert pages(result) == [(2, 3), (5, 6), (7, 8)]
    assert [plan.held for plan in result.dossiers] == ["", ""]


def test_a_document_separator_in_a_counted_stack_is_a_question() -> None:
    result = separated([dossier("A"), PAPER, PAPER, document("A", 2), PAPER], PAIRS)
    assert [plan.held for plan in result.dossiers] == ["T401"]
    assert [one.page for one in result.questions] == [4, 5]


def test_a_separator_that_names_the_batchs_own_job_changes_nothing() -> None:
    (plan,) = separated([dossier("A", 1, "archive"), PAPER], JOBS).dossiers
    assert (plan.held, plan.job) == ("", "archive")


def test_a_job_that_may_be_named_is_that_of_its_dossier_only() -> None:
    result = separated([dossier("A", 2, "pairs"), PAPER, PAPER, dossier("B"), PAPER, PAPER, PAPER], JOBS)
    assert [(plan.job, plan.held) for plan in result.dossiers] == [("pairs", ""), ("archive", "")]
    assert pages(result) == [(2, 3), (5, 6, 7)]


def test_a_job_that_cannot_be_had_holds_its_dossier_and_says_why() -> None:
    result = separated([dossier("A", 1, "finer"), PAPER, dossier("B"), PAPER], JOBS)
    assert [(plan.held, plan.details) for plan in result.dossiers] == [("T422", {"reason": "dpi"}), ("", {})]
    assert result.questions == ()


def test_a_job_that_nobody_knows_holds_its_dossier_and_is_not_repeated() -> None:
    (plan,) = separated([dossier("A", 1, "nguyen-van-a"), PAPER], JOBS).dossiers
    assert plan.held == "T422"
    assert "nguyen" not in str(plan.details)


def test_a_document_separator_of_another_job_is_a_question() -> None:
    result = separated([dossier("A"), document("A", 1, "pairs"), PAPER], JOBS)
    assert [plan.held for plan in result.dossiers] == ["T401"]
    assert [one.page for one in result.questions] == [2, 3]


def test_a_document_separator_of_its_dossiers_job_is_obeyed() -> None:
    for job in ("archive", ""):
        assert separated([dossier("A"), document("A", 1, job), PAPER], JOBS).dossiers[0].held == ""


def test_two_separators_of_one_dossier_that_name_different_jobs_are_a_question() -> None:
    result = separated([dossier("A", 2), PAPER, dossier("A", 2, "pairs"), PAPER], JOBS)
    assert [plan.held for plan in result.dossiers] == ["T401"]


@pytest.mark.parametrize(("known", "named", "held"), [
    ("pairs", "", ""), ("pairs", "pairs", ""), ("archive", "", ""), ("archive", "archive", ""),
    ("finer", "", "T422"), ("gone", "", "T422"), ("pairs", "archive", "T422"), ("archive", "pairs", "T422"),
])
def test_a_dossier_of_an_earlier_batch_goes_on_under_its_own_job(known: str, named: str, held: str) -> None:
    earlier = {"A": KnownDossier((1,), 1, 0, job=known)}
    rules = SeparationRules(JOBS.way, job=JOBS.job, jobs=JOBS.jobs, known=earlier)
    (plan,) = separated([dossier("A", 0, named), PAPER, PAPER], rules).dossiers
    assert plan.held == held


def test_a_continued_document_takes_its_dossiers_job_along() -> None:
    rules = SeparationRules(JOBS.way, job=JOBS.job, jobs=JOBS.jobs, known={"A": KnownDossier((1,), 1, 0)})
    (plan,) = separated([go_on("A", 1, "finer"), PAPER], rules).dossiers
    assert plan.held == "T422"
