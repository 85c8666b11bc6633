"""Who scanned, in a real ledger: held without a name, named later, and a card stronger than what Start knew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance import staff
from appliance.core import config, errors
from appliance.core.errors import ApplianceError
from appliance.core.model import Box, Geometry, ImageFormat, Mark, Master, PageAnalysis, PageKey, Side
from appliance.documents import card
from appliance.spool import entry, figures, holding, naming
from appliance.spool.ledger import Ledger
from appliance.status import picture

BATCH = "01890000-0000-7000-8000-000000000001"
SETTINGS = config.parse({
    "operator": [{"code": "NV001", "name": "Nguyễn Thị Thảo"}, {"code": "NV002", "name": "Trần Văn Bình"}],
    "device": [{"name": "tray", "operator": "NV002"}, {"name": "other"}],
    "office": {"operator": "Văn phòng"},
})


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "ledger.sqlite3")
    yield opened
    opened.close()


def batch(ledger: Ledger, *marks: str, named: naming.Named | None = None, kind: str = "QRCode") -> None:
    """A closed batch; each mark stands on the front of its sheet, an empty one is plain paper."""
    who = named or naming.Named()
    entry.begin(ledger, entry.NewBatch(BATCH, "tray", "default", "demo", who.name, '{"duplex": false}', who.code,
                                       who.by))
    for sheet, mark in enumerate(marks, 1):
        master = Master(f"{sheet}.jpg", f"{sheet}", 10, ImageFormat.JPEG, 100, 100, 3, 300)
        entry.record(ledger, entry.NewSide(PageKey(BATCH, sheet, Side.FRONT), master))
        page = ledger.all("live_sides", batch=BATCH)[-1]["id"]
        marked = (Mark(kind, mark, Box(0, 0, 9, 9)),) if mark else ()
        found = PageAnalysis(Geometry(100, 100), False, marks=marked)
        entry.analysed(ledger, page, found, separator=bool(mark))
    entry.close(ledger, BATCH)


def verdict(ledger: Ledger, key: bytes = b"") -> staff.Verdict:
    row = ledger.one("batch", id=BATCH)
    assert row is not None
    return staff.of_batch(row, ledger.all("live_sides", batch=BATCH), key, SETTINGS)


def test_at_start_a_login_is_stronger_than_the_devices_person_and_that_than_the_office() -> None:
    tray, other = SETTINGS.device
    her = SETTINGS.operator[0]
    assert staff.at_start(SETTINGS, tray, her) == naming.Named("Nguyễn Thị Thảo", "NV001", "login")
    assert staff.at_start(SETTINGS, tray, None) == naming.Named("Trần Văn Bình", "NV002", "device")
    assert staff.at_start(SETTINGS, other, None) == naming.Named("Văn phòng", "", "office")
    assert staff.at_start(SETTINGS, other, None, her) == naming.Named("Nguyễn Thị Thảo", "NV001", "token")
    assert staff.at_start(SETTINGS, tray, None, her).by == "device", "a token is for the whole host"
    assert staff.at_start(config.parse({"device": [{"name": "tray"}]}), tray, None).name == ""


def test_a_card_is_stronger_than_a_login(ledger: Ledger) -> None:
    batch(ledger, card.encode("NV001"), "", named=naming.Named("Trần Văn Bình", "NV002", "login"))
    found = verdict(ledger)
    assert (found.named, found.fault) == (naming.Named("Nguyễn Thị Thảo", "NV001", "card"), "")
    for _ in range(2):  # a step may run twice
        naming.by_card(ledger, BATCH, found.named)
    row = ledger.one("batch", id=BATCH)
    assert row is not None
    assert (row["operator"], row["operator_code"], row["named_by"]) == ("Nguyễn Thị Thảo", "NV001", "card")
    assert [link["what"] for link in ledger.all("audit")].count("batch.named") == 1


@pytest.mark.parametrize(("marks", "code"), [
    (("", ""), "T413"), ((card.encode("NV009"), ""), "T414"), (("", card.encode("NV001")), "T415"),
    ((card.encode("NV001"), card.encode("NV002")), "T415"), (("SSO1:NV001:000000000000", ""), "T417"),
])
def test_without_a_sound_name_the_batch_is_held_and_says_no_names(ledger: Ledger, marks: tuple[str, ...],
                                                                 code: str) -> None:
    batch(ledger, *marks)
    fault = verdict(ledger).fault
    assert fault == code
    naming.hold(ledger, BATCH, fault)
    assert ledger.all("batches_to_separate") == []
    seen = picture(ledger)
    (thing,) = seen["held"]
    assert (thing["what"], thing["code"]) == ("batch", code)
    assert f"appliance operator name {BATCH}" in thing["vi"]
    assert "NV0" not in json.dumps(seen)
    assert (seen["counts"]["held"], seen["counts"]["reconciled"], seen["idle"]) == (2, True, True)
    assert figures.states(ledger)["batch"] == {"held": 1}


def test_a_card_of_which_only_the_bars_are_left_holds_the_batch_whoever_is_logged_in(ledger: Ledger) -> None:
    batch(ledger, "1", "", named=naming.Named("Trần Văn Bình", "NV002", "login"), kind="Patch1")
    assert verdict(ledger).fault == errors.OPERATOR_CARD_SPOILED.code


def test_bars_of_a_card_within_the_stack_say_nothing_of_who_scanned(ledger: Ledger) -> None:
    batch(ledger, "", "1", named=naming.Named("Trần Văn Bình", "NV002", "login"), kind="Patch1")
    assert verdict(ledger).fault == ""


def test_a_doubtful_card_holds_the_batch_even_where_a_login_is_known(ledger: Ledger) -> None:
    batch(ledger, card.encode("NV009"), "", named=naming.Named("Trần Văn Bình", "NV002", "login"))
    assert verdict(ledger).fault == errors.OPERATOR_UNLISTED.code


def test_a_card_of_another_office_without_our_key_holds_the_batch(ledger: Ledger) -> None:
    batch(ledger, card.encode("NV001", b"theirs"), "")
    assert verdict(ledger, b"ours").fault == errors.OPERATOR_CARD_SPOILED.code


def test_named_later_the_batch_goes_on_and_the_audit_chain_says_who_said_so(ledger: Ledger) -> None:
    batch(ledger, "", card.encode("NV001"))
    naming.hold(ledger, BATCH, verdict(ledger).fault)
    naming.later(ledger, BATCH, naming.Named("Nguyễn Thị Thảo", "NV001"), "quản trị viên")
    assert [row["id"] for row in ledger.all("batches_to_separate")] == [BATCH]
    found = verdict(ledger)
    assert (found.fault, found.named) == ("", naming.Named("Nguyễn Thị Thảo", "NV001", "later"))
    link = next(row for row in ledger.all("audit") if row["what"] == "batch.named")
    assert (link["who"], json.loads(link["detail"])) == ("quản trị viên", {"by": "later", "code": "NV001"})
    assert ledger.verify_chain() > 0


def test_only_a_batch_that_waits_for_a_name_can_be_named(ledger: Ledger) -> None:
    batch(ledger, "", named=naming.Named("Văn phòng", "", "office"))
    for name in (BATCH, "nonsense", ""):
        with pytest.raises(ApplianceError) as caught:
            naming.later(ledger, name, naming.Named("Nguyễn Thị Thảo", "NV001"), "x")
        assert caught.value.code == errors.REQUEST_REFUSED.code
    row = ledger.one("batch", id=BATCH)
    assert row is not None
    assert row["operator"] == "Văn phòng"


def test_a_start_that_fed_nothing_needs_no_name(ledger: Ledger) -> None:
    batch(ledger)
    assert verdict(ledger).fault == ""


def test_a_damaged_side_of_a_held_batch_can_be_taken_out_of_the_count(ledger: Ledger) -> None:
    batch(ledger, "", "")
    page = ledger.all("live_sides", batch=BATCH)[1]["id"]
    holding.hold_page(ledger, page, errors.OCR_FAILED.code, "x")
    naming.hold(ledger, BATCH, verdict(ledger).fault)
    holding.remove_page(ledger, f"{BATCH}/2front", "ai đó")
    tally = figures.tally(ledger)
    assert (tally.held, tally.removed, tally.reconciled) == (1, 1, True)
