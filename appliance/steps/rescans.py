"""Steps of paper that was scanned again: it takes the place of pages once all of it is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from appliance.core import errors, files, rules
from appliance.spool import again, replacing, rescans, restoring
from appliance.spool.ledger import Row
from appliance.steps.means import Means


@dataclass
class RescanSteps:
    """Steps of one rescan, and of a dossier that was scanned again whole."""

    means: Means

    async def ready(self, query: str) -> list[Row]:
        """Return what may take a step: rescans of which all is read, dossiers behind an answered revision."""
        return await self.means.book.ask(lambda ledger: ledger.all(query, code=errors.RESCAN_WAITS.code))

    async def replace(self, row: Row) -> str:
        """Let a rescan take the place of pages; what was made of them before goes where it never left the house."""
        if other := await self._other_demands(row):
            await self.means.book.ask(rescans.hold, row, errors.RESCAN_DEMANDS.code, other)
            return self.means.held("rescan", errors.RESCAN_DEMANDS.code)
        places = replacing.Places(self.means.store.signed, self.means.store.master)
        done = await self.means.book.ask(replacing.apply, row["id"], places)
        if done.code:
            return self.means.held("rescan", done.code)
        if done.old:
            await self.tidy(done.old)
        return "ok"

    async def go_on(self, row: Row) -> str:
        """Let a dossier that was scanned again whole go on behind the revision before it."""
        code = await self.means.book.ask(replacing.go_on, row["id"])
        return self.means.held("dossier", code) if code else "ok"

    async def _other_demands(self, row: Row) -> str:
        """Say by which other demands on images the pages were judged; empty where they are the dossier's."""
        dossier = await self.means.book.ask(lambda ledger: ledger.one("latest_dossier", file_code=row["file_code"]))
        if dossier is None or dossier["rules"] == row["rules"]:
            return ""
        same = rules.load(dossier["rules"]).image == rules.load(row["rules"]).image
        return "" if same else f"{row['rules']}, {dossier['rules']}"

    async def tidy(self, dossier: str) -> None:
        """Remove what was made of a revision that never left the house and is over: files, texts, its package."""
        for path in await self.means.book.ask(restoring.leftovers, dossier):
            files.remove_durably(Path(path))
        old = await self.means.book.ask(lambda ledger: ledger.one("dossier_of", id=dossier))
        if old is not None and old["package"] and not old["accepted"]:
            files.remove_durably(self.means.store.package(old["package"]))

    async def tidy_before(self, file_code: str, revision: int) -> None:
        """Tidy every revision before one that the archive has."""
        for row in await self.means.book.ask(lambda ledger: ledger.all("revisions_of", file_code=file_code)):
            if row["revision"] < revision and row["state"] in again.OVER:
                await self.tidy(row["id"])
