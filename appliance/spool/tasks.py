"""Pages that the archive wants scanned again: what it asked, what answers it, and when that was accepted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from appliance.core import clock
from appliance.core.states import TASK, TaskState
from appliance.core.tasks import ANSWERED, MOST, WITHDRAWN, RescanTask
from appliance.spool.ledger import Ledger, Row

_STATES = {ANSWERED: TaskState.ANSWERED, WITHDRAWN: TaskState.WITHDRAWN}


def came(ledger: Ledger, told: Sequence[RescanTask], *, fresh: bool = True) -> int:
    """Write down what the archive says of its tasks; return how many of those that it wants are new.

    What a ``fresh`` list has not any more is withdrawn, unless it is full; one that a courier brought may be older
    than what another brought before. What was answered stays so.
    """
    new = 0
    with ledger.transaction():
        for one in told:
            row = ledger.one("task", id=one.id)
            if row is None and one.open:
                _add(ledger, one)
                new += 1
            elif row is not None:
                _follow(ledger, row, one)
        listed_now = {one.id for one in told}
        for row in ledger.all("tasks_asked") if fresh and len(told) < MOST else ():
            if row["id"] not in listed_now:
                ledger.move(TASK, row["id"], TaskState.ASKED, TaskState.WITHDRAWN, ended=_now())
    return new


def _add(ledger: Ledger, one: RescanTask) -> None:
    ledger.act("add_task", id=one.id, package=one.package, file_code=one.file_code, ordinal=one.ordinal,
               page=one.page, reason=one.reason, asked=one.asked, came=_now(), state=TaskState.ASKED.value)
    ledger.note("task.asked", one.id, package=one.package, number=one.ordinal, page=one.page)


def _follow(ledger: Ledger, row: Row, one: RescanTask) -> None:
    """Let a task that is known stand as the archive says; it may have gone over to a newer package."""
    old, new = TaskState(row["state"]), _STATES.get(one.state, TaskState.ASKED)
    if one.package != row["package"]:
        ledger.put("task", one.id, package=one.package)
    if old is not new and TASK.allows(old, new):
        ledger.move(TASK, one.id, old, new, ended="" if new is TaskState.ASKED else _now())


def answered_by(ledger: Ledger, dossier: str) -> list[Row]:
    """Return the tasks that a revision answers, and write that down: the pages asked for have no place in it."""
    pages = {page["id"] for page in ledger.all("pages_of_dossier", dossier=dossier) if page["document"]}
    with ledger.transaction():
        for task in ledger.all("tasks_to_answer", dossier=dossier):
            wanted = {page["id"] for page in ledger.all(
                "pages_of_task", package=task["package"], ordinal=task["ordinal"], page=task["page"])}
            if wanted and not wanted & pages:
                ledger.put("task", task["id"], dossier=dossier)
                ledger.note("task.answer", task["id"], dossier=dossier)
    return ledger.all("tasks_of_dossier", dossier=dossier)


def accepted(ledger: Ledger, dossier: str) -> int:
    """Write down that the archive has what answers some tasks; return how many."""
    rows = [row for row in ledger.all("tasks_of_dossier", dossier=dossier) if row["state"] != TaskState.ANSWERED]
    for row in rows:
        ledger.move(TASK, row["id"], TaskState(row["state"]), TaskState.ANSWERED, ended=_now())
    return len(rows)


def listed(ledger: Ledger) -> list[dict[str, Any]]:
    """Return the newest tasks for people, the oldest of them first; ``stands`` is as in ``counts``."""
    names = ("id", "file_code", "ordinal", "page", "reason", "asked", "came", "state", "stands", "dossier", "ended")
    return [{name: row[name] for name in names} for row in ledger.all("tasks")]


def counts(ledger: Ledger) -> dict[str, int]:
    """Return how many tasks are in each state; of those that are asked, ``scanned`` have an answer on its way."""
    found = {"asked": 0, "scanned": 0, "answered": 0, "withdrawn": 0}
    return found | {row["state"]: row["n"] for row in ledger.all("task_counts")}


def oldest(ledger: Ledger) -> str:
    """Return when the oldest task came that nothing answers yet, or nothing."""
    row = ledger.one("oldest_task")
    return (row["came"] or "") if row is not None else ""


def _now() -> str:
    return clock.iso(clock.now(), "milliseconds")
