"""What the archive asks of its index, in SQLite and in PostgreSQL: two writers, two judges, one book."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jwt
import postgres_stand
import pytest
import sqlalchemy as sa
from archive_stand import FILE_CODE, UUID, until

from appliance.core.errors import ApplianceError
from appliance.receiver import receiptbook, tables
from appliance.receiver.file_uploads import FileSpace
from appliance.receiver.index import Index, IndexDownError, open_index
from appliance.receiver.line import Line
from appliance.receiver.receiptbook import Decision, ReceiptBook
from appliance.receiver.uploads import ElsewhereError, Uploads

SHA = "ab" * 32


@pytest.fixture(scope="module")
def server() -> Iterator[postgres_stand.Postgres | None]:
    with postgres_stand.perhaps() as found:
        yield found


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, server: postgres_stand.Postgres | None, tmp_path: Path) -> str:
    return postgres_stand.address_of(request.param, server, tmp_path)


@pytest.fixture
def index(address: str) -> Iterator[Index]:
    opened = open_index(address)
    yield opened
    opened.close()


def uploads_of(index: Index, folder: Path, days: float = 7.0) -> Uploads:
    return Uploads(index, FileSpace(folder / "uploads"), days * 86400)


def at_once(work: Callable[[int], object], times: int) -> list[object]:
    """Run something in so many threads at the same moment; return what each gave or raised."""
    gate = threading.Barrier(times)

    def run(number: int) -> object:
        gate.wait()
        try:
            return work(number)
        except (ElsewhereError, OSError) as problem:
            return problem

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


def test_several_that_start_at_once_make_one_schema(address: str) -> None:
    made = at_once(lambda _: open_index(address), 4)
    opened = [one for one in made if isinstance(one, Index)]
    assert len(opened) == 4, made
    for one in opened:
        with one.read() as connection:
            assert connection.scalars(sa.select(tables.schema.c.version)).all() == [tables.VERSION]
            assert connection.scalar(sa.select(sa.func.count()).select_from(tables.book)) == 1
        one.close()


def test_a_schema_of_another_version_is_refused(index: Index, address: str) -> None:
    with index.write() as connection:
        connection.execute(tables.schema.update().values(version=tables.VERSION + 1))
    with pytest.raises(ApplianceError) as problem:
        open_index(address)
    assert problem.value.code == "A640"


@pytest.mark.parametrize("url", ["oracle://x", "no address", "postgresql+unknown://x/y"])
def test_an_address_that_will_not_do_is_refused_before_anything(url: str) -> None:
    with pytest.raises(ApplianceError) as problem:
        open_index(url)
    assert problem.value.code == "A640"


def test_a_transaction_that_fails_changes_nothing(index: Index) -> None:
    with pytest.raises(ZeroDivisionError), index.write() as connection:
        connection.execute(tables.book.update().values(number=7))
        raise ZeroDivisionError
    with index.read() as connection:
        assert connection.scalar(sa.select(tables.book.c.number)) == 0


def test_of_two_writers_at_one_offset_one_is_taken_and_what_he_wrote_stays(index: Index, tmp_path: Path) -> None:
    uploads = uploads_of(index, tmp_path)
    upload = uploads.create("", 3_000_000, SHA, "")
    pieces = [bytes([number]) * 1_000_000 for number in range(4)]
    done = at_once(lambda number: uploads.append(upload, pieces[number]), 4)
    taken = [number for number, one in enumerate(done) if not isinstance(one, BaseException)]
    assert len(taken) == 1
    known = uploads.get(upload.name)
    assert known is not None and known.offset == 1_000_000
    assert FileSpace(tmp_path / "uploads").data(upload.name).read_bytes()[:1_000_000] == pieces[taken[0]]


def test_a_writer_that_slept_while_another_went_on_harms_nothing(index: Index, tmp_path: Path) -> None:
    uploads = uploads_of(index, tmp_path)
    asleep = uploads.create("", 6, SHA, "")
    uploads.append(asleep, b"abc")
    with pytest.raises(ElsewhereError):
        uploads.append(asleep, b"xyz")
    assert FileSpace(tmp_path / "uploads").data(asleep.name).read_bytes() == b"abc"


def test_an_announcement_made_twice_at_once_is_one_upload_and_offices_are_told_apart(
        index: Index, tmp_path: Path) -> None:
    uploads = uploads_of(index, tmp_path)
    names = {uploads.create("one", 5, SHA, "m").name for _ in range(2)}
    names |= {one.name for one in at_once(lambda _: uploads.create("one", 5, SHA, "m"), 4)}  # type: ignore[attr-defined]
    assert len(names) == 1
    assert uploads.create("two", 5, SHA, "m").name not in names
    assert uploads.create("one", 5, "cd" * 32, "m").name not in names


def test_what_expired_goes_and_what_waits_for_a_decision_stays(index: Index, tmp_path: Path) -> None:
    uploads = uploads_of(index, tmp_path, days=0)
    half, whole = uploads.create("", 5, SHA, ""), uploads.create("", 3, SHA, "")
    uploads.append(half, b"a")
    uploads.append(whole, b"abc")
    stray = FileSpace(tmp_path / "uploads").data("f" * 32)
    stray.write_bytes(b"nobody's")
    assert uploads.sweep() == 1
    assert uploads.get(half.name) is None
    assert uploads.get(whole.name) is not None
    assert [path.stem for path in (tmp_path / "uploads").iterdir()] == [whole.name]
    assert not stray.exists()


def test_each_upload_is_claimed_by_one_judge_and_taken_over_when_that_one_falls_silent(
        index: Index, tmp_path: Path) -> None:
    uploads = uploads_of(index, tmp_path)
    for number in range(3):
        uploads.append(uploads.create("", 1, f"{number:064x}", ""), b"x")
    lines = [Line(index, f"instance {number}", 0.2) for number in range(6)]
    claims = at_once(lambda number: lines[number].claim(), 6)
    names = [one.upload.name for one in claims if one is not None]  # type: ignore[attr-defined]
    late = Line(index, "late", 30.0)
    assert len(set(names)) == len(names) <= 3
    found: set[str] = set()

    def taken_over() -> bool:
        claim = late.claim()
        found.update([claim.upload.name] if claim else [])
        return len(found) == 3

    until(taken_over, "the silent ones are taken over")
    assert late.claim() is None
    assert late.length()[0] == 3
    late.leave()
    again = late.claim()
    assert again is not None and again.claims <= 2


def test_a_crash_is_counted_and_a_way_back_into_the_line_is_not(index: Index, tmp_path: Path) -> None:
    uploads, line = uploads_of(index, tmp_path), Line(index, "me", 30.0)
    uploads.append(uploads.create("", 1, SHA, ""), b"x")
    for crashes, crashed in ((0, False), (0, True), (1, True)):
        claim = line.claim()
        assert claim is not None and (claim.crashes, claim.claims) == (crashes, 0)
        line.give_back(claim.upload, 0.0, crashed=crashed)
    assert line.pending(SHA)
    assert not line.pending("cd" * 32)


def test_receipts_written_at_once_are_one_chain_and_the_same_bytes_get_one(index: Index, tmp_path: Path) -> None:
    book = ReceiptBook(tmp_path / "keys", "archive")

    def enter(number: int) -> str:
        sha256 = f"{number // 2:064x}"
        with index.write() as connection:
            return book.enter(connection, Decision(sha256, 1, UUID, FILE_CODE, 2, (), document_ids=("a", "b")))

    tokens = at_once(enter, 8)
    assert len(set(tokens)) == 4, tokens
    with index.read() as connection:
        kept = list(connection.scalars(sa.select(tables.receipts.c.token).order_by(tables.receipts.c.number)))
        assert receiptbook.count(connection) == 4
    previous = ""
    for token in kept:
        said = jwt.decode(token, options={"verify_signature": False})
        assert said["prev"] == previous
        assert (said["documents"], said["document_ids"]) == (2, ["a", "b"])
        previous = hashlib.sha256(token.encode()).hexdigest()


def test_an_office_hears_of_its_own_receipts_only(index: Index, tmp_path: Path) -> None:
    book = ReceiptBook(tmp_path / "keys", "archive")
    with index.write() as connection:
        token = book.enter(connection, Decision(SHA, 1, UUID, FILE_CODE, 1, (), office="one"))
    with index.read() as connection:
        found = [receiptbook.find_for(connection, SHA, offices)
                 for offices in ({"one"}, {"two", "one"}, set(), {"two"})]
    assert found == [token, token, token, None]


def test_a_data_base_that_is_away_is_an_error_of_the_disk(server: postgres_stand.Postgres | None) -> None:
    if server is None:
        pytest.skip("not run: PostgreSQL is not installed")
    opened = open_index(server.new_index())
    server.stop()
    try:
        with pytest.raises(IndexDownError), opened.read() as connection:
            connection.execute(sa.select(tables.book))
    finally:
        server.start()
    with opened.read() as connection:
        assert connection.scalar(sa.select(tables.book.c.number)) == 0
    opened.close()
