"""A reviewer rejects a page; the office hears of it; the replacement that brings the page answers the task."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from archive_stand import FILE_CODE, UUID
from reading_stand import OTHER, OWN, REVIEWER, Town, package_of, town

from appliance.receive import main as receive

SECOND, THIRD = "0198f3c0-1111-7000-8000-0000000000a2", "0198f3c0-1111-7000-8000-0000000000a3"
CODES = [f"{FILE_CODE}.000000{number}" for number in (1, 2)]


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Town]:
    async with town(tmp_path) as opened:
        assert (await opened.send(OWN, package_of(tmp_path / "1", UUID))).accepted
        yield opened


def wish(code: str, page: int = 2, **more: Any) -> dict[str, Any]:
    return {"package": UUID, "doc_code": code, "page": page, "reason": "mờ góc phải", "person": "Trần"} | more


async def tasks(place: Town, office: str = OWN) -> list[dict[str, Any]]:
    status, told = await place.ask(office, "GET", "/tasks")
    assert status == 200
    found: list[dict[str, Any]] = told["tasks"]
    return found


async def rejected(place: Town, code: str, page: int = 2) -> str:
    status, told = await place.ask(REVIEWER, "POST", "/rescans", wish(code, page))
    assert status == 201
    return str(told["id"])


async def replaced(place: Town, folder: Path, old: str, new: str, *texts: bytes) -> None:
    package = package_of(folder, new, lambda job: replace(job, record_status="REPLACEMENT", replaces=old), texts)
    assert (await place.send(OWN, package)).accepted


async def test_a_rejected_page_becomes_a_task_of_its_office_alone(place: Town) -> None:
    task = await rejected(place, CODES[1])
    (mine,) = await tasks(place)
    assert (mine["id"], mine["package"], mine["doc_code"], mine["page"]) == (task, UUID, CODES[1], 2)
    assert (mine["reason"], mine["state"]) == ("mờ góc phải", "fetched")
    assert await tasks(place, OTHER) == []


async def test_the_same_page_rejected_twice_is_one_task(place: Town) -> None:
    assert await rejected(place, CODES[1]) == await rejected(place, CODES[1])
    assert await rejected(place, CODES[1], 1)
    assert len(await tasks(place)) == 2


async def test_the_replacement_answers_the_task_of_the_document_it_changes_and_inherits_the_other(
        place: Town, tmp_path: Path) -> None:
    first, second = await rejected(place, CODES[0]), await rejected(place, CODES[1])
    await replaced(place, tmp_path / "2", UUID, SECOND, b"one", b"two, scanned again")
    told = {one["id"]: one for one in await tasks(place)}
    assert (told[second]["state"], told[second]["answer"]) == ("answered", SECOND)
    assert (told[first]["state"], told[first]["package"]) == ("fetched", SECOND)
    await replaced(place, tmp_path / "3", SECOND, THIRD, b"one, scanned again", b"two, scanned again")
    told = {one["id"]: one for one in await tasks(place)}
    assert (told[first]["state"], told[first]["answer"]) == ("answered", THIRD)


async def test_a_page_may_be_rejected_again_after_it_came_back(place: Town, tmp_path: Path) -> None:
    task = await rejected(place, CODES[1])
    await replaced(place, tmp_path / "2", UUID, SECOND, b"one", b"two, worse")
    status, told = await place.ask(REVIEWER, "POST", "/rescans", wish(CODES[1], package=SECOND))
    assert status == 201
    assert told["id"] != task


async def test_a_page_that_is_not_here_cannot_be_rejected(place: Town) -> None:
    wrongs: list[dict[str, Any]] = [{"page": 3}, {"page": 0}, {"doc_code": "H1.0000001"}, {"package": SECOND},
                                    {"package": "x"}, {"reason": ""}, {"page": "2"}]
    for wrong in wrongs:
        status, _ = await place.ask(REVIEWER, "POST", "/rescans", wish(CODES[1]) | wrong)
        assert status in {400, 404}
    assert await tasks(place) == []


async def test_a_package_that_was_replaced_gets_no_new_task(place: Town, tmp_path: Path) -> None:
    await replaced(place, tmp_path / "2", UUID, SECOND, b"one", b"two, scanned again")
    status, told = await place.ask(REVIEWER, "POST", "/rescans", wish(CODES[1]))
    assert (status, told["code"]) == (400, "A654")


async def test_only_a_reviewer_rejects_pages_and_takes_that_back(place: Town) -> None:
    status, told = await place.ask(OWN, "POST", "/rescans", wish(CODES[1]))
    assert (status, told["code"]) == (403, "A652")
    task = await rejected(place, CODES[1])
    assert (await place.ask(OWN, "DELETE", f"/rescans/{task}"))[0] == 403
    assert (await place.ask(REVIEWER, "DELETE", f"/rescans/{task}"))[0] == 204
    assert (await place.ask(REVIEWER, "DELETE", f"/rescans/{task}"))[0] == 404
    assert [one["state"] for one in await tasks(place)] == ["withdrawn"]


async def test_a_person_at_the_archive_rejects_a_page_by_command(
        place: Town, capsys: pytest.CaptureFixture[str]) -> None:
    root = ["--root", str(place.root)]
    assert receive(["rescan", "ask", UUID, CODES[0], "1", "--reason", "lệch trang", "--by", "Trần", *root]) == 0
    task = capsys.readouterr().out.strip()
    assert receive(["rescan", "ask", UUID, CODES[0], "9", "--reason", "lệch trang", "--by", "Trần", *root]) == 1
    assert receive(["rescan", "list", *root]) == 0
    assert task in capsys.readouterr().out
    assert [one["id"] for one in await tasks(place)] == [task]
    assert receive(["rescan", "withdraw", task, *root]) == 0
