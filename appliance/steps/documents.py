"""Steps of one document: written as PDF/A."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core import errors, rules
from appliance.core.errors import ApplianceError
from appliance.core.jobs import Assembled, Outcome
from appliance.core.plain import from_plain, to_plain
from appliance.core.states import DocumentState
from appliance.orders import documents
from appliance.spool import filing
from appliance.spool.ledger import Row
from appliance.steps.means import Means, config_of
from appliance.steps.pages import PageSteps
from appliance.steps.papers import PaperSteps
from appliance.steps.stamps import Stamps


@dataclass
class DocumentSteps:
    """Steps of one document."""

    means: Means

    async def assemble(self, row: Row) -> str:
        """Write one document as PDF/A."""
        pages = await self.means.book.ask(lambda ledger: ledger.all("pages_of_document", document=row["id"]))
        config = await config_of(self.means, row["dossier"])
        if await PaperSteps(self.means).hold(row, pages):
            return "held"
        others = await self.means.book.ask(
            lambda ledger: ledger.all("documents_of_dossier", dossier=row["dossier"]))
        profile, stamps = rules.load(row["rules"]), Stamps(self.means)
        person, code = await stamps.person(row)
        order = documents.DocumentOrder(row, pages, config.job_named(row["job"]), profile, others, person,
                                        stamps.development(profile, code))
        try:
            job = documents.assemble(order, self.means.store, config)
        except ApplianceError as problem:  # what the stamp has to say cannot be said
            unfit = Outcome(row["id"], ok=False, code=problem.code, reason=problem.en)
            return await self.means.hold_document(row["id"], DocumentState.SEPARATED, unfit)
        outcome = await self.means.work("assemble", row["id"], to_plain(job), self.means.priority(row["rules"]))
        if outcome.code == errors.PAGE_TEXT_DAMAGED.code and await PageSteps(self.means).mend(pages):
            return "ok"  # it is written in the next round, from whole texts
        if not outcome.ok:
            return await self.means.hold_document(row["id"], DocumentState.SEPARATED, outcome)
        made = from_plain(Assembled, outcome.body)
        await self.means.book.ask(filing.assembled, row["id"], made, [page["id"] for page in pages],
                                  row["catalogue"])
        return "ok"
