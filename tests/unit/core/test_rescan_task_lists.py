"""Lists of pages that an archive wants scanned again, good ones and others."""

from __future__ import annotations

import json
from typing import Any

import pytest

from appliance.core.tasks import LONGEST, MOST, read

TASK: dict[str, Any] = {"id": "0199-a", "package": "0198F3C0-1111-7000-8000-0000000000A1", "page": 12,
                        "doc_code": "H49.64.33.2001.160.0000003", "reason": "mờ", "asked": "2026-11-22T01:00:00Z"}


def listed(*tasks: dict[str, Any]) -> str:
    return json.dumps({"tasks": list(tasks)})


def test_a_task_is_read_with_its_dossier_and_document() -> None:
    (task,) = read(listed(TASK))
    assert (task.file_code, task.ordinal, task.page, task.open) == ("H49.64.33.2001.160", 3, 12, True)
    assert task.package == "0198f3c0-1111-7000-8000-0000000000a1"


@pytest.mark.parametrize(("state", "wanted"), [("asked", True), ("fetched", True), ("answered", False),
                                               ("withdrawn", False)])
def test_what_became_of_a_task_at_the_archive_is_read(state: str, wanted: bool) -> None:
    assert read(listed({**TASK, "state": state}))[0].open is wanted


def test_a_reviewers_words_are_one_line_without_tricks_and_not_endless() -> None:
    (task,) = read(listed({**TASK, "reason": "dòng 1\n\x1b[31mdòng 2\u202e" + "x" * 600}))
    assert task.reason.startswith("dòng 1 [31mdòng 2 x") and len(task.reason) == 500


def test_the_fullest_list_that_an_archive_can_give_is_read() -> None:
    rest = {"fetched": "2026-11-22T01:00:00.000000Z", "answered": "2026-11-22T01:00:00.000000Z", "answer": "u" * 36}
    text = json.dumps({"tasks": [{**TASK, **rest, "id": f"{number:036d}", "reason": "ộ" * 500}
                                 for number in range(MOST)]})
    assert len(read(text)) == MOST


def test_an_empty_list_is_a_list() -> None:
    assert read(listed()) == ()


@pytest.mark.parametrize("text", [
    "", "[]", "{}", '{"tasks": 5}', '{"tasks": [5]}', '{"tasks": null}', "null", "\x00",
    listed({name: value for name, value in TASK.items() if name != "page"}),
    listed({**TASK, "page": -1}), listed({**TASK, "page": "12"}), listed({**TASK, "page": True}),
    listed({**TASK, "page": 100_000}), listed({**TASK, "doc_code": "H49"}), listed({**TASK, "doc_code": "../x.1"}),
    listed({**TASK, "id": "a b"}), listed({**TASK, "id": ""}), listed({**TASK, "package": "x'; --"}),
    listed({**TASK, "state": "gone"}), listed(TASK, TASK),
    listed(*({**TASK, "id": str(number)} for number in range(MOST + 1))), " " * (LONGEST + 1),
    "[" * 100_000,
])
def test_what_is_no_list_of_tasks_is_refused_whole(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read(text)
