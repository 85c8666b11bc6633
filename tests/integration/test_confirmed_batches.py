"""Somebody says by name that there is no state secret, or nothing of the batch is read: on a real ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from locked_stand import Stand, office

from appliance import assurance
from appliance.core import errors, rules
from appliance.core.config import Operator
from appliance.core.errors import ApplianceError
from appliance.core.model import Box, Mark, Separator, SheetKind
from appliance.core.rules import RuleProfile, SecretTable
from appliance.documents import card
from appliance.documents.separator import encode
from appliance.logins import Login
from appliance.spool import confirming, entry, naming
from appliance.spool.confirming import Confirmed

A = "01890000-0000-7000-8000-00000000000a"
D, T = SheetKind.DOSSIER, SheetKind.DOCUMENT
PEOPLE = '[[operator]]\ncode = "NV01"\nname = "Nguyễn Thảo"\n[office]\noperator = "BHXH huyện"\n'
ARCHIVE = rules.load("archive-tt05-2025")


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    found = office(tmp_path, PEOPLE)
    yield found
    found.ledger.close()


def sheets(stand: Stand, *texts: str) -> list[int]:
    """Return the pages of an unconfirmed batch, looked at; an empty text is paper."""
    stand.batch(A, confirmed=Confirmed(""))
    pages = [stand.side(A, sheet) for sheet in range(1, len(texts) + 1)]
    for page, text in zip(pages, texts, strict=True):
        look(stand, page, text)
    return pages


def look(stand: Stand, page: int, text: str) -> None:
    stand.look(page, marks=[text] if text else [])
    if text:
        assurance.of_cover(stand.ledger, stand.row(page), [Mark("qr", text, Box(0, 0, 1, 1))], stand.config)


def readable(stand: Stand) -> list[int]:
    return [row["sheet"] for row in stand.ledger.all("pages_to_read", limit=99)]


def separator(kind: SheetKind, code: str = "A.1", *, no_secret: bool) -> str:
    return encode(Separator(kind, code, sheets=1, no_secret=no_secret))


@pytest.mark.parametrize("name", rules.known())
def test_every_shipped_rule_profile_asks_for_the_confirmation(name: str) -> None:
    assert rules.load(name).secrets.confirm == "batch"


def test_an_unconfirmed_batch_is_looked_at_and_not_read(stand: Stand) -> None:
    sheets(stand, separator(D, no_secret=False), "", "")
    assert readable(stand) == []
    confirming.later(stand.ledger, A, Confirmed("command", "NV01"), "root")
    assert readable(stand) == [2, 3]
    assert stand.noted("batch.confirmed") == [("root", {"by": "command", "code": "NV01"})]


@pytest.mark.parametrize(("how", "by"), [(confirming.COMMAND, "NV01"), (confirming.PAGE, "NV01"),
                                         (confirming.COMMAND, "BHXH huyện")])
def test_a_confirmation_given_with_start_is_on_the_audit_chain_and_so_is_who_pressed(
    stand: Stand, how: str, by: str,
) -> None:
    stand.batch(A, confirmed=Confirmed(how, by))
    assert stand.noted("batch.confirmed") == [(by, {"by": how})]
    assert [who for who, _ in stand.noted("batch.scanning")] == [by]


def test_who_pressed_start_stands_there_by_code_where_one_is_known(stand: Stand) -> None:
    new = entry.NewBatch(A, "tray", "default", ARCHIVE.name, "Nguyễn Thảo", "{}", "NV01", naming.LOGIN)
    entry.begin(stand.ledger, new)
    assert [who for who, _ in stand.noted("batch.scanning")] == ["NV01"]
    assert stand.noted("batch.confirmed") == []  # nobody was asked


def test_paper_behind_a_separator_whose_printer_confirms_is_read_while_the_stack_is_fed(stand: Stand) -> None:
    yes, no = separator(D, no_secret=True), separator(D, "B.1", no_secret=False)
    sheets(stand, "", yes, "", separator(T, no_secret=True), "", no, "")
    assert readable(stand) == [3, 5]  # neither what lies before it nor behind one that says nothing


def test_nothing_is_read_early_while_a_sheet_before_it_was_not_looked_at(stand: Stand) -> None:
    stand.batch(A, confirmed=Confirmed(""))
    pages = [stand.side(A, sheet) for sheet in (1, 2, 3)]
    look(stand, pages[0], separator(D, no_secret=True))
    look(stand, pages[2], "")
    assert readable(stand) == []  # the second sheet may be another separator
    look(stand, pages[1], "")
    assert readable(stand) == [2, 3]


def test_a_confirming_card_first_in_the_stack_speaks_for_the_whole_batch(stand: Stand) -> None:
    sheets(stand, card.encode("NV01", no_secret=True), separator(D, no_secret=False), "")
    assert readable(stand) == [3]
    row = stand.ledger.one("batch", id=A)
    assert row is not None and (row["confirmed"], row["confirmed_by"]) == ("card", "NV01")
    confirming.withdraw_card(stand.ledger, A)
    assert readable(stand) == []


@pytest.mark.parametrize("text", [
    card.encode("NV01"), card.encode("NV99", no_secret=True), card.encode("NV01", b"other key", no_secret=True)])
def test_a_card_without_the_flag_of_nobody_or_of_another_key_confirms_nothing(stand: Stand, text: str) -> None:
    sheets(stand, text, "")
    assert readable(stand) == []


def test_a_confirming_card_within_the_stack_confirms_nothing(stand: Stand) -> None:
    sheets(stand, separator(D, no_secret=False), card.encode("NV01", no_secret=True), "")
    assert readable(stand) == []


def test_a_held_batch_goes_on_when_it_is_confirmed_and_no_name_takes_that_place(stand: Stand) -> None:
    sheets(stand, "")
    stand.close(A)
    confirming.hold(stand.ledger, A)
    with pytest.raises(ApplianceError, match="C011"):
        naming.later(stand.ledger, A, naming.Named("Thảo", "NV01"), "root")
    confirming.later(stand.ledger, A, Confirmed("page", "NV01"), "NV01")
    assert stand.states("batch") == {A: "closed"}
    confirming.later(stand.ledger, A, Confirmed("page", "NV02"), "NV02")  # twice has the same effect as once
    row = stand.ledger.one("batch", id=A)
    assert row is not None and row["confirmed_by"] == "NV01"
    with pytest.raises(ApplianceError, match="C011"):
        confirming.later(stand.ledger, "no such batch", Confirmed("page", "NV01"), "NV01")


def test_a_dossier_is_confirmed_by_its_own_separator_only(stand: Stand) -> None:
    pages = sheets(stand, separator(D, no_secret=True), "", separator(D, "B.1", no_secret=False), "",
                   separator(T, "C.1", no_secret=True))
    rows, batch = [stand.row(page) for page in pages], stand.ledger.one("batch", id=A)
    assert batch is not None
    codes = assurance.dossiers_of(rows, b"")
    assert codes == {"A.1"}
    found = [("A.1", ""), ("B.1", ""), ("C.1", "")]
    assert assurance.unconfirmed(batch, found, codes, rules.load) == ["B.1", "C.1"]
    assert assurance.dossiers_of(rows, b"key") == set()


def test_a_dossier_whose_own_rules_ask_is_asked_about_in_a_batch_that_does_not(stand: Stand) -> None:
    stand.batch(A)
    batch = stand.ledger.one("batch", id=A)
    assert batch is not None and batch["confirmed"] == "unasked"
    assert assurance.unconfirmed(batch, [("A.1", ""), ("B.1", "onestop-ttvpcp-2023")], set(), rules.load) == ["B.1"]


def login(*, no_secret: bool) -> Login:
    return Login("tray", Operator("NV01", "Thảo"), "t", "f", 0.0, no_secret)


def with_confirm(value: str) -> RuleProfile:
    return replace(ARCHIVE, secrets=SecretTable(value))


def test_at_start_the_login_or_the_command_confirms_and_a_strict_profile_refuses_without() -> None:
    assert assurance.at_start(ARCHIVE, login(no_secret=True), "") == Confirmed("page", "NV01")
    assert assurance.at_start(ARCHIVE, login(no_secret=False), "") == Confirmed("")
    assert assurance.at_start(ARCHIVE, None, "NV02") == Confirmed("command", "NV02")
    assert assurance.at_start(with_confirm("off"), None, "") == Confirmed("unasked")
    strict = with_confirm("start")
    assert assurance.at_start(strict, login(no_secret=True), "") == Confirmed("page", "NV01")
    for nobody in (None, login(no_secret=False)):
        with pytest.raises(ApplianceError) as refused:
            assurance.at_start(strict, nobody, "")
        assert refused.value.kind is errors.START_UNCONFIRMED


def test_a_pledge_counts_for_one_start_and_only_of_somebody_who_is_known(stand: Stand) -> None:
    pledges = assurance.Pledges(stand.config)
    pledges.give("tray", "NV01")
    assert pledges.take("other") == "" and pledges.take("tray") == "NV01" and pledges.take("tray") == ""
    pledges.give("tray", "BHXH huyện")
    for nobody in ("", "NV99"):
        with pytest.raises(ApplianceError, match="C01"):
            pledges.give("tray", nobody)
