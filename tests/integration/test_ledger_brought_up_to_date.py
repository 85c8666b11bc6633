"""A ledger with dossiers at every point of their way is brought over from the release before: nothing is stuck."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from rescan_stand import Office

from appliance.core.states import DeliveryState
from appliance.spool import again, deliveries, figures, locks, returns
from appliance.spool.ledger import Ledger
from appliance.spool.schema import MIGRATIONS

BEFORE = "0023"
ON_THE_WAY = {"H1.queued": DeliveryState.QUEUED, "H1.begun": DeliveryState.QUEUED,
              "H1.sending": DeliveryState.SENDING, "H1.sent": DeliveryState.SENT}


def earlier(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a ledger as the release before left it: its schema, with the rows of today's."""
    office = Office(root / "now")
    for code in (*ON_THE_WAY, "H1.accepted", "H1.rejected"):
        office.dossier(1, code=code)
        office.sign(code)
        office.pack(code, code)
    for code, state in ON_THE_WAY.items():
        moves = {DeliveryState.SENDING: DeliveryState.QUEUED, DeliveryState.SENT: DeliveryState.SENDING}
        for new, old in moves.items():
            if state in (new, DeliveryState.SENT):
                deliveries.sending(office.ledger, code, old, new)
        if code != "H1.queued":
            deliveries.progress(office.ledger, code, "http://archive/files/1", 7)
    office.deliver("H1.accepted", "H1.accepted")
    deliveries.rejected(office.ledger, "H1.rejected", "H1.rejected.r1", DeliveryState.QUEUED, "lý do")
    office.ledger.close()
    scripts = root / "scripts"
    scripts.mkdir()
    for script in [one for one in sorted(MIGRATIONS.glob("*.sql")) if one.name < BEFORE]:
        shutil.copy(script, scripts)
    (root / "old").mkdir()
    with monkeypatch.context() as patch:
        patch.setattr("appliance.spool.ledger.MIGRATIONS", scripts)
        Ledger(root / "old" / "ledger.sqlite3").close()
    _copy(root / "now" / "ledger.sqlite3", root / "old" / "ledger.sqlite3")
    return root / "old"


def _copy(source: Path, target: Path) -> None:
    """Copy every row into the tables and columns that an older schema has."""
    with closing(sqlite3.connect(target)) as base, base:
        base.execute("ATTACH ? AS now", (str(source),))
        for (table,) in base.execute("SELECT name FROM main.sqlite_schema WHERE type = 'table'").fetchall():
            columns = ", ".join(row[1] for row in base.execute(f"PRAGMA main.table_info({table})"))
            base.execute(f"INSERT OR REPLACE INTO main.{table} ({columns}) SELECT {columns} FROM now.{table}")


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    (tmp_path / "now").mkdir()
    with closing(Ledger(earlier(tmp_path, monkeypatch) / "ledger.sqlite3")) as opened:
        yield opened


def delivery(ledger: Ledger, code: str) -> sqlite3.Row:
    row = ledger.one("delivery", package=code)
    assert row is not None
    return row


def test_what_was_not_begun_is_looked_at_first_and_what_was_begun_goes_on_where_it_stood(ledger: Ledger) -> None:
    assert {code: delivery(ledger, code)["state"] for code in ON_THE_WAY} == {
        "H1.queued": "screening", "H1.begun": "queued", "H1.sending": "sending", "H1.sent": "sent"}
    assert delivery(ledger, "H1.begun")["sent_bytes"] == 7
    due = ledger.all("deliveries_due", urgent="[]", yesterday="", limit=10)
    assert sorted(row["package"] for row in due) == ["H1.begun", "H1.sending", "H1.sent"]
    assert [row["package"] for row in ledger.all("deliveries_to_screen", urgent="[]", found="A608", again="")] == [
        "H1.queued"]
    ledger.verify_chain()


def test_every_answer_still_arrives_and_a_package_that_nobody_sent_can_be_withdrawn(ledger: Ledger) -> None:
    assert deliveries.accepted(ledger, "H1.sent", "H1.sent.r1", DeliveryState.SENT, "r") == 2
    row = again.current(ledger, "H1.queued")
    assert row is not None and not again.on_its_way(ledger, row)
    again.withdraw(ledger, row)
    assert delivery(ledger, "H1.queued")["state"] == "withdrawn"
    assert {one["id"] for one in figures.held(ledger) if one["what"] == "dossier"} == {"H1.rejected.r1"}


def test_a_batch_of_before_is_locked_with_its_unsent_package(ledger: Ledger) -> None:
    row = again.current(ledger, "H1.queued")
    assert row is not None
    page = ledger.all("pages_of_dossier", dossier=row["id"])[0]
    locks.lock(ledger, page["batch"], page["id"])
    assert delivery(ledger, "H1.queued")["state"] == "withdrawn"
    assert [one["what"] for one in figures.held(ledger) if one["id"] == "H1.queued"] == []


def test_local_copies_of_before_go_only_with_the_receipt_in_its_file(ledger: Ledger, tmp_path: Path) -> None:
    due = ledger.all("dossiers_to_clear", before="9999", handing=True)
    assert [row["file_code"] for row in due] == ["H1.accepted"]
    place = tmp_path / "receipt.jws"
    with pytest.raises(Exception, match="A636"):
        returns.assure(ledger, "H1.accepted", place)
    place.write_text("token")
    returns.assure(ledger, "H1.accepted", place)
    assert delivery(ledger, "H1.accepted")["code"] == ""
