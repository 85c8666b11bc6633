"""What the journal is told from a real ledger, over a real socket that speaks its protocol, and when it is away."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from locked_stand import BLURRED, SECRET, Stand, office

from appliance.chronicle.events import BY_NAME
from appliance.chronicle.teller import BACK_SECONDS, NAME, Teller
from appliance.core import errors
from appliance.core.ids import uuid7
from appliance.core.journal import Channel, Fields
from appliance.core.model import PageKey, Side
from appliance.spool import chronicle, entry, heartbeats
from appliance.spool.chronicle import Told
from appliance.spool.entry import NewBatch
from appliance.spool.ledger import Book, Ledger

A = "01890000-0000-7000-8000-00000000000a"


class FakeJournal:
    """A socket that takes what journald takes."""

    def __init__(self, folder: str) -> None:
        self.address = f"{folder}/socket"
        self.line: socket.socket | None = None
        self.channels: list[Channel] = []

    def channel(self) -> Channel:
        """Return a way to this journal."""
        self.channels.append(Channel("appliance", self.address))
        return self.channels[-1]

    def come(self) -> None:
        self.line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.line.bind(self.address)
        self.line.setblocking(False)

    def go(self) -> None:
        if self.line is not None:
            self.line.close()
            Path(self.address).unlink()
            self.line = None

    def entries(self) -> list[dict[str, str]]:
        """Return and take away what has come."""
        assert self.line is not None
        found = []
        while True:
            try:
                found.append(parsed(self.line.recv(1 << 20)))
            except BlockingIOError:
                return found


def parsed(data: bytes) -> dict[str, str]:
    """Read one datagram of the journal's native protocol."""
    found: dict[str, str] = {}
    while data:
        head, _, data = data.partition(b"\n")
        name, equals, value = head.partition(b"=")
        if not equals:
            size = int.from_bytes(data[:8], "little")
            value, data = data[8:8 + size], data[9 + size:]
        found[name.decode()] = value.decode()
    return found


@pytest.fixture
def journal() -> Iterator[FakeJournal]:
    folder = tempfile.mkdtemp(prefix="jr", dir="/tmp")
    made = FakeJournal(folder)
    yield made
    made.go()
    for channel in made.channels:
        channel.close()
    shutil.rmtree(folder)


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    found = office(tmp_path)
    yield found
    found.ledger.close()


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    found = Book(tmp_path / "ledger.sqlite3")
    yield found
    found.close()


def teller(book: Book, journal: FakeJournal, tmp_path: Path) -> Teller:
    return Teller(book, tmp_path, journal.channel())


def press(ledger: Ledger, times: int = 1) -> list[str]:
    """Press Start some times; return the batches."""
    made = [uuid7() for _ in range(times)]
    with ledger.transaction():
        for batch in made:
            entry.begin(ledger, NewBatch(batch, "counter", "archive", "archive-tt05-2025", "Trần Thị Bí Mật", "{}"))
    return made


def events(ledger: Ledger) -> list[Told]:
    return chronicle.after(ledger, 0, 10_000)[1]


async def told_all(one: Teller) -> None:
    while await one.tell():
        pass


def test_a_side_that_is_held_is_told_at_once_with_its_code(stand: Stand) -> None:
    stand.batch(A)
    page = stand.side(A, 1)
    stand.look(page, BLURRED)
    (held,) = [one for one in events(stand.ledger) if one.event == "sheet.held"]
    assert held.fields == {"batch": A, "device": held.fields["device"], "job": held.fields["job"], "sheet": 1,
                           "side": "front", "page": page, "code": BLURRED.code}


def test_of_a_locked_batch_nothing_is_told_but_that_it_is(stand: Stand) -> None:
    stand.batch(A)
    stand.look(stand.side(A, 1), BLURRED)
    stand.look(stand.side(A, 2), SECRET)
    stand.close(A)
    stand.round()
    found = {one.event for one in events(stand.ledger)}
    assert "batch.locked" in found
    assert {name.partition(".")[0] for name in found} == {"batch"}
    assert errors.SECRET_SUSPECTED.code not in json.dumps([one.fields for one in events(stand.ledger)])


def test_a_synthetic_page_that_does_not_arrive_is_told_with_its_code(stand: Stand) -> None:
    for run, code in (("0199-1", ""), ("0199-2", errors.ARCHIVE_UNREACHABLE.code)):
        heartbeats.begin(stand.ledger, run, "TEST.1", "schedule")
        heartbeats.end(stand.ledger, run, heartbeats.Ended(code=code))
    arrived, failed = events(stand.ledger)
    assert (arrived.event, arrived.fields["run"]) == ("heartbeat.arrived", "0199-1")
    assert (failed.event, failed.fields["code"]) == ("heartbeat.failed", errors.ARCHIVE_UNREACHABLE.code)


async def test_lines_come_in_order_with_the_ids_of_their_events(
    book: Book, journal: FakeJournal, tmp_path: Path,
) -> None:
    journal.come()
    one = teller(book, journal, tmp_path)
    await one.start()
    batches = await book.ask(press, 3)
    await told_all(one)
    found = journal.entries()
    assert [entry["APPLIANCE_BATCH"] for entry in found] == batches
    assert {entry["MESSAGE_ID"] for entry in found} == {BY_NAME["batch.started"].id}
    assert [json.loads(entry["MESSAGE"])["batch"] for entry in found] == batches
    assert not any("Bí Mật" in value for entry in found for value in entry.values())


async def test_a_journal_that_is_away_gets_every_line_later(
    book: Book, journal: FakeJournal, tmp_path: Path,
) -> None:
    one = teller(book, journal, tmp_path)
    await one.start()
    batches = await book.ask(press, 5)
    assert not await one.tell() and one.seq == 0
    journal.come()
    await told_all(one)
    assert [entry["APPLIANCE_BATCH"] for entry in journal.entries()] == batches


async def test_a_journal_that_does_not_read_gets_the_rest_when_it_does_and_nothing_twice(
    book: Book, journal: FakeJournal, tmp_path: Path,
) -> None:
    journal.come()
    one = teller(book, journal, tmp_path)
    await one.start()
    batches = await book.ask(press, 3_000)
    await told_all(one)
    found = journal.entries()
    assert 0 < len(found) < len(batches), "its queue was full"
    while more := await told_more(one, journal):
        found += more
    assert [entry["APPLIANCE_BATCH"] for entry in found] == batches


async def told_more(one: Teller, journal: FakeJournal) -> list[dict[str, str]]:
    await told_all(one)
    return journal.entries()


async def test_after_a_stop_in_order_telling_goes_on_where_it_was(
    book: Book, journal: FakeJournal, tmp_path: Path,
) -> None:
    journal.come()
    first = teller(book, journal, tmp_path)
    await first.start()
    await book.ask(press, 2)
    await book.ask(Ledger.note, "service.stopped", "")
    await first.stop()
    journal.entries()
    second = teller(book, journal, tmp_path)
    await second.start()
    (batch,) = await book.ask(press)
    await told_all(second)
    assert [entry["APPLIANCE_BATCH"] for entry in journal.entries()] == [batch]


@pytest.mark.parametrize("cursor", [b"2\n", b"", b"\0\0\0", b"99\n", None])
async def test_after_a_crash_the_last_minutes_are_told_again_whatever_the_file_says(
    book: Book, journal: FakeJournal, tmp_path: Path, cursor: bytes | None,
) -> None:
    batches = await book.ask(press, 3)
    if cursor is not None:
        (tmp_path / NAME).write_bytes(cursor)
    journal.come()
    one = teller(book, journal, tmp_path)
    await one.start()
    await told_all(one)
    found = journal.entries()
    assert [entry["APPLIANCE_BATCH"] for entry in found] == batches
    again = ["again" in json.loads(entry["MESSAGE"]) for entry in found]
    assert again == [cursor in (b"2\n", b"99\n")] * 3, "a line that may have been told before says so"
    await book.ask(press)
    await told_all(one)
    assert "again" not in json.loads(journal.entries()[-1]["MESSAGE"])


async def test_a_stop_while_lines_are_on_their_way_tells_none_twice(
    book: Book, journal: FakeJournal, tmp_path: Path,
) -> None:
    journal.come()
    one = teller(book, journal, tmp_path)
    await one.start()
    batches = await book.ask(press, 3)
    under_way, go_on, send = threading.Event(), threading.Event(), one.channel.send

    def slowly(text: str, fields: Fields) -> bool:
        under_way.set()
        return go_on.wait(20) and send(text, fields)

    one.channel.send = slowly  # type: ignore[method-assign]
    telling = asyncio.create_task(one.tell())
    await asyncio.to_thread(under_way.wait, 20)
    telling.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await telling
    await one.stop()
    assert [entry["APPLIANCE_BATCH"] for entry in journal.entries()] == batches


async def test_a_link_that_says_what_nobody_foresaw_keeps_no_later_one_from_being_told(
    book: Book, journal: FakeJournal, tmp_path: Path, caplog: pytest.LogCaptureFixture,
) -> None:
    journal.come()
    one = teller(book, journal, tmp_path)
    await one.start()
    await book.ask(Ledger.note, "page.held", "Trần Thị Bí Mật", code="I301")
    (batch,) = await book.ask(press)
    await one._try_to_tell()
    assert [entry["APPLIANCE_BATCH"] for entry in journal.entries()] == [batch]
    assert "link 1 of the audit chain cannot be told" in caplog.text and "Bí Mật" not in caplog.text


def test_a_ledger_whose_last_link_somebody_has_changed_stops_no_start(book: Book, tmp_path: Path) -> None:
    del book  # its file is made
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    press(ledger, 4)
    for (name,) in ledger._db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        ledger._db.execute(f"DROP TRIGGER {name}")
    ledger._db.execute("UPDATE audit SET at = 'yesterday'")
    head, _ = ledger.head()
    assert [chronicle.begin_at(ledger, known, BACK_SECONDS) for known in (2, None, 99)] == [2, head, head]
    ledger.close()


def test_the_ten_thousandth_sheet_of_a_batch_is_told_by_its_number(stand: Stand) -> None:
    stand.batch(A)
    stand.ledger.note("page.held", str(PageKey(A, 12_345, Side.BACK, 2)), code=BLURRED.code)
    (held,) = [one for one in events(stand.ledger) if one.event == "sheet.held"]
    assert (held.fields["sheet"], held.fields["side"]) == (12_345, "back")


def test_what_was_long_before_a_crash_is_not_told_again(book: Book, tmp_path: Path) -> None:
    del book  # its file is made
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    press(ledger, 4)
    ledger._db.execute("DROP TRIGGER IF EXISTS audit_unchanged")
    names = [row[0] for row in ledger._db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
    for name in names:
        ledger._db.execute(f"DROP TRIGGER {name}")
    ledger._db.execute("UPDATE audit SET at = '2020-01-01T00:00:00.000+07:00' WHERE seq <= 3")
    assert chronicle.begin_at(ledger, 4, BACK_SECONDS) == 3
    assert chronicle.begin_at(ledger, 1, BACK_SECONDS) == 1, "what was never told is told however old it is"
    ledger.close()


async def test_a_disk_that_does_not_take_the_place_stops_no_telling(
    book: Book, journal: FakeJournal, tmp_path: Path,
) -> None:
    journal.come()
    one = Teller(book, tmp_path / "not there" / "either", journal.channel())
    await one.start()
    await book.ask(press, 2)
    await one.stop()
    assert len(journal.entries()) == 2
