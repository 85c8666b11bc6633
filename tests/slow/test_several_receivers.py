"""Several receivers of one archive, with PostgreSQL behind them; one is killed at a bad moment."""

from __future__ import annotations

import asyncio
import hashlib
import random
import re
from collections.abc import Iterator
from pathlib import Path

import jwt
import postgres_stand
import pytest
import sqlalchemy as sa
from archive_stand import UUID, Diary, eventually, large, sessions, small, until
from receiver_stand import Instance, judges, settings_file, until_ended

from appliance.archive.sender import deliver
from appliance.archive.transports.contract import Package, Standing
from appliance.archive.transports.tus import TusTransport
from appliance.receiver import tables
from appliance.receiver.index import open_index

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[postgres_stand.Postgres]:
    if postgres_stand.programs() is None:
        pytest.skip("not run: PostgreSQL is not installed")
    with postgres_stand.postgres() as running:
        yield running


class Site:
    """Two instances of one archive."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        self.instances = [Instance(settings_file(folder, name, url), folder / f"hold-{name}") for name in "ab"]
        for one in self.instances:
            one.start()

    @property
    def key(self) -> bytes:
        return (self.folder / "keys" / "receipt-public.pem").read_bytes()

    def copies(self, package: Package) -> list[str]:
        """Return the SHA-256 of each copy of a package."""
        name = f"{package.sha256}.zip"
        return [hashlib.sha256((self.folder / place / package.sha256[:2] / name).read_bytes()).hexdigest()
                for place in ("first", "second")]

    def book(self) -> list[tuple[str, str]]:
        """Return the receipts as (token, what it says of the one before)."""
        index = open_index(self.url)
        with index.read() as connection:
            tokens = list(connection.scalars(sa.select(tables.receipts.c.token).order_by(tables.receipts.c.number)))
        index.close()
        return [(one, jwt.decode(one, options={"verify_signature": False})["prev"]) for one in tokens]

    def stop(self) -> None:
        for one in self.instances:
            one.kill()


@pytest.fixture
def site(server: postgres_stand.Postgres, tmp_path: Path) -> Iterator[Site]:
    opened = Site(tmp_path, server.new_index())
    yield opened
    opened.stop()


def chained(book: list[tuple[str, str]]) -> bool:
    tokens = [""] + [hashlib.sha256(token.encode()).hexdigest() for token, _ in book]
    return [previous for _, previous in book] == tokens[:-1]


async def test_an_upload_goes_on_at_another_receiver_when_the_first_is_killed(site: Site, tmp_path: Path) -> None:
    package, diary = large(tmp_path, 1024), Diary()
    first, second = site.instances
    data = package.path.read_bytes()
    async with sessions() as session:
        transport = TusTransport(session, first.url)
        handle = await transport.begin(package)
        assert await transport.send(handle, 0, data[:300_000]) == 300_000
        dying = asyncio.create_task(transport.send(handle, 300_000, data[300_000:]))
        await asyncio.to_thread(first.kill)
        await asyncio.gather(dying, return_exceptions=True)
        other = TusTransport(session, second.url)
        at = await other.offset(handle)
        assert at in (300_000, package.size)
        receipt = await deliver(package, other, diary.keep, diary.terms(site.key))
    assert receipt.accepted
    assert site.copies(package) == [package.sha256] * 2


async def test_what_a_killed_receiver_was_looking_at_is_decided_by_another(site: Site, tmp_path: Path) -> None:
    package, diary = small(tmp_path), Diary()
    first, second = site.instances
    for one in site.instances:
        one.hold.touch()
    async with sessions() as session:
        transport = TusTransport(session, first.url)
        handle = await transport.begin(package)
        await transport.send(handle, 0, package.path.read_bytes())
        index = open_index(site.url)

        async def looking() -> bool:
            with index.read() as connection:
                return bool(connection.scalar(sa.select(tables.uploads.c.judge)))

        await eventually(looking, "one of the two looks at it")
        with index.read() as connection:
            judge = connection.scalar(sa.select(tables.uploads.c.judge)) or ""
        index.close()
        dead = next(one for one in site.instances if f":{one.pid}:" in judge)
        alive = second if dead is first else first
        gone = judges(dead.pid)
        await asyncio.to_thread(dead.kill)
        until_ended(gone)
        alive.hold.unlink()
        other = TusTransport(session, alive.url)
        assert (await deliver(package, other, diary.keep, diary.terms(site.key))).accepted
    assert site.copies(package) == [package.sha256] * 2
    assert len(site.book()) == 1


async def test_two_receivers_write_one_chain_of_receipts(site: Site, tmp_path: Path) -> None:
    async with sessions() as session:
        async def bring(number: int) -> None:
            package = small(tmp_path / str(number), f"{UUID[:-2]}{number:02d}")
            transport = TusTransport(session, site.instances[number % 2].url)
            assert (await deliver(package, transport, Diary().keep, Diary().terms(site.key))).accepted

        await asyncio.gather(*(bring(number) for number in range(8)))
    book = site.book()
    assert len(book) == 8
    assert chained(book)


async def test_kills_in_turn_while_packages_come_in_lose_nothing_and_double_nothing(
        site: Site, tmp_path: Path) -> None:
    packages = [large(tmp_path / str(number), 512, f"{UUID[:-2]}{number:02d}") for number in range(16)]
    chance, killed, line = random.Random(20261122), [0], list(packages)

    async def kill_now_and_then(done: asyncio.Event) -> None:
        while not done.is_set() and killed[0] < 8:
            await asyncio.sleep(chance.uniform(0.1, 1.0))
            victim = site.instances[killed[0] % 2]
            await asyncio.to_thread(victim.kill)
            killed[0] += 1
            await asyncio.to_thread(victim.start)

    async def every_fifth_saw_a_kill() -> bool:
        return killed[0] >= (len(packages) - len(line)) // 5

    async with sessions() as session:
        done = asyncio.Event()
        killer = asyncio.create_task(kill_now_and_then(done))

        async def send(number: int) -> None:
            while line:
                await eventually(every_fifth_saw_a_kill, "somebody is killed")
                if not line:
                    return
                transport = TusTransport(session, site.instances[number % 2].url)
                receipt = await deliver(line.pop(), transport, Diary().keep, Diary().terms(site.key))
                assert receipt.accepted, receipt.reason

        await asyncio.gather(*(send(number) for number in range(4)))
        done.set()
        await killer
    assert killed[0] > 2
    assert all(site.copies(package) == [package.sha256] * 2 for package in packages)
    book = site.book()
    assert len(book) == len(packages)
    assert chained(book)


async def test_the_same_package_sent_to_both_at_once_is_taken_once(site: Site, tmp_path: Path) -> None:
    package = small(tmp_path)
    async with sessions() as session:
        receipts = await asyncio.gather(*(
            deliver(package, TusTransport(session, one.url), Diary().keep, Diary().terms(site.key))
            for one in site.instances))
    assert len({one.token for one in receipts}) == 1
    assert len(site.book()) == 1


async def test_a_data_base_that_crashes_costs_only_time(
        server: postgres_stand.Postgres, site: Site, tmp_path: Path) -> None:
    package = small(tmp_path)
    async with sessions() as session:
        transport = TusTransport(session, site.instances[0].url)
        await asyncio.to_thread(server.stop, "immediate")
        async with session.get(f"{site.instances[0].url}/receipts/{package.sha256}") as answer:
            assert answer.status == 503 and answer.headers["Retry-After"]
        assert re.search(r"^archive_index_up 0", site.instances[0].get("/metrics"), re.MULTILINE)
        delivery = asyncio.create_task(deliver(package, transport, Diary().keep, Diary().terms(site.key)))
        await asyncio.to_thread(server.start)
        assert (await delivery).accepted
        assert (await transport.find(package.sha256)).standing is Standing.DECIDED
    assert chained(site.book())
    until(lambda: site.instances[0].metric("archive_index_up") == 1, "the index answers again")
