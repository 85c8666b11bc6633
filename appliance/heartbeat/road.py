"""The road of the synthetic page: the office's own steps, on a ledger and a folder of their own.

So nothing of it is in any count, list, report or queue of the office: it is not there. It shares what it is to
prove: workers, signer with the agency's key, and the connections to the archive.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from appliance.conductor import Conductor, Stage
from appliance.core import errors, rules
from appliance.core.composition import Composition
from appliance.core.config import Config, Outbox
from appliance.core.errors import ApplianceError
from appliance.core.events import Bus
from appliance.core.jobs import Job as Lease
from appliance.core.jobs import Outcome, Priority, SignJob
from appliance.core.press import Job
from appliance.core.rules import RuleProfile
from appliance.executor import Executor
from appliance.permits import Permit
from appliance.spool import heartbeats
from appliance.spool.ledger import Book, Row
from appliance.spool.store import Store
from appliance.steps.means import Means
from appliance.steps.signing import SigningSteps
from appliance.steps.steps import Steps

TITLE = "Trang kiểm tra hằng ngày, không phải hồ sơ"

PASSED = frozenset({
    "send", "screen", "pack", "sign", "lift", "catalogue", "assemble", "compose", "separate", "analyse", "read"})
"""The stages that every paper goes through."""


@dataclass
class Apart:
    """The office's executor under names of its own: page 1 of this ledger is not page 1 of the office's.

    It goes after every look at a page and before the backlog, which would keep it for hours: one job in hand at a
    time, of some seconds, and none is begun while paper is fed.
    """

    executor: Executor

    async def run(self, job: Lease) -> Outcome:
        """Do a job; see ``Executor.run``."""
        done = await self.executor.run(replace(job, id=f"heartbeat-{job.id}", priority=Priority.SAMPLE))
        return replace(done, id=job.id)

    def capacity(self) -> int:
        """Return that of the office."""
        return self.executor.capacity()

    async def drain(self) -> None:
        """Do nothing: the workers are the office's."""

    async def close(self) -> None:
        """Do nothing, likewise."""


@dataclass
class LentSigning(SigningSteps):
    """Signs by the leave in the office's ledger, and says so on the office's audit chain before the key is used."""

    office: Book | None = None
    journey: str = ""

    async def sign(self, row: Row) -> str:
        """Sign the page by what the office's leaders have granted until now."""
        assert self.office is not None
        granted = await self.office.ask(heartbeats.granted)
        await self.means.book.ask(heartbeats.lend, granted)
        return await super().sign(row)

    async def _intended(self, row: Row, profile: RuleProfile, permit: Permit) -> SignJob:
        assert self.office is not None
        job = await super()._intended(row, profile, permit)
        key = self.means.signer.keys.get(permit.key)
        use = heartbeats.KeyUse(job.unsigned_sha256, key.fingerprint if key else "", permit.leave, permit.number,
                                permit.job)
        await self.office.ask(heartbeats.signing, self.journey, use)
        return job


@dataclass
class LentMeans(Means):
    """What the page is moved by. Its package bears witness to the office's audit chain, as every package does."""

    office: Book | None = None

    async def head(self) -> tuple[int, str]:
        """Return the head of the office's chain: once a day it is in a receipt, on days without papers too."""
        assert self.office is not None
        return await self.office.ask(lambda ledger: ledger.head())


async def nobody() -> bool:
    """Say that nobody feeds paper."""
    return False


@dataclass
class Road(Conductor):
    """Moves the one page forward; while somebody feeds paper nothing new is begun.

    Attributes:
        sends: whether its package is given to the archive; nothing of it belongs on a courier's disk.
    """

    feeding: Callable[[], Awaitable[bool]] = field(default=nobody)
    sends: bool = True

    def stages(self) -> tuple[Stage, ...]:
        """Return those of the conductor that a page goes through, in its order."""
        return tuple(one for one in super().stages() if one[0] in PASSED and (self.sends or one[0] != "send"))

    async def _round(self) -> None:
        if not await self.feeding():
            await super()._round()


def job_of(config: Config) -> Job:
    """Return the job whose road the page takes: the one that is named, else the first that the agency signs.

    Raises:
        ApplianceError: CONFIG_BAD_VALUE when no job has the name of ``heartbeat.job``; HEARTBEAT_PERSONAL when a
            person signs it, or every job.
    """
    named = config.heartbeat.job
    jobs = [config.job_named(named)] if named else list(config.job) or [config.job_named("default")]
    for job in jobs:
        if rules.load(job.rules).stamp.role != "person":
            return job
    raise errors.HEARTBEAT_PERSONAL.error(job=jobs[0].name)


def settings(config: Config, file_code: str) -> Config:
    """Return the office's settings for the page: its own folder, one job, one dossier, no register, no reception.

    Raises:
        ApplianceError: as ``job_of``.
    """
    job = replace(job_of(config), separation="one_dossier", file_code=file_code,
                  title=TITLE, register="none", target_policy="ignore", identifiers=False, fragile_copy=False)
    storage = replace(config.storage, state=config.storage.state / "heartbeat")
    return replace(config, storage=storage, job=(job,), device=(), outbox=Outbox(), composition=Composition())


def means_of(office: Means, config: Config, book: Book) -> Means:
    """Return what the page is moved by: the office's workers, signer and connections, and this ledger."""
    return LentMeans(config, Store(config.storage.state), book, Apart(office.executor), office.signer,
                     office.dispatch.beside(book), Bus(), frozenset(), office.timekeeper, office.book)


def steps_of(office: Means, own: Means, journey: str) -> Steps:
    """Return the steps of the page."""
    steps = Steps(own)
    steps.signing = LentSigning(own, office=office.book, journey=journey)
    return steps


def cause_of(problem: ApplianceError) -> dict[str, str]:
    """Return code and reason of an error as a run keeps them."""
    return {"cause": problem.code, "reason": str(problem.details.get("reason", "")) or "-"}
