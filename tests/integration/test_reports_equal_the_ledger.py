"""A report of days tells what the ledger holds, to the page: whatever happened, the days add up to the whole."""

from __future__ import annotations

import csv
import io
import subprocess
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from ledger_of_days import FIRST, Weeks, weeks
from rescan_stand import CODE

from appliance.core.plan import Plan
from appliance.planning import answers, lines, period, report_paper, report_table, tally
from appliance.planning.report_table import Report
from appliance.planning.tally import Figures
from appliance.spool import figures, plans
from appliance.spool.plans import Phase

EQUATION = ("sides", "pages_filed", "separators", "held", "removed", "replaced", "orphans", "blank", "under_way")


@pytest.fixture(scope="module", params=(1, 2, 3))
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Weeks]:
    with pytest.MonkeyPatch.context() as patch:
        found = weeks(tmp_path_factory.mktemp("weeks"), request.param, patch)
        yield found
        found.ledger.close()


def days(office: Weeks) -> list[date]:
    """Return every day from the first to the last, and one on each side."""
    first = FIRST.date() - timedelta(days=1)
    return [first + timedelta(days=at) for at in range((office.now.date() - first).days + 2)]


def of_days(office: Weeks, some: list[date]) -> dict[str, Figures]:
    found = [tally.from_plain(answers.day(office.ledger, one)) for one in some]
    return {stream: tally.total(one[stream] for one in found) for stream in tally.STREAMS}


def both(office: Weeks, some: list[date]) -> Figures:
    return tally.total(of_days(office, some).values())


def test_all_days_together_are_the_counting_equation_of_the_ledger(office: Weeks) -> None:
    counts, whole = both(office, days(office)).counts, figures.tally(office.ledger)
    told = {name: counts["filed" if name == "pages_filed" else name] for name in EQUATION}
    assert told == {name: getattr(whole, name) for name in EQUATION}
    assert counts["sheets"] == whole.sheets
    assert whole.replaced and whole.removed and whole.held, "the weeks were too quiet to prove anything"


def test_every_filed_page_is_of_the_day_of_one_receipt(office: Weeks) -> None:
    found = both(office, days(office))
    assert found.counts["pages"] == found.counts["filed"] == found.sizes.total()
    assert found.counts["pages_blank"] == found.counts["blank"]


def test_every_dossier_and_document_that_the_archive_has_is_counted_once(office: Weeks) -> None:
    counts = both(office, days(office)).counts
    asked = office.ledger._db.execute
    (taken,) = asked("SELECT count(DISTINCT file_code) FROM dossier WHERE accepted <> ''").fetchone()
    (documents,) = asked("SELECT count(DISTINCT file_code || '.' || ordinal) FROM document JOIN dossier "
                         "ON dossier.id = document.dossier WHERE accepted <> ''").fetchone()
    (receipts,) = asked("SELECT count(*) FROM delivery WHERE state = 'accepted'").fetchone()
    (refused,) = asked("SELECT count(*) FROM delivery WHERE state = 'rejected'").fetchone()
    assert (counts["dossiers"], counts["documents"]) == (taken, documents)
    assert counts["dossiers"] + counts["revisions"] + counts["additions"] == receipts
    assert counts["refused"] == refused


def test_an_addition_that_is_sent_again_is_no_second_addition(tmp_path: Path,
                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    office = Weeks(tmp_path)
    office.begin(8, monkeypatch)
    office.dossier(1, 1)
    office.all_the_way("u1")
    office.add(CODE)
    office.all_the_way("u2")
    found = office.rescan(3, 1)
    assert found["state"] == "done", dict(found)
    office.all_the_way("u3")
    counts = both(office, days(office)).counts
    office.ledger.close()
    assert [counts[name] for name in ("dossiers", "additions", "revisions", "documents")] == [1, 1, 1, 3]


def test_each_day_by_itself_leaves_no_side_unexplained(office: Weeks) -> None:
    for one in days(office):
        found = lines.lines(of_days(office, [one]))
        assert next(line.values for line in found if line.key == "difference") == (0, 0, 0)


def test_a_months_report_is_the_sum_of_its_days_on_paper_and_in_the_table(office: Weeks) -> None:
    plan = [Phase("1", 5, 50, 2, "2026-10-20"), Phase("2", 500, 5000, 0, "2027-12-31")]
    plans.replace(office.ledger, plan, "x", "An")
    chosen = period.month("2026-10", office.now.date())
    report = report_of(office, chosen)
    table = list(csv.reader(io.StringIO(report_table.csv_of(report).decode("utf-8-sig"))))
    told = {row[1]: row[4:7] for row in table if len(row) == len(report_table.HEADINGS)}
    found = both(office, chosen.days(office.now.date()))
    assert told["pages"][2] == str(found.counts["pages"])
    assert told["sides"][2] == str(found.counts["sides"]) != "0"
    head = next(row for row in table if row and row[0] == "ngày")
    by_day = [row for row in table if row and row[0].startswith("2026-10-")]
    assert len(by_day) == len(report.days)
    assert sum(int(row[head.index("pages")]) for row in by_day) == found.counts["pages"]
    printed = text_of(report_paper.draw(report))
    for line in report.lines:
        said = [report_paper.said(value) for value in line.values]
        assert said == numbers_of(printed, line.name, line.unit), line.key


def test_progress_at_the_end_of_a_month_knows_nothing_of_the_next(office: Weeks) -> None:
    plans.replace(office.ledger, [Phase("1", 9999, 99999, 0, "2027-12-31")], "x", "An")
    month = period.month("2026-10", office.now.date())
    some = [one for one in days(office) if one < month.until]
    archive = of_days(office, some)["archive"].counts
    told = answers.plan(office.ledger, Plan(), month.until, month.until)
    assert told["phases"][0]["done_dossiers"] == told["dossiers"] == archive["dossiers"]


def report_of(office: Weeks, chosen: period.Period) -> Report:
    today = office.now.date()
    by_day = {one: {line.key: line.values[2] for line in lines.lines(of_days(office, [one]))}
              for one in chosen.days(today)}
    found = lines.lines(of_days(office, chosen.days(today)))
    return Report("BHXH tỉnh Hưng Lạc", "0101", chosen, found, by_day,
                  answers.plan(office.ledger, Plan(), today, chosen.until), office.now)


def text_of(pdf: bytes) -> str:
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode()


def numbers_of(printed: str, name: str, unit: str) -> list[str]:
    """Return the three numbers behind a name and its unit on paper."""
    rest = [line.strip().lstrip("– ") for line in printed.splitlines()]
    found = [line.removeprefix(name).split() for line in rest if line.startswith(name)]
    words = unit.split()
    return next(one[len(words):] for one in found if one[:len(words)] == words and len(one) == len(words) + 3)
