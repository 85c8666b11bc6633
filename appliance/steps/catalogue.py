"""The step of a document's catalogue fields: read before it is signed, or after its signature has verified."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core import errors, rules
from appliance.core.events import FieldsRead
from appliance.core.jobs import Catalogued, Priority, VerifyJob
from appliance.core.plain import from_plain, to_plain
from appliance.core.rules import CatalogueTable
from appliance.core.states import DocumentState
from appliance.orders import catalogue
from appliance.spool import cataloguing
from appliance.spool.ledger import Row
from appliance.steps.means import Means

QUERY = "documents_to_catalogue"
AFTER = "after_signature"


@dataclass
class CatalogueSteps:
    """Takes the fields of one document as far as its rule profile allows now."""

    means: Means

    async def take(self, row: Row) -> str:
        """Read the fields of one document and release them; where the law wants it, once its signature verifies."""
        table = rules.load(row["rules"]).catalogue
        if table.when == AFTER and row["state"] != DocumentState.SIGNED:
            await self.means.book.ask(cataloguing.awaits, row["id"])
            return "ok"
        if table.when == AFTER and row["catalogued"] != cataloguing.VERIFIED and not await self._verifies(row):
            return self.means.held("dossier", errors.SIGNATURE_UNVERIFIED.code)
        return await self._read(row, table)

    async def _verifies(self, row: Row) -> bool:
        """Have the signer look at the signature; the ledger has the outcome before any field is read."""
        job = VerifyJob(row["id"], row["signed_path"], row["signed_sha256"])
        done = await self.means.signer.verify(job)
        if not done.valid:
            await self.means.book.ask(cataloguing.unverified, row["id"], done.reason)
            return False
        await self.means.book.ask(cataloguing.verified, row["id"], done)
        return True

    async def _read(self, row: Row, table: CatalogueTable) -> str:
        names = catalogue.wanted(table, self.means.config.job_named(row["job"]))
        if not names:
            await self.means.book.ask(cataloguing.read, row["id"], [])
            return "ok"
        pages = await self.means.book.ask(lambda ledger: ledger.all("pages_of_document", document=row["id"]))
        looked = cataloguing.Looked(tuple(page["id"] for page in pages), row["state"],
                                    cataloguing.VERIFIED if table.when == AFTER else row["catalogued"])
        job = catalogue.read(catalogue.CatalogueOrder(row, pages, names), self.means.store, self.means.config)
        outcome = await self.means.work("catalogue", row["id"], to_plain(job), Priority.BULK)
        if not outcome.ok:
            await self.means.book.ask(cataloguing.read, row["id"], [], f"{outcome.code}: {outcome.reason}", looked)
            return self.means.held("dossier", errors.CATALOGUE_UNREADABLE.code)
        found = catalogue.judged(from_plain(Catalogued, outcome.body).found, table)
        released = await self.means.book.ask(cataloguing.read, row["id"], found, "", looked)
        read = {one.name for one in found if one.source == cataloguing.PAGE}
        self.means.bus.tell(FieldsRead(tuple(sorted(read)), tuple(sorted(set(names) - read))))
        return "ok" if released else self.means.held("dossier", errors.CATALOGUE_DOUBTFUL.code)
