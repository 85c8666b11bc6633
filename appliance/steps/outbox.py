"""The step of one signed component: given to the reception software, asked for its answer, or recalled.

Apart from the archive: neither waits for the other. What fails is tried again for ever; while nothing gets through,
one component tries for all, each time another, so that one that never gets through stops no other.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from appliance.archive.reception.by_folder import FolderReception
from appliance.archive.reception.by_https import HttpsReception
from appliance.archive.reception.contract import Answer, Component, Recall, Reception, Said
from appliance.archive.reception.sidecar import Facts, sidecar
from appliance.core import errors, rules
from appliance.core.delivery import Outbox
from appliance.core.errors import ApplianceError
from appliance.core.events import ComponentConfirmed
from appliance.core.states import OutboxState
from appliance.spool import outbox
from appliance.spool.ledger import Row
from appliance.steps.gate import Gate
from appliance.steps.means import Means, config_of

log = logging.getLogger(__name__)

QUERY = "components_to_hand_over"

AT_ONCE = 4
"""Components under way at the same time."""

GATHER_SECONDS = 1.0
"""How often it is looked what is due: a join over every dossier that has local copies."""

SOON = (1.0, 2.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds until a component is asked for again, more each time in vain; a person waits, so they are short."""

IN_FOLDER = 2.0
"""Seconds at most where the answer is a file: to look for one costs nobody anything."""

AWAY = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds until one component tries for all while the reception software is away."""


@dataclass
class Pace:
    """When one component may be taken up again; ``tries`` in vain so far, at most ``most`` seconds apart."""

    next: float = 0.0
    tries: int = 0
    most: float = SOON[-1]

    def wait(self, least: float = 0.0) -> None:
        """Note a try in vain."""
        self.next = time.monotonic() + max(min(SOON[min(self.tries, len(SOON) - 1)], self.most), least)
        self.tries += 1


@dataclass
class OutboxSteps:
    """The step of one component. ``problem`` is why nothing gets through just now."""

    means: Means
    problem: ApplianceError | None = None
    _gate: Gate = field(default_factory=lambda: Gate(waits=AWAY))
    _paces: dict[str, Pace] = field(default_factory=dict)
    _reception: Reception | None = None
    _gathered: float = 0.0

    def __post_init__(self) -> None:
        self.settings: Outbox = self.means.config.outbox
        self.rules = onestop_rules() if self.settings.kind != "none" else ()
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def ready(self) -> list[Row]:
        """Return what may be taken up now; nothing where there is no reception software."""
        if self.settings.kind == "none":
            return []
        now = time.monotonic()
        if now - self._gathered >= GATHER_SECONDS:
            await self.means.book.ask(outbox.gather, self.rules)
            self._gathered = now
        rows = await self.means.book.ask(outbox.moving)
        self._paces = {row["id"]: self._paces.get(row["id"], self._pace()) for row in rows}
        due = [row for row in rows if self._paces[row["id"]].next <= now]
        return self._chosen(rows, now) if self._gate.closed else due

    async def hand_over(self, row: Row) -> str:
        """Do what a component needs next; may be done twice."""
        pace = self._paces.setdefault(row["id"], self._pace())
        async with self._turns:
            try:
                answer = await self._done(row)
            except ApplianceError as problem:
                await self._failed(row, problem, pace)
                return "waits"
        self._gate.open()
        self.problem = None
        return await self._heard(row, answer, pace)

    async def stop(self) -> None:
        """Let go of connections."""
        if self._reception is not None:
            await self._reception.close()

    def _chosen(self, rows: list[Row], now: float) -> list[Row]:
        """Return the one component that tries for all, when its time has come."""
        if not rows or not self._gate.due(now):
            return []
        self._gate.shut(now)
        return [rows[self._gate.tries % len(rows)]]

    def _pace(self) -> Pace:
        return Pace(most=IN_FOLDER if self.settings.kind == "folder" else SOON[-1])

    async def _done(self, row: Row) -> Answer:
        reception = self._way()
        if row["state"] == OutboxState.RECALLING:
            return await reception.recall(Recall(row["id"], row["sha256"], row["file_code"], row["reason"]))
        if row["state"] == OutboxState.SENT:
            return await reception.ask(row["id"], row["sha256"])
        return await reception.give(await self._component(row))

    async def _component(self, row: Row) -> Component:
        """Return what is to be given; that it may have arrived stands in the ledger before."""
        path, document = await self.means.book.ask(outbox.file_of, row)
        size = await asyncio.to_thread(_size, path)
        own = (await config_of(self.means, document["dossier"])).office
        office = {"code": own.code, "name": own.name}
        said = sidecar(Facts(row["id"], row["replaces"], dict(document), size, row["started"]), office)
        await self.means.book.ask(outbox.trying, row, said)
        return Component(row["id"], row["sha256"], path, said)

    async def _heard(self, row: Row, answer: Answer, pace: Pace) -> str:
        """Write an answer down; only then is what is left of it tidied up."""
        key, book = row["id"], self.means.book
        if answer.said is Said.NOTHING:
            if row["state"] == OutboxState.WAITING:
                await book.ask(outbox.given, key)
            pace.wait(answer.wait)
            return "waits"
        if row["state"] == OutboxState.RECALLING:
            await book.ask(outbox.recalled, key)
        elif answer.said is Said.UNKNOWN:
            await book.ask(outbox.lost, key)
            pace.wait()
            return "waits"
        elif answer.said is Said.CONFIRMED:
            seconds = await book.ask(outbox.confirmed, key)
            self.means.bus.tell(ComponentConfirmed(seconds, seconds > self.settings.minutes * 60))
        else:
            await book.ask(outbox.refused, key, errors.RECEPTION_REFUSED.code, answer.reason)
            self.means.held("component", errors.RECEPTION_REFUSED.code)
        await self._tidy(key)
        return "ok"

    async def _failed(self, row: Row, problem: ApplianceError, pace: Pace) -> None:
        """Note a try in vain: of this component alone, or of all."""
        if problem.kind is errors.COMPONENT_UNFIT and row["state"] == OutboxState.WAITING:
            await self.means.book.ask(outbox.refused, row["id"], problem.code, _reason(problem))
            self.means.held("component", problem.code)
            return
        pace.wait(_wait(problem))
        if problem.kind is errors.STATE_CONFLICT:
            return  # taken back just now: it is looked at again
        if problem.details.get("away"):
            self._shut(_wait(problem), problem)
        elif not problem.kind.retry:
            raise problem
        await self.means.book.ask(outbox.troubled, row["id"], problem.code, _reason(problem))

    def _shut(self, wait: float, problem: ApplianceError) -> None:
        if self.problem is None:
            log.warning("reception software: %s, tried again later", problem.code)
        self.problem = problem
        self._gate.shut_once(time.monotonic())
        self._gate.next = max(self._gate.next, time.monotonic() + wait)

    async def _tidy(self, key: str) -> None:
        """Tidy up after an answer that is kept; what is left over harms nothing."""
        try:
            await self._way().settle(key)
        except ApplianceError as problem:
            log.info("reception software: %s while tidying up", problem.code)

    def _way(self) -> Reception:
        if self._reception is None:
            by_folder = self.settings.kind == "folder"
            self._reception = (FolderReception(Path(self.settings.folder)) if by_folder
                               else HttpsReception(self.settings))
        return self._reception


def onestop_rules() -> tuple[str, ...]:
    """Return the rule profiles of the one-stop stream."""
    return tuple(name for name in rules.known() if rules.load(name).stream == "onestop")


def told(account: outbox.Account, settings: Outbox, problem: ApplianceError | None) -> list[dict[str, str]]:
    """Return what people must hear, as held things: nothing gets through, or the promise is missed."""
    found = [problem] if problem is not None else []
    if account.overdue:
        found.append(errors.PROMISE_MISSED.error(count=account.overdue, minutes=settings.minutes))
    return [{"what": "reception", "id": "reception", "name": "phần mềm tiếp nhận", "code": one.code,
             "reason": _reason(one), "vi": one.vi, "en": one.en} for one in found]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as problem:
        raise errors.COMPONENT_UNFIT.error(reason=problem.strerror or "?") from None


def _reason(problem: ApplianceError) -> str:
    return str(problem.details.get("reason", ""))


def _wait(problem: ApplianceError) -> float:
    details: Mapping[str, object] = problem.details
    wait = details.get("wait", 0.0)
    return float(wait) if isinstance(wait, int | float) else 0.0
