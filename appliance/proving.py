"""What comes of the golden pages in the daemon: a link of the audit chain, figures, a refused Start.

While no worker sees them right, nothing is looked at: pages wait in the ledger, which loses none, and no stack is
begun: paper stays paper, and nobody takes it for filed. A stack that is being fed goes on to its end: to stop it
halfway would only make work. All that ends by itself when a worker sees right again.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field

from appliance import __version__
from appliance.core import clock
from appliance.core.errors import ApplianceError
from appliance.core.events import Fact, WorkerProved
from appliance.pool import Pool
from appliance.spool.ledger import Book, Ledger

log = logging.getLogger(__name__)


@dataclass
class Proving:
    """Listens to what workers see on the golden pages."""

    pool: Pool
    book: Book
    passed: float = 0.0
    _noted: dict[str, str] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def good(self) -> bool:
        """Whether pages can be looked at, as far as is known."""
        return self.pool.refusal() is None

    def hear(self, fact: Fact) -> None:
        """Take in one proof; listener for the bus."""
        if not isinstance(fact, WorkerProved):
            return
        if not fact.faults:
            self.passed = clock.now().timestamp()
        word = f"{clock.now().date()} {fact.faults}"
        if self._noted.get(fact.worker) != word:  # a worker that fails tries again twice a minute
            self._noted[fact.worker] = word
            task = asyncio.get_running_loop().create_task(self._note(fact))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Wait until everything is written down."""
        await asyncio.gather(*self._tasks)

    async def _note(self, fact: WorkerProved) -> None:
        what = "golden.failed" if fact.faults else "golden.passed"
        try:
            await self.book.ask(Ledger.note, what, fact.worker, faults=fact.faults, code=fact.code,
                                version=__version__)
        except ApplianceError as problem:  # no room on the disk: the proof counts all the same
            log.warning("%s of %s not noted: %s", what, fact.worker, problem.code)
