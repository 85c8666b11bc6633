"""A document without room for its stamp waits for a leader; a strip is added by that leave only, and it is told."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from leader_office import office

from appliance import status
from appliance.core import errors, rules
from appliance.core.config import Config
from appliance.core.errors import ApplianceError
from appliance.core.jobs import Assembled
from appliance.core.model import Box, Geometry, ImageFormat, Master, PageAnalysis, PageKey, Side
from appliance.core.plain import to_plain
from appliance.core.states import DocumentState
from appliance.leaders import Leaders
from appliance.logins import Logins
from appliance.orders import documents, packages
from appliance.spool import entry, filing, holding, papers
from appliance.spool.dossiers import Later, NewDocument, NewDossier, Separated
from appliance.spool.ledger import Book, Ledger, Row
from appliance.spool.store import Store
from appliance.stamp_desk import StampDesk

PIN = "mot-hai-3"
CODE = "H1.2001.7"
DOCUMENT = f"{CODE}.1.r1"
LEADER = {"leader": "LD001", "pin": PIN, "reason": "trang kín chữ"}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return office(tmp_path_factory.mktemp("settings"), PIN)


@pytest.fixture
def desk(settings: Config, tmp_path: Path) -> Iterator[StampDesk]:
    book = Book(tmp_path / "ledger.sqlite3")
    asyncio.run(book.ask(scan))
    yield StampDesk(book, Leaders(Logins(settings.operator, time.monotonic)), lambda: None)
    book.close()


def scan(ledger: Ledger) -> None:
    """One dossier of two documents; the first has no room for its stamp."""
    entry.begin(ledger, entry.NewBatch("b", "tray", "archive", "archive-tt05-2025", "A", '{"duplex": false}'))
    for sheet in (1, 2):
        master = Master(f"m{sheet}", f"m{sheet}", 10, ImageFormat.JPEG, 100, 100, 3, 300)
        entry.record(ledger, entry.NewSide(PageKey("b", sheet, Side.FRONT), master))
    entry.close(ledger, "b")
    seen = json.dumps(to_plain(PageAnalysis(Geometry(100, 100), blank=False)))
    for page in (1, 2):
        ledger.put("page", page, analysis=seen)
    new = NewDossier(CODE, 2, 2, (NewDocument(1, "22", 1, (1,)), NewDocument(2, "22", 1, (2,))))
    papers.separated(ledger, Separated("b", "archive", (new,), (), ()), Later())
    holding.hold_document(ledger, DOCUMENT, DocumentState.SEPARATED, errors.STAMP_NO_ROOM.code, "no room")


def said(desk: StampDesk, ask: Callable[[Ledger], Any]) -> Any:
    return asyncio.run(desk.book.ask(ask))


def document(desk: StampDesk) -> Row:
    found: Row = said(desk, lambda ledger: ledger.one("document", id=DOCUMENT))
    return found


def dossier_state(desk: StampDesk) -> str:
    (row,) = said(desk, lambda ledger: ledger.all("revisions_of", file_code=CODE))
    return str(row["state"])


def refused(desk: StampDesk, **words: str) -> str:
    with pytest.raises(ApplianceError) as problem:
        asyncio.run(desk.strip({"document": DOCUMENT, **LEADER, **words}))
    return problem.value.code


def test_the_document_waits_and_says_in_vietnamese_what_to_do(desk: StampDesk) -> None:
    assert dossier_state(desk) == "held"
    (thing,) = [one for one in said(desk, status.picture)["held"] if one["id"] == DOCUMENT]
    assert thing["code"] == "K555"
    assert "appliance stamp strip" in thing["vi"]
    assert "lãnh đạo" in thing["vi"]


@pytest.mark.parametrize("name", [DOCUMENT, f"{CODE}.1", f" {DOCUMENT.lower()} "])
def test_a_leader_lets_the_strip_be_added_and_the_dossier_goes_on(desk: StampDesk, name: str) -> None:
    assert asyncio.run(desk.strip({"document": name, **LEADER})) == DOCUMENT
    assert (document(desk)["state"], document(desk)["strip_leave"]) == ("separated", "LD001")
    assert dossier_state(desk) == "closed"
    rows = said(desk, lambda ledger: ledger.all("audit"))
    links = [(row["who"], row["subject"], json.loads(row["detail"])) for row in rows
             if row["what"] == "document.strip_allowed"]
    assert links == [("LD001", DOCUMENT, {"reason": "trang kín chữ"})]


def test_nobody_but_a_leader_with_a_reason_allows_it(desk: StampDesk) -> None:
    assert refused(desk, pin="sai") == errors.LOGIN_REFUSED.code
    assert refused(desk, leader="NV001") == errors.LEADER_NEEDED.code
    assert refused(desk, reason=" ") == errors.REQUEST_REFUSED.code
    assert document(desk)["state"] == "held"


@pytest.mark.parametrize("name", [f"{CODE}.2.r1", f"{CODE}.1.r2", "H9.9.9", "", "%"])
def test_a_document_that_does_not_wait_for_room_is_refused(desk: StampDesk, name: str) -> None:
    assert refused(desk, document=name) == errors.STAMP_NOT_ASKED.code


def test_leave_is_given_once(desk: StampDesk) -> None:
    asyncio.run(desk.strip({"document": DOCUMENT, **LEADER}))
    assert refused(desk) == errors.STAMP_NOT_ASKED.code


def test_only_by_that_leave_is_a_strip_asked_for(desk: StampDesk, settings: Config, tmp_path: Path) -> None:
    def asked() -> bool:
        def row_of(ledger: Ledger) -> dict[str, Any]:
            (dossier,) = ledger.all("revisions_of", file_code=CODE)
            (row, _) = ledger.all("documents_of_dossier", dossier=dossier["id"])
            return {**dict(dossier), **dict(row), "register": ""}

        pages = said(desk, lambda ledger: ledger.all("pages_of_document", document=DOCUMENT))
        row = said(desk, row_of)
        order = documents.DocumentOrder(row, pages, settings.job_named("archive"), rules.load(row["rules"]), (row,))
        return documents.assemble(order, Store(tmp_path), settings).stamp.strip

    assert not asked()
    asyncio.run(desk.strip({"document": DOCUMENT, **LEADER}))
    assert asked()


def test_an_added_strip_stands_in_provenance_and_status(desk: StampDesk) -> None:
    asyncio.run(desk.strip({"document": DOCUMENT, **LEADER}))
    done = Assembled("/x.pdf", "0" * 64, 10, 1, Box(1, 2, 3, 4), 0.1, 13.37)
    said(desk, lambda ledger: filing.assembled(ledger, DOCUMENT, done))
    rows = said(desk, lambda ledger: ledger.all("documents_of_dossier", dossier=f"{CODE}.r1"))
    assert packages.strips(rows) == [{"document": DOCUMENT, "height_mm": 13.37, "allowed_by": "LD001"}]
    said(desk, lambda ledger: ledger.put("document", DOCUMENT, strip_leave=""))
    rows = said(desk, lambda ledger: ledger.all("documents_of_dossier", dossier=f"{CODE}.r1"))
    assert packages.strips(rows)[0]["allowed_by"] == "rules"
    shown = {one["id"]: one["strip_mm"] for one in said(desk, status.picture)["documents"]}
    assert shown == {DOCUMENT: 13.37, f"{CODE}.2.r1": 0}

