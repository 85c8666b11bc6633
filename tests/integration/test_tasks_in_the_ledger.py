"""The archive wants a page scanned again: how the office keeps that, and when it counts as answered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from rescan_stand import CODE, Office

from appliance import status
from appliance.core import errors
from appliance.core.tasks import RescanTask
from appliance.rescans import asked_for
from appliance.spool import figures, resolutions, supplements, tasks
from appliance.spool.dossiers import NewDocument, NewDossier, Separated
from appliance.spool.resolutions import Decision
from appliance.spool.supplements import Leave
from appliance.steps.dossiers import bonds_of

TASK = RescanTask("t-1", "u1", CODE, 1, 3, "mờ ở góc", "2026-11-22T01:00:00.000000Z")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    found = Office(tmp_path)
    found.dossier(2, 1)
    found.all_the_way("u1")
    return found


def state(office: Office, task: str = "t-1") -> tuple[str, str]:
    row = office.ledger.one("task", id=task)
    assert row is not None
    return row["state"], row["dossier"]


def answer(office: Office, uuid: str) -> list[str]:
    """Pack and deliver the newest revision; return the tasks that its provenance names."""
    office.sign()
    bonds = bonds_of(office.ledger, office.newest())
    office.pack(uuid)
    office.deliver(uuid)
    return [one["task"] for one in bonds.told()["rescan_tasks"]]


def held(office: Office) -> list[dict[str, str]]:
    return [status.held_thing(row) for row in figures.held(office.ledger) if row["what"] == "task"]


def test_a_task_stands_among_what_waits_for_a_person_with_the_archives_reason(office: Office) -> None:
    assert tasks.came(office.ledger, [TASK]) == 1
    assert tasks.came(office.ledger, [TASK]) == 0
    (thing,) = held(office)
    assert thing["code"] == errors.RESCAN_ASKED.code
    assert thing["name"] == f"kho đề nghị quét lại tài liệu {CODE}.1"
    assert "tài liệu 1, trang 3: mờ ở góc" in thing["vi"] and "document 1, page 3" in thing["en"]
    lines = asked_for(tasks.listed(office.ledger))
    assert any(f"--code {CODE} --number 1 --page 3" in line for line in lines)


def test_the_page_scanned_again_names_its_task_and_the_receipt_ends_it(office: Office) -> None:
    tasks.came(office.ledger, [TASK])
    office.rescan(1, 3)
    assert state(office) == ("asked", "")
    assert answer(office, "u2") == ["t-1"]
    assert state(office) == ("answered", f"{CODE}.r2")
    assert tasks.counts(office.ledger) == {"asked": 0, "scanned": 0, "answered": 1, "withdrawn": 0}
    assert tasks.came(office.ledger, [TASK]) == 0  # the archive's list is a moment older
    assert state(office)[0] == "answered"


def test_another_page_of_that_document_answers_nothing(office: Office) -> None:
    tasks.came(office.ledger, [TASK])
    office.rescan(1, 1)
    assert answer(office, "u2") == []
    assert state(office) == ("asked", "")
    assert held(office)


def test_while_the_answer_is_on_its_way_nobody_is_asked_again(office: Office) -> None:
    tasks.came(office.ledger, [TASK])
    office.rescan(1, 3)
    office.sign()
    bonds_of(office.ledger, office.newest())
    assert held(office) == []
    assert tasks.counts(office.ledger)["scanned"] == 1
    assert tasks.oldest(office.ledger) == ""


def test_an_answer_that_was_given_up_leaves_the_task_as_it_was(office: Office) -> None:
    tasks.came(office.ledger, [TASK])
    office.rescan(1, 3)
    office.sign()
    bonds_of(office.ledger, office.newest())
    office.ledger.put("dossier", office.newest()["id"], state="held", code="T404")
    resolutions.discard(office.ledger, Decision(CODE, "NV001", "nhầm"))
    assert [thing["code"] for thing in held(office)] == [errors.RESCAN_ASKED.code]
    assert any("--page 3" in line for line in asked_for(tasks.listed(office.ledger)))
    assert tasks.counts(office.ledger)["asked"] == 1
    assert tasks.oldest(office.ledger), "it waits since it came"
    office.rescan(1, 3)
    assert answer(office, "u3") == ["t-1"]


def test_a_whole_dossier_scanned_again_answers_every_task_of_it(office: Office) -> None:
    tasks.came(office.ledger, [TASK, replace(TASK, id="t-2", ordinal=2, page=0)])
    office.dossier(2, 1, declared=3, again=True)
    assert answer(office, "u2") == ["t-1", "t-2"]


def test_a_task_that_the_archive_takes_back_or_lists_no_more_waits_for_nobody(office: Office) -> None:
    other = replace(TASK, id="t-2", page=1)
    tasks.came(office.ledger, [TASK, other])
    tasks.came(office.ledger, [replace(TASK, state="withdrawn")])
    assert [state(office, name)[0] for name in ("t-1", "t-2")] == ["withdrawn", "withdrawn"]
    assert held(office) == []
    tasks.came(office.ledger, [TASK, other])
    assert [state(office, name)[0] for name in ("t-1", "t-2")] == ["asked", "asked"]


def test_an_older_list_that_a_courier_brings_takes_nothing_back(office: Office) -> None:
    tasks.came(office.ledger, [TASK])
    tasks.came(office.ledger, [], fresh=False)
    assert state(office)[0] == "asked"
    tasks.came(office.ledger, [replace(TASK, state="withdrawn")], fresh=False)
    assert state(office)[0] == "withdrawn"


def test_a_task_that_went_over_to_a_newer_package_means_the_page_there(office: Office) -> None:
    tasks.came(office.ledger, [replace(TASK, ordinal=2, page=1)])
    office.rescan(1, 3)
    assert answer(office, "u2") == []
    tasks.came(office.ledger, [replace(TASK, ordinal=2, page=1, package="u2")])
    office.rescan(2, 1)
    assert answer(office, "u3") == ["t-1"]


def test_documents_that_are_added_answer_nothing_of_the_dossier_itself(office: Office) -> None:
    tasks.came(office.ledger, [TASK])
    supplements.allow(office.ledger, Leave(CODE, "NV001", "bổ sung"))
    pages = office.scan(1)
    new = NewDossier(CODE, 0, 1, (NewDocument(3, "", 1, tuple(pages)),))
    office.separated(Separated(f"b{office.batches}", "archive", (new,), (), ()))
    assert answer(office, "u2") == []
    assert state(office) == ("asked", "")
    tasks.came(office.ledger, [TASK, replace(TASK, id="t-2", ordinal=3, page=1, package="u2")])
    office.rescan(3, 1)
    assert answer(office, "u3") == ["t-2"]
    office.rescan(1, 3)
    assert answer(office, "u4") == ["t-1"]


def test_a_task_for_a_dossier_that_nobody_here_knows_is_shown_all_the_same(office: Office) -> None:
    tasks.came(office.ledger, [replace(TASK, file_code="H9.1999.1", package="elsewhere")])
    assert held(office)[0]["name"].endswith("H9.1999.1.1")
