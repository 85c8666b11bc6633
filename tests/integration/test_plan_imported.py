"""A plan comes as a file, whole or not at all; every bad row is named; the audit chain tells what was planned."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.planning import plan_file
from appliance.planning.plan_file import Source
from appliance.spool import plans
from appliance.spool.ledger import Ledger
from appliance.spool.plans import Phase

HEAD = ("Giai đoạn", "Mã đơn vị", "Số hồ sơ kế hoạch", "Số tờ kế hoạch", "Hạn hoàn thành",
        "Số hồ sơ tần suất sử dụng cao", "Mục lục")
GOOD = ("1", "0101", "12000", "480000", "31/12/2026", "4000", "ml-2001; ml-2002")
EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "plan.csv"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    found = Ledger(tmp_path / "ledger.sqlite3")
    yield found
    found.close()


def write(path: Path, *rows: tuple[str, ...], encoding: str = "utf-8-sig") -> Path:
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream, delimiter=";").writerows([("KẾ HOẠCH SỐ HÓA NĂM 2026",), HEAD, *rows])
    return path


def test_a_good_plan_is_read_with_title_and_headings_of_people(tmp_path: Path) -> None:
    file = write(tmp_path / "kh.csv", GOOD, ("gd2", "", "100", "4000", "2027-06-30", "", ""))
    assert plan_file.read(Source(file, "0101")) == [
        Phase("1", 12000, 480000, 4000, "2026-12-31", ("ml-2001", "ml-2002")),
        Phase("GD2", 100, 4000, 0, "2027-06-30")]
    assert not file.with_name("kh.csv.report.csv").exists()


def test_the_shipped_example_is_a_good_plan() -> None:
    assert len(plan_file.read(Source(EXAMPLE, "0101"))) == 2


def test_every_bad_row_is_named_with_its_column_and_nothing_is_taken(tmp_path: Path) -> None:
    file = write(tmp_path / "kh.csv", GOOD, ("1", "", "5", "5", "31/12/2026", "", ""),
                 ("3", "0202", "5", "5", "31/12/2026", "", ""), ("4", "", "-5", "", "31/13/2026", "", ""))
    with pytest.raises(ApplianceError) as refused:
        plan_file.read(Source(file, "0101"))
    assert refused.value.kind is errors.PLAN_REFUSED
    assert refused.value.details["count"] == 3
    with file.with_name("kh.csv.report.csv").open(encoding="utf-8-sig", newline="") as stream:
        found = [(row["dòng"], row["cột"], row["quy tắc"]) for row in csv.DictReader(stream) if row["dòng"]]
    assert found == [("4", "Giai đoạn", "duplicate"), ("5", "Mã đơn vị", "form"),
                     ("6", "Số hồ sơ kế hoạch", "number"), ("6", "Hạn hoàn thành", "date"),
                     ("6", "Số tờ kế hoạch", "required")]


def test_a_plan_without_phases_or_with_too_many_is_refused(tmp_path: Path) -> None:
    for rows in ((), tuple((str(at), *GOOD[1:6], "") for at in range(plans.MOST_PHASES + 1))):
        with pytest.raises(ApplianceError) as refused:
            plan_file.read(Source(write(tmp_path / "kh.csv", *rows), "0101"))
        assert refused.value.kind is errors.PLAN_SIZE


def test_a_new_plan_takes_the_place_of_the_old_and_the_chain_tells_both(ledger: Ledger) -> None:
    old = [Phase("1", 10, 100, 0, "2026-12-31"), Phase("2", 10, 100, 0, "2027-12-31")]
    plans.replace(ledger, old, "a.csv", "An")
    plans.replace(ledger, [Phase("3", 20, 200, 7, "2028-12-31")], "b.csv", "Bình")
    assert plans.phases(ledger) == (Phase("3", 20, 200, 7, "2028-12-31"),)
    told = [(row["subject"], row["who"], json.loads(row["detail"])["dossiers"]) for row in ledger.all("audit")
            if row["what"] == "plan.imported"]
    assert told == [("1", "An", 10), ("2", "An", 10), ("3", "Bình", 20)]


def test_a_register_in_two_phases_is_refused_and_the_old_plan_stays(ledger: Ledger) -> None:
    plans.replace(ledger, [Phase("1", 10, 100, 0, "2026-12-31")], "a.csv", "An")
    with pytest.raises(ApplianceError) as refused:
        plans.replace(ledger, [Phase(name, 1, 1, 0, "2026-12-31", ("ml",)) for name in ("2", "3")], "b.csv", "An")
    assert refused.value.kind is errors.PLAN_REGISTER_TWICE
    assert [one.name for one in plans.phases(ledger)] == ["1"]


@pytest.mark.parametrize(("row", "column"), [
    (("1", "", "0", "0", "31/12/2026", "", ""), "Số hồ sơ kế hoạch"),
    (("1", "", "480000", "12000", "31/12/2026", "", ""), "Số tờ kế hoạch"),
    (("1", "", "5", "50", "31/12/2026", "6", ""), "Số hồ sơ tần suất sử dụng cao")])
def test_volumes_that_cannot_be_are_refused(tmp_path: Path, row: tuple[str, ...], column: str) -> None:
    """No dossier at all, columns in each other's place, more of high use than there are."""
    with pytest.raises(ApplianceError) as refused:
        plan_file.read(Source(write(tmp_path / "kh.csv", row), "0101"))
    assert refused.value.kind is errors.PLAN_REFUSED
    assert f"cột '{column}'" in refused.value.__notes__[0]
