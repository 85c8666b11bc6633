"""The list of offices: what it may say, and every mistake refused with its row named."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from appliance.core.errors import ApplianceError
from appliance.monitoring import lists, offices
from appliance.monitoring.place import Place
from appliance.monitoring.rows import COLUMNS

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "offices.csv"
HEAD = ",".join(COLUMNS)
CENTRE = "0001,Trung tâm,Centre,central,,01,canary,fibre,,,"
PROVINCE = "2700,Tỉnh A,Province A,provincial,0001,27,canary,fibre,,,"


def look(folder: Path, *rows: str, head: str = HEAD, encoding: str = "utf-8") -> offices.Offices:
    path = folder / "offices.csv"
    path.write_text("\n".join([head, *rows, ""]), encoding=encoding)
    return offices.look(path)


def mistakes(folder: Path, *rows: str) -> list[tuple[int, str]]:
    return [(one.row, one.en) for one in look(folder, *rows).mistakes]


def test_the_example_is_without_a_mistake() -> None:
    found = offices.read(EXAMPLE)
    assert not found.mistakes and {one.level for one in found.rows} == {"central", "provincial", "district"}


@pytest.mark.parametrize(("row", "said"), [
    ("27,Huyện,District,district,2700,27,rest,poor,,,", "code: '27' is not allowed"),
    ("2701,Huyện,District,hamlet,2700,27,rest,poor,,,", "level: one of"),
    ("2701,Huyện,District,district,2700,7,rest,poor,,,", "province: '7' is not allowed"),
    ("2701,Huyện,District,district,2700,27,Ring 1,poor,,,", "ring: 'Ring 1' is not allowed"),
    ("2701,,District,district,2700,27,rest,poor,,,", "name_vi: empty"),
    ("2701,Huyện,District,district,2700,27,rest,poor,,", "it has 10 cells"),
    ("2701, Huyện,District,district,2700,27,rest,poor,,,", "name_vi: blanks around it"),
    ("2701,Huyện,District,district,2700,27,rest,poor,01/07/2025,,", "valid_from: '01/07/2025' is no day"),
    ("2701,Huyện,District,district,2700,27,rest,poor,2025-02-30,,", "valid_from: '2025-02-30' is no day"),
    ("2701,Huyện,District,district,2700,27,rest,poor,2025-07-02,2025-07-01,", "valid_to is before valid_from"),
    ("2701,Huyện,District,district,2700,27,rest,poor,,,2700", "a successor without valid_to"),
    ("2701,Huyện,District,district,2700,27,rest,poor,,2025-07-01,2701", "its successor is itself"),
    ("2701,Huyện,District,district,2700,27,rest,poor,,2025-07-01,2799", "there is no office 2799 on 2025-07-02"),
    ("2701,Huyện,District,district,2799,27,rest,poor,,,", "there is no office 2799"),
    ("2701,Huyện,District,district,,27,rest,poor,,,", "parent: empty"),
    ("2701,Huyện,District,provincial,2700,27,rest,poor,,,", "is of no higher level"),
    ("2701,Huyện,District,district,2700,28,rest,poor,,,", "province: 28, of 2700 (row 3) it is 27"),
    ("2700,Tỉnh B,Province B,provincial,0001,27,rest,poor,,,", "code 2700 is also in row 3"),
])
def test_a_mistake_is_refused_with_its_row(tmp_path: Path, row: str, said: str) -> None:
    found = mistakes(tmp_path, CENTRE, PROVINCE, row)
    assert [number for number, _ in found] == [4] and said in found[0][1]


def test_every_mistake_is_told_and_the_error_names_the_first(tmp_path: Path) -> None:
    rows = (CENTRE, "27x0,Tỉnh,Province,provincial,0001,27,canary,fibre,,,",
            "2701,Huyện,,district,2700,27,rest,poor,,,")
    assert [row for row, _ in mistakes(tmp_path, *rows)] == [3, 4]
    with pytest.raises(ApplianceError) as refused:
        offices.read(tmp_path / "offices.csv")
    assert refused.value.code == "M872" and "row 3" in refused.value.en and "1 more" in refused.value.en


def test_a_heading_that_is_missing_or_elsewhere_is_row_1(tmp_path: Path) -> None:
    turned = HEAD.replace("code,name_vi", "name_vi,code")
    for head in (HEAD.removesuffix(",successor"), HEAD + ",serial", turned, ""):
        assert [one.row for one in look(tmp_path, CENTRE, head=head).mistakes] == [1]


def test_a_list_without_offices_is_refused(tmp_path: Path) -> None:
    assert mistakes(tmp_path) == [(1, "there is no office")]


def test_a_file_that_is_no_utf_8_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ApplianceError) as refused:
        look(tmp_path, CENTRE, encoding="utf-16")
    assert refused.value.code == "M871"


def test_excel_writes_a_mark_at_the_beginning_that_does_no_harm(tmp_path: Path) -> None:
    assert not look(tmp_path, CENTRE, encoding="utf-8-sig").mistakes


def test_one_code_may_have_several_periods_but_not_at_the_same_time(tmp_path: Path) -> None:
    other = "3100,Tỉnh B,Province B,provincial,0001,31,canary,fibre,,,"
    moves = ("2701,Huyện,District,district,2700,27,rest,poor,,2026-12-31,",
             "2701,Huyện,District,district,3100,31,rest,poor,2027-01-01,,")
    found = look(tmp_path, CENTRE, PROVINCE, other, *moves)
    assert not found.mistakes
    days = {day: [one.province for one in found.on(day) if one.code == "2701"]
            for day in (date(2026, 12, 31), date(2027, 1, 1))}
    assert list(days.values()) == [["27"], ["31"]]
    early = moves[1].replace("2027-01-01", "2026-12-31")
    assert mistakes(tmp_path, CENTRE, PROVINCE, other, moves[0], early)[0][0] == 6


def test_a_parent_that_ends_before_its_offices_is_refused(tmp_path: Path) -> None:
    ending = PROVINCE.replace("fibre,,", "fibre,,2026-06-30")
    district = "2701,Huyện,District,district,2700,27,rest,poor,,,"
    assert mistakes(tmp_path, CENTRE, ending, district) == [(4, "parent: there is no office 2700 on 2026-07-01")]


def test_expected_offices_begin_and_end_at_midnight_in_vietnam(tmp_path: Path) -> None:
    district = "2701,Huyện,District,district,2700,27,rest,poor,2026-01-01,2026-12-31,"
    found = look(tmp_path, CENTRE, PROVINCE, district)
    rules = lists.expected(found, 30)["groups"][0]["rules"]
    assert [one["expr"] for one in rules] == [
        "vector(1)", "vector(1)", "vector(1) and vector(time()) >= 1767200400 and vector(time()) < 1798736400"]
    assert rules[2]["labels"] == {"office": "2701", "province": "27", "level": "district", "ring": "rest"}


def test_an_office_has_an_agent_of_its_own_or_is_pulled_never_both() -> None:
    found, day = offices.read(EXAMPLE), date(2026, 12, 1)
    place = Place(collect=type(Place().collect)(pull=("31",)))
    own = {one.code for one in lists.agents(place, found.on(day))}
    pulled = {target["labels"]["office"] for target in lists.targets(place, found.on(day), "31", "appliance")}
    assert own and pulled and not own & pulled and own | pulled == {one.code for one in found.on(day)}
