"""What every step works with: the stages as the conductor reaches them, and how things are held."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from appliance.core.config import Config
from appliance.core.events import Bus, ThingHeld
from appliance.core.jobs import Job, Outcome, Priority
from appliance.core.states import DocumentState
from appliance.dispatch import Dispatch
from appliance.executor import Executor
from appliance.signing.desk import SignerDesk
from appliance.spool import dispatching, holding, offices
from appliance.spool.ledger import Book
from appliance.spool.store import Store
from appliance.timekeeper import Timekeeper


@dataclass
class Means:
    """Settings, disk, ledger, workers, signer, archive, and whoever listens."""

    config: Config
    store: Store
    book: Book
    executor: Executor
    signer: SignerDesk
    dispatch: Dispatch
    bus: Bus
    waited_for: frozenset[str] = field(default_factory=dispatching.waited_for)
    timekeeper: Timekeeper = field(default_factory=Timekeeper)

    def priority(self, profile: str) -> Priority:
        """Return how soon what lasts is done for a dossier of a rule profile: before bulk where somebody waits."""
        return Priority.PAGE if profile in self.waited_for else Priority.BULK

    async def work(self, kind: str, name: str, body: dict[str, object], priority: Priority) -> Outcome:
        """Have a worker do a job."""
        return await self.executor.run(Job(f"{kind}-{name}", kind, body, priority, self.config.pool.job_seconds))

    async def head(self) -> tuple[int, str]:
        """Return number and hash of the newest link of the audit chain that a package bears witness to."""
        return await self.book.ask(lambda ledger: ledger.head())

    async def hold_page(self, page: int, code: str, reason: str) -> str:
        """Let a page wait for a person."""
        await self.book.ask(holding.hold_page, page, code, reason)
        return self.held("page", code)

    async def hold_document(self, document: str, old: DocumentState, outcome: Outcome) -> str:
        """Let a document wait for a person."""
        await self.book.ask(holding.hold_document, document, old, outcome.code, outcome.reason)
        return self.held("document", outcome.code)

    def held(self, kind: str, code: str) -> str:
        """Say that a thing waits for a person."""
        self.bus.tell(ThingHeld(kind, code))
        return "held"


def seat_of(config: Config) -> offices.Seat:
    """Return the office that the settings name."""
    own = config.office
    return offices.Seat(own.code, own.name, own.organ_id, own.seal)


async def config_of(means: Means, dossier: str) -> Config:
    """Return the settings for what is made of a dossier: its office is the one under which it was begun."""
    seat, own = await means.book.ask(offices.of_dossier, dossier), means.config.office
    if seat is None or (seat.code, seat.name, seat.organ_id) == (own.code, own.name, own.organ_id):
        return means.config
    named = replace(own, code=seat.code, name=seat.name, organ_id=seat.organ_id, seal=seat.seal)
    return replace(means.config, office=named)
