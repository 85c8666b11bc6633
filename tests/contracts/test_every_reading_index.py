"""What the reading room asks of the index, in SQLite and in PostgreSQL: search, readings, quotas, leave, tasks."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import postgres_stand
import pytest
import sqlalchemy as sa

from appliance.core.errors import ApplianceError
from appliance.receiver import leave, quotas, readings, rescans, search, tables
from appliance.receiver.contents import Contents, Document, folded
from appliance.receiver.file_uploads import FileSpace
from appliance.receiver.index import Index, open_index
from appliance.receiver.offices import Office
from appliance.receiver.readings import Reading
from appliance.receiver.search import Criteria
from appliance.receiver.uploads import Uploads
from appliance.receiver.wishes import RescanWish

ONE, TWO = "0198f3c0-1111-7000-8000-0000000000a1", "0198f3c0-1111-7000-8000-0000000000a2"
READING = Reading("0311", "Lê Thị Bé", "benefit: hồ sơ", "package", "allow, national 1", ONE)
WISH = RescanWish(ONE, "H1.2001.1.0000001", 2, "mờ", "Trần")


@pytest.fixture(scope="module")
def server() -> Iterator[postgres_stand.Postgres | None]:
    with postgres_stand.perhaps() as found:
        yield found


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, server: postgres_stand.Postgres | None, tmp_path: Path) -> str:
    return postgres_stand.address_of(request.param, server, tmp_path)


@pytest.fixture
def index(address: str) -> Iterator[Index]:
    opened = open_index(address)
    accept(opened, ONE, "H1.2001.1", "Hồ sơ hưu trí ông Đặng Văn Ước", ("2001-05-02", "2001-06-30"))
    yield opened
    opened.close()


def accept(index: Index, uuid: str, code: str, title: str, days: tuple[str, ...], mode: str = "01",
           replaces: str = "", mark: str = "a") -> None:
    found = Contents("H1", code, "NEW", title, mode, days[0], days[-1], tuple(
        Document(number, f"{number}.pdf", f"{code}.{number:07d}", mark * 64, 10, 3, "32", "", "", day, "",
                 f"Quyết định 100%_{number}", folded(f"Quyết định 100%_{number}"), mode)
        for number, day in enumerate(days, 1)))
    with index.write() as connection:
        connection.execute(tables.packages.insert().values(
            {**found.package_row(), "uuid": uuid, "sha256": uuid[-2:] * 32, "size": 5, "office": "0311",
             "accepted": tables.moment(), "replaces": replaces}))
        connection.execute(tables.documents.insert(), found.document_rows(uuid))
        if replaces:
            connection.execute(tables.packages.update().where(tables.packages.c.uuid == replaces)
                               .values(replaced_by=uuid))


def found(index: Index, **criteria: Any) -> list[str]:
    with index.read() as connection:
        return [hit.package["uuid"] for hit in search.find(connection, Criteria(**criteria))]


CRITERIA: list[tuple[dict[str, str], bool]] = [
    ({"text": "DANG uoc"}, True), ({"text": "đặng  HƯU"}, True), ({"text": "quyet dinh uoc"}, True),
    ({"text": "dang tran"}, False), ({"text": "100%_2"}, True), ({"text": "1__%"}, False),
    ({"since": "2001-06-01", "until": "2001-06-30"}, True), ({"since": "2001-05-03", "until": "2001-06-29"}, False),
    ({"until": "2001-05-02"}, True), ({"file_code": "H1.2001"}, True), ({"file_code": "H1_2001"}, False),
    ({"doc_code": "H1.2001.1.0000002"}, True), ({"doc_code": "H1.2001.1.0000003"}, False),
]


def test_a_search_finds_what_fits_and_takes_wildcards_for_letters(index: Index) -> None:
    for criteria, fits in CRITERIA:
        assert found(index, **criteria) == [ONE] * fits, criteria


def test_pages_of_an_answer_meet_without_gap_or_double(index: Index) -> None:
    for number in range(5):
        accept(index, f"0198f3c0-1111-7000-8000-0000000000b{number}", f"H1.2001.{number + 2}", "x", ("2001-01-01",))
    seen, after = [], ""
    while True:
        with index.read() as connection:
            hits = search.find(connection, Criteria(file_code="H1", limit=2, after=after))
        seen += [hit.package["uuid"] for hit in hits]
        if len(hits) < 2:
            break
        after = hits[-1].place
    assert len(seen) == len(set(seen)) == 6
    assert seen[-1] == ONE


def test_what_was_replaced_is_not_found_any_more(index: Index) -> None:
    accept(index, TWO, "H1.2001.1", "Hồ sơ hưu trí", ("2001-05-02",), replaces=ONE)
    assert found(index, file_code="H1.2001.1") == [TWO]


def test_instances_that_write_the_log_at_once_make_one_chain(index: Index, address: str) -> None:
    other = open_index(address)
    try:
        with ThreadPoolExecutor(6) as pool:
            numbers = list(pool.map(lambda one: readings.enter((index, other)[one % 2], READING), range(36)))
    finally:
        other.close()
    assert sorted(numbers) == list(range(1, 37))
    proof = readings.verify(index)
    assert (proof.entries, proof.wrong) == (36, "")


def test_the_same_announcement_made_at_once_counts_once(index: Index) -> None:
    office = Office("0311", bytes_a_day=100, uploads_at_once=5)

    def announce(_: int) -> None:
        quotas.admit(index, office, 60, "sha256 x")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(announce, range(8)))
    quotas.admit(index, office, 40, "sha256 y")
    with pytest.raises(ApplianceError) as told:
        quotas.admit(index, office, 1, "sha256 z")
    assert told.value.code == "A653"
    quotas.admit(index, replace(office, code="0312"), 60, "sha256 x")


def test_old_announcements_go(index: Index) -> None:
    with index.write() as connection:
        connection.execute(tables.arrivals.insert().values(
            announced="old", office="0311", day="2020-01-01", bytes=9))
    quotas.admit(index, Office("0311"), 60, "sha256 x")
    with index.read() as connection:
        assert "old" not in connection.scalars(sa.select(tables.arrivals.c.announced)).all()


def test_leave_is_for_the_person_who_asked_until_it_ends(index: Index) -> None:
    request = leave.ask(index, READING)
    assert leave.ask(index, READING) == request
    leave.grant(index, request, "Trần", 30)
    with index.read() as connection:
        assert leave.granted(connection, READING)
        assert not leave.granted(connection, replace(READING, person="Another"))
        assert not leave.granted(connection, replace(READING, office="0312"))
        assert not leave.granted(connection, replace(READING, package=TWO))
        heir = replace(READING, office="0312")
        assert leave.granted(connection, heir, (READING.office,)), "an office keeps the leave of what it took over"
    assert request in {row["id"] for row in leave.listed(index, "0312", heir_of=(READING.office,))}
    assert leave.listed(index, "0312") == []
    with pytest.raises(ApplianceError):
        leave.refuse(index, request, "Trần", "no")
    assert leave.ask(index, READING) != request, "after an answer one may ask again"


def test_a_page_is_one_open_task_and_comes_back_any_number_of_times(index: Index) -> None:
    for _ in range(3):
        task = rescans.ask(index, WISH)
        assert rescans.ask(index, WISH) == task
        rescans.withdraw(index, task)
    states = [row["state"] for row in rescans.fetch(index, ("0311",))]
    assert states == ["withdrawn"] * 3


def test_of_thousands_of_tasks_those_that_wait_are_told_and_none_counts_as_fetched_untold(
        index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rescans, "_MOST", 3)
    waiting = [rescans.ask(index, replace(WISH, doc_code=code, page=page))
               for code in ("H1.2001.1.0000001", "H1.2001.1.0000002") for page in (1, 3)]
    for _ in range(4):
        rescans.withdraw(index, rescans.ask(index, WISH))
    assert [row["id"] for row in rescans.fetch(index, ("0311",))] == waiting[1:]
    with index.read() as connection:
        chosen = sa.select(tables.tasks.c.id).where(tables.tasks.c.state == "asked")
        assert connection.scalars(chosen).all() == waiting[:1]
    assert [row["id"] for row in rescans.listed(index, rescans.OPEN)] == waiting[1:]
    for task in waiting[1:]:
        rescans.withdraw(index, task)
    assert [row["id"] for row in rescans.fetch(index, ("0311",)) if row["state"] == "fetched"] == waiting[:1]


def test_the_newest_answers_to_requests_are_told(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leave, "_MOST", 3)
    asked = []
    for _ in range(5):
        asked.append(leave.ask(index, READING))
        leave.refuse(index, asked[-1], "Trần", "no")
    assert [row["id"] for row in leave.listed(index, "0311")] == asked[-3:]


def test_announcing_again_opens_no_more_uploads_at_once(index: Index, tmp_path: Path) -> None:
    office = Office("0311", uploads_at_once=2)
    uploads = Uploads(index, FileSpace(tmp_path), 3600.0)
    made = []
    for number in range(5):
        quotas.admit(index, office, 60, f"sha256 {number}")
        made.append(uploads.create("0311", 60, "a" * 64, f"sha256 {number}"))
        quotas.admit(index, office, 60, f"sha256 {number}")
        if number < 4:
            uploads.remove(made[-1])
    quotas.admit(index, office, 60, "sha256 0")
    uploads.create("0311", 60, "a" * 64, "sha256 0")
    quotas.admit(index, office, 60, "sha256 0")
    with pytest.raises(ApplianceError) as told:
        quotas.admit(index, office, 60, "sha256 1")
    assert told.value.code == "A653"


def test_a_replacement_answers_what_it_changes(index: Index) -> None:
    first = rescans.ask(index, WISH)
    second = rescans.ask(index, replace(WISH, doc_code="H1.2001.1.0000002"))
    accept(index, TWO, "H1.2001.1", "Hồ sơ", ("2001-05-02", "2001-06-30"), replaces=ONE)
    with index.write() as connection:
        connection.execute(tables.documents.update().where(
            tables.documents.c.package == TWO, tables.documents.c.ordinal == 2).values(sha256="b" * 64))
        rescans.replaced(connection, ONE, TWO)
    told = {row["id"]: (row["state"], row["package"], row["answer"]) for row in rescans.fetch(index, ("0311",))}
    assert told[second] == ("answered", ONE, TWO)
    assert told[first] == ("fetched", TWO, "")
