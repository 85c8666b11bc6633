"""A package is sent only after the look for harmful code: what the ledger says while that fails, and after it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest
from archive_stand import small
from rescan_stand import Office

from appliance import status
from appliance.archive.packages import screening
from appliance.core import config, errors
from appliance.core.delivery import Archive, Screen
from appliance.core.errors import ApplianceError
from appliance.core.events import Bus, Fact, ThingHeld
from appliance.core.jobs import Packed, ScreenJob
from appliance.core.plain import from_plain
from appliance.dispatch import Dispatch
from appliance.executor import InProcess
from appliance.spool import again, dispatching, figures, filing
from appliance.spool.ledger import Book, Ledger, Row
from appliance.steps import screening as screening_step
from appliance.steps.means import Means
from appliance.steps.screening import ScreenSteps, wanted

T = TypeVar("T")
OLD = time.time() - 90 * 86_400


class Here:
    """Asks the ledger in the same thread."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    async def ask(self, work: Callable[..., T], *values: Any) -> T:
        return work(self.ledger, *values)


class Nobody:
    """Stands for the dispatch: no rule profile is urgent."""

    urgent = "[]"


class Screened(Office):
    """An office with packages that wait for the look, done by a program whose exit stands in a file."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.answer = root / "answer"
        self.screen = Screen(kind="program", program=("sh", "-c", f'exit "$(cat {self.answer})"'), seconds=10.0)
        self.told: list[Fact] = []
        self.steps = self.new_steps()

    def new_steps(self) -> ScreenSteps:
        bus = Bus()
        bus.listen(self.told.append)
        settings = replace(config.Config(), archive=Archive(screen=self.screen))
        executor = InProcess({"screen": lambda job: screening.screen(from_plain(ScreenJob, job.body))})
        nobody, book, dispatch = cast(Any, None), cast(Book, Here(self.ledger)), cast(Dispatch, Nobody())
        return ScreenSteps(Means(settings, nobody, book, executor, nobody, dispatch, bus))

    def package(self, uuid: str, code: str) -> None:
        self.dossier(1, code=code)
        self.sign(code)
        row = self.newest(code)
        filing.name_package(self.ledger, row["id"], uuid, "2026-11-22T08:00:00+07:00")
        made = small(self.root / uuid)
        filing.packed(self.ledger, row["id"], uuid, Packed(str(made.path), made.sha256, made.size, screen=True))

    def delivery(self, uuid: str) -> Row:
        row = self.ledger.one("delivery", package=uuid)
        assert row is not None
        return row

    def round(self) -> list[str]:
        """Take the step of everything that is ready; return what became of each."""
        return asyncio.run(self._round())

    async def _round(self) -> list[str]:
        found = []
        for row in await self.steps.ready():
            try:
                found.append(await self.steps.screen(row))
            except ApplianceError as problem:
                found.append(problem.code)
        return found

    def later(self) -> None:
        """Let the time pass after which one package asks again for all."""
        self.steps.gate.next = 0.0


@pytest.fixture
def office(tmp_path: Path) -> Screened:
    made = Screened(tmp_path)
    made.package("u1", "H1.1")
    return made


def test_a_package_is_not_sent_before_the_look_and_is_sent_after_it(office: Screened) -> None:
    assert not office.ledger.all("deliveries_to_send")
    office.answer.write_text("0")
    assert office.round() == ["ok"]
    assert [row["package"] for row in office.ledger.all("deliveries_to_send")] == ["u1"]
    row = office.delivery("u1")
    assert (row["state"], row["code"], row["screened_by"]) == ("queued", "", "sh")
    assert office.round() == []


def test_a_look_that_fails_holds_the_package_says_so_and_is_tried_again(office: Screened) -> None:
    assert office.round() == ["A607"]
    row = office.delivery("u1")
    assert (row["state"], row["code"]) == ("scan_hook_failed", "A607")
    held = [one for one in office.ledger.all("held") if one["what"] == "delivery"]
    assert [(one["id"], one["code"]) for one in held] == [("u1", "A607")]
    assert office.round() == [], "nobody asks again at once"
    office.later()
    assert office.round() == ["A607"]
    assert len([fact for fact in office.told if isinstance(fact, ThingHeld)]) == 1, "told once"
    office.answer.write_text("0")
    office.later()
    assert office.round() == ["ok"]
    assert office.delivery("u1")["state"] == "queued"
    assert not [one for one in office.ledger.all("held") if one["what"] == "delivery"]


def test_while_the_host_can_look_at_nothing_one_package_asks_for_all(office: Screened) -> None:
    for number in range(2, 6):
        office.package(f"u{number}", f"H1.{number}")
    assert len(office.round()) == 5
    office.later()
    assert office.round() == ["A607"]
    office.answer.write_text("0")
    office.later()
    assert office.round() == ["ok"]
    assert office.round() == ["ok"] * 4


def test_a_package_that_cannot_be_looked_into_keeps_no_other_waiting_and_is_not_tried_at_every_turn(
        office: Screened, monkeypatch: pytest.MonkeyPatch) -> None:
    office.package("u2", "H1.2")
    Path(office.delivery("u1")["path"]).unlink()
    office.answer.write_text("0")
    assert office.round() == ["A607", "ok"]
    assert office.round() == []
    dispatching.again(office.ledger, "u1", "NV001")
    assert office.round() == ["A607"]
    assert office.round() == []
    monkeypatch.setattr(screening_step, "UNFIT_SECONDS", 0.0)
    assert office.round() == ["A607"]


def test_whoever_mended_the_host_lets_it_look_again_at_once_without_naming_a_package(office: Screened) -> None:
    office.package("u2", "H1.2")
    assert office.round() == ["A607", "A607"]
    assert office.round() == []
    office.answer.write_text("0")
    assert dispatching.again(office.ledger, "", "NV001") == ["u1", "u2"]
    assert [*office.round(), *office.round()] == ["ok", "ok"]


def test_a_held_package_is_named_by_its_dossier_so_that_the_paper_is_found(office: Screened) -> None:
    assert office.round() == ["A607"]
    (thing,) = [status.held_thing(row) for row in figures.held(office.ledger) if row["what"] == "delivery"]
    assert (thing["name"], thing["id"]) == ("gói tin của hồ sơ H1.1 (u1)", "u1")


def test_a_finding_is_held_and_looked_at_again_a_day_later_and_not_before(office: Screened) -> None:
    office.package("u2", "H1.2")
    office.answer.write_text("1")
    assert office.round() == ["held", "held"]
    assert (office.delivery("u1")["state"], office.delivery("u1")["code"]) == ("scan_hook_failed", "A608")
    office.answer.write_text("0")
    assert office.round() == [], "a finding stays one"
    office.ledger.put("delivery", "u1", screened="2026-01-01T00:00:00.000+07:00")
    assert office.round() == ["ok"]
    assert (office.delivery("u1")["state"], office.delivery("u2")["state"]) == ("queued", "scan_hook_failed")


def test_a_finding_is_looked_at_again_when_the_definitions_changed(tmp_path: Path) -> None:
    known = tmp_path / "known"
    known.mkdir()
    (known / "office.ndb").write_text("")
    os.utime(known / "office.ndb", (OLD, OLD))
    office = Screened(tmp_path)
    office.package("u1", "H1.1")
    office.answer.write_text("1")
    office.round()
    office.screen = Screen(definitions=str(known))
    office.steps = office.new_steps()
    assert asyncio.run(office.steps.ready()) == []
    time.sleep(0.01)
    (known / "office.ign2").write_text("False.Alarm\n")
    assert [row["package"] for row in asyncio.run(office.steps.ready())] == ["u1"]


def test_a_package_that_nobody_looked_at_is_withdrawn_when_its_dossier_is_scanned_again(office: Screened) -> None:
    office.round()
    row = office.newest("H1.1")
    assert not again.on_its_way(office.ledger, row)
    again.withdraw(office.ledger, row)
    found = office.delivery("u1")
    assert (found["state"], found["code"]) == ("withdrawn", "")
    office.later()
    assert office.round() == []


def test_a_package_that_is_withdrawn_during_the_look_stays_withdrawn(office: Screened) -> None:
    rows = asyncio.run(office.steps.ready())
    again.withdraw(office.ledger, office.newest("H1.1"))
    for answer, code in (("0", errors.STATE_CONFLICT.code), ("2", "A607")):
        office.answer.write_text(answer)
        with pytest.raises(ApplianceError) as caught:
            asyncio.run(office.steps.screen(rows[0]))
        assert caught.value.code == code
        assert office.delivery("u1")["state"] == "withdrawn"


def test_a_host_that_looks_at_nothing_queues_at_once_and_a_changed_mind_finds_every_package(tmp_path: Path) -> None:
    assert wanted(config.Config())
    assert not wanted(replace(config.Config(), archive=Archive(screen=Screen(kind="none"))))
    office = Screened(tmp_path)
    office.package("u1", "H1.1")
    office.screen = Screen(kind="none")
    office.steps = office.new_steps()
    assert office.round() == ["ok"]
    assert office.delivery("u1")["screened_by"] == "none"
