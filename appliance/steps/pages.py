"""Steps of one captured side: looked at, then read."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from appliance import assurance, reloads
from appliance.core import errors, files, rules
from appliance.core.errors import ApplianceError
from appliance.core.events import BatchLocked, PageUnread, PageWarned
from appliance.core.jobs import Compared, Outcome, Priority, ReadDone
from appliance.core.model import PageAnalysis
from appliance.core.plain import from_plain, to_plain
from appliance.documents import page_text, sheet, target
from appliance.orders import pages
from appliance.spool import entry, figures, locks, reading, reloading, sides, targets
from appliance.spool.ledger import Ledger, Row
from appliance.steps.means import Means

TWICE = {errors.JOB_POISONED.code, errors.JOB_TIMEOUT.code}
"""Codes of a job that ended its workers: reading is then tried once more in a process of its own."""

OF_THE_HOST = {errors.OCR_HINDERED.code, errors.OCR_LANGUAGE_MISSING.code, errors.OCR_PROGRAM_MISSING.code}
"""Codes that say nothing of the page: it waits until the host can read."""

OF_THE_PAGE = {errors.OCR_FAILED.code, errors.JOB_POISONED.code, errors.JOB_TIMEOUT.code, errors.JOB_FAILED.code}
"""Codes of a page whose master is whole and whose text cannot be had: it is filed without."""

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
            return await self._failed(row, outcome)
        analysis = from_plain(PageAnalysis, outcome.body)
        is_separator = sheet.is_cover(analysis.marks)
        twins, doubt = await self.means.book.ask(reloading.twins, row), None
        if twins.any:
            ordered = reloads.order(row, twins, self.means.store, self.means.config.pool.max_pixels)
            outcome = await self.means.work("compare", str(row["id"]), to_plain(ordered), priority)
            if not outcome.ok:
                return await self._failed(row, outcome)
            doubt = reloads.judge(twins, from_plain(Compared, outcome.body))

        def write(ledger: Ledger) -> tuple[str, str, list[str], bool]:
            with ledger.transaction():
                found, back = (analysis, "") if is_separator else sides.judged(ledger, row, analysis, job.rules)
                targets.found(ledger, row, target.serial_of(mark.text for mark in analysis.marks))
                code = entry.analysed(ledger, row["id"], found, separator=is_separator, doubt=doubt)
                new = locks.is_suspected(found, row["kept"].split()) and locks.lock(ledger, row["batch"], row["id"])
                if is_separator:
                    assurance.of_cover(ledger, row, analysis.marks, self.means.config)
                return code, back, [] if row["analysis"] else figures.warnings_of(ledger, row["id"]), new

        code, back, warnings, locked = await self.means.book.ask(write)
        if locked:
            self.means.bus.tell(BatchLocked(row["batch"]))
            self.means.held("batch", errors.BATCH_LOCKED.code)
        for check in warnings:
            self.means.bus.tell(PageWarned(check))
        held = [self.means.held("page", one) for one in (code, back) if one]
        return "held" if held else "ok"

    async def read(self, row: Row) -> str:
        """Read one page; a blank one has nothing to read, and one that no engine can read is filed without text."""
        if row["blank"]:
            await self.means.book.ask(entry.read, row["id"], "")
            return "ok"
        outcome = await self._read(row)
        if await self.means.book.ask(locks.is_locked, row["batch"]):
            files.remove_durably(self.means.store.text(row["id"]))
            return "held"
        if outcome.ok:
            done, languages = from_plain(ReadDone, outcome.body), self.means.config.ocr.languages
            await self.means.book.ask(reading.read, row["id"], done, languages)
            return "ok"
        if outcome.code in OF_THE_HOST:
            raise errors.by_code(outcome.code).error(reason=outcome.reason)
        if outcome.code not in OF_THE_PAGE:
            return await self.means.hold_page(row["id"], outcome.code, outcome.reason)
        if await self.means.book.ask(reading.unread, row["id"], outcome.code, outcome.reason):
            self.means.bus.tell(PageUnread(outcome.code))
            self.means.bus.tell(PageWarned(reading.UNREAD))
        return "ok"

    async def mend(self, rows: Sequence[Row]) -> bool:
        """Read pages again whose file of text is damaged or gone; say whether there were any.

        Raises:
            ApplianceError: this host cannot read now.
        """
        read = [row for row in rows if row["text_path"]]
        damaged = [row for row in read if await asyncio.to_thread(_is_damaged, row["text_path"])]
        for row in damaged:
            outcome = await self._read(row)
            if outcome.code in OF_THE_HOST:
                raise errors.by_code(outcome.code).error(reason=outcome.reason)
            done = from_plain(ReadDone, outcome.body) if outcome.ok else None
            await self.means.book.ask(reading.mended, row["id"], done, f"{outcome.code} {outcome.reason}".strip())
            if done is None:
                self.means.bus.tell(PageUnread(outcome.code))
        return bool(damaged)

    async def _failed(self, row: Row, outcome: Outcome) -> str:
        """Hold a page that could not be looked at; where its batch was locked meanwhile, its image is put away."""
        if await self.means.book.ask(locks.is_locked, row["batch"]):
            return "held"
        return await self.means.hold_page(row["id"], outcome.code, outcome.reason)

    async def _read(self, row: Row) -> Outcome:
        """Have a page read; by pytesseract in a process of its own after it has ended two workers."""
        job = pages.read(row, self.means.store, self.means.config)
        outcome = await self.means.work("read", str(row["id"]), to_plain(job), Priority.PAGE)
        if outcome.ok or outcome.code not in TWICE:
            return outcome
        again = replace(job, engine="pytesseract")
        return await self.means.work("read", f"{row['id']}-again", to_plain(again), Priority.PAGE)


def _is_damaged(path: str) -> bool:
    try:
        page_text.load(Path(path))
    except ApplianceError:
        return True
    return False
