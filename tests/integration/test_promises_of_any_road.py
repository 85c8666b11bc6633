"""Whatever becomes of dossiers, in any order: none is promised twice or forgotten, and no second has two owners."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from rescan_stand import Office

from appliance.core import clock, errors
from appliance.core.errors import ApplianceError
from appliance.core.service import ARCHIVE, Service
from appliance.core.states import DOCUMENT, DeliveryState, DocumentState
from appliance.spool import deliveries, handovers, locks, resolutions, service, unlocking, waiting
from appliance.spool.resolutions import Decision
from appliance.spool.schema import MIGRATIONS

CODES = ("H1.2001.7", *(f"H1.2001.{number}" for number in range(8, 14)))
ALIVE = ("open", "closed", "held", "packed", "rejected")
PROMISES = service.Promises(Service(), frozenset())
STEPS = 150
DEADLINE = 25 * 3600.0
"""Seconds after which every promise is over."""

Act = Callable[[Office, str, random.Random], None]


def scanned(office: Office, code: str, chance: random.Random) -> None:
    short = chance.random() < 0.3
    office.dossier(2, code=code, held=errors.COUNT_MISMATCH.code if short else "", declared=3 if short else 2,
                   again=chance.random() < 0.5)


def page_again(office: Office, code: str, chance: random.Random) -> None:
    if code == CODES[0]:
        office.rescan(1, 1)


def moved_on(office: Office, code: str, chance: random.Random) -> None:
    row = office.newest(code)
    if row["state"] == "closed":
        office.sign(code)
        office.pack(f"p-{row['id']}", code)
    elif row["state"] == "packed":
        office.deliver(row["package"], code)


def refused(office: Office, code: str, chance: random.Random) -> None:
    row = office.newest(code)
    deliveries.rejected(office.ledger, row["package"], row["id"], DeliveryState.QUEUED, "lý do")


def unsigned(office: Office, code: str, chance: random.Random) -> None:
    for row in office.ledger.all("documents_of_dossier", dossier=office.newest(code)["id"]):
        if row["state"] == "assembled":
            waiting.let_wait(office.ledger, row["id"], DocumentState.AWAITING_SIGNER, "K500", "")
        elif row["state"] == "awaiting_signer":
            waiting.ask_again(office.ledger, [row["id"]], DocumentState.AWAITING_SIGNER)
        elif row["state"] == "separated":
            office.ledger.move(DOCUMENT, row["id"], DocumentState.SEPARATED, DocumentState.ASSEMBLED)


def given_up(office: Office, code: str, chance: random.Random) -> None:
    resolutions.discard(office.ledger, Decision(code, "Văn A", "nhầm"))


def resent(office: Office, code: str, chance: random.Random) -> None:
    resolutions.resend(office.ledger, Decision(code, "Văn A", "sửa"), office.places.signed)


def to_centre(office: Office, code: str, chance: random.Random) -> None:
    if office.newest(code)["state"] == "handed_over":
        handovers.take_back(office.ledger, code, who="Văn A", reason="nhầm")
    else:
        handovers.hand_over(office.ledger, code, who="Văn A", reason="mất trang")


def locked(office: Office, code: str, chance: random.Random) -> None:
    batch = office.newest(code)["batch"]
    lock = office.ledger.one("last_lock", batch=batch)
    if lock is None or lock["done"]:
        locks.lock(office.ledger, batch, who="Văn A")
    else:
        locks.decide(office.ledger, batch, locks.Decision("release", "Trưởng", "không phải", "12", "2026-11-22"))
        unlocking.released(office.ledger, lock)


def back_from_signer(office: Office, code: str, chance: random.Random) -> None:
    """Let what a signer had in hand come back unsigned, whatever became of its dossier meanwhile."""
    rows = office.ledger._db.execute(
        "SELECT id, state FROM document WHERE state IN ('separated', 'assembled')").fetchall()
    row = chance.choice(rows or [{"id": "", "state": "assembled"}])
    if row["state"] == "separated":
        office.ledger.move(DOCUMENT, row["id"], DocumentState.SEPARATED, DocumentState.ASSEMBLED)
    waiting.let_wait(office.ledger, row["id"], chance.choice((DocumentState.AWAITING_SIGNER,
                                                              DocumentState.AWAITING_TIMESTAMP)), "K500", "")


def judged(office: Office, code: str, chance: random.Random) -> None:
    settled(office, chance.choice((0.0, 0.0, 0.0, 0.0, DEADLINE)))


def settled(office: Office, later: float) -> None:
    at = clock.now().timestamp() + later
    for row in service.due(office.ledger, PROMISES, at, 100):
        service.settle(office.ledger, row["id"], PROMISES, at)


ACTS: tuple[Act, ...] = (scanned, scanned, page_again, moved_on, moved_on, moved_on, refused, unsigned, given_up,
                         resent, to_centre, locked, back_from_signer, judged)

WAITING = MIGRATIONS.joinpath("0027_service.sql").read_text(encoding="utf-8").rpartition("INSERT INTO waiting")[2]
WAITING = WAITING.partition("\n")[2]
"""What waits, asked of everything there is: how an upgrade asks."""


def waits_as_it_stands(office: Office) -> None:
    """Check that what is kept of waiting things is what a look at every thing gives; one being tried keeps it."""
    ledger = office.ledger._db
    tried = {row["id"] for row in ledger.execute("SELECT id FROM document WHERE state = 'assembled'")}
    kept = {(row["kind"], row["item"], row["state"]) for row in ledger.execute("SELECT * FROM waiting")
            if row["kind"] != "document" or row["item"] not in tried}
    assert kept == {(row["kind"], row["item"], row["state"]) for row in ledger.execute(WAITING)}


def holds(office: Office) -> None:
    """Check what must be true at any moment."""
    waits_as_it_stands(office)
    rows = office.ledger._db.execute("SELECT promise.*, file_code, line, state FROM promise "
                                     "JOIN dossier ON dossier.id = promise.dossier").fetchall()
    for row in rows:
        assert sum(row[share] for share in service.SHARES) == pytest.approx(row["since"] - row["started"], abs=1e-3)
        assert (row["state"] in ("accepted", "replaced")) or not row["arrived"]
    promised = Counter((row["file_code"], row["line"]) for row in rows
                       if not row["arrived"] and not row["over"] and row["verdict"] != service.EXCUSED)
    assert not promised or max(promised.values()) == 1
    kept = {row["file_code"] for row in rows if not row["arrived"]}
    for code in CODES:
        newest = office.ledger.one("latest_dossier", file_code=code)
        assert newest is None or newest["state"] not in ALIVE or code in kept, (code, newest["state"])


@pytest.mark.parametrize("seed", range(3))
def test_every_dossier_on_its_way_has_one_promise_and_every_second_one_owner(tmp_path: Path, seed: int) -> None:
    office, chance, done = Office(tmp_path), random.Random(seed), Counter[str]()
    for _ in range(STEPS):
        act, code = chance.choice(ACTS), chance.choice(CODES)
        try:
            with office.ledger.transaction():
                act(office, code, chance)
        except (ApplianceError, AssertionError):
            continue  # the ledger forbids that now, and nothing of it is written
        done[act.__name__] += 1
        holds(office)
    settled(office, DEADLINE)
    found = service.served(office.ledger)[ARCHIVE]
    rows = office.ledger._db.execute("SELECT * FROM promise").fetchall()
    assert sum(found.buckets.values()) == sum(row["arrived"] > 0 for row in rows)
    assert len(done) >= len(set(ACTS)) - 3, done
    assert found.met + found.missed > 0
