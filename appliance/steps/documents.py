"""Steps of one document: written as PDF/A, then stamped and signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from appliance.core import clock, errors, files, rules
from appliance.core.errors import ApplianceError
from appliance.core.jobs import Assembled, Outcome, Priority
from appliance.core.plain import from_plain, to_plain
from appliance.core.states import DocumentState
from appliance.orders import documents
from appliance.spool import filing
from appliance.spool.ledger import Row
from appliance.steps.means import Means
from appliance.steps.pages import PageSteps
from appliance.steps.papers import PaperSteps


@dataclass
class DocumentSteps:
    """Steps of one document."""

    means: Means

    async def assemble(self, row: Row) -> str:
        """Write one document as PDF/A."""
        pages = await self.means.book.ask(lambda ledger: ledger.all("pages_of_document", document=row["id"]))
        config = self.means.config
        if await PaperSteps(self.means).hold(row, pages):
            return "held"
        others = await self.means.book.ask(
            lambda ledger: ledger.all("documents_of_dossier", dossier=row["dossier"]))
        order = documents.DocumentOrder(row, pages, config.job_named(row["job"]), rules.load(row["rules"]), others)
        job = documents.assemble(order, self.means.store, config)
        outcome = await self.means.work("assemble", row["id"], to_plain(job), Priority.BULK)
        if outcome.code == errors.PAGE_TEXT_DAMAGED.code and await PageSteps(self.means).mend(pages):
            return "ok"  # it is written in the next round, from whole texts
        if not outcome.ok:
            return await self.means.hold_document(row["id"], DocumentState.SEPARATED, outcome)
        made = from_plain(Assembled, outcome.body)
        await self.means.book.ask(filing.assembled, row["id"], made, [page["id"] for page in pages],
                                  row["catalogue"])
        return "ok"

    async def sign(self, row: Row) -> str:
        """Stamp and sign one document; the intent is in the ledger before the key is used."""
        if (key := self.means.signer.key) is None:
            raise errors.SIGNER_AWAY.error()
        moment = await self._signing_time(row["id"])
        order = documents.SignatureOrder(row, rules.load(row["rules"]), key.development, moment)
        job = documents.sign(order, self.means.store, self.means.config)
        await self.means.book.ask(filing.intend_to_sign, row["id"], row["unsigned_sha256"], job.signed_at)
        try:
            done = await self.means.signer.sign(job)
        except ApplianceError as problem:
            if problem.kind.retry:
                raise
            outcome = Outcome(row["id"], ok=False, code=problem.code, reason=problem.en)
            return await self.means.hold_document(row["id"], DocumentState.ASSEMBLED, outcome)
        await self.means.book.ask(filing.signed, row["id"], done, job.signed_at)
        files.remove_durably(Path(row["unsigned_path"]))
        return "ok"

    async def _signing_time(self, document: str) -> datetime:
        """Return the present, or the time of an earlier use of the key whose file is there: it is then adopted."""
        earlier = await self.means.book.ask(lambda ledger: ledger.all("open_intents", document=document))
        if earlier and self.means.store.signed(document).exists():
            return clock.parse(earlier[-1]["at"])
        return clock.now().replace(microsecond=0)
