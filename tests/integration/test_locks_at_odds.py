"""Locked batches that share an image, a dossier or a rescan with what is delivered, or not locked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from locked_stand import SECRET, Stand, office
from rescan_stand import CODE, Office

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.spool import figures, locks, replacing, rescans, restoring, unlocking
from appliance.spool.again import NewRescan
from appliance.spool.confirming import Confirmed
from appliance.spool.confirming import hold as hold_unconfirmed
from appliance.spool.confirming import later as confirm
from appliance.spool.ledger import Ledger
from appliance.spool.locks import Decision

A, B = "01890000-0000-7000-8000-00000000000a", "01890000-0000-7000-8000-00000000000b"


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    found = office(tmp_path)
    yield found
    found.ledger.close()


@pytest.fixture
def rescanned(tmp_path: Path) -> Iterator[Office]:
    found = Office(tmp_path)
    yield found
    found.ledger.close()


def lock_done(ledger: Ledger, batch: str, kind: str) -> None:
    """Lock a batch by hand and carry out what a leader decides."""
    assert locks.lock(ledger, batch, 0, "NV01")
    locks.decide(ledger, batch, Decision(kind, "LD01", "r", "12/QĐ", "21/11/2026"))
    row = ledger.one("last_lock", batch=batch)
    assert row is not None
    (unlocking.released if kind == locks.RELEASE else unlocking.destroyed)(ledger, row)


def both_locked_with_an_equal_back(stand: Stand) -> None:
    """Lock two batches, each with the same white back, before the files of either are put away."""
    for batch in (A, B):
        stand.batch(batch)
        stand.side(batch, 1, b"white")
        stand.look(stand.side(batch, 2), SECRET)
        stand.close(batch)


@pytest.mark.parametrize(("gone", "stays"), [(A, B), (B, A)])
def test_of_two_locked_batches_with_an_equal_image_one_is_destroyed_and_the_other_keeps_it(
        stand: Stand, gone: str, stays: str) -> None:
    both_locked_with_an_equal_back(stand)
    stand.round()
    stand.decide(gone, locks.DESTROY)
    stand.round()
    stand.decide(stays, locks.RELEASE)
    stand.round()
    assert stand.masters() == {b"white", f"{stays} 2".encode()} and stand.shut_in() == set()


def test_two_locked_batches_with_an_equal_image_leave_none_behind_once_both_are_destroyed(stand: Stand) -> None:
    both_locked_with_an_equal_back(stand)
    stand.round()
    assert stand.masters() == set()
    for batch in (A, B):
        stand.decide(batch, locks.DESTROY)
    stand.round()
    assert stand.masters() == stand.shut_in() == set()


def delivered(stand: Stand) -> tuple[Path, Path]:
    """Return signed file and package of a dossier of batch B that the archive has."""
    stand.batch(B)
    page = stand.side(B, 1)
    stand.look(page)
    stand.read(page)
    stand.close(B)
    dossier = stand.separate(B, "D.1", [page])
    (document,) = stand.ledger.all("documents_of_dossier", dossier=dossier)
    signed, package = stand.store.signed(document["id"]), stand.store.package("u1")
    for place in (signed, package):
        place.write_bytes(b"with the image in it")
    stand.ledger.put("document", document["id"], state="accepted", signed_path=str(signed))
    stand.ledger.put("page", page, state="filed")
    stand.ledger.put("dossier", dossier, state="accepted", package="u1", accepted="2026-11-22T08:00:00.000+07:00")
    return signed, package


@pytest.mark.parametrize("kind", [locks.RELEASE, locks.DESTROY])
def test_copies_of_a_delivered_dossier_do_not_stay_here_when_its_batch_is_locked_later(stand: Stand,
                                                                                      kind: str) -> None:
    signed, package = delivered(stand)
    locks.lock(stand.ledger, B, 0, "NV01")
    stand.round()
    assert stand.states("dossier") == {"D.1.r1": "accepted"}
    assert not signed.exists() and not package.exists() and stand.masters() == set()
    stand.decide(B, kind)
    stand.round()
    assert stand.round() == 0 and figures.tally(stand.ledger).pages_filed == 1


def test_images_of_a_locked_batch_are_not_brought_back_from_a_package(stand: Stand) -> None:
    delivered(stand)
    stand.ledger.act("add_delivery", package="u1", dossier="D.1.r1", state="queued", path="x", sha256="0",
                     size=1, queued="x")
    stand.ledger.act("add_rescan", batch=B, file_code="D.1", ordinal=1, page=1, declared=1, captured=1,
                     state="held", code=errors.RESCAN_GONE.code, details="{}", at="x")
    assert restoring.wanted(stand.ledger, "D.1.r1").documents
    locks.lock(stand.ledger, B, 0, "NV01")
    with pytest.raises(ApplianceError) as refused:
        restoring.wanted(stand.ledger, "D.1.r1")
    assert refused.value.kind is errors.DECISION_REFUSED


def test_a_batch_that_was_confirmed_while_it_was_locked_goes_on_after_the_release(stand: Stand) -> None:
    stand.batch(A, confirmed=Confirmed(""))
    stand.look(stand.side(A, 1))
    stand.close(A)
    hold_unconfirmed(stand.ledger, A)
    locks.lock(stand.ledger, A, 0, "NV01")
    confirm(stand.ledger, A, Confirmed("command", "NV01"), "NV01")
    stand.round()
    stand.decide(A, locks.RELEASE)
    stand.round()
    assert stand.states("batch") == {A: "closed"}


@pytest.mark.parametrize("first", [A, B])
def test_of_two_locks_on_one_dossier_a_destruction_is_not_undone_by_the_release_of_the_other(stand: Stand,
                                                                                            first: str) -> None:
    pages = []
    for batch in (A, B):
        stand.batch(batch)
        pages.append(stand.side(batch, 1))
        stand.look(pages[-1])
        stand.close(batch)
    dossier = stand.separate(A, "D.1", pages)
    for batch in (A, B):
        locks.lock(stand.ledger, batch, 0, "NV01")
    stand.round()
    second = B if first == A else A
    stand.decide(first, locks.DESTROY)
    stand.round()
    assert stand.states("dossier") == {dossier: "locked"}
    stand.decide(second, locks.RELEASE)
    stand.round()
    row = stand.ledger.one("dossier_of", id=dossier)
    assert row is not None and (row["state"], row["code"]) == ("held", "I354")
    assert set(stand.states("document").values()) == {"removed"}


def test_a_job_that_was_under_way_when_its_batch_was_destroyed_leaves_nothing_behind(stand: Stand) -> None:
    signed, package = delivered(stand)
    locks.lock(stand.ledger, B, 0, "NV01")
    stand.decide(B, locks.DESTROY)
    stand.round()
    text = stand.store.text(1)
    for place in (signed, package, text):
        place.write_bytes(b"written late")
    assert stand.round() == 0
    stand.ledger.put("batch_lock", 1, swept="2026-01-01")
    assert stand.round() == 1 and stand.round() == 0
    assert not any(place.exists() for place in (signed, package, text))
    stand.ledger.put("batch_lock", 1, swept="2026-01-01", done="2026-01-01")
    assert stand.round() == 0


def test_an_open_batch_of_a_device_that_is_no_more_is_put_away_too(stand: Stand) -> None:
    stand.batch(A, device="given-away")
    stand.look(stand.side(A, 1), SECRET)
    stand.round()
    stand.round()
    assert stand.states("batch") == {A: "locked"} and stand.masters() == set()


def test_of_a_locked_dossier_no_access_copy_is_made_before_its_files_are_put_away(rescanned: Office) -> None:
    rescanned.dossier(1)
    rescanned.sign()
    assert len(rescanned.ledger.all("signed_documents_of", file_code=CODE)) == 1
    locks.lock(rescanned.ledger, "b1", 0, "NV01")
    assert rescanned.ledger.all("signed_documents_of", file_code=CODE) == []


def test_what_was_scanned_again_for_a_locked_dossier_counts_as_held(rescanned: Office) -> None:
    rescanned.dossier(1)
    locks.lock(rescanned.ledger, "b1", 0, "NV01")
    rescanned.rescan(1, 1)
    tally = figures.tally(rescanned.ledger)
    assert (tally.held, tally.under_way, tally.reconciled) == (4, 0, True)


@pytest.mark.parametrize("state", ["locked", "open"])
def test_a_rescan_of_a_dossier_that_stands_still_is_not_handed_out_again_and_again(rescanned: Office,
                                                                                  state: str) -> None:
    rescanned.dossier(1)
    rescanned.ledger.put("dossier", rescanned.newest()["id"], state=state)
    rescanned.rescan(1, 1)
    assert rescanned.ledger.all("rescans_due", code="") == []
    rescanned.ledger.put("dossier", rescanned.newest()["id"], state="held", code="T403")
    (done,) = rescanned.apply()
    assert done.old == f"{CODE}.r1"


def test_a_rescan_of_a_dossier_that_was_handed_over_on_paper_is_a_question(rescanned: Office) -> None:
    rescanned.dossier(1)
    rescanned.ledger.put("dossier", rescanned.newest()["id"], state="handed_over")
    row = rescanned.rescan(1, 1)
    assert (row["state"], row["code"]) == ("held", "T525")
    rescans.drop(rescanned.ledger, f"{CODE}.1#1", "NV01")
    assert [rescanned.page(page)["state"] for page in (3, 4)] == ["removed", "removed"]


def test_a_rescan_in_a_batch_that_is_destroyed_is_over_and_blocks_nothing(rescanned: Office) -> None:
    rescanned.dossier(1)
    rescanned.all_the_way("u1")
    rescanned.again(NewRescan(CODE, 1, 1, 1, 1, tuple(rescanned.scan(1, read=False))))
    assert rescanned.ledger.all("dossiers_to_clear", before="9", handing=True) == []
    lock_done(rescanned.ledger, "b2", locks.DESTROY)
    assert [row["state"] for row in rescanned.ledger.all("rescans")] == ["dropped"]
    due = rescanned.ledger.all("dossiers_to_clear", before="9", handing=True)
    assert [row["id"] for row in due] == [f"{CODE}.r1"]
    tally = figures.tally(rescanned.ledger)
    assert (tally.pages_filed, tally.removed, tally.reconciled) == (2, 2, True)


def test_a_new_revision_that_is_destroyed_leaves_the_delivered_one_as_it_was(rescanned: Office) -> None:
    rescanned.dossier(1)
    rescanned.all_the_way("u1")
    rescanned.rescan(1, 1)
    assert rescanned.revisions() == [(1, "accepted", ""), (2, "closed", "")]
    lock_done(rescanned.ledger, "b2", locks.DESTROY)
    assert [state for _, state, _ in rescanned.revisions()] == ["accepted", "removed"]
    due = rescanned.ledger.all("dossiers_to_clear", before="9", handing=True)
    assert [row["id"] for row in due] == [f"{CODE}.r1"]
    tally = figures.tally(rescanned.ledger)
    assert (tally.pages_filed, tally.removed, tally.reconciled) == (2, 2, True)


def test_a_document_of_which_pages_were_destroyed_can_be_scanned_again(rescanned: Office) -> None:
    rescanned.dossier(1, 1)
    rescanned.scan(1)
    for page in (1, 2):  # as of a dossier that an earlier batch began
        rescanned.ledger.put("page", page, batch="b2", sheet=9)
    lock_done(rescanned.ledger, "b2", locks.DESTROY)
    assert rescanned.revisions() == [(1, "held", "I354")]
    row = rescanned.rescan(1, 0)
    assert row["state"] == "done" and rescanned.page(1)["state"] == "removed"
    assert figures.tally(rescanned.ledger).reconciled


def test_earlier_revisions_that_wait_are_replaced_when_a_rescan_makes_the_newest_one_sound(
        rescanned: Office) -> None:
    rescanned.dossier(2, held=errors.COUNT_MISMATCH.code, declared=3)
    rescanned.dossier(2, held=errors.PAGE_HELD_IN_DOSSIER.code, declared=2)
    rescanned.ledger.put("page", 5, state="held", code="I306")
    rescanned.rescan(1, 1)
    assert rescanned.revisions() == [(1, "replaced", "T403"), (2, "replaced", "T409"), (3, "closed", "")]
    tally = figures.tally(rescanned.ledger)
    assert (tally.held, tally.replaced, tally.under_way, tally.sides) == (0, 6, 4, 10)


def test_a_revision_still_to_be_sent_is_withdrawn_when_a_rescan_makes_the_newest_one_sound(
        rescanned: Office) -> None:
    rescanned.dossier(1, declared=1)
    rescanned.sign()
    rescanned.pack("u1")
    rescanned.dossier(1, held=errors.PAGE_HELD_IN_DOSSIER.code, declared=1, again=True)
    rescanned.ledger.put("page", 3, state="held", code="I306")
    rescanned.rescan(1, 1)
    assert [state for _, state, _ in rescanned.revisions()] == ["replaced", "replaced", "closed"]
    found = rescanned.ledger.one("delivery", package="u1")
    assert found is not None and found["state"] == "withdrawn"


def test_a_whole_dossier_scanned_again_waits_behind_a_locked_revision(rescanned: Office) -> None:
    rescanned.dossier(1, declared=1)
    locks.lock(rescanned.ledger, "b1", 0, "NV01")
    rescanned.dossier(1, declared=1, again=True)
    assert rescanned.revisions() == [(1, "locked", ""), (2, "held", errors.RESCAN_WAITS.code)]
    assert rescanned.ledger.all("dossiers_behind", code=errors.RESCAN_WAITS.code) == []
    row = rescanned.ledger.one("last_lock", batch="b1")
    assert row is not None
    locks.decide(rescanned.ledger, "b1", Decision(locks.RELEASE, "LD01", "r"))
    unlocking.released(rescanned.ledger, row)
    (behind,) = rescanned.ledger.all("dossiers_behind", code=errors.RESCAN_WAITS.code)
    assert replacing.go_on(rescanned.ledger, behind["id"]) == ""
    assert [state for _, state, _ in rescanned.revisions()] == ["replaced", "closed"]


def test_a_rescan_of_a_locked_batch_cannot_be_given_up_by_anybody(rescanned: Office) -> None:
    rescanned.dossier(1)
    rescanned.again(NewRescan(CODE, 1, 9, 1, 1, tuple(rescanned.scan(1))))
    rescanned.apply()
    locks.lock(rescanned.ledger, "b2", 0, "NV01")
    with pytest.raises(ApplianceError):
        rescans.drop(rescanned.ledger, f"{CODE}.1#1", "NV01")
    assert [rescanned.page(page)["state"] for page in (3, 4)] == ["read", "read"]
