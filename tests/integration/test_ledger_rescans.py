"""A page that is scanned again takes the place of the old one, in a newer revision; what was there is kept."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from rescan_stand import CODE, Office

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.model import Geometry, PageAnalysis, Verdict
from appliance.core.states import DeliveryState
from appliance.spool import (
    deliveries,
    entry,
    figures,
    holding,
    recovery,
    replacing,
    rescans,
    resolutions,
    restoring,
)
from appliance.spool.again import NewRescan
from appliance.spool.ledger import Ledger
from appliance.spool.resolutions import Decision
from appliance.spool.store import Store


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a ledger with its tables: making them takes longer than most tests here."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.sqlite3"
    Ledger(path).close()
    return path


@pytest.fixture
def office(tmp_path: Path, empty: Path) -> Iterator[Office]:
    shutil.copyfile(empty, tmp_path / "ledger.sqlite3")
    found = Office(tmp_path)
    yield found
    found.ledger.close()


def counted(office: Office) -> dict[str, int]:
    """Return every side by what became of it; the equation holds at every moment."""
    found = figures.tally(office.ledger)
    names = ("pages_filed", "held", "removed", "replaced", "under_way")
    assert sum(getattr(found, name) for name in names) == found.sides
    return {name: getattr(found, name) for name in names if getattr(found, name)}


def test_before_delivery_a_page_is_replaced_and_only_its_document_is_signed_anew(office: Office) -> None:
    office.dossier(2, 1)
    office.sign()
    row = office.rescan(1, 3)
    assert (row["state"], row["dossier"]) == ("done", f"{CODE}.r2")
    assert office.revisions() == [(1, "replaced", ""), (2, "closed", "")]
    assert office.documents() == {f"{CODE}.1.r2": "separated", f"{CODE}.2.r2": "signed"}
    assert office.pages(f"{CODE}.1.r2") == [1, 2, 7, 8]
    assert [office.page(page)["replaces"] for page in (7, 8)] == [3, 4]
    assert [office.page(page)["state"] for page in (3, 4)] == ["replaced"] * 2
    office.all_the_way("u1")
    assert office.newest()["state"] == "accepted"
    assert counted(office) == {"pages_filed": 6, "replaced": 2}
    assert office.documents() == {f"{CODE}.1.r2": "accepted", f"{CODE}.2.r2": "accepted"}


def test_after_delivery_the_archive_keeps_the_old_revision_until_it_has_the_new_one(office: Office) -> None:
    office.dossier(1, 1)
    office.all_the_way("u1")
    office.rescan(2, 1)
    assert office.revisions() == [(1, "accepted", ""), (2, "closed", "")]
    assert counted(office) == {"pages_filed": 2, "replaced": 2, "under_way": 2}
    office.all_the_way("u2")
    assert office.revisions() == [(1, "replaced", ""), (2, "accepted", "")]
    assert counted(office) == {"pages_filed": 4, "replaced": 2}
    (first,) = office.ledger.all("revisions_delivered", file_code=CODE, revision=2, line="")
    assert (first["package"], first["sha256"]) == ("u1", "sha-u1")
    before = office.ledger.all("pages_before", file_code=CODE, revision=2, line="")
    assert [(row["document"], row["number"], row["replaced_by"]) for row in before] == [
        (f"{CODE}.2.r1", 1, office.page(5)["sha256"]), (f"{CODE}.2.r1", 2, office.page(6)["sha256"])]


def test_pages_can_be_replaced_again_and_again_and_all_of_it_is_told(office: Office) -> None:
    office.dossier(1)
    office.all_the_way("u1")
    for turn in ("u2", "u3"):
        office.rescan(1, 2)
        office.all_the_way(turn)
    assert [state for _, state, _ in office.revisions()] == ["replaced", "replaced", "accepted"]
    told = office.ledger.all("pages_before", file_code=CODE, revision=3, line="")
    assert [row["id"] for row in told] == [1, 2, 3, 4]
    delivered = office.ledger.all("revisions_delivered", file_code=CODE, revision=3, line="")
    assert [one["package"] for one in delivered] == ["u2", "u1"]
    assert office.ledger.verify_chain() > 0


def test_a_page_that_was_held_lets_its_dossier_go_once_another_took_its_place(office: Office) -> None:
    office.dossier(2, held=errors.PAGE_HELD_IN_DOSSIER.code)
    office.ledger.put("page", 3, state="held", code="I306")
    office.rescan(1, 4)
    assert office.revisions() == [(1, "replaced", "T409"), (2, "closed", "")]


def test_what_else_held_the_dossier_holds_it_still(office: Office) -> None:
    office.dossier(1, held=errors.DOSSIER_UNREGISTERED.code)
    office.rescan(1, 1)
    assert office.revisions()[-1] == (2, "held", "T441")


def test_a_package_that_still_lies_here_is_withdrawn_and_one_on_its_way_is_waited_for(office: Office) -> None:
    office.dossier(1)
    office.sign()
    office.pack("u1")
    row = office.rescan(1, 1)
    delivery = office.ledger.one("delivery", package="u1")
    assert delivery is not None and (delivery["state"], row["state"]) == ("withdrawn", "done")
    with pytest.raises(ApplianceError):
        deliveries.sending(office.ledger, "u1", DeliveryState.QUEUED, DeliveryState.SENDING)
    office.sign()
    office.pack("u2")
    deliveries.progress(office.ledger, "u2", "http://archive/upload", 0)
    row = office.rescan(1, 2)
    assert row["state"] == "waiting"
    office.deliver("u2")
    office.apply()
    assert [state for _, state, _ in office.revisions()] == ["replaced", "accepted", "closed"]


def test_a_refused_dossier_goes_on_with_its_page_replaced(office: Office) -> None:
    office.dossier(1)
    office.sign()
    office.pack("u1")
    deliveries.rejected(office.ledger, "u1", office.newest()["id"], DeliveryState.QUEUED, "blurred")
    office.rescan(1, 1)
    assert [state for _, state, _ in office.revisions()] == ["replaced", "closed"]
    office.all_the_way("u2")
    assert office.ledger.all("revisions_delivered", file_code=CODE, revision=2, line="") == []


@pytest.mark.parametrize(("ordinal", "page", "sheets", "declared", "code"), [
    (9, 1, 1, 1, "T525"), (1, 9, 1, 1, "T525"), (1, 1, 2, 1, "T526"), (1, 3, 2, 2, "T526"), (1, 1, 1, 2, "T526"),
    (1, 0, 1, 0, "T526"), (1, 0, 3, 2, "T526"),
], ids=["no such document", "no such page", "two sheets instead of one", "past the end", "a sheet is missing",
        "not the whole document", "other than declared"])
def test_what_does_not_fit_waits_with_a_question(
    office: Office, ordinal: int, page: int, sheets: int, declared: int, code: str,
) -> None:
    office.dossier(2)
    row = office.rescan(ordinal, page, sheets, declared)
    assert (row["state"], row["code"]) == ("held", code)
    assert office.revisions() == [(1, "closed", "")]
    assert counted(office)["held"] == 2 * sheets
    assert [one["code"] for one in figures.held(office.ledger)] == [code]
    rescans.drop(office.ledger, f"{CODE}.{ordinal}#{row['id']}", "NV001")
    assert counted(office) == {"under_way": 4, "removed": 2 * sheets}


def test_a_whole_document_comes_again_with_another_number_of_sheets_if_declared(office: Office) -> None:
    office.dossier(2, 1)
    row = office.rescan(1, 0, 3, 3)
    assert row["state"] == "done"
    new = office.newest()
    assert (new["captured"], new["state"]) == (4, "closed")
    assert office.pages(f"{CODE}.1.r2") == [7, 8, 9, 10, 11, 12]
    assert [office.page(page)["number"] for page in (7, 12)] == [1, 6]


def test_a_dossier_whose_sheets_then_do_not_add_up_waits(office: Office) -> None:
    office.dossier(2, declared=2)
    office.rescan(1, 0, 3, 3)
    assert office.revisions()[-1] == (2, "held", "T403")


def test_a_missing_sheet_brought_by_a_rescan_settles_the_count(office: Office) -> None:
    office.dossier(2, declared=3, held=errors.COUNT_MISMATCH.code)
    office.rescan(1, 0, 3, 3)
    assert office.revisions()[-1] == (2, "closed", "")


def test_a_sheet_that_is_blank_where_the_old_one_was_not_is_asked_about_once(office: Office) -> None:
    office.dossier(1)
    row = office.rescan(1, 1, blank=(0,))
    assert (row["state"], row["code"]) == ("held", "T528")
    rescans.take(office.ledger, f"#{row['id']}", "NV001")
    office.apply()
    assert office.revisions()[-1] == (2, "closed", "")


def test_a_sheet_with_other_sides_than_the_old_one_waits(office: Office) -> None:
    office.dossier(1)
    pages = office.scan(1, duplex=False)
    office.again(NewRescan(CODE, 1, 1, 1, 1, tuple(pages)))
    assert [one.code for one in office.apply()] == ["T526"]


def test_the_same_page_twice_in_a_batch_is_a_question_and_one_of_them_is_taken(office: Office) -> None:
    office.dossier(1)
    pages = office.scan(2)
    office.again(*(NewRescan(CODE, 1, 1, 1, 1, tuple(half)) for half in (pages[:2], pages[2:])))
    assert [row["code"] for row in office.ledger.all("rescans")] == ["T527", "T527"]
    rescans.take(office.ledger, "#2", "NV001")
    office.apply()
    assert [row["state"] for row in office.ledger.all("rescans")] == ["dropped", "done"]
    assert office.pages(f"{CODE}.1.r2") == pages[2:]
    assert counted(office) == {"under_way": 2, "replaced": 2, "removed": 2}


def test_two_pages_of_a_document_in_one_batch_are_no_question(office: Office) -> None:
    office.dossier(2)
    pages = office.scan(2)
    office.again(*(NewRescan(CODE, 1, at, 1, 1, tuple(half)) for at, half in ((1, pages[:2]), (3, pages[2:]))))
    office.apply()
    office.apply()
    assert office.pages(f"{CODE}.1.r3") == pages


def test_a_bad_page_among_what_was_scanned_again_waits_and_a_better_one_takes_its_place(office: Office) -> None:
    office.dossier(1)
    pages = office.scan(1, read=False)
    office.again(NewRescan(CODE, 1, 1, 1, 1, tuple(pages)))
    office.read(pages[1])
    holding.hold_page(office.ledger, pages[0], "I306", "blurred")
    assert office.apply() == []
    assert counted(office) == {"under_way": 2, "held": 2}
    row = office.rescan(1, 1)
    assert row["state"] == "done"
    assert office.pages(f"{CODE}.1.r2") == [5, 6]
    assert counted(office) == {"under_way": 2, "replaced": 4}


def test_a_side_taken_out_of_a_rescan_is_missed(office: Office) -> None:
    office.dossier(1)
    pages = office.scan(1, read=False)
    office.again(NewRescan(CODE, 1, 1, 1, 1, tuple(pages)))
    office.read(pages[1])
    holding.hold_page(office.ledger, pages[0], "I306", "blurred")
    holding.remove_page(office.ledger, "b2/1front", "NV001")
    assert [one.code for one in office.apply()] == ["T526"]


def test_local_copies_that_are_gone_are_asked_for_and_stay_once_they_are_back(office: Office) -> None:
    office.dossier(2, 1)
    office.all_the_way("u1")
    deliveries.let_masters_go(office.ledger, office.newest()["id"], office.root)
    deliveries.cleared(office.ledger, office.newest()["id"])
    row = office.rescan(1, 1)
    assert (row["state"], row["code"]) == ("held", "T529")
    assert office.ledger.all("dossiers_to_clear", before="3000", handing=True) == []
    wanted = restoring.wanted(office.ledger, office.newest()["id"])
    assert (wanted.sha256, [number for number, _, _ in wanted.documents]) == ("sha-u1", [1, 2])
    for page in (3, 4):
        (office.root / wanted.masters[office.page(page)["sha256"]]).write_bytes(b"back")
    back = {office.page(page)["sha256"] for page in (3, 4)}
    assert restoring.restored(office.ledger, office.newest()["id"], back, "NV001") == 1
    for page in (3, 4):
        Path(office.page(page)["text_path"]).unlink()
    office.apply()
    assert [office.page(page)["state"] for page in (3, 4)] == ["analysed"] * 2  # to be read again
    for page in (3, 4):
        office.read(page)
    office.all_the_way("u2")
    assert counted(office) == {"pages_filed": 6, "replaced": 2}
    due = office.ledger.all("dossiers_to_clear", before="3000", handing=True)
    assert [row["revision"] for row in due] == [1, 2]


def test_a_whole_dossier_scanned_again_leaves_the_delivered_one_until_the_archive_has_it(office: Office) -> None:
    office.dossier(2, declared=2)
    office.all_the_way("u1")
    office.dossier(2, declared=2, again=True)
    assert office.revisions() == [(1, "accepted", ""), (2, "closed", "")]
    office.all_the_way("u2")
    assert office.revisions() == [(1, "replaced", ""), (2, "accepted", "")]
    assert counted(office) == {"pages_filed": 4, "replaced": 4}


def test_without_a_rescan_separator_a_delivered_dossier_is_not_scanned_again(office: Office) -> None:
    office.dossier(1)
    office.all_the_way("u1")
    office.dossier(1)
    assert office.revisions()[-1] == (2, "held", "T404")


def test_a_whole_dossier_waits_behind_a_delivery_and_goes_on_by_itself(office: Office) -> None:
    office.dossier(1, declared=1)
    office.sign()
    office.pack("u1")
    deliveries.progress(office.ledger, "u1", "http://archive/upload", 0)
    office.dossier(1, declared=1, again=True)
    assert office.revisions()[-1] == (2, "held", "T530")
    assert office.ledger.all("dossiers_behind", code="T530") == []
    deliveries.sending(office.ledger, "u1", DeliveryState.QUEUED, DeliveryState.SENDING)
    deliveries.sending(office.ledger, "u1", DeliveryState.SENDING, DeliveryState.SENT)
    deliveries.accepted(office.ledger, "u1", f"{CODE}.r1", DeliveryState.SENT, "receipt")
    (row,) = office.ledger.all("dossiers_behind", code="T530")
    assert replacing.go_on(office.ledger, row["id"]) == ""
    assert office.revisions() == [(1, "accepted", ""), (2, "closed", "")]


def test_a_wrong_code_is_corrected_and_its_paper_need_not_be_scanned_again(office: Office) -> None:
    office.dossier(1, 1, held=errors.DOSSIER_UNREGISTERED.code)
    signed = office.places.signed
    assert resolutions.rename(office.ledger, Decision(CODE, "NV001"), "H1.2001.8", '{"x": 1}', signed) == ""
    assert office.revisions() == [(1, "replaced", "T441")]
    assert office.revisions("H1.2001.8") == [(1, "closed", "")]
    new = office.newest("H1.2001.8")
    assert (new["register"], json.loads(new["decided"])[0]["from"]) == ('{"x": 1}', CODE)
    office.all_the_way("u1", "H1.2001.8")
    assert counted(office) == {"pages_filed": 4}


def test_a_code_that_another_dossier_has_is_refused_and_nothing_is_changed(office: Office) -> None:
    office.dossier(1, held=errors.DOSSIER_UNREGISTERED.code)
    office.dossier(1, code="H1.2001.8")
    with pytest.raises(ApplianceError) as problem:
        resolutions.rename(office.ledger, Decision(CODE, "NV001"), "H1.2001.8", "", office.places.signed)
    assert problem.value.code == "T404"
    assert office.revisions() == [(1, "held", "T441")]


def test_a_wrong_declared_number_is_confirmed_and_told_in_the_package(office: Office) -> None:
    office.dossier(2, declared=3, held=errors.COUNT_MISMATCH.code)
    assert resolutions.release(office.ledger, Decision(CODE, "NV001", "đếm lại: hai tờ"), ("", {})) == ""
    row = office.newest()
    assert (row["state"], row["declared"], row["captured"]) == ("closed", 3, 2)
    (said,) = json.loads(row["decided"])
    assert (said["what"], said["by"], said["reason"]) == ("released", "NV001", "đếm lại: hai tờ")


def test_behind_a_wrong_count_a_missing_register_is_not_forgotten(office: Office) -> None:
    office.dossier(2, declared=3, held=errors.COUNT_MISMATCH.code)
    assert resolutions.release(office.ledger, Decision(CODE, "NV001", "x"), ("T441", {"reason": "y"})) == "T441"
    assert office.revisions() == [(1, "held", "T441")]


@pytest.mark.parametrize("code", ["T401", "T409", "T441"])
def test_only_a_count_can_be_confirmed(office: Office, code: str) -> None:
    office.dossier(1, held=code)
    with pytest.raises(ApplianceError) as problem:
        resolutions.release(office.ledger, Decision(CODE, "NV001", "x"), ("", {}))
    assert problem.value.code == "T533"


def test_a_dossier_given_up_leaves_the_count_and_its_paper_may_come_again(office: Office) -> None:
    office.dossier(2, held=errors.COUNT_MISMATCH.code)
    assert resolutions.discard(office.ledger, Decision(CODE, "NV001", "lẫn hồ sơ")) == 4
    assert (office.revisions(), figures.held(office.ledger)) == ([(1, "discarded", "T403")], [])
    assert counted(office) == {"removed": 4}
    with pytest.raises(ApplianceError):
        resolutions.discard(office.ledger, Decision(CODE, "NV001", "x"))
    office.dossier(1)
    assert office.revisions() == [(1, "discarded", "T403"), (2, "closed", "")]
    office.all_the_way("u1")
    assert counted(office) == {"removed": 4, "pages_filed": 2}


def test_a_revision_given_up_gives_its_pages_back_to_the_delivered_one(office: Office) -> None:
    office.dossier(2, declared=2)
    office.all_the_way("u1")
    office.rescan(1, 0, 3, 3)
    assert office.revisions()[-1] == (2, "held", "T403")
    resolutions.discard(office.ledger, Decision(CODE, "NV001", "x"))
    assert office.revisions() == [(1, "accepted", ""), (2, "discarded", "T403")]
    assert office.pages(f"{CODE}.1.r1") == [1, 2, 3, 4]
    assert counted(office) == {"pages_filed": 4, "removed": 6}
    office.rescan(1, 3)
    assert office.revisions()[-1] == (3, "closed", "")


def test_a_dossier_that_is_not_held_cannot_be_decided_about(office: Office) -> None:
    office.dossier(1)
    for decide in (resolutions.discard, lambda ledger, one: resolutions.release(ledger, one, ("", {}))):
        with pytest.raises(ApplianceError) as problem:
            decide(office.ledger, Decision(CODE, "NV001", "x"))
        assert problem.value.code == "T533"


def test_a_stop_at_any_moment_leaves_a_rescan_that_is_applied_once(office: Office) -> None:
    office.dossier(1, 1)
    office.sign()
    office.places.signed(f"{CODE}.2.r2").write_bytes(b"left by a stop before the ledger had it")
    pages = office.scan(1)
    office.again(NewRescan(CODE, 1, 1, 1, 1, tuple(pages)))
    recovery.recover(office.ledger, Store(office.root))
    (row,) = office.ledger.all("rescans_due", code="")
    assert replacing.apply(office.ledger, row["id"], office.places).old == f"{CODE}.r1"
    assert replacing.apply(office.ledger, row["id"], office.places) == replacing.Done()
    assert office.places.signed(f"{CODE}.2.r2").read_bytes() == f"{CODE}.2.r1".encode()


def test_a_step_that_was_under_way_for_the_old_revision_changes_nothing_of_the_new_one(office: Office) -> None:
    office.dossier(1)
    (row,) = office.ledger.all("documents_of_dossier", dossier=f"{CODE}.r1")
    office.rescan(1, 1)
    entry.analysed(office.ledger, 1, PageAnalysis(Geometry(1, 1), blank=False, verdicts=(
        Verdict("blur", 0, 1, ok=False, code="I306"),)), separator=False)
    office.sign()
    assert (row["id"], office.documents()) == (f"{CODE}.1.r1", {f"{CODE}.1.r2": "signed"})
    assert office.page(1)["state"] == "replaced"


def test_what_was_made_of_a_revision_that_never_left_the_house_goes_with_it(office: Office) -> None:
    office.dossier(1, 1)
    office.sign()
    office.rescan(1, 1)
    files = restoring.leftovers(office.ledger, f"{CODE}.r1")
    assert {Path(name).name for name in files} == {
        f"{CODE}.1.r1.pdf", f"{CODE}.2.r1.pdf", f"{CODE}.1.r1.un", f"{CODE}.2.r1.un", "page-1.txt", "page-2.txt"}
    assert restoring.leftovers(office.ledger, f"{CODE}.r2") == []


def test_texts_of_a_dossier_that_was_given_up_go(office: Office) -> None:
    office.dossier(1, held=errors.COUNT_MISMATCH.code)
    resolutions.discard(office.ledger, Decision(CODE, "NV001", "x"))
    files = restoring.leftovers(office.ledger, f"{CODE}.r1")
    assert [Path(name).name for name in files] == ["page-1.txt", "page-2.txt"]


def test_nothing_of_what_the_archive_has_is_a_leftover(office: Office) -> None:
    office.dossier(1)
    office.all_the_way("u1")
    office.rescan(1, 1)
    office.all_the_way("u2")
    assert restoring.leftovers(office.ledger, f"{CODE}.r1") == []
