"""A start after a stop of any kind."""

from __future__ import annotations

from pathlib import Path

from appliance.core.model import ImageFormat, Master, PageKey, Side
from appliance.spool import entry, recovery
from appliance.spool.ledger import Ledger
from appliance.spool.store import Store

BATCH = "01890000-0000-7000-8000-000000000001"


def ledger_with_open_batch(store: Store, sides: int) -> Ledger:
    ledger = Ledger(store.ledger)
    entry.begin(ledger, entry.NewBatch(BATCH, "tray", "default", "demo", "", '{"duplex": true}'))
    for number in range(sides):
        face = Side.BACK if number % 2 else Side.FRONT
        master = Master(f"{number}.jpg", str(number), 1, ImageFormat.JPEG, 100, 100, 3, 300)
        entry.record(ledger, entry.NewSide(PageKey(BATCH, number // 2 + 1, face), master))
    return ledger


def test_a_batch_cut_by_a_power_cut_waits_for_its_paper_and_names_the_sheet(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.prepare()
    ledger = ledger_with_open_batch(store, 5)
    (waiting,) = recovery.recover(ledger, store)
    assert (waiting.batch, waiting.device, waiting.sheet) == (BATCH, "tray", 3)


def test_recovering_twice_is_the_same_as_once(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.prepare()
    ledger = ledger_with_open_batch(store, 2)
    assert recovery.recover(ledger, store) == recovery.recover(ledger, store)


def test_half_written_files_are_swept_away_and_whole_ones_stay(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.prepare()
    (store.masters / "whole.jpg").write_bytes(b"x")
    (store.masters / "half.jpg.1a2b3c4d.part").write_bytes(b"x")
    ledger = Ledger(store.ledger)
    recovery.recover(ledger, store)
    assert [path.name for path in store.masters.iterdir()] == ["whole.jpg"]
