"""Documents are added to a delivered dossier: a line of revisions of their own that takes nobody's place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rescan_stand import CODE, Office

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.states import DeliveryState
from appliance.orders import history
from appliance.spool import again, deliveries, dossiers, figures, resolutions, supplements
from appliance.spool.again import NewRescan
from appliance.spool.dossiers import NewDocument, NewDossier, Separated
from appliance.spool.resolutions import Decision
from appliance.spool.supplements import Leave
from appliance.steps.dossiers import bonds_of

LEAVE = Leave(CODE, "NV001", "bổ sung giấy tờ")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    found = Office(tmp_path)
    found.dossier(1, 1)
    found.all_the_way("u1")
    return found


def add(office: Office, *ordinals: int, held: str = "") -> None:
    """Scan one sheet for each document that is added."""
    pages = office.scan(len(ordinals))
    parts = tuple(NewDocument(ordinal, "", 1, tuple(pages[2 * at:2 * at + 2]))
                  for at, ordinal in enumerate(ordinals))
    office.separated(Separated(f"b{office.batches}", "archive", (NewDossier(CODE, 0, len(ordinals), parts, held),),
                               (), ()))


def lines(office: Office) -> list[tuple[int, str, str]]:
    return [(row["revision"], row["state"], row["line"].removeprefix(f"{CODE}."))
            for row in office.ledger.all("revisions_of", file_code=CODE)]


def test_what_is_scanned_after_a_persons_word_is_an_addition_and_replaces_nothing(office: Office) -> None:
    supplements.allow(office.ledger, LEAVE)
    (known,) = dossiers.earlier(office.ledger, [CODE])
    assert (known.added, known.closed, known.ordinals, known.captured) == (True, False, (1, 2), 0)
    add(office, 3)
    assert lines(office) == [(1, "accepted", ""), (2, "closed", "r2")]
    assert supplements.given(office.ledger, CODE) is None
    bonds = bonds_of(office.ledger, office.newest())
    assert bonds.supplements is not None and bonds.supplements["package"] == "u1"
    told = bonds.told()["supplements"]
    assert (told["package"], told["revision"], told["who"], told["reason"]) == ("u1", 1, "NV001", LEAVE.reason)
    office.all_the_way("u2")
    assert lines(office) == [(1, "accepted", ""), (2, "accepted", "r2")]
    tally = figures.tally(office.ledger)
    assert (tally.pages_filed, tally.replaced, tally.reconciled) == (6, 0, True)


def test_without_a_word_a_later_scan_of_a_delivered_dossier_is_still_a_question(office: Office) -> None:
    (known,) = dossiers.earlier(office.ledger, [CODE])
    assert (known.added, known.closed) == (False, True)


def test_a_word_that_was_taken_back_lets_nothing_in(office: Office) -> None:
    supplements.allow(office.ledger, LEAVE)
    supplements.withdraw(office.ledger, CODE, "NV001")
    assert supplements.given(office.ledger, CODE) is None
    with pytest.raises(ApplianceError) as refused:
        supplements.withdraw(office.ledger, CODE, "NV001")
    assert refused.value.code == errors.SUPPLEMENT_REFUSED.code


def test_nothing_is_added_to_what_the_archive_does_not_have(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.dossier(1)
    for code in (CODE, "H9.9999.9"):
        with pytest.raises(ApplianceError) as refused:
            supplements.allow(office.ledger, Leave(code, "NV001", "x"))
        assert refused.value.code == errors.SUPPLEMENT_REFUSED.code


def test_a_number_that_the_archive_has_holds_the_addition_until_it_is_given_up(office: Office) -> None:
    supplements.allow(office.ledger, LEAVE)
    add(office, 2)
    assert office.revisions()[-1] == (2, "held", errors.NUMBER_TAKEN.code)
    assert json.loads(office.newest()["details"]) == {"ordinal": 2}
    resolutions.discard(office.ledger, Decision(CODE, "NV001", "số sai"))
    assert lines(office) == [(1, "accepted", ""), (2, "discarded", "r2")]
    assert office.page(1)["state"] == "filed"
    assert figures.tally(office.ledger).reconciled


def test_a_page_of_the_dossier_itself_can_be_scanned_again_after_an_addition(office: Office) -> None:
    supplements.allow(office.ledger, LEAVE)
    add(office, 3)
    office.all_the_way("u2")
    office.rescan(1, 1)
    assert lines(office) == [(1, "accepted", ""), (2, "accepted", "r2"), (3, "closed", "")]
    which = {"file_code": CODE, "revision": 3, "line": ""}
    assert [row["package"] for row in office.ledger.all("revisions_delivered", **which)] == ["u1"]
    office.all_the_way("u3")
    assert lines(office) == [(1, "replaced", ""), (2, "accepted", "r2"), (3, "accepted", "")]
    row = office.ledger.one("supplemented", file_code=CODE)
    assert row is not None and row["package"] == "u3"


def test_a_page_of_an_addition_is_scanned_again_in_its_own_line(office: Office) -> None:
    supplements.allow(office.ledger, LEAVE)
    add(office, 3)
    office.all_the_way("u2")
    office.rescan(3, 1)
    assert lines(office) == [(1, "accepted", ""), (2, "accepted", "r2"), (3, "closed", "r2")]
    which = {"file_code": CODE, "revision": 3, "line": f"{CODE}.r2"}
    assert [row["package"] for row in office.ledger.all("revisions_delivered", **which)] == ["u2"]
    office.all_the_way("u3")
    assert lines(office) == [(1, "accepted", ""), (2, "replaced", "r2"), (3, "accepted", "r2")]
    assert [page["state"] for page in office.ledger.all("pages_of_dossier", dossier=f"{CODE}.r1")] == ["filed"] * 4


def test_the_whole_dossier_scanned_again_with_an_added_number_in_it_is_a_question(office: Office) -> None:
    supplements.allow(office.ledger, LEAVE)
    add(office, 3)
    office.all_the_way("u2")
    office.dossier(1, 1, 1, declared=3, again=True)
    assert office.revisions()[-1] == (3, "held", errors.NUMBER_TAKEN.code)


def test_a_held_addition_is_decided_about_though_the_dossier_has_a_newer_revision(office: Office) -> None:
    supplements.allow(office.ledger, LEAVE)
    add(office, 3, held=errors.DOSSIER_UNREGISTERED.code)
    office.again(NewRescan(CODE, 1, 1, 1, 1, tuple(office.scan(1))))
    office.apply()
    assert [row[1] for row in lines(office)] == ["accepted", "held", "closed"]
    row = again.current(office.ledger, CODE)
    assert row is not None and row["revision"] == 2


def test_both_parts_are_in_a_copy_for_readers(office: Office) -> None:
    supplements.allow(office.ledger, LEAVE)
    add(office, 3)
    office.all_the_way("u2")
    found = office.ledger.all("signed_documents_of", file_code=CODE)
    assert [row["ordinal"] for row in found] == [1, 2, 3]


def test_an_addition_that_was_refused_goes_out_again_as_an_addition(office: Office) -> None:
    supplements.allow(office.ledger, LEAVE)
    add(office, 3)
    office.sign()
    office.pack("u2")
    deliveries.sending(office.ledger, "u2", DeliveryState.QUEUED, DeliveryState.SENDING)
    deliveries.sending(office.ledger, "u2", DeliveryState.SENDING, DeliveryState.SENT)
    deliveries.rejected(office.ledger, "u2", f"{CODE}.r2", DeliveryState.SENT, "kho chưa có chứng thư gốc")
    old = resolutions.resend(office.ledger, Decision(CODE, "NV001", "kho đã sửa"), office.places.signed)
    assert old == f"{CODE}.r2"
    assert lines(office) == [(1, "accepted", ""), (2, "replaced", "r2"), (3, "closed", "r2")]
    assert office.documents() == {f"{CODE}.3.r3": "signed"}
    bonds: history.Bonds = bonds_of(office.ledger, office.newest())
    assert bonds.supplements is not None and bonds.supplements["package"] == "u1"
    assert json.loads(office.newest()["decided"])[0]["what"] == "resent"
    office.all_the_way("u3")
    assert lines(office)[-1] == (3, "accepted", "r2")
    assert figures.tally(office.ledger).reconciled
