"""A ledger of some weeks of an office, made by chance from a seed.

Dossiers are scanned, filed, refused, given up, locked, handed over on paper, added to, and scanned again, just
before midnight too; now and then the clock goes back within a day.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from rescan_stand import CODE, Office

from appliance.core import clock
from appliance.core.states import DeliveryState
from appliance.spool import deliveries, handovers, locks, resolutions, supplements
from appliance.spool.dossiers import NewDocument, NewDossier, Separated
from appliance.spool.resolutions import Decision
from appliance.spool.supplements import Leave

FIRST = datetime(2026, 10, 5, 8, tzinfo=clock.VIETNAM)
ONESTOP = "onestop-ttvpcp-2023"


class Weeks(Office):
    """An office whose days pass as the test wills; blanks and times by chance."""

    def begin(self, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the clock of the ledger be this one's."""
        self.chance, self.now, self.codes, self.packages = random.Random(seed), FIRST, 0, 0
        monkeypatch.setattr(clock, "now", self._now)

    def _now(self) -> datetime:
        self.now += timedelta(seconds=self.chance.randrange(1, 90))
        return self.now

    def scan(self, sheets: int, blank: tuple[int, ...] = (), duplex: bool = True, read: bool = True) -> list[int]:
        """Scan with blank backs here and there."""
        backs = tuple(at for at in range(1, 2 * sheets, 2) if self.chance.random() < 0.3)
        return super().scan(sheets, blank or backs, duplex, read)

    def pass_days(self, most: int = 3) -> None:
        """Let some days go by; where none does, the clock goes back to eight."""
        hour, minute = (23, 58) if self.chance.random() < 0.2 else (8, 0)
        self.now = (self.now + timedelta(days=self.chance.randrange(most))).replace(hour=hour, minute=minute)

    def new(self) -> str:
        """Scan a dossier, of the counter's stream now and then; return its code."""
        self.codes += 1
        code = f"H1.2001.{100 + self.codes}"
        self.dossier(*(self.chance.randrange(1, 4) for _ in range(self.chance.randrange(1, 4))), code=code)
        if self.chance.random() < 0.3:
            self.ledger.put("batch", f"b{self.batches}", rules=ONESTOP)
            self.ledger.put("dossier", self.newest(code)["id"], rules=ONESTOP)
        return code

    def uuid(self) -> str:
        """Return a name for a package."""
        self.packages += 1
        return f"u{self.packages}"

    def refused(self, code: str) -> None:
        """Bring a dossier as far as the archive's no."""
        uuid = self.uuid()
        self.sign(code)
        self.pack(uuid, code)
        deliveries.sending(self.ledger, uuid, DeliveryState.QUEUED, DeliveryState.SENDING)
        deliveries.rejected(self.ledger, uuid, self.newest(code)["id"], DeliveryState.SENDING, "thiếu")

    def live(self, steps: int) -> None:
        """Do so many things by chance."""
        self.dossier(2, 1, code=CODE)
        self.all_the_way(self.uuid())
        while self.rescan(1, 1)["state"] != "done":  # not when its back is blank and the old one is not
            pass
        self.all_the_way(self.uuid())
        doings: tuple[Callable[[], None], ...] = (self._filed, self._filed, self._filed, self._left, self._refused,
                                                  self._given_up, self._scanned_again, self._locked,
                                                  self._handed_over, self._added, self._revision_given_up)
        for _ in range(steps):
            self.pass_days()
            self.chance.choice(doings)()

    def _filed(self) -> None:
        code = self.new()
        self.pass_days()
        self.all_the_way(self.uuid(), code)

    def _left(self) -> None:
        self.new()

    def _refused(self) -> None:
        self.refused(self.new())

    def _given_up(self) -> None:
        code = self.new()
        self.ledger.put("dossier", self.newest(code)["id"], state="held", code="T404")
        resolutions.discard(self.ledger, Decision(code, "NV001", "nhầm"))

    def _scanned_again(self) -> None:
        """Scan a page of a delivered dossier again, and now and then do not deliver it yet."""
        if self.newest()["state"] not in ("accepted", "closed"):
            return
        done = self.rescan(1, 1)["state"] == "done"
        if done and self.chance.random() < 0.7:
            self.pass_days()
            self.all_the_way(self.uuid())

    def _locked(self) -> None:
        """Lock a batch, not the first: of its dossier pages are scanned again and again."""
        locks.lock(self.ledger, f"b{self.chance.randrange(2, self.batches + 2)}", who="NV001")

    def _handed_over(self) -> None:
        code = self.new()
        self.ledger.put("dossier", self.newest(code)["id"], state="held", code="T404")
        self.pass_days()
        handovers.hand_over(self.ledger, code, who="NV001", reason="giấy mục")

    def _added(self) -> None:
        """Add a document to a dossier that the archive took just now."""
        code = self.new()
        self.all_the_way(self.uuid(), code)
        self.add(code)
        self.pass_days()
        self.all_the_way(self.uuid(), code)

    def add(self, code: str) -> None:
        """Scan one document more of a delivered dossier, by a person's word."""
        supplements.allow(self.ledger, Leave(code, "NV001", "bổ sung"))
        number = len(supplements.numbers(self.ledger, code)) + 1
        new = NewDocument(number, "", 2, tuple(self.scan(2)))
        self.separated(Separated(f"b{self.batches}", "archive", (NewDossier(code, 0, 2, (new,), "", {}),), (), ()))

    def _revision_given_up(self) -> None:
        """Scan a page of a delivered dossier again, which the archive refuses and a person gives up."""
        if self.newest()["state"] == "accepted" and self.rescan(1, 1)["state"] == "done":
            self.refused(CODE)
            resolutions.discard(self.ledger, Decision(CODE, "NV001", "nhầm"))


def weeks(root: Path, seed: int, monkeypatch: pytest.MonkeyPatch, steps: int = 40) -> Weeks:
    """Return an office after so many things."""
    office = Weeks(root)
    office.begin(seed, monkeypatch)
    office.live(steps)
    return office
