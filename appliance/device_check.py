"""The device check: a target sheet that came through a scanner is measured, and what that means for its batches.

Paper is never refused for want of a check: nobody knows what lies in a stack before it is fed, and the first sheet
may be the target. With ``block`` a batch is captured and analysed like any other and waits whole before its
dossiers are told apart; the next check of its device that passes lets it go on, whatever has changed until then.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from appliance import __version__
from appliance.core import clock, errors, rules
from appliance.core.config import Config, Job
from appliance.core.errors import ApplianceError
from appliance.core.events import BatchUnchecked, Bus
from appliance.core.jobs import Job as Order
from appliance.core.jobs import Priority, TargetDone, TargetJob
from appliance.core.plain import from_plain, to_plain
from appliance.documents import card, target
from appliance.executor import Executor
from appliance.orders.pages import analysis_of, master_of
from appliance.spool import targets
from appliance.spool.ledger import Book, Ledger, Row
from appliance.spool.store import Store
from appliance.spool.targets import Leave, Scanner, Standing

KEEP_DAYS = 30
"""How long the image of a target sheet that was scanned alone stays: somebody may want to see why it failed."""

DUE, WAITING, KEPT = QUERIES = ("device_checks_due", "batches_unchecked", "device_checks_to_clear")
"""What is asked of the ledger for ``measure``, ``release`` and ``forget``."""

WORDS = {
    Standing.PASSED: ("đạt", "passed"),
    Standing.FAILED: ("không đạt", "failed"),
    Standing.NEVER: ("chưa kiểm tra", "never checked"),
    Standing.OLD: ("đã quá hạn", "too old"),
    Standing.CHANGED: ("máy, trình điều khiển hoặc thiết đặt đã đổi từ lần kiểm tra",
                       "scanner, driver or settings changed since"),
}

TODO = ("Hãy đặt phiếu kiểm tra vào khay rồi bấm Start.", "Load the target sheet and press Start.")


@dataclass
class DeviceChecks:
    """The steps of device checks, as the conductor takes them; every one may be taken twice."""

    config: Config
    store: Store
    book: Book
    executor: Executor
    bus: Bus

    async def ready(self, query: str) -> list[Row]:
        """Return what the ledger says is ready for one of these steps (``QUERIES``)."""
        if query == WAITING:
            return await self._releasable()
        due = clock.iso(clock.now() - timedelta(days=KEEP_DAYS), "milliseconds")
        return await self.book.ask(lambda ledger: ledger.all(query, before=due))

    async def measure(self, row: Row) -> str:
        """Have one target sheet measured and write down what it says; one that cannot be measured has failed."""
        job = order(row, self.store, self.config)
        name, seconds = f"target-{row['page']}", self.config.pool.job_seconds
        outcome = await self.executor.run(Order(name, "target", to_plain(job), Priority.OPERATOR, seconds))
        done = from_plain(TargetDone, outcome.body) if outcome.ok else None
        await self.book.ask(targets.measured, row["page"], done, outcome.code, outcome.reason)
        return "ok"

    async def allow(self, batch: Row, pages: Sequence[Row], job: Job) -> str:
        """Judge a closed batch by the policy of its job, once; return the code that holds it, or empty.

        A batch of nothing but target sheets and cards files nothing: nothing is asked of it.
        """
        if job.target_policy == "ignore" or batch["checked"] or batch["parted"] >= 0 or only_covers(pages):
            return ""
        found, check = await self.book.ask(_standing_of, batch, job)
        if found is Standing.PASSED:
            await self.book.ask(targets.put_down, batch["id"], Leave(targets.PASSED, check))
            return ""
        held = job.target_policy == "block"
        if held:
            await self.book.ask(targets.hold, batch["id"], found.value)
        elif not await self.book.ask(targets.put_down, batch["id"], Leave(targets.FLAGGED, why=found.value)):
            return ""
        self.bus.tell(BatchUnchecked(batch["device"], held))
        return errors.SCANNER_UNCHECKED.code if held else ""

    async def _releasable(self) -> list[Row]:
        """Return the batches that need not wait for a check any more."""
        def free(ledger: Ledger) -> list[Row]:
            return [row for row in targets.waiting(ledger) if self._leave(ledger, row)]

        return await self.book.ask(free)

    async def release(self, row: Row) -> str:
        """Let a batch go on; what lets it is asked again in the ledger's thread."""
        def go(ledger: Ledger) -> None:
            if leave := self._leave(ledger, row):
                targets.release(ledger, row["id"], leave)

        await self.book.ask(go)
        return "ok"

    async def forget(self, row: Row) -> str:
        """Let the images of target sheets go that were scanned alone, a while after."""
        await self.book.ask(targets.let_go, row["batch"], self.store.masters)
        return "ok"

    def _leave(self, ledger: Ledger, batch: Row) -> Leave | None:
        """Return how a waiting batch may go on: a check passed later, or the settings ask for none any more.

        They ask for none where they know its job or its device no longer: no check could come. None: it waits.
        """
        try:
            job = self.config.job_named(batch["job"])
        except ApplianceError:
            return Leave(targets.FLAGGED, why="job gone")
        if job.target_policy != "block":
            return Leave(targets.FLAGGED, why="policy")
        found, check = _standing_of(ledger, batch, job)
        check = check if found is Standing.PASSED else targets.after_change(ledger, batch)
        if check is not None:
            return Leave(targets.LATER, check)
        known = any(device.name == batch["device"] for device in self.config.device)
        return None if known else Leave(targets.FLAGGED, why="device gone")


def order(row: Row, store: Store, config: Config) -> TargetJob:
    """Ask for the measuring of a target sheet's image.

    A device that brings files is asked for no resolution: what the rule profile demands is then the least.
    """
    master, table, settings = master_of(row), rules.load(row["rules"]).image, json.loads(row["settings"])
    asked = 0 if settings.get("folder") else int(settings.get("dpi") or 0)
    reference = config.storage.targets / f"{row['target']}.toml"
    return TargetJob(master, str(store.master(master.path)), table.target, asked or table.min_dpi, str(reference),
                     config.pool.max_pixels)


def only_covers(pages: Sequence[Row]) -> bool:
    """Say whether a batch has nothing but target sheets and cards, one target at least."""
    marks = [(row["sheet"], mark.text) for row in pages if row["analysis"] for mark in analysis_of(row).marks]
    found = target.sheets(marks)
    covers = found | {sheet for sheet, text in marks if card.is_card(text)}
    return bool(found) and all(row["sheet"] in covers for row in pages)


def _standing_of(ledger: Ledger, batch: Row, job: Job) -> tuple[Standing, Row | None]:
    since = clock.parse(batch["started"]) - timedelta(hours=job.target_max_age_hours)
    return targets.standing(ledger, targets.scanner_of(batch), since)


def standing_now(ledger: Ledger, config: Config, one: Mapping[str, Any], now: datetime) -> Standing:
    """Return how a device's check stands for its own job; ``one`` is how the device stands (device/standing.py).

    Of a device that is away only the age of its last check is asked.
    """
    device = next(device for device in config.device if device.name == one["name"])
    job, rows = config.job_named(device.job), targets.last(ledger, device.name)
    facts = {"kind": device.kind, "model": one["model"], "firmware": one["firmware"], "profile": device.profile,
             "options": one["options_hash"], "software": __version__}
    scanner = Scanner(device.name, one["serial"], facts)
    if rows and not one["model"]:
        scanner = Scanner(device.name, rows[0]["serial"], targets.way_of(json.loads(rows[0]["settings"])))
    return targets.standing(ledger, scanner, now - timedelta(hours=job.target_max_age_hours))[0]


def told(ledger: Ledger, config: Config, one: Mapping[str, Any]) -> dict[str, Any]:
    """Return what people see of a device's check: standing, when, codes, texts; empty: nobody asks."""
    rows = targets.last(ledger, one["name"])
    device = next(each for each in config.device if each.name == one["name"])
    policy = config.job_named(device.job).target_policy
    if policy == "ignore" and not rows:
        return {}
    found = standing_now(ledger, config, one, clock.now())
    newest = max((row["at"] for row in rows), default="")
    faults = [fault for row in rows for fault in _faults(row)] if found is Standing.FAILED else []
    (vi, en), when = WORDS[found], f" ({clock.parse(newest):%H:%M %d/%m/%Y})" if newest else ""
    what = faults[0] if faults else None
    todo = (what.vi, what.en) if what else ("", "") if found is Standing.PASSED else TODO
    return {"standing": found.value, "at": newest, "codes": sorted({fault.code for fault in faults}),
            "policy": policy, "vi": f"Kiểm tra máy: {vi}{when}. {todo[0]}".rstrip(),
            "en": f"device check: {en}{when}. {todo[1]}".rstrip()}


def _faults(row: Row) -> list[ApplianceError]:
    """Return why a check failed, as errors whose texts say what to do."""
    if row["code"]:
        return [errors.by_code(row["code"]).error(reason=row["reason"] or "-")]
    return [errors.by_code(one["code"]).error(value=one["value"], limit=one["limit"])
            for one in json.loads(row["verdicts"]) if not one["ok"]]
