"""Things that wait for somebody: how many, and since when, whatever was tried meanwhile."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from rescan_stand import Office

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.model import ImageFormat, Master, PageKey, Side
from appliance.core.service import Service
from appliance.core.states import (
    BATCH,
    DOCUMENT,
    DOSSIER,
    PAGE,
    BatchState,
    DocumentState,
    DossierState,
    PageState,
)
from appliance.spool import entry, handovers, holding, locks, service, waiting
from appliance.spool.ledger import Ledger
from appliance.spool.schema import MIGRATIONS
from appliance.spool.service import WAITS

LONG_AGO = 1_700_000_000.0


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def long_ago(office: Office) -> None:
    """Let everything that waits have begun to long ago."""
    office.ledger._db.execute("UPDATE waiting SET since = ?", (LONG_AGO,))


def waits(office: Office) -> dict[str, tuple[int, bool]]:
    """Return what waits: how many, and whether the oldest of them has since long ago."""
    return {state: (n, since == LONG_AGO) for state, (n, since) in service.waiting(office.ledger).items() if n}


def assembled(office: Office) -> str:
    """Scan and assemble a document; return it."""
    office.dossier(1)
    document = str(office.ledger.all("documents_of_dossier", dossier=office.newest()["id"])[0]["id"])
    office.ledger.put("dossier", office.newest()["id"], composition="{}")
    office.ledger.move(DOCUMENT, document, DocumentState.SEPARATED, DocumentState.ASSEMBLED)
    return document


def held(office: Office) -> None:
    """Let the dossier be one that a person must decide about."""
    office.ledger.move(DOSSIER, office.newest()["id"], DossierState.CLOSED, DossierState.HELD,
                       code=errors.COUNT_MISMATCH.code)


def test_an_office_where_all_goes_on_waits_for_nobody(office: Office) -> None:
    office.dossier(1)
    office.all_the_way("p1")
    assert service.waiting(office.ledger) == dict.fromkeys(WAITS, (0, 0.0))


@pytest.mark.parametrize("state", [DocumentState.AWAITING_SIGNER, DocumentState.AWAITING_TIMESTAMP])
def test_a_document_that_is_tried_in_vain_again_and_again_waits_since_the_first_time(
        office: Office, state: DocumentState) -> None:
    document = assembled(office)
    waiting.let_wait(office.ledger, document, state, "K500", "")
    long_ago(office)
    waiting.ask_again(office.ledger, [document], state)
    assert waits(office) == {state.value: (1, True)}  # while it is tried
    waiting.let_wait(office.ledger, document, state, "K500", "")
    assert waits(office) == {state.value: (1, True)}


def test_a_document_that_got_its_signer_and_lacks_the_time_waits_for_that_since_then(office: Office) -> None:
    document = assembled(office)
    waiting.let_wait(office.ledger, document, DocumentState.AWAITING_SIGNER, "K500", "")
    long_ago(office)
    waiting.ask_again(office.ledger, [document], DocumentState.AWAITING_SIGNER)
    waiting.let_wait(office.ledger, document, DocumentState.AWAITING_TIMESTAMP, "K530", "")
    assert waits(office) == {"awaiting_timestamp": (1, False)}


def test_a_document_that_is_signed_waits_no_more_unless_its_time_stamp_is_still_to_come(office: Office) -> None:
    document = assembled(office)
    waiting.let_wait(office.ledger, document, DocumentState.AWAITING_SIGNER, "K500", "")
    waiting.ask_again(office.ledger, [document], DocumentState.AWAITING_SIGNER)
    office.ledger.move(DOCUMENT, document, DocumentState.ASSEMBLED, DocumentState.SIGNED, lift="due")
    assert waits(office) == {"awaiting_timestamp": (1, False)}
    row = office.ledger.one("promise_of", dossier=office.newest()["id"])
    assert row is not None and row["share"] == "tsa"
    office.ledger.put("document", document, lift="")
    assert waits(office) == {}


def test_a_held_page_counts_until_a_person_has_decided_and_not_where_the_paper_went_to_the_centre(
        office: Office) -> None:
    office.dossier(1, held=errors.COUNT_MISMATCH.code, declared=2)
    number = office.ledger.all("pages_of_dossier", dossier=office.newest()["id"])[0]["id"]
    office.ledger.move(PAGE, number, PageState.READ, PageState.HELD)
    long_ago(office)
    assert waits(office) == {"held": (2, True)}
    handovers.hand_over(office.ledger, office.newest()["file_code"], who="Văn A", reason="mất trang")
    assert waits(office) == {"paper_to_centre": (1, False)}
    handovers.take_back(office.ledger, office.newest()["file_code"], who="Văn A", reason="nhầm")
    office.ledger.move(PAGE, number, PageState.HELD, PageState.REMOVED)
    assert waits(office)["held"][0] == 1


def test_a_side_that_comes_damaged_waits_from_the_moment_it_comes(office: Office) -> None:
    office.scan(1)
    entry.begin(office.ledger, entry.NewBatch("bx", "tray", "archive", "demo", "Văn A", '{"duplex": false}'))
    master = Master("x.jpg", "x", 10, ImageFormat.JPEG, 100, 100, 3, 300)
    entry.record(office.ledger, entry.NewSide(PageKey("bx", 1, Side.FRONT), master, errors.IMAGE_TRUNCATED.code))
    assert waits(office)["held"][0] == 1


def test_paper_to_be_put_back_and_a_batch_without_a_name_wait_and_a_locked_one_waits_for_a_leader(
        office: Office) -> None:
    office.scan(1)
    office.ledger.move(BATCH, "b1", BatchState.CLOSED, BatchState.HELD)
    assert waits(office) == {"held": (1, False)}
    locks.lock(office.ledger, "b1", who="Văn A")
    assert waits(office) == {"locked": (1, False)}


def test_a_held_document_of_a_dossier_that_was_scanned_again_waits_for_nobody(office: Office) -> None:
    office.dossier(1, held=errors.COUNT_MISMATCH.code, declared=2)
    document = office.ledger.all("documents_of_dossier", dossier=office.newest()["id"])[0]["id"]
    holding.hold_document(office.ledger, document, DocumentState.SEPARATED, "T400", "")
    assert waits(office)["held"][0] == 2
    office.dossier(2, declared=2)
    assert waits(office) == {}


def test_what_waited_under_an_earlier_release_is_counted_after_the_upgrade(tmp_path: Path,
                                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    for script in MIGRATIONS.glob("*.sql"):
        if script.name < "0027":
            shutil.copy(script, scripts)
    with monkeypatch.context() as patch:
        patch.setattr("appliance.spool.ledger.MIGRATIONS", scripts)
        old = Ledger(tmp_path / "ledger.sqlite3")
        old._db.execute("INSERT INTO batch (id, device, job, rules, operator, state, started) "
                        "VALUES ('b', 'tray', 'j', 'demo', '', 'locked', '2026-11-20T08:00:00.000+07:00')")
        for number, state in enumerate(("held", "rejected", "handed_over", "closed"), 1):
            old._db.execute(
                "INSERT INTO dossier (id, file_code, revision, state, job, batch, declared, captured, opened) "
                "VALUES (?, ?, 1, ?, 'j', 'b', 1, 1, '2026-11-20T08:00:00.000+07:00')",
                (f"d{number}", f"d{number}", state))
        old._db.execute("INSERT INTO handover (dossier, who, reason, code, at, facts) "
                        "VALUES ('d3', '', '', '', '2026-11-20T08:00:00.000+07:00', '{}')")
        old.close()
    new = Ledger(tmp_path / "ledger.sqlite3")
    assert {state: n for state, (n, since) in service.waiting(new).items() if n} == {
        "held": 2, "paper_to_centre": 1, "locked": 1}
    assert service.waiting(new)["locked"][1] == pytest.approx(1_795_136_400.0)
    assert service.standing(new, service.Promises(Service(), frozenset()))["archive"].open == 0
    new.close()


def test_paper_waits_until_the_centre_has_signed_for_it_and_that_is_said_once(office: Office) -> None:
    for _ in range(2):  # two scans of it wait; they go together
        office.dossier(1, held=errors.COUNT_MISMATCH.code, declared=2)
    code = office.newest()["file_code"]
    with pytest.raises(ApplianceError, match=errors.PAPER_REFUSED.code):
        handovers.received(office.ledger, code, who="Văn A")
    handovers.hand_over(office.ledger, code, who="Văn A", reason="mất trang")
    assert waits(office) == {"paper_to_centre": (1, False)}
    handovers.received(office.ledger, code, who="Văn A")
    assert waits(office) == {}
    with pytest.raises(ApplianceError, match=errors.PAPER_REFUSED.code):
        handovers.received(office.ledger, code, who="Văn A")
    handovers.take_back(office.ledger, code, who="Văn A", reason="tìm thấy trang")
    assert waits(office)["held"][0] == 2
    handovers.hand_over(office.ledger, code, who="Văn A", reason="vẫn mất trang")
    assert waits(office) == {"paper_to_centre": (1, False)}


def test_a_document_that_a_signer_gives_back_after_its_dossier_ended_waits_for_nobody(office: Office) -> None:
    document = assembled(office)
    held(office)
    handovers.hand_over(office.ledger, "H1.2001.7", who="Văn A", reason="mất trang")
    waiting.let_wait(office.ledger, document, DocumentState.AWAITING_SIGNER, "K500", "")
    assert {state for state, (n, _) in service.waiting(office.ledger).items() if n} == {"paper_to_centre"}
    handovers.take_back(office.ledger, "H1.2001.7", who="Văn A", reason="nhầm")
    assert service.waiting(office.ledger)["awaiting_signer"][0] == 1


def test_a_document_without_its_time_stamp_waits_for_it_again_once_its_paper_is_taken_back(office: Office) -> None:
    office.dossier(1)
    office.sign()
    document = office.ledger.all("documents_of_dossier", dossier=office.newest()["id"])[0]["id"]
    office.ledger.put("document", document, lift="due")
    assert service.waiting(office.ledger)["awaiting_timestamp"][0] == 1
    held(office)
    handovers.hand_over(office.ledger, "H1.2001.7", who="Văn A", reason="mất trang")
    assert service.waiting(office.ledger)["awaiting_timestamp"][0] == 0
    handovers.take_back(office.ledger, "H1.2001.7", who="Văn A", reason="nhầm")
    assert service.waiting(office.ledger)["awaiting_timestamp"][0] == 1
