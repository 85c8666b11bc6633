"""One step of one thing: ask a stage for its work, then write the result into the ledger.

Every step may run twice with the same effect. A step returns ``ok`` or ``held``; it raises an
ApplianceError when it should be tried again later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from appliance import listed, orders, reloads, staff, terms
from appliance.core import clock, errors, files, rules
from appliance.core.config import Config
from appliance.core.errors import ApplianceError
from appliance.core.events import Bus, PagesFiled, PageWarned, ThingHeld
from appliance.core.ids import uuid7
from appliance.core.jobs import Assembled, Compared, Job, Outcome, Packed, Priority, ReadDone
from appliance.core.model import PageAnalysis
from appliance.core.plain import from_plain, to_plain
from appliance.core.states import DocumentState
from appliance.device_check import QUERIES, DeviceChecks
from appliance.dispatch import Dispatch
from appliance.documents import sheet, target
from appliance.documents.sheet import Seal
from appliance.pool import Executor
from appliance.signing.desk import SignerDesk
from appliance.spool import deliveries, dossiers, entry, figures, filing, holding, naming, reloading, sides, targets
from appliance.spool.ledger import Book, Ledger, Row
from appliance.spool.store import Store

TWICE = {errors.JOB_POISONED.code, errors.JOB_TIMEOUT.code}
"""Codes of a job that ended its workers: reading is then tried once more in a process of its own."""

URGENCY = (Priority.OPERATOR, Priority.TRAY, Priority.BACKLOG)
"""Of a look at a page, by the ``patience`` that pages_to_analyse gives it."""


@dataclass
class Steps:
    """The stages as the conductor reaches them."""

    config: Config
    store: Store
    book: Book
    executor: Executor
    signer: SignerDesk
    dispatch: Dispatch
    bus: Bus

    def __post_init__(self) -> None:
        self.checks = DeviceChecks(self.config, self.store, self.book, self.executor, self.bus)

    async def ready(self, query: str, limit: int) -> list[Row]:
        """Return what the ledger says is ready for a step; of pages, which may be thousands, ``limit`` at most."""
        if query in QUERIES:
            return await self.checks.ready(query)
        due = clock.iso(clock.now() - timedelta(days=self.config.storage.keep_days), "milliseconds")
        return await self.book.ask(lambda ledger: ledger.all(query, before=due, limit=limit))

    async def analyse(self, row: Row) -> str:
        """Look at one captured side; one that came after paper was put back is compared with those before it."""
        job = orders.analyse(row, self.store, self.config, rules.load(row["rules"]))
        priority = URGENCY[row["patience"]]
        outcome = await self._work("analyse", str(row["id"]), to_plain(job), priority)
        if not outcome.ok:
            return await self._hold_page(row["id"], outcome.code, outcome.reason)
        analysis = from_plain(PageAnalysis, outcome.body)
        is_separator = sheet.is_cover(analysis.marks)
        twins, doubt = await self.book.ask(reloading.twins, row), None
        if twins.any:
            ordered = reloads.order(row, twins, self.store, self.config.pool.max_pixels)
            outcome = await self._work("compare", str(row["id"]), to_plain(ordered), priority)
            if not outcome.ok:
                return await self._hold_page(row["id"], outcome.code, outcome.reason)
            doubt = reloads.judge(twins, from_plain(Compared, outcome.body))

        def write(ledger: Ledger) -> tuple[str, str, list[str]]:
            with ledger.transaction():
                found, back = (analysis, "") if is_separator else sides.judged(ledger, row, analysis, job.rules)
                targets.found(ledger, row, target.serial_of(mark.text for mark in analysis.marks))
                code = entry.analysed(ledger, row["id"], found, separator=is_separator, doubt=doubt)
                return code, back, [] if row["analysis"] else figures.warnings_of(ledger, row["id"])

        code, back, warnings = await self.book.ask(write)
        for check in warnings:
            self.bus.tell(PageWarned(check))
        held = [self._held("page", one) for one in (code, back) if one]
        return "held" if held else "ok"

    async def read(self, row: Row) -> str:
        """Read one page; a blank one has nothing to read."""
        if row["blank"]:
            await self.book.ask(entry.read, row["id"], "")
            return "ok"
        job = orders.read(row, self.store, self.config)
        outcome = await self._work("read", str(row["id"]), to_plain(job), Priority.PAGE)
        if not outcome.ok and outcome.code in TWICE and job.engine != "pytesseract":
            again = orders.read(row, self.store, self.config, engine="pytesseract")
            outcome = await self._work("read", f"{row['id']}-again", to_plain(again), Priority.PAGE)
        if not outcome.ok:
            return await self._hold_page(row["id"], errors.OCR_FAILED.code, outcome.reason)
        await self.book.ask(entry.read, row["id"], from_plain(ReadDone, outcome.body).out)
        return "ok"

    async def separate(self, row: Row) -> str:
        """Tell dossiers and documents of a batch apart; it is held until it is known who scanned.

        A dossier with a sheet in doubt waits until a person has settled that.
        """
        job = self.config.job_named(row["job"])
        pages = await self.book.ask(lambda ledger: ledger.all("live_sides", batch=row["id"]))
        key, profile = self._separator_key(job.separator_key_file), rules.load(row["rules"])
        who = staff.of_batch(row, pages, key, self.config, personal=profile.stream == "onestop")
        if who.fault:
            await self.book.ask(naming.hold, row["id"], who.fault)
            return self._held("batch", who.fault)
        if code := await self.checks.allow(row, pages, job):
            return self._held("batch", code)
        if who.named.by == naming.CARD:
            await self.book.ask(naming.by_card, row["id"], who.named)
        ready, later = reloads.ready(row, pages, job, Seal(key, who.named.code))
        capture = terms.capture_of(row, job, profile, personal=bool(who.named.code))
        jobs = terms.of_jobs(self.config, capture, rules.load)
        ways = [terms.way_of(job), *(one.way for one in jobs.values())]
        codes = terms.named_dossiers([orders.side_of(page) for page in ready], key, ways)
        earlier = await self.book.ask(dossiers.earlier, codes | {terms.default_file_code(row["id"], job)})
        found = orders.separate(row, ready, job, orders.Known(key, earlier, who.named.code, jobs))
        found = await self.book.ask(listed.enlist, found, listed.asks(found, row, self.config, rules.load))
        await self.book.ask(dossiers.separated, found, later)
        for _, code, _ in found.questions:
            self._held("page", code)
        for code in filter(None, (dossier.code for dossier in found.dossiers)):
            self._held("dossier", code)
        return "ok"

    async def assemble(self, row: Row) -> str:
        """Write one document as PDF/A."""
        pages = await self.book.ask(lambda ledger: ledger.all("pages_of_document", document=row["id"]))
        order = orders.DocumentOrder(row, pages, self.config.job_named(row["job"]), rules.load(row["rules"]))
        job = orders.assemble(order, self.store, self.config)
        outcome = await self._work("assemble", row["id"], to_plain(job), Priority.BULK)
        if not outcome.ok:
            return await self._hold_document(row["id"], DocumentState.SEPARATED, outcome)
        await self.book.ask(filing.assembled, row["id"], from_plain(Assembled, outcome.body))
        return "ok"

    async def sign(self, row: Row) -> str:
        """Stamp and sign one document; the intent is in the ledger before the key is used."""
        if (key := self.signer.key) is None:
            raise errors.SIGNER_AWAY.error()
        moment = await self._signing_time(row["id"])
        order = orders.SignatureOrder(row, rules.load(row["rules"]), key.development, moment)
        job = orders.sign(order, self.store, self.config)
        await self.book.ask(filing.intend_to_sign, row["id"], row["unsigned_sha256"], job.signed_at)
        try:
            done = await self.signer.sign(job)
        except ApplianceError as problem:
            if problem.kind.retry:
                raise
            outcome = Outcome(row["id"], ok=False, code=problem.code, reason=problem.en)
            return await self._hold_document(row["id"], DocumentState.ASSEMBLED, outcome)
        await self.book.ask(filing.signed, row["id"], done, job.signed_at)
        files.remove_durably(Path(row["unsigned_path"]))
        return "ok"

    async def _signing_time(self, document: str) -> datetime:
        """Return the present, or the time of an earlier use of the key whose file is there: it is then adopted."""
        earlier = await self.book.ask(lambda ledger: ledger.all("open_intents", document=document))
        if earlier and self.store.signed(document).exists():
            return clock.parse(earlier[-1]["at"])
        return clock.now().replace(microsecond=0)

    async def pack(self, row: Row) -> str:
        """Build the package of one dossier; its identity is in the ledger before it is built."""
        uuid, created = await self.book.ask(
            filing.name_package, row["id"], uuid7(), clock.iso(clock.now(), "milliseconds"))
        documents = await self.book.ask(lambda ledger: ledger.all("documents_of_dossier", dossier=row["id"]))
        pages = await self.book.ask(lambda ledger: ledger.all("pages_of_dossier", dossier=row["id"]))
        aside = await self.book.ask(lambda ledger: ledger.all("sides_aside", dossier=row["id"]))
        _, head = await self.book.ask(lambda ledger: ledger.head())
        order = orders.PackageOrder(row, documents, pages, reloads.aside(aside), uuid, created, head)
        job = orders.package(order, self.store, self.config)
        outcome = await self._work("package", uuid, to_plain(job), Priority.BULK)
        if not outcome.ok:
            await self.book.ask(holding.hold_dossier, row["id"], outcome.code, reason=outcome.reason)
            return self._held("dossier", outcome.code)
        await self.book.ask(filing.packed, row["id"], uuid, from_plain(Packed, outcome.body))
        return "ok"

    async def deliver(self, row: Row) -> str:
        """Bring one package to the archive and its receipt home."""
        try:
            receipt = await self.dispatch.deliver(row)
        except ApplianceError as problem:
            if problem.code != errors.ARCHIVE_REFUSED.code:
                await self.book.ask(deliveries.stuck, row["package"], problem.code, reason_of(problem))
                raise
            return await self._rejected(row, reason_of(problem))
        place = self.store.receipt(receipt.sha256)
        files.write_durably(place, receipt.token.encode())
        if not receipt.accepted:
            return await self._rejected(row, receipt.reason)
        current = await self.dispatch.state_of(row["package"])
        pages = await self.book.ask(deliveries.accepted, row["package"], row["dossier"], current, str(place))
        dossier = await self.book.ask(lambda ledger: ledger.one("dossier_of", id=row["dossier"]))
        opened = clock.parse(dossier["opened"]) if dossier else clock.now()
        self.bus.tell(PagesFiled(pages, (clock.now() - opened).total_seconds()))
        return "ok"

    async def clear(self, row: Row) -> str:
        """Let the local copies of an accepted dossier go; the receipt has verified and stays."""
        documents = await self.book.ask(lambda ledger: ledger.all("documents_of_dossier", dossier=row["id"]))
        pages = await self.book.ask(lambda ledger: ledger.all("pages_of_dossier", dossier=row["id"]))
        await self.book.ask(deliveries.let_masters_go, row["id"], self.store.masters)
        for place in [*(d["signed_path"] for d in documents), *(p["text_path"] for p in pages)]:
            if place:
                files.remove_durably(Path(place))
        files.remove_durably(self.store.package(row["package"]))
        await self.book.ask(deliveries.cleared, row["id"])
        return "ok"

    async def _work(self, kind: str, name: str, body: dict[str, object], priority: Priority) -> Outcome:
        return await self.executor.run(Job(f"{kind}-{name}", kind, body, priority, self.config.pool.job_seconds))

    async def _rejected(self, row: Row, reason: str) -> str:
        current = await self.dispatch.state_of(row["package"])
        await self.book.ask(deliveries.rejected, row["package"], row["dossier"], current, reason)
        return self._held("dossier", errors.ARCHIVE_REFUSED.code)

    async def _hold_page(self, page: int, code: str, reason: str) -> str:
        await self.book.ask(holding.hold_page, page, code, reason)
        return self._held("page", code)

    async def _hold_document(self, document: str, old: DocumentState, outcome: Outcome) -> str:
        await self.book.ask(holding.hold_document, document, old, outcome.code, outcome.reason)
        return self._held("document", outcome.code)

    def _held(self, kind: str, code: str) -> str:
        self.bus.tell(ThingHeld(kind, code))
        return "held"

    @staticmethod
    def _separator_key(path: str) -> bytes:
        return Path(path).read_bytes().strip() if path else b""


def reason_of(problem: ApplianceError) -> str:
    """Return the short reason within an error, for the ledger."""
    return str(problem.details.get("reason", ""))
