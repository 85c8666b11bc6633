"""For how many days the disk lasts without the archive, by what the ledger says was packed; who may read it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from appliance import budget, cli
from appliance.core import clock
from appliance.spool import dispatching
from appliance.spool.ledger import Ledger
from appliance.spool.store import Store

GB = 10**9


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    store = Store(tmp_path / "state")
    store.prepare()
    found = Ledger(store.ledger)
    yield found
    found.close()


def pack(ledger: Ledger, days_ago: int, size: int, **columns: Any) -> str:
    """Write down a package that was ready so many days ago."""
    at = clock.iso(clock.now() - timedelta(days=days_ago), "milliseconds")
    name = f"p-{days_ago}-{size}"
    with ledger.transaction():
        ledger.act("add_batch", id=name, device="d", job="default", rules="archive-tt05-2025", operator="A",
                   operator_code="", named_by="", provenance="{}", started=at)
        ledger.act("add_dossier", id=name, file_code=name, revision=1, job="default", rules="archive-tt05-2025",
                   batch=name, declared=1, captured=1, opened=at)
        ledger.act("add_delivery", package=name, dossier=name, path="-", sha256="ab", size=size, queued=at,
                   state="queued")
        if columns:
            ledger.put("delivery", name, **columns)
    return name


def due(ledger: Ledger) -> list[str]:
    return [row["package"] for row in ledger.all("deliveries_due", urgent=dispatching.urgent(),
                                                 yesterday=dispatching.yesterday(), limit=10)]


def test_busy_days_are_what_counts_and_a_quiet_one_promises_nothing(ledger: Ledger) -> None:
    for ago, size in ((1, 4 * GB), (2, 6 * GB), (3, GB), (4, GB // 10), (40, 100 * GB)):
        pack(ledger, ago, size)
    pack(ledger, 0, GB // 100)
    assert dispatching.growth(ledger) == 5 * GB
    assert budget.days_left(152_048, 2048, budget.grows(5 * GB)) == 10


def test_the_first_day_counts_until_there_is_a_whole_one(ledger: Ledger) -> None:
    assert budget.days_left(100_000, 2048, budget.grows(dispatching.growth(ledger))) is None
    pack(ledger, 0, GB)
    assert dispatching.growth(ledger) == GB


def test_a_disk_below_its_least_room_lasts_for_no_day() -> None:
    assert budget.days_left(100, 2048, GB) == 0


def test_what_was_set_aside_for_failing_has_a_try_a_day_and_what_is_damaged_has_none(ledger: Ledger) -> None:
    old = clock.iso(clock.now() - timedelta(days=2), "milliseconds")
    fresh = pack(ledger, 1, 1)
    aside = pack(ledger, 3, 2, aside=old, code="A627")
    pack(ledger, 4, 3, aside=old, code="A601")
    pack(ledger, 5, 4, aside=clock.iso(clock.now(), "milliseconds"), code="A627")
    assert due(ledger) == [fresh, aside]


def test_a_backlog_of_any_length_costs_the_conductor_a_few_rows_and_the_urgent_come_first(ledger: Ledger) -> None:
    for number in range(30):
        pack(ledger, 3, 1000 + number)
    ledger.put("dossier", "p-3-1029", rules="onestop-ttvpcp-2023")
    assert (len(due(ledger)), due(ledger)[0]) == (10, "p-3-1029")


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_whatever_the_shell_allows_nobody_else_may_read_what_the_daemon_writes(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        assert {"run", "worker", "scanner", "signer", "receive"} == cli.PRIVATE
        with pytest.raises(SystemExit):
            cli.main(["worker", "--help"])
        store = Store(tmp_path / "state")
        store.prepare()
        Ledger(store.ledger).close()
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (store.root, *store.root.rglob("*"))}
        assert {name: oct(mode) for name, mode in modes.items() if mode & 0o027} == {}
    finally:
        os.umask(before)


def test_what_an_earlier_release_left_open_is_closed_at_the_next_start(tmp_path: Path) -> None:
    store = Store(tmp_path / "state")
    store.prepare()
    Ledger(store.ledger).close()
    store.ledger.chmod(0o644)
    store.prepare()
    assert stat.S_IMODE(store.ledger.stat().st_mode) == 0o640
