"""Steps of one captured side: looked at, then read."""

from __future__ import annotations

from dataclasses import dataclass

from appliance import reloads
from appliance.core import errors, rules
from appliance.core.events import PageWarned
from appliance.core.jobs import Compared, Priority, ReadDone
from appliance.core.model import PageAnalysis
from appliance.core.plain import from_plain, to_plain
from appliance.documents import sheet, target
from appliance.orders import pages
from appliance.spool import entry, figures, reloading, sides, targets
from appliance.spool.ledger import Ledger, Row
from appliance.steps.means import Means

TWICE = {errors.JOB_POISONED.code, errors.JOB_TIMEOUT.code}
"""Codes of a job that ended its workers: reading is then tried once more in a process of its own."""

URGENCY = (Priority.OPERATOR, Priority.TRAY, Priority.BACKLOG)
"""Of a look at a page, by the ``patience`` that pages_to_analyse gives it."""


@dataclass
class PageSteps:
    """Steps of one captured side."""

    means: Means

    async def analyse(self, row: Row) -> str:
        """Look at one captured side; one that came after paper was put back is compared with those before it."""
        job = pages.analyse(row, self.means.store, self.means.config, rules.load(row["rules"]))
        priority = URGENCY[row["patience"]]
        outcome = await self.means.work("analyse", str(row["id"]), to_plain(job), priority)
        if not outcome.ok:
            return await self.means.hold_page(row["id"], outcome.code, outcome.reason)
        analysis = from_plain(PageAnalysis, outcome.body)
        is_separator = sheet.is_cover(analysis.marks)
        twins, doubt = await self.means.book.ask(reloading.twins, row), None
        if twins.any:
            ordered = reloads.order(row, twins, self.means.store, self.means.config.pool.max_pixels)
            outcome = await self.means.work("compare", str(row["id"]), to_plain(ordered), priority)
            if not outcome.ok:
                return await self.means.hold_page(row["id"], outcome.code, outcome.reason)
            doubt = reloads.judge(twins, from_plain(Compared, outcome.body))

        def write(ledger: Ledger) -> tuple[str, str, list[str]]:
            with ledger.transaction():
                found, back = (analysis, "") if is_separator else sides.judged(ledger, row, analysis, job.rules)
                targets.found(ledger, row, target.serial_of(mark.text for mark in analysis.marks))
                code = entry.analysed(ledger, row["id"], found, separator=is_separator, doubt=doubt)
                return code, back, [] if row["analysis"] else figures.warnings_of(ledger, row["id"])

        code, back, warnings = await self.means.book.ask(write)
        for check in warnings:
            self.means.bus.tell(PageWarned(check))
        held = [self.means.held("page", one) for one in (code, back) if one]
        return "held" if held else "ok"

    async def read(self, row: Row) -> str:
        """Read one page; a blank one has nothing to read."""
        if row["blank"]:
            await self.means.book.ask(entry.read, row["id"], "")
            return "ok"
        job = pages.read(row, self.means.store, self.means.config)
        outcome = await self.means.work("read", str(row["id"]), to_plain(job), Priority.PAGE)
        if not outcome.ok and outcome.code in TWICE and job.engine != "pytesseract":
            again = pages.read(row, self.means.store, self.means.config, engine="pytesseract")
            outcome = await self.means.work("read", f"{row['id']}-again", to_plain(again), Priority.PAGE)
        if not outcome.ok:
            return await self.means.hold_page(row["id"], errors.OCR_FAILED.code, outcome.reason)
        await self.means.book.ask(entry.read, row["id"], from_plain(ReadDone, outcome.body).out)
        return "ok"
