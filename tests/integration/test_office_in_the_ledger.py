"""The ledger keeps under which office a dossier was begun, whatever the settings say later."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.core import config
from appliance.spool import entry, offices
from appliance.spool.ledger import Ledger
from appliance.spool.offices import Seat

OLD, NEW = Seat("2702", "Đồng Lúa", "H27.02", "/old.png"), Seat("2701", "Núi Xanh", "H27.01", "/new.png")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "ledger.sqlite3")
    yield opened
    opened.close()


def batch(ledger: Ledger, name: str) -> None:
    entry.begin(ledger, entry.NewBatch(name, "d", "default", "demo", "A", "{}"))


def dossier(ledger: Ledger, code: str, batch: str, revision: int = 1) -> str:
    ledger.act("add_dossier", id=f"{code}.r{revision}", file_code=code, revision=revision, job="default",
               rules="demo", batch=batch, declared=0, captured=1, opened="2026-12-31")
    return f"{code}.r{revision}"


def test_a_batch_of_the_last_evening_is_the_old_offices_when_it_becomes_dossiers(ledger: Ledger) -> None:
    assert not offices.begin(ledger, OLD)
    batch(ledger, "evening")
    assert offices.begin(ledger, NEW)
    batch(ledger, "morning")
    assert offices.of_dossier(ledger, dossier(ledger, "A", "evening")) == OLD
    assert offices.of_dossier(ledger, dossier(ledger, "B", "morning")) == NEW
    assert [(one["code"], one["undelivered"]) for one in offices.told(ledger)] == [("2702", 1), ("2701", 1)]


def test_paper_scanned_again_stays_in_the_fonds_that_it_has(ledger: Ledger) -> None:
    offices.begin(ledger, OLD)
    batch(ledger, "before")
    dossier(ledger, "A", "before")
    offices.begin(ledger, NEW)
    batch(ledger, "after")
    assert offices.of_dossier(ledger, dossier(ledger, "A", "after", revision=2)) == OLD
    assert offices.of_file(ledger, "A") == OLD


def test_what_an_earlier_release_began_is_its_offices_not_the_next_ones(ledger: Ledger) -> None:
    batch(ledger, "b")
    name = dossier(ledger, "A", "b")
    assert offices.of_dossier(ledger, name) is None
    offices.begin(ledger, OLD)
    offices.begin(ledger, NEW)
    assert offices.of_dossier(ledger, name) == OLD


def test_a_host_that_starts_again_has_not_moved_and_a_new_seal_counts_for_all(ledger: Ledger) -> None:
    offices.begin(ledger, OLD)
    assert not offices.begin(ledger, OLD)
    assert not offices.begin(ledger, Seat(OLD.code, OLD.name, OLD.organ_id, "/newer.png"))
    (one,) = ledger.all("offices")
    assert one["seal"] == "/newer.png"
    assert ledger.all("audit_after", seq=0, most=10) == []


def test_an_office_that_comes_back_begins_anew(ledger: Ledger) -> None:
    for seat in (OLD, NEW, OLD):
        offices.begin(ledger, seat)
    assert [one["code"] for one in offices.told(ledger)] == ["2702", "2701", "2702"]


def test_the_seat_has_what_files_say_of_an_office() -> None:
    own = config.Office()
    assert Seat(own.code, own.name, own.organ_id, own.seal) == Seat("0000", own.name, "H00.00.00")
