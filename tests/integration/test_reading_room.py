"""Offices search and read in the archive under its policy; every look is written down."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import fields, replace
from pathlib import Path

import aiohttp
import pytest
import sqlalchemy as sa
from archive_stand import FILE_CODE, UUID, eventually
from reading_stand import ASKER, OTHER, OWN, REVIEWER, Town, package_of, town, with_fields

from appliance.core.jobs import PackageJob
from appliance.receive import main as receive
from appliance.receiver import openapi, readings, settings, tables
from appliance.receiver.search import Criteria

OPEN, COND = UUID, "0198f3c0-1111-7000-8000-0000000000a2"


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Town]:
    async with town(tmp_path) as opened:
        assert (await opened.send(OWN, package_of(tmp_path / "1", OPEN))).accepted
        yield opened


def log_of(place: Town) -> list[tuple[str, str, str]]:
    rows = readings.recent(place.archive.index, 100)
    return [(row["office"], row["what"].split()[0], row["decision"].split(",")[0]) for row in rows][::-1]


async def test_a_dossier_is_found_by_code_by_document_by_day_and_by_words_typed_in_a_hurry(place: Town) -> None:
    for criteria in ({"file_code": "H49.64.33.2001"}, {"doc_code": f"{FILE_CODE}.0000002"}, {"text": "NGUYEN dang"},
                     {"text": "Đính kèm"}, {"since": "2021-03-03", "until": "2021-03-03"}, {"office": OWN}):
        (found,) = await place.find(OWN, **criteria)
        assert (found["file_code"], found["reading"]) == (FILE_CODE, "allow")
        assert [one["ordinal"] for one in found["documents"]] == [1, 2]
    for criteria in ({"file_code": "H49.64.34"}, {"text": "nguyen tran"}, {"since": "2021-03-04"},
                     {"office": OTHER}, {"text": "%"}, {"until": "2021-03-01"}):
        assert await place.find(OWN, **criteria) == []


async def test_every_office_reads_a_settled_dossier_whole_and_in_ranges(place: Town, tmp_path: Path) -> None:
    whole = (tmp_path / "1" / f"{OPEN}.zip").read_bytes()
    status, ticket = await place.open(OTHER, OPEN)
    assert (status, ticket["size"]) == (201, len(whole))
    assert await place.ask(OTHER, "GET", f"/readings/{ticket['ticket']}") == (200, whole)
    _, ticket = await place.open(OTHER, OPEN, 2)
    document = (tmp_path / "1" / "signed-2.pdf").read_bytes()
    path = f"/readings/{ticket['ticket']}"
    assert await place.ask(OTHER, "GET", path) == (200, document)
    for asked, part in (("bytes=5-9", document[5:10]), ("bytes=-4", document[-4:]), ("bytes=30-", document[30:]),
                        ("bytes=0-0", document[:1]), ("bytes=3-99999", document[3:])):
        assert await place.ask(OTHER, "GET", path, Range=asked) == (206, part)
    assert (await place.ask(OTHER, "GET", path, Range="bytes=5000-"))[0] == 416
    for none in ("bytes=a-b", "lines=1-2", "bytes=1-2,4-5"):
        assert await place.ask(OTHER, "GET", path, Range=none) == (200, document)
    assert await place.ask(OTHER, "GET", path, Range="bytes=1-2", If_Range='"other"') == (200, document)


async def test_a_ticket_is_the_offices_own_and_ends(place: Town) -> None:
    _, ticket = await place.open(OTHER, OPEN)
    path = f"/readings/{ticket['ticket']}"
    assert (await place.ask(OWN, "GET", path))[0] == 404
    with place.archive.index.write() as connection:
        connection.execute(tables.tickets.update().values(until="2026-01-01T00:00:00.000000Z"))
    assert (await place.ask(OTHER, "GET", path))[0] == 404


async def test_what_is_conditional_is_read_only_after_a_person_at_the_archive_grants_it(
        place: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (await place.send(OWN, package_of(tmp_path / "2", COND, with_fields(mode="02")))).accepted
    found = {one["uuid"]: one for one in await place.find(OTHER, file_code=FILE_CODE)}
    assert found[COND]["reading"] == "ask"
    assert "title" not in found[COND]
    assert all("subject" not in one for one in found[COND]["documents"])
    for office in (OWN, OTHER):
        status, told = await place.open(office, COND)
        assert (status, told["code"]) == (403, "A656")
    status, asked = await place.ask(OTHER, "POST", "/requests", {"asker": ASKER, "package": COND})
    assert status == 201
    again = await place.ask(OTHER, "POST", "/requests", {"asker": ASKER, "package": COND})
    assert again == (201, asked)
    flags = ["--root", str(place.root)]
    assert receive(["request", "list", *flags]) == 3
    assert asked["id"] in capsys.readouterr().out
    assert receive(["request", "grant", asked["id"], "--by", "Trần Văn Lưu", *flags]) == 0
    assert receive(["request", "grant", asked["id"], "--by", "Trần Văn Lưu", *flags]) == 1
    assert (await place.open(OTHER, COND))[0] == 201
    assert (await place.open(OTHER, COND, person="Another Person"))[0] == 403
    assert (await place.open(OWN, COND))[0] == 403
    with place.archive.index.write() as connection:
        connection.execute(tables.requests.update().values(until="2026-01-01T00:00:00.000000Z"))
    assert (await place.open(OTHER, COND))[0] == 403
    (mine,) = (await place.ask(OTHER, "GET", "/requests"))[1]["requests"]
    assert (mine["id"], mine["state"]) == (asked["id"], "granted")
    assert (await place.ask(OWN, "GET", "/requests"))[1] == {"requests": []}


async def test_a_search_by_words_does_not_confirm_a_name_that_the_asker_may_not_see(
        place: Town, tmp_path: Path) -> None:
    assert (await place.send(OWN, package_of(tmp_path / "2", COND, with_fields(mode="02")))).accepted
    assert {one["uuid"] for one in await place.find(OTHER, file_code=FILE_CODE)} == {OPEN, COND}
    for words in ("Nguyễn & Đặng", "dinh kem", "dinh kem nguyen"):
        assert {one["uuid"] for one in await place.find(OTHER, text=words)} == {OPEN}
        assert {one["uuid"] for one in await place.find(OWN, text=words)} == {OPEN, COND}
        assert {one["uuid"] for one in await place.find(REVIEWER, text=words)} == {OPEN, COND}
        _, told = await place.ask(OTHER, "POST", "/search", {"asker": ASKER, "find": {"text": words, "limit": 1}})
        assert COND not in str(told), "nor by the place where the answer goes on"
        assert [one["uuid"] for one in told["dossiers"]] == [OPEN]


async def test_a_refused_request_says_why(place: Town, tmp_path: Path) -> None:
    assert (await place.send(OWN, package_of(tmp_path / "2", COND, with_fields(mode="02")))).accepted
    _, asked = await place.ask(OTHER, "POST", "/requests", {"asker": ASKER, "package": COND})
    assert receive(["request", "refuse", asked["id"], "--by", "Trần", "--answer", "Không thuộc thẩm quyền",
                    "--root", str(place.root)]) == 0
    (mine,) = (await place.ask(OTHER, "GET", "/requests"))[1]["requests"]
    assert (mine["state"], mine["answer"]) == ("refused", "Không thuộc thẩm quyền")
    assert (await place.open(OTHER, COND))[0] == 403


async def test_a_conditional_document_makes_the_whole_package_conditional_but_not_its_neighbour(
        place: Town, tmp_path: Path) -> None:
    def second_is_conditional(job: PackageJob) -> PackageJob:
        one, two = job.documents
        return replace(job, documents=(one, replace(two, fields=two.fields | {"mode": "02"})))

    assert (await place.send(OWN, package_of(tmp_path / "2", COND, second_is_conditional))).accepted
    assert [(await place.open(OTHER, COND, ordinal))[0] for ordinal in (0, 1, 2)] == [403, 201, 403]


async def test_a_secret_dossier_is_refused_when_it_comes(place: Town, tmp_path: Path) -> None:
    receipt = await place.send(OWN, package_of(tmp_path / "2", COND, with_fields(mode="03")))
    assert not receipt.accepted
    assert "access mode" in receipt.reason
    assert (await place.open(REVIEWER, COND))[0] == 404


async def test_another_office_does_not_hear_of_what_is_not_settled(place: Town) -> None:
    with place.archive.index.write() as connection:
        connection.execute(tables.packages.update().values(end_date="2999-01-01"))
    assert await place.find(OTHER, file_code=FILE_CODE) == []
    assert (await place.open(OTHER, OPEN))[0] == 404
    assert (await place.ask(OTHER, "POST", "/requests", {"asker": ASKER, "package": OPEN}))[0] == 404
    assert (await place.open(OWN, OPEN))[0] == 201
    assert log_of(place)[1] == (OTHER, "package", "hidden")
    who = ["--person", "Trần", "--purpose", "keeping", "--reason", "đã chi trả", "--root", str(place.root)]
    assert receive(["search", "settle", COND, *who]) == 1
    assert receive(["search", "settle", OPEN, *who]) == 0
    assert (await place.open(OTHER, OPEN))[0] == 201
    assert ("archive", "settled", "settled") in log_of(place)


@pytest.mark.parametrize("wrong", [{"purpose": "curiosity"}, {"reason": "x"}, {"person": ""}])
async def test_nobody_reads_without_a_name_a_purpose_and_a_reason(place: Town, wrong: dict[str, str]) -> None:
    status, told = await place.open(OWN, OPEN, 0, **wrong)
    assert (status, told["code"]) == (400, "A654")
    status, told = await place.ask(OWN, "POST", "/search", {"asker": ASKER | wrong, "find": {"file_code": "H"}})
    assert (status, told["code"]) == (400, "A654")
    assert log_of(place) == []


async def test_every_search_and_reading_stands_in_the_log_with_who_and_what_for(place: Town) -> None:
    await place.find(OTHER, text="nguyễn")
    await place.open(OTHER, OPEN, 1)
    (reading, search) = readings.recent(place.archive.index, 10)
    assert (search["office"], search["person"], search["purpose"]) == (OTHER, "Lê Thị Bé", "benefit: hồ sơ hưu trí")
    assert search["what"] == 'search {"text": "nguyễn", "limit": 50}'
    assert (search["decision"], reading["decision"]) == ("1 shown, national 1", "allow, national 1")
    assert (reading["what"], reading["package"], reading["ordinal"]) == ("document", OPEN, 1)


async def test_a_changed_a_missing_and_a_cut_off_entry_show(
        place: Town, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(4):
        await place.open(OTHER, OPEN)
    command = ["readings", "verify", "--root", str(place.root)]
    assert receive(command) == 0
    noted = capsys.readouterr().out.strip()
    assert noted.startswith("4:")
    log, table = tables.readings.c, tables.readings
    with place.archive.index.write() as connection:
        connection.execute(table.update().where(log.number == 2).values(person="Somebody Else"))
    assert receive(command) == 1
    assert "entry 2 was changed" in capsys.readouterr().err
    with place.archive.index.write() as connection:
        connection.execute(table.update().where(log.number == 2).values(person="Lê Thị Bé"))
    assert receive([*command, "--noted", noted]) == 0
    with place.archive.index.write() as connection:
        connection.execute(tables.tickets.delete())
        connection.execute(table.delete().where(log.number == 4))
    assert receive(command) == 0
    assert receive([*command, "--noted", noted]) == 1
    assert "cut off after entry 3" in capsys.readouterr().err
    with place.archive.index.write() as connection:
        connection.execute(table.delete().where(log.number == 2))
    assert receive(command) == 1
    assert "entry 2 is missing" in capsys.readouterr().err


async def test_many_who_read_at_once_make_one_chain(place: Town) -> None:
    answers = await asyncio.gather(*(place.open(OTHER, OPEN) for _ in range(24)))
    assert {status for status, _ in answers} == {201}
    proof = readings.verify(place.archive.index)
    assert (proof.entries, proof.wrong) == (24, "")


async def test_an_archive_that_cannot_write_the_log_answers_nothing(place: Town) -> None:
    with place.archive.index.write() as connection:
        connection.execute(sa.text("CREATE TRIGGER broken BEFORE INSERT ON readings "
                                   "BEGIN SELECT RAISE(ABORT, 'no space'); END"))
    for path, body in (("/search", {"asker": ASKER, "find": {"file_code": "H"}}),
                       ("/readings", {"asker": ASKER, "package": OPEN, "ordinal": 1})):
        status, told = await place.ask(OTHER, "POST", path, body)
        assert status == 503
        assert FILE_CODE.encode() not in told


async def test_a_damaged_copy_is_never_handed_out_as_a_whole_document(place: Town) -> None:
    with place.archive.index.read() as connection:
        sha256 = connection.scalar(sa.select(tables.packages.c.sha256))
    (path,) = (place.root / "archive").rglob(f"{sha256}.zip")
    data = bytearray(path.read_bytes())
    data[data.index(b"/ByteRange") + 3] ^= 1
    path.chmod(0o640)
    path.write_bytes(data)
    _, ticket = await place.open(OTHER, OPEN, 1)
    with pytest.raises(Exception, match=r"(?i)disconnected|payload|reset|closed"):
        await place.ask(OTHER, "GET", f"/readings/{ticket['ticket']}")


@pytest.mark.parametrize("where", [b"/ByteRange", b"PK\x01\x02"])
@pytest.mark.parametrize("ordinal", [0, 1])
async def test_who_met_a_damaged_copy_gets_the_sound_one_the_next_time(
        tmp_path: Path, where: bytes, ordinal: int) -> None:
    async with town(tmp_path, places=("hall-a", "hall-b")) as two:
        package = package_of(tmp_path / "1", OPEN)
        assert (await two.send(OWN, package)).accepted
        (path,) = (tmp_path / "hall-a").rglob(f"{package.sha256}.zip")
        data = bytearray(path.read_bytes())
        data[data.index(where)] ^= 1
        path.chmod(0o640)
        path.write_bytes(data)
        _, ticket = await two.open(OTHER, OPEN, ordinal)
        with contextlib.suppress(aiohttp.ClientError):
            status, told = await two.ask(OTHER, "GET", f"/readings/{ticket['ticket']}")
            assert status == 503, told

        async def served() -> bool:
            with contextlib.suppress(aiohttp.ClientError):
                status, told = await two.ask(OTHER, "GET", f"/readings/{ticket['ticket']}")
                return status == 200 and hashlib.sha256(told).hexdigest() == ticket["sha256"]
            return False

        await eventually(served, "the other copy")
        with two.archive.index.read() as connection:
            chosen = sa.select(tables.copies.c.place).where(tables.copies.c.state == "damaged")
            assert connection.scalars(chosen).all() == ["hall-a"]


async def test_people_at_the_archive_find_and_read_by_command(
        place: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    who = ["--person", "Trần Văn Lưu", "--purpose", "keeping", "--reason", "kiểm tra", "--root", str(place.root)]
    assert receive(["search", "find", "--text", "dang nguyen", *who]) == 0
    assert OPEN in capsys.readouterr().out
    assert receive(["search", "read", OPEN, "2", "--out", str(tmp_path / "two.pdf"), *who]) == 0
    assert (tmp_path / "two.pdf").stat().st_mode & 0o777 == 0o600
    assert receive(["search", "read", OPEN, "2", "--out", str(tmp_path / "two.pdf"), *who]) == 1
    assert (tmp_path / "two.pdf").read_bytes() == (tmp_path / "1" / "signed-2.pdf").read_bytes()
    assert receive(["search", "find", *who]) == 1
    assert log_of(place) == [("archive", "search", "1 shown"), ("archive", "document", "allow"),
                             ("archive", "document", "allow")]


async def test_a_note_that_is_none_is_not_taken_for_a_sound_log(
        place: Town, capsys: pytest.CaptureFixture[str]) -> None:
    for note in ("", "abc", "1", "x:y", "1:zz"):
        with pytest.raises(SystemExit):
            receive(["readings", "verify", "--noted", note, "--root", str(place.root)])
    assert receive(["readings", "verify", "--noted", "0:", "--root", str(place.root)]) == 0
    capsys.readouterr()


async def test_commands_find_the_archive_of_their_host(
        place: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(settings, "DEFAULT", tmp_path / "receiver.toml")
    assert receive(["request", "list"]) == 1
    assert "--settings" in capsys.readouterr().err
    (tmp_path / "receiver.toml").write_text(f'root = "{place.root}"\n', encoding="utf-8")
    assert receive(["request", "list"]) == 0


async def test_the_next_page_goes_on_where_the_last_one_ended(place: Town, tmp_path: Path) -> None:
    for number in range(2, 5):
        package = package_of(tmp_path / str(number), f"0198f3c0-1111-7000-8000-0000000000b{number}")
        assert (await place.send(OWN, package)).accepted
    seen: list[str] = []
    after = ""
    while True:
        _, page = await place.ask(OWN, "POST", "/search", {
            "asker": ASKER, "find": {"office": OWN, "limit": 2, "after": after}})
        seen += [one["uuid"] for one in page["dossiers"]]
        after = page["next"]
        if not after:
            break
    assert len(seen) == len(set(seen)) == 4


async def test_the_search_page_is_for_offices_loads_nothing_from_elsewhere_and_asks_what_there_is(
        place: Town) -> None:
    assert (await place.ask("", "GET", "/"))[0] == 401
    async with place.seat(OTHER).get(f"{place.url}/") as answer:
        policy, page = answer.headers["Content-Security-Policy"], await answer.text()
    assert "default-src 'none'" in policy
    assert '<html lang="vi">' in page
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert sorted(loaded) == ["/page/page.css", "/page/page.js"]
    script = (await place.ask(OTHER, "GET", "/page/page.js"))[1].decode()
    asked = set(re.findall(r'(?:ask|fetch)\("(/\w+)"', script))
    assert asked == {"/search", "/readings", "/requests", "/policy"}
    assert asked <= set(openapi.document()["paths"])
    assert not re.search(r"innerHTML|insertAdjacent|document\.write|eval", script)
    names = set(re.findall(r'name="(\w+)"', page)) - {"viewport", "person", "purpose", "reason"}
    assert names == {"text", "file_code", "doc_code", "since", "until"} <= {one.name for one in fields(Criteria)}
    assert (await place.ask(OTHER, "GET", "/page/../desk.py"))[0] == 404
