"""The step of a dossier that has closed: what it is made of is judged before anything of it is made."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache, partial

from appliance import composed
from appliance.composed import Office
from appliance.core import rules
from appliance.orders.continuing import Whole
from appliance.spool.composition import JUDGED
from appliance.spool.dossiers import Earlier
from appliance.spool.ledger import Row
from appliance.steps.means import Means

QUERY = "dossiers_to_compose"


@dataclass
class CompositionSteps:
    """Judges dossiers; the office's table is read once, when the daemon is built."""

    means: Means
    office: Office = field(init=False)
    _looked: bool = False

    def __post_init__(self) -> None:
        self.office = composed.office_of(self.means.config, lru_cache(rules.load))

    async def ready(self) -> list[Row]:
        """Return closed dossiers to be judged; at first also judge those again that the old table held."""
        if not self._looked:
            await self.means.book.ask(composed.recheck_all, self.office)
            self._looked = True
        return await self.means.book.ask(lambda ledger: ledger.all(QUERY, codes=json.dumps(JUDGED)))

    async def compose(self, row: Row) -> str:
        """Judge one closed dossier: it goes on, or it is held with all that is wrong."""
        code = await self.means.book.ask(composed.compose, row["id"], self.office)
        return self.means.held("dossier", code) if code else "ok"

    async def whole(self, earlier: Iterable[Earlier]) -> Whole:
        """Return what says whether a batch has a dossier whole that waits for components."""
        codes = [one.file_code for one in earlier if one.lacking]
        known = await self.means.book.ask(composed.waiting, codes, self.office) if codes else {}
        return partial(composed.whole, known)
