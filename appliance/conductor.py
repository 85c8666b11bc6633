"""The only module that knows the order: asks the ledger what is ready and hands it to the next stage.

A plain loop. Nothing here remembers what is to be done, so the same loop started again is the recovery
from any stop. What is under way is remembered only so that it is not handed out twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.events import StageFinished, ThingHeld
from appliance.spool.ledger import Row
from appliance.steps.steps import Steps

log = logging.getLogger(__name__)

IDLE_SECONDS = 1.0
"""How often the ledger is asked when nobody wakes the loop."""

AT_ONCE = 64
"""Things of one kind under way at most; the rest waits in the ledger, not in memory. Pages that are being
fed count apart, so that none waits behind a backlog."""

FED, BULK, CARRIED = "fed", "bulk", "carried"
"""The lanes: what a person feeds right now, everything else, and what a courier carries, for weeks maybe: that
takes no room."""

PATIENCE = (1.0, 5.0, 30.0, 60.0)
"""Seconds to wait before a step that failed for a passing reason is tried again."""

Step = Callable[[Row], Awaitable[str]]
Stage = tuple[str, str, str, Step]
"""Its name, the statement that says what is ready for it, the column that names each thing, and its step."""


@dataclass
class Conductor:
    """Moves everything forward, one step of one thing at a time."""

    steps: Steps
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _flight: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _lanes: dict[str, str] = field(default_factory=dict)
    _later: dict[str, tuple[float, int]] = field(default_factory=dict)
    last_round: float = field(default_factory=time.monotonic)

    def wake(self) -> None:
        """Ask the ledger again soon."""
        self._wake.set()

    async def run(self) -> None:
        """Go round until cancelled."""
        while True:
            self._wake.clear()
            await self._round()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(IDLE_SECONDS):  # wait_for may swallow a cancel when woken just then
                    await self._wake.wait()

    async def stop(self) -> None:
        """Let go of what is under way; the ledger knows where everything stands."""
        tasks = list(self._flight.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def under_way(self) -> int:
        """How many steps are under way."""
        return len(self._flight)

    def stages(self) -> tuple[Stage, ...]:
        """Return the order of the stages: what is nearest to its receipt goes first."""
        steps = self.steps
        return (
            ("lock", "locks_to_enforce", "id", steps.locks.enforce),
            ("abandon", "deliveries_to_abandon", "package", steps.dossiers.abandon),
            ("hand_over", "components_to_hand_over", "id", steps.outbox.hand_over),
            ("send", "deliveries_due", "package", steps.dossiers.deliver),
            ("screen", "deliveries_to_screen", "package", steps.screening.screen),
            ("pack", "dossiers_to_pack", "id", steps.dossiers.pack),
            ("sign", "documents_to_sign", "id", steps.signing.sign),
            ("lift", "documents_to_lift", "id", steps.signing.lift),
            ("catalogue", "documents_to_catalogue", "id", steps.catalogue.take),
            ("assemble", "documents_to_assemble", "id", steps.documents.assemble),
            ("replace", "rescans_due", "id", steps.rescans.replace),
            ("follow", "dossiers_behind", "id", steps.rescans.go_on),
            ("compose", "dossiers_to_compose", "id", steps.composition.compose),
            ("separate", "batches_to_separate", "id", steps.batches.separate),
            ("release", "batches_unchecked", "id", steps.checks.release),
            ("check", "device_checks_due", "page", steps.checks.measure),
            ("analyse", "pages_to_analyse", "id", steps.pages.analyse),
            ("read", "pages_to_read", "id", steps.pages.read),
            ("clear", "dossiers_to_clear", "id", steps.dossiers.clear),
            ("judge", "promises_due", "id", steps.promises.settle),
            ("ask", "ask_now", "id", steps.returns.ask),
            ("forget", "device_checks_to_clear", "page", steps.checks.forget),
        )

    async def _round(self) -> None:
        for stage in self.stages():
            await self._hand_out(*stage)

    async def _hand_out(self, stage: str, query: str, key: str, step: Step) -> None:
        carried = self.steps.carried
        under_way = Counter(CARRIED if name.partition(" ")[2] in carried else lane
                            for name, lane in self._lanes.items() if name.startswith(f"{stage} "))
        aside = len(self._later) + under_way.total()  # what is not handed out now may stand before what is
        rows = await self._ready(stage, query, AT_ONCE + aside)
        if stage not in self._later and len(rows) < AT_ONCE + aside:
            self._drop(stage, {f"{stage} {row[key]}" for row in rows})
        for row in rows:
            name, lane = f"{stage} {row[key]}", self._lane(row)
            if name in self._flight or self._later.get(name, (0.0, 0))[0] > time.monotonic():
                continue
            if under_way[lane] >= AT_ONCE:
                if lane == BULK:
                    return
                continue
            under_way[lane] += 1
            self._lanes[name] = lane
            self._flight[name] = asyncio.create_task(self._take(stage, name, step, row))

    async def _ready(self, stage: str, query: str, limit: int) -> list[Row]:
        """Ask what is ready; a stage that cannot say is left alone for a while and stops no other.

        Where none can say, the watchdog is told of no round any more and has the daemon started again.
        """
        if self._later.get(stage, (0.0, 0))[0] > time.monotonic():
            return []
        try:
            rows = await self.steps.ready(query, limit)
        except ApplianceError as problem:
            self._put_off(stage, problem)
            return []
        except Exception:  # boundary: what one stage cannot be asked may not stop every other stage
            if stage not in self._later:
                log.exception("what is ready to %s", stage)
            self._put_off(stage, errors.UNEXPECTED.error(reason=stage))
            return []
        self._later.pop(stage, None)
        self.last_round = time.monotonic()
        return rows

    def _drop(self, stage: str, ready: set[str]) -> None:
        """Forget what was put off and is not ``ready`` any more, which are all: a person has settled it."""
        for name in [name for name in self._later if name.startswith(f"{stage} ")]:
            if name not in ready and name not in self._flight:
                del self._later[name]

    @staticmethod
    def _lane(row: Row) -> str:
        """Return with what a thing shares the room that is under way."""
        return FED if "patience" in row.keys() and row["patience"] == 0 else BULK  # noqa: SIM118 - not a mapping

    async def _take(self, stage: str, name: str, step: Step, row: Row) -> None:
        started = time.monotonic()
        result = "failed"
        try:
            result = await step(row)
            self._later.pop(name, None)
        except ApplianceError as problem:
            self._put_off(name, problem)
        except Exception:  # boundary: one thing's trouble may not stop every other thing
            log.exception("step %s", stage)
            self._put_off(name, errors.UNEXPECTED.error(reason=stage))
        finally:
            self._flight.pop(name, None)
            self._lanes.pop(name, None)
            self.wake()
        self.steps.means.bus.tell(StageFinished(stage, result, time.monotonic() - started))

    def _put_off(self, name: str, problem: ApplianceError) -> None:
        tries = self._later.get(name, (0.0, 0))[1]
        wait = PATIENCE[min(tries, len(PATIENCE) - 1)]
        self._later[name] = (time.monotonic() + wait, tries + 1)
        if tries == 0:
            log.warning("%s: %s, tried again later", name.partition(" ")[0], problem.code)
            self.steps.means.bus.tell(ThingHeld("delay", problem.code))
