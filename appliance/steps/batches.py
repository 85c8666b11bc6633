"""The step of one batch: dossiers and documents told apart."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from appliance import composed, listed, reloads, staff, terms
from appliance.core import rules
from appliance.device_check import DeviceChecks
from appliance.documents.sheet import Seal
from appliance.orders import batches
from appliance.orders.pages import side_of
from appliance.spool import confirming, dossiers, naming, papers
from appliance.spool.ledger import Row
from appliance.steps.assured import Assured
from appliance.steps.composition import CompositionSteps
from appliance.steps.means import Means


@dataclass
class BatchSteps:
    """The step of one batch."""

    means: Means
    checks: DeviceChecks
    composition: CompositionSteps

    async def separate(self, row: Row) -> str:
        """Tell dossiers and documents of a batch apart; it is held until it is known who scanned.

        A dossier with a sheet in doubt waits until a person has settled that.
        """
        job = self.means.config.job_named(row["job"])
        book = self.means.book
        pages = await book.ask(lambda ledger: ledger.all("live_sides", batch=row["id"]))
        key, profile = _separator_key(job.separator_key_file), rules.load(row["rules"])
        who = staff.of_batch(row, pages, key, self.means.config, personal=profile.stream == "onestop")
        if who.fault:
            await book.ask(confirming.withdraw_card, row["id"])
            await book.ask(naming.hold, row["id"], who.fault)
            return self.means.held("batch", who.fault)
        if code := await self.checks.allow(row, pages, job):
            return self.means.held("batch", code)
        if who.named.by == naming.CARD:
            await book.ask(naming.by_card, row["id"], who.named)
        ready, later = reloads.ready(row, pages, job, Seal(key, who.named.code))
        capture = terms.capture_of(row, job, profile, personal=bool(who.named.code))
        jobs = terms.of_jobs(self.means.config, capture, rules.load)
        ways = [terms.way_of(job), *(one.way for one in jobs.values())]
        codes = terms.named_dossiers([side_of(page) for page in ready], key, ways)
        earlier = await book.ask(dossiers.earlier, codes | {terms.default_file_code(row["id"], job)})
        whole = await self.composition.whole(earlier)
        found = batches.separate(row, ready, job, batches.Known(key, earlier, who.named.code, jobs, whole))
        found = await book.ask(listed.enlist, found, listed.asks(found, row, self.means.config, rules.load))
        found = await book.ask(composed.with_sources, found, self.composition.office)
        if code := await Assured(book, self.means.config).allow(row, found, pages, key):
            return self.means.held("batch", code)
        await book.ask(papers.separated, found, later)
        for _, code, _ in found.questions:
            self.means.held("page", code)
        for code in filter(None, (dossier.code for dossier in found.dossiers)):
            self.means.held("dossier", code)
        for code in filter(None, (rescan.code for rescan in found.rescans)):
            self.means.held("rescan", code)
        return "ok"


def _separator_key(path: str) -> bytes:
    return Path(path).read_bytes().strip() if path else b""
