"""``appliance consumables`` and ``appliance devices accept`` over a real control socket and a real ledger."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from appliance import cli
from appliance.control import asked, errors_as_json
from appliance.core import errors
from appliance.core.config import Device
from appliance.device import catalogue, standing
from appliance.device.protocol import Feeder, Hello, Status
from appliance.device.session import Session
from appliance.spool.ledger import Book, Ledger
from appliance.upkeep import Upkeep

PROFILE = "fujitsu_fi-8170"
DEVICES = (Device("tray", "sane", profile=PROFILE),)


@dataclass
class Office:
    """A daemon's upkeep with one scanner that has just said who it is."""

    socket: Path
    session: Session
    ledger: Path
    ended: threading.Event = field(default_factory=threading.Event)
    ready: threading.Event = field(default_factory=threading.Event)

    def say(self, **words: Any) -> None:
        hello = {"model": "fi-8170", "serial": "A11", "firmware": "1.0", "options_hash": "a" * 64} | words
        self.session.connected(Hello("tray", profile=PROFILE, pid=1, **hello))

    def serve(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        book = Book(self.ledger)
        upkeep = Upkeep(book, DEVICES, catalogue.read(None),
                        lambda: [standing.standing(self.session)])
        app = web.Application(middlewares=[errors_as_json])
        app.add_routes(upkeep.routes(asked))
        runner = web.AppRunner(app)
        await runner.setup()
        await web.UnixSite(runner, str(self.socket)).start()
        self.ready.set()
        await asyncio.to_thread(self.ended.wait)
        await runner.cleanup()
        book.close()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    session = Session("tray")
    session.feeder_is(Status(Feeder.LOADED), 0.0)
    made = Office(tmp_path / "control.sock", session, tmp_path / "ledger.sqlite3")
    thread = threading.Thread(target=made.serve)
    thread.start()
    try:
        assert made.ready.wait(20)
        yield made
    finally:
        made.ended.set()
        thread.join(20)


def run(office: Office, *words: str) -> int:
    return cli.main([words[0], "--socket", str(office.socket), *words[1:]])


def test_parts_of_the_profile_are_listed_and_a_change_is_noted(
        office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    office.say()
    assert run(office, "consumables", "reset", "tray", "pick_roller", "--used", "1000") == 0
    capsys.readouterr()
    assert run(office, "consumables", "list", "--json") == 0
    parts = {one["part"]: one for one in json.loads(capsys.readouterr().out)}
    assert parts["pick_roller"]["sheets"] == 1000
    assert parts["pick_roller"]["changed"]
    assert parts["brake_roller"]["sheets"] == 0
    assert not parts["brake_roller"]["changed"]
    assert run(office, "consumables", "list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1:3] for line in lines[1:]] == [["brake_roller", "0"], ["pick_roller", "1000"]]


@pytest.mark.parametrize(("words", "kind"), [
    (("consumables", "reset", "tray", "belt"), errors.PART_UNKNOWN),
    (("consumables", "reset", "shelf", "pick_roller"), errors.DEVICE_UNKNOWN),
    (("consumables", "reset", "tray", "pick_roller", "--used", "-1"), errors.CONFIG_BAD_VALUE),
    (("consumables", "reset", "tray", "pick_roller"), errors.SCANNER_NEVER_SEEN),
    (("devices", "accept", "tray"), errors.SCANNER_NEVER_SEEN),
])
def test_what_cannot_be_done_is_said_with_what_to_do(
        office: Office, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], kind: errors.Kind) -> None:
    assert run(office, *words) != 0
    assert capsys.readouterr().err.startswith(kind.code)


def test_drift_is_shown_until_a_person_has_accepted_it(tmp_path: Path) -> None:
    office = Office(tmp_path / "none.sock", Session("tray"), tmp_path / "ledger.sqlite3")

    async def drift() -> list[bool]:
        book = Book(office.ledger)
        upkeep = Upkeep(book, DEVICES, catalogue.read(None), lambda: [standing.standing(office.session)])
        found: list[bool] = []
        try:
            # the last: plugged in anew, and not asked yet
            for words in (dict[str, str](), {"options_hash": "b" * 64}, {"model": ""}):
                office.say(**words)
                found.extend(one.options_changed for one in await upkeep.readings())
            await upkeep.accept("tray", "it")
            return [*found, *(one.options_changed for one in await upkeep.readings())]
        finally:
            book.close()

    assert asyncio.run(drift()) == [False, True, True, False]


def test_accepting_says_so_and_stands_in_the_chain(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    office.say()
    assert run(office, "devices", "accept", "tray") == 0
    assert "tray" in capsys.readouterr().out
    office.ended.set()
    written = Ledger(office.ledger, read_only=True)
    assert [row["what"] for row in written.all("audit")] == ["scanner.known", "scanner.options_accepted"]
    written.close()
