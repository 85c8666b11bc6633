"""Packages of one office on one road: what fails alone waits aside, who is waited for goes first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from archive_stand import ReceiverProcess
from delivery_stand import URGENT_RULES, Door, Office

from appliance import deliveries
from appliance import dispatch as dispatching_module
from appliance.archive.retry import Backoff
from appliance.control import asked, errors_as_json
from appliance.core import clock
from appliance.core.errors import ApplianceError
from appliance.delivery_desk import DeliveryDesk
from appliance.exporter.metrics import Metrics
from appliance.forwarding import Forwarding
from appliance.spool import dispatching, locks
from appliance.spool.ledger import Ledger


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReceiverProcess]:
    process = ReceiverProcess(tmp_path_factory.mktemp("receiver") / "archive")
    process.start()
    yield process
    process.kill()


@pytest.fixture
async def door(receiver: ReceiverProcess) -> AsyncIterator[Door]:
    async with Door(receiver.url).open() as found:
        yield found


@pytest.fixture(autouse=True)
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let troubles follow each other fast."""
    quick = Backoff(first=0.05, cap=0.2, floor=0.02)
    monkeypatch.setattr(dispatching_module, "PROBES", {"urgent": quick, "bulk": quick})


def office(tmp_path: Path, receiver: ReceiverProcess, door: Door, **road: object) -> Office:
    return Office(tmp_path, door.url, receiver.root / "keys" / "receipt-public.pem", road)


async def test_one_that_fails_while_others_arrive_is_set_aside_until_a_person_sends_it_again(
        tmp_path: Path, receiver: ReceiverProcess, door: Door) -> None:
    async with office(tmp_path, receiver, door, at_once=1).work() as stand:
        poison = await stand.packed()
        door.refuse[poison.sha256] = 500
        others = [await stand.packed() for _ in range(4)]
        for other in others:
            await stand.in_state(other, "accepted")
        row = await stand.set_aside(poison)
        assert (row["state"], row["code"], "HTTP 500" in row["reason"]) == ("sending", "A627", True)
        listed = await stand.book.ask(dispatching.waiting, stand.dispatch.urgent)
        assert [(one["package"], bool(one["aside"])) for one in listed] == [(poison.uuid, True)]
        reading = await Forwarding(stand.dispatch, stand.store).reading()
        assert (reading.aside, reading.waiting, reading.failures["A602"] >= 8) == (1, {"bulk": 1}, True)
        door.refuse.clear()
        desk = DeliveryDesk(stand.means, stand.conductor.wake)
        assert await desk.again("", "") == [poison.uuid]
        await stand.in_state(poison, "accepted")
        story = await stand.book.ask(lambda ledger: [link["what"] for link in ledger.all("audit")
                                                     if link["subject"] == poison.uuid])
        wanted = ["delivery.set_aside", "delivery.again", "delivery.accepted"]
        assert [what for what in story if what in wanted] == wanted
        with pytest.raises(ApplianceError) as caught:
            await desk.again(poison.uuid, "")
        assert caught.value.code == "A629"


async def test_a_package_that_rots_on_the_disk_waits_aside_and_stops_no_other(
        tmp_path: Path, receiver: ReceiverProcess, door: Door) -> None:
    async with office(tmp_path, receiver, door, at_once=1).work() as stand:
        door.first = [(503, {"Retry-After": "3600"})]
        rotten, sound = await stand.packed(), await stand.packed()
        await stand.until(lambda: stand.dispatch.traffic.failures["A602"] == 1, "the first one was refused")
        rotten.path.chmod(0o640)
        rotten.path.write_bytes(rotten.path.read_bytes()[:-9])
        stand.dispatch.traffic.nudge()
        assert (await stand.set_aside(rotten))["code"] == "A601"
        await stand.in_state(sound, "accepted")


async def test_a_dossier_that_somebody_waits_for_passes_a_bulk_package_on_its_way(
        tmp_path: Path, receiver: ReceiverProcess, door: Door) -> None:
    async with office(tmp_path, receiver, door, at_once=1, kib_per_second=384).work() as stand:
        bulk = await stand.packed(kib=2 << 10)
        await stand.in_state(bulk, "sending")
        waited_for = await stand.packed(rules=URGENT_RULES)
        for package in (waited_for, bulk):
            await stand.in_state(package, "accepted")
        sent = await stand.book.ask(lambda ledger: [link["subject"] for link in ledger.all("audit")
                                                    if link["what"] == "delivery.sent"])
        assert sent == [waited_for.uuid, bulk.uuid]


async def test_outside_their_hours_bulk_packages_send_nothing_and_urgent_ones_go(
        tmp_path: Path, receiver: ReceiverProcess, door: Door) -> None:
    async with office(tmp_path, receiver, door, window=_closed()).work() as stand:
        bulk = await stand.packed()
        waited_for = await stand.packed(rules=URGENT_RULES)
        await stand.in_state(waited_for, "accepted")
        assert (await stand.row(bulk))["state"] == "queued"
        assert sum(one.startswith("POST") for one in door.asked) == 1
        told = await Forwarding(stand.dispatch, stand.store).told()
        assert (told["window_open"], told["waiting"]) == (False, 1)
        assert any("chờ đến giờ nộp" in note["vi"] for note in told["notes"])


async def test_an_archive_that_asks_for_time_is_left_alone_by_every_package(
        tmp_path: Path, receiver: ReceiverProcess, door: Door) -> None:
    door.first = [(503, {"Retry-After": "3000"})]
    async with office(tmp_path, receiver, door, at_once=1).work() as stand:
        packages = [await stand.packed() for _ in range(3)]
        await stand.until(lambda: stand.dispatch.traffic.wait("bulk") > 2900, "the wish is heard")
        await asyncio.sleep(0.3)
        assert len(door.asked) == 1
        stand.dispatch.traffic.nudge()
        for package in packages:
            await stand.in_state(package, "accepted")


async def test_bytes_on_the_road_are_counted_and_the_metrics_say_so(
        tmp_path: Path, receiver: ReceiverProcess, door: Door) -> None:
    async with office(tmp_path, receiver, door).work() as stand:
        package = await stand.packed()
        await stand.in_state(package, "accepted")
        page = Metrics().show(delivery=await Forwarding(stand.dispatch, stand.store).reading()).decode()
        assert f'appliance_upload_sent_bytes_total{{lane="bulk"}} {float(package.size)}' in page
        assert 'appliance_delivery_waiting{lane="urgent"} 0.0' in page
        assert "appliance_disk_offline_seconds " in page
        assert "\nappliance_archive_contact_timestamp_seconds 1." in page
        spoken = stand.dispatch.traffic.contact
        stand.dispatch.traffic.contact = 0.0  # as after a restart, before anything is sent
        known = (await Forwarding(stand.dispatch, stand.store).reading()).contact
        assert spoken - 60 < known < spoken + 60, "the ledger knows of the receipt"


async def test_the_command_shows_what_waits_and_sends_again_what_was_set_aside(
        tmp_path: Path, receiver: ReceiverProcess, door: Door, capsys: pytest.CaptureFixture[str]) -> None:
    async with office(tmp_path, receiver, door, window=_closed()).work() as stand:
        waiting, aside = await stand.packed(), await stand.packed()
        await stand.book.ask(dispatching.set_aside, aside.uuid, "A627", "A602 HTTP 500")
        app = web.Application(middlewares=[errors_as_json])
        app.router.add_routes(DeliveryDesk(stand.means, stand.conductor.wake).routes(asked))
        runner = web.AppRunner(app)
        await runner.setup()
        await web.UnixSite(runner, str(tmp_path / "c.sock")).start()
        where = ["--socket", str(tmp_path / "c.sock")]
        try:
            assert await asyncio.to_thread(deliveries.main, ["list", *where]) == 3
            lines = capsys.readouterr().out.splitlines()
            assert [line.split()[0] for line in lines] == ["package", waiting.uuid, aside.uuid]
            assert "bulk" in lines[1] and "queued" in lines[1] and "aside" in lines[2] and "A627" in lines[2]
            assert await asyncio.to_thread(deliveries.main, ["again", aside.uuid, *where]) == 0
            assert aside.uuid in capsys.readouterr().out
            assert await asyncio.to_thread(deliveries.main, ["list", *where]) == 0
            with pytest.raises(ApplianceError) as caught:
                await asyncio.to_thread(deliveries.main, ["again", "no-such", *where])
            assert caught.value.code == "A629"
        finally:
            await runner.cleanup()


def _closed() -> tuple[str, ...]:
    """Return hours in which it is not now."""
    return ("-".join(f"{clock.now() + timedelta(hours=hours):%H:%M}" for hours in (2, 3)),)


async def test_a_package_locked_in_the_middle_of_its_upload_does_not_lie_at_the_archive_half_sent(
        tmp_path: Path, receiver: ReceiverProcess, door: Door) -> None:
    async with office(tmp_path, receiver, door, kib_per_second=1024).work() as stand:
        package = await stand.packed(kib=8192)

        async def told(column: str) -> bool:
            return bool((await stand.row(package))[column])

        await stand.until(lambda: told("sent_bytes"), "the archive has the beginning of it")
        upload = (await stand.row(package))["upload_url"].rpartition("/")[2]
        assert list((receiver.root / "uploads").glob(f"{upload}*"))
        await stand.book.ask(_locked, package.uuid)

        async def forgotten() -> bool:
            return not await told("upload_url")

        await stand.until(forgotten, "the archive was told")
        assert (await stand.row(package))["state"] == "withdrawn"
        assert not list((receiver.root / "uploads").glob(f"{upload}*"))


def _locked(ledger: Ledger, dossier: str) -> None:
    """Lock a dossier as a suspected page of its batch does."""
    row = ledger.one("dossier_of", id=dossier)
    assert row is not None
    number = ledger.act("add_lock", batch=row["batch"], at=clock.iso(clock.now()), who="", page=0, was="separated",
                        was_code="")
    locks.stop_dossiers(ledger, number, [dossier])
