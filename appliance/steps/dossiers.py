"""Steps of one dossier: packed, brought to the archive, and let go once its receipt is here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from appliance import reloads
from appliance.archive.receipts import Receipt
from appliance.core import clock, errors, files
from appliance.core.errors import ApplianceError
from appliance.core.events import PagesFiled
from appliance.core.ids import uuid7
from appliance.core.jobs import Packed
from appliance.core.plain import from_plain, to_plain
from appliance.orders import history, packages
from appliance.spool import deliveries, dispatching, filing, holding, returns, supplements, tasks
from appliance.spool.ledger import Ledger, Row
from appliance.steps import screening
from appliance.steps.means import Means, config_of
from appliance.steps.rescans import RescanSteps

SET_ASIDE = (errors.DELIVERY_SET_ASIDE.code, errors.PACKAGE_INVALID.code)
"""What ends a delivery until a person looks at it; no try by itself can help."""


@dataclass
class DossierSteps:
    """Steps of one dossier."""

    means: Means

    async def pack(self, row: Row) -> str:
        """Build the package of one dossier; its identity is in the ledger before it is built.

        Raises:
            ApplianceError: PACKAGE_UNWRITTEN; nothing is wrong with the dossier, it is packed later.
        """
        uuid, created = await self.means.book.ask(
            filing.name_package, row["id"], uuid7(), clock.iso(clock.now(), "milliseconds"))
        documents = await self.means.book.ask(lambda ledger: ledger.all("documents_of_dossier", dossier=row["id"]))
        pages = await self.means.book.ask(lambda ledger: ledger.all("pages_of_dossier", dossier=row["id"]))
        aside = await self.means.book.ask(lambda ledger: ledger.all("sides_aside", dossier=row["id"]))
        head = await self.means.head()
        which = {"file_code": row["file_code"], "revision": row["revision"], "line": row["line"]}
        delivered = await self.means.book.ask(lambda ledger: ledger.all("revisions_delivered", **which))
        before = await self.means.book.ask(lambda ledger: ledger.all("pages_before", **which))
        evidence = await self.means.book.ask(lambda ledger: ledger.all("evidence_of_dossier", dossier=row["id"]))
        bonds = await self.means.book.ask(bonds_of, row)
        captures = await self.means.book.ask(lambda ledger: ledger.all("captures_of_dossier", dossier=row["id"]))
        order = packages.PackageOrder(row, documents, pages, reloads.aside(aside), uuid, created, head, delivered,
                                      before, evidence, bonds, captures)
        job = packages.package(order, self.means.store, await config_of(self.means, row["id"]))
        outcome = await self.means.work("package", uuid, to_plain(job), self.means.priority(row["rules"]))
        if outcome.code == errors.PACKAGE_UNWRITTEN.code:
            raise errors.PACKAGE_UNWRITTEN.error(reason=outcome.reason)
        if not outcome.ok:
            await self.means.book.ask(holding.hold_dossier, row["id"], outcome.code, reason=outcome.reason)
            return self.means.held("dossier", outcome.code)
        done = replace(from_plain(Packed, outcome.body), screen=screening.wanted(self.means.config))
        await self.means.book.ask(filing.packed, row["id"], uuid, done, head)
        return "ok"

    async def deliver(self, row: Row) -> str:
        """Bring one package to the archive and its receipt home."""
        try:
            receipt = await self.means.dispatch.deliver(row)
        except ApplianceError as problem:
            if problem.code in SET_ASIDE:
                await self.means.book.ask(dispatching.set_aside, row["package"], problem.code, reason_of(problem))
                return self.means.held("delivery", problem.code)
            if problem.code != errors.ARCHIVE_REFUSED.code:
                await self.means.book.ask(deliveries.stuck, row["package"], problem.code, reason_of(problem))
                raise
            return await self._rejected(row, reason_of(problem))
        place = self.means.store.receipt(receipt.sha256)
        files.write_durably(place, receipt.token.encode())
        try:
            await self.means.book.ask(returns.keep, row["package"], answer_of(receipt))
        except ApplianceError as problem:
            await self.means.book.ask(deliveries.stuck, row["package"], problem.code, reason_of(problem))
            raise
        if not receipt.accepted:
            return await self._rejected(row, receipt.reason)
        current = await self.means.dispatch.state_of(row["package"])
        pages = await self.means.book.ask(deliveries.accepted, row["package"], row["dossier"], current, str(place))
        self.means.bus.tell(PagesFiled(pages))
        return "ok"

    async def abandon(self, row: Row) -> str:
        """Have the archive forget the beginning of a package that was withdrawn: nothing of it may lie anywhere."""
        try:
            await self.means.dispatch.abandon(row)
        except ApplianceError as problem:
            if problem.code != errors.ARCHIVE_REFUSED.code:
                raise
        await self.means.book.ask(deliveries.abandoned, row["package"])
        return "ok"

    async def clear(self, row: Row) -> str:
        """Let the local copies of an accepted dossier go; the receipt has verified and stays."""
        delivery = await self.means.book.ask(lambda ledger: ledger.one("delivery", package=row["package"]))
        place = self.means.store.receipt(delivery["sha256"] if delivery else "-")
        await self.means.book.ask(returns.assure, row["package"], place)
        documents = await self.means.book.ask(lambda ledger: ledger.all("documents_of_dossier", dossier=row["id"]))
        pages = await self.means.book.ask(lambda ledger: ledger.all("pages_of_dossier", dossier=row["id"]))
        await self.means.book.ask(deliveries.let_masters_go, row["id"], self.means.store.masters)
        for place in [*(d["signed_path"] for d in documents), *(p["text_path"] for p in pages)]:
            if place:
                files.remove_durably(Path(place))
        files.remove_durably(self.means.store.package(row["package"]))
        await RescanSteps(self.means).tidy_before(row["file_code"], row["revision"])
        await self.means.book.ask(deliveries.cleared, row["id"])
        return "ok"

    async def _rejected(self, row: Row, reason: str) -> str:
        current = await self.means.dispatch.state_of(row["package"])
        await self.means.book.ask(deliveries.rejected, row["package"], row["dossier"], current, reason)
        return self.means.held("dossier", errors.ARCHIVE_REFUSED.code)


def bonds_of(ledger: Ledger, row: Row) -> history.Bonds:
    """Return what ties a revision to what the archive has: what it adds to, by whose word, and what it answers."""
    answers = tasks.answered_by(ledger, row["id"])
    if not row["line"]:
        return history.Bonds(tuple(answers))
    return history.Bonds(tuple(answers), ledger.one("supplemented", file_code=row["file_code"]),
                         supplements.leave_of(ledger, row))


def answer_of(receipt: Receipt) -> returns.Answer:
    """Return a receipt as the ledger keeps it."""
    return returns.Answer(receipt.number, receipt.token, clock.iso(clock.at(receipt.issued)), receipt.accepted,
                          receipt.documents, receipt.document_ids)


def reason_of(problem: ApplianceError) -> str:
    """Return the short reason within an error, for the ledger."""
    return str(problem.details.get("reason", ""))
