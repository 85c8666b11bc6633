"""Who comes to the archive: certificates, their renewal, roles, quotas."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import sqlalchemy as sa
from archive_stand import UUID, Diary, ReceiverProcess, eventually
from office_certificates import Authority
from reading_stand import MONITOR, OTHER, OWN, REVIEWER, Town, package_of, town

from appliance.archive.sender import deliver
from appliance.archive.transports.tus import TusTransport
from appliance.core.errors import ApplianceError
from appliance.receive import main as receive
from appliance.receiver import tables
from appliance.receiver.archive import open_archive, open_space
from appliance.receiver.front import Front
from appliance.receiver.offices import Identity, Offices
from appliance.receiver.settings import Settings
from appliance.receiver.uploads import Uploads

TWICE = ("[[office]]\ncode = '1'\ncertificates = ['dns:a']\n"
         "[[office]]\ncode = '2'\ncertificates = ['dns:A']\n")


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Town]:
    async with town(tmp_path) as opened:
        yield opened


async def met(place: Town, context: ssl.SSLContext, path: str = "/policy") -> int:
    connector = aiohttp.TCPConnector(ssl=context, force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session, session.get(place.url + path) as answer:
        return answer.status


async def test_without_a_certificate_only_the_health_is_told(place: Town) -> None:
    assert (await place.ask("", "GET", "/healthz"))[0] == 200
    for path in ("/policy", "/tasks", "/metrics", "/openapi.json", f"/receipts/{'0' * 64}", "/files/x", "/nothing"):
        status, told = await place.ask("", "GET", path)
        assert (status, told["code"]) == (401, "A650")


async def test_a_certificate_of_no_office_is_told_apart(place: Town) -> None:
    status, told = await place.ask("unknown", "GET", "/policy")
    assert (status, told["code"]) == (403, "A651")
    assert told["vi"].endswith("Hãy báo kho lưu trữ.")


async def test_a_certificate_of_another_authority_ends_the_handshake(place: Town, tmp_path: Path) -> None:
    stranger = Authority(tmp_path / "stranger", "Stranger").issue("Office 0311", "office-0311.example")
    with pytest.raises((aiohttp.ClientError, ssl.SSLError)):
        await met(place, place.authority.client(stranger))


async def test_a_monitor_sees_figures_only(place: Town) -> None:
    status, figures = await place.ask(MONITOR, "GET", "/metrics")
    assert status == 200
    assert b"archive_rescan_tasks 0.0" in figures
    for method, path in (("GET", "/tasks"), ("POST", "/search"), ("POST", "/files")):
        assert (await place.ask(MONITOR, method, path))[0] == 403


async def test_one_office_knows_nothing_of_the_uploads_and_receipts_of_another(place: Town, tmp_path: Path) -> None:
    package = package_of(tmp_path / "1", UUID)
    assert (await place.send(OWN, package)).accepted
    assert (await place.ask(OTHER, "GET", f"/receipts/{package.sha256}"))[0] == 404
    begun = await place.announce(OWN, 100, "a" * 64)
    assert (await place.patch(OTHER, begun.headers["Location"], 0, b"x")).status == 404
    same = await place.announce(OTHER, 100, "a" * 64)
    assert same.headers["Location"] != begun.headers["Location"]


async def test_the_archives_renewed_certificate_is_used_without_a_restart(place: Town) -> None:
    def served() -> bytes:
        return ssl.get_server_certificate(("127.0.0.1", int(place.url.rpartition(":")[2]))).encode()

    first = await asyncio.to_thread(served)
    place.authority.issue("Archive", "localhost", file="server")
    second = await asyncio.to_thread(served)
    assert second != first
    (place.authority.folder / "server.pem").write_text("half wri")
    assert await asyncio.to_thread(served) == second
    assert (await place.ask(OWN, "GET", "/policy"))[0] == 200


async def test_an_authority_may_be_changed_without_a_restart(place: Town, tmp_path: Path) -> None:
    fresh = Authority(tmp_path / "fresh", "Fresh authority")
    own = fresh.issue("Office 0311", "office-0311.example")
    context = place.authority.client(own)
    with pytest.raises((aiohttp.ClientError, ssl.SSLError)):
        await met(place, context)
    place.authority.file.write_bytes(fresh.file.read_bytes())
    assert await met(place, context) == 200
    place.sessions.clear()
    old = place.authority.client(None)
    old.load_cert_chain(place.authority.folder / f"{OWN}.pem")
    old.load_verify_locations(place.authority.folder / "server.pem")
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    with pytest.raises((aiohttp.ClientError, ssl.SSLError)):
        await met(place, old)


async def test_an_office_is_taken_off_the_list_without_a_restart_and_a_broken_list_changes_nothing(
        place: Town) -> None:
    listed = place.offices.read_text(encoding="utf-8")
    place.offices.write_text("[[office]]\ncode = 5\n", encoding="utf-8")
    assert (await place.ask(OWN, "GET", "/policy"))[0] == 200
    place.offices.write_text(listed.replace("office-0311.example", "office-0999.example"), encoding="utf-8")
    assert (await place.ask(OWN, "GET", "/policy"))[0] == 403
    assert (await place.ask(OTHER, "GET", "/policy"))[0] == 200


async def test_a_revoked_certificate_ends_the_handshake(tmp_path: Path) -> None:
    async with town(tmp_path, revoked=(OTHER,)) as place:
        assert (await place.ask(OWN, "GET", "/policy"))[0] == 200
        with pytest.raises((aiohttp.ClientError, ssl.SSLError)):
            await place.ask(OTHER, "GET", "/policy")
        place.authority.revoke(place.authority.folder / f"{OWN}.pem")
        assert (await place.ask(OTHER, "GET", "/policy"))[0] == 200
        with pytest.raises((aiohttp.ClientError, ssl.SSLError)):
            await place.ask(OWN, "GET", "/policy")


async def test_who_is_revoked_in_mid_upload_goes_no_further_on_the_connection_that_is_open(tmp_path: Path) -> None:
    async with town(tmp_path, revoked=("unknown",)) as place:
        context = place.authority.client(place.authority.folder / f"{OWN}.pem")
        place.sessions[OWN] = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context, limit=1))
        at = (await place.announce(OWN, 20, "a" * 64)).headers["Location"]
        assert (await place.patch(OWN, at, 0, b"x" * 10)).status == 204
        place.authority.revoke(place.authority.folder / f"{OWN}.pem")
        open_still = await place.patch(OWN, at, 10, b"x" * 10)
        assert (open_still.status, open_still.headers["Retry-After"]) == (503, "1")
        with pytest.raises((aiohttp.ClientError, ssl.SSLError)):
            await place.patch(OWN, at, 10, b"x" * 10)
        with place.archive.index.read() as connection:
            assert connection.scalars(sa.select(tables.uploads.c.offset)).all() == [10]


async def test_who_expires_in_mid_upload_goes_no_further_on_the_connection_that_is_open(place: Town) -> None:
    short = place.authority.issue("Office 0311", "office-0311.example", file="short", seconds=4)
    connector = aiohttp.TCPConnector(ssl=place.authority.client(short), limit=1)
    place.sessions[OWN] = aiohttp.ClientSession(connector=connector)
    assert (await place.ask(OWN, "GET", "/policy"))[0] == 200

    async def over() -> bool:
        return (await place.ask(OWN, "GET", "/policy"))[0] == 503

    await eventually(over, "the certificate expires")
    with pytest.raises((aiohttp.ClientError, ssl.SSLError)):
        await place.ask(OWN, "GET", "/policy")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_session_from_before_the_revocation_is_not_resumed(tmp_path: Path, version: ssl.TLSVersion) -> None:
    def talk(session: ssl.SSLSession | None) -> tuple[bytes, ssl.SSLSession | None]:
        plain = socket.create_connection(("127.0.0.1", int(place.url.rpartition(":")[2])))
        with context.wrap_socket(plain, server_hostname="localhost", session=session) as line:
            line.sendall(b"GET /policy HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            return line.recv(12), line.session

    async with town(tmp_path, revoked=("unknown",)) as place:
        context = place.authority.client(place.authority.folder / f"{OWN}.pem")
        context.maximum_version = version
        session = None
        with contextlib.suppress(ssl.SSLError, ConnectionError):
            answer, session = await asyncio.to_thread(talk, None)
            assert answer == b"HTTP/1.1 200"
        place.authority.revoke(place.authority.folder / f"{OWN}.pem")
        with contextlib.suppress(ssl.SSLError, ConnectionError):
            assert (await asyncio.to_thread(talk, session))[0] == b""


async def test_an_office_that_is_above_its_quota_of_a_day_comes_again_tomorrow(tmp_path: Path) -> None:
    async with town(tmp_path, "bytes_a_day = 1000") as place:
        assert (await place.announce(OWN, 900, "a" * 64)).status == 201
        assert (await place.announce(OWN, 900, "a" * 64)).status == 201, "the same announcement counts once"
        refused = await place.announce(OWN, 101, "b" * 64)
        assert refused.status == 429
        assert 0 < int(refused.headers["Retry-After"]) <= 86401
        assert (await refused.json())["code"] == "A653"
        assert (await place.announce(OWN, 100, "c" * 64)).status == 201
        assert (await place.announce(OTHER, 5000, "b" * 64)).status == 201
        assert b"archive_quota_refusals_total 1.0" in (await place.ask(MONITOR, "GET", "/metrics"))[1]


async def test_an_office_has_only_so_many_uploads_under_way(tmp_path: Path) -> None:
    async with town(tmp_path, "uploads_at_once = 2") as place:
        begun = [await place.announce(OWN, 4, letter * 64) for letter in "ab"]
        refused = await place.announce(OWN, 4, "c" * 64)
        assert (refused.status, refused.headers["Retry-After"]) == (429, "60")
        assert (await place.patch(OWN, begun[0].headers["Location"], 0, b"four")).status == 204
        assert (await place.announce(OWN, 4, "c" * 64)).status == 201


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "archive.example"])
def test_without_tls_the_archive_is_for_this_machine_only(tmp_path: Path, host: str) -> None:
    with open_archive(Settings(tmp_path, host=host)) as archive, pytest.raises(ApplianceError) as told:
        Front(archive)
    assert told.value.code == "A658"


@pytest.mark.parametrize(("wrong", "code"), [
    ("[[office]]\ncode = '1'\n[[office]]\ncode = '1'\n", "A659"), ("[[office]]\ncolour = 'red'\n", "C002"),
    ("[[office]]\ncode = '1'\ncertificates = ['CN=x']\n", "C003"), ("[[", "A659"),
    (TWICE, "A659"),
])
def test_a_list_of_offices_with_a_mistake_is_refused_at_the_start(tmp_path: Path, wrong: str, code: str) -> None:
    path = tmp_path / "offices.toml"
    path.write_text(wrong, encoding="utf-8")
    with pytest.raises(ApplianceError) as told:
        Offices(path)
    assert told.value.code == code


def test_a_certificate_that_two_offices_could_claim_is_nobodys(tmp_path: Path) -> None:
    path = tmp_path / "offices.toml"
    path.write_text("[[office]]\ncode = '1'\ncertificates = ['dns:a.example']\n"
                    "[[office]]\ncode = '2'\ncertificates = ['dns:b.example']\n", encoding="utf-8")
    pem = Authority(tmp_path / "ca").issue("Both", "a.example", "b.example").read_text()
    assert Offices(path).holder(ssl.PEM_cert_to_DER_cert(pem[pem.index("-----BEGIN CERT"):])) is None


def test_the_marks_of_a_certificate_are_told_by_command(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = Authority(tmp_path / "ca").issue("Office 0311", "Office-0311.example")
    pem = own.read_text()
    only = tmp_path / "certificate.pem"
    only.write_text(pem[pem.index("-----BEGIN CERT"):])
    for file in (own, only):
        assert receive(["office", "marks", str(file)]) == 0
    told = capsys.readouterr().out.split("\n")
    assert "dns:office-0311.example" in told
    assert "subject:CN=Office 0311,C=VN" in told
    assert set(told) - {""} == Identity.of(ssl.PEM_cert_to_DER_cert(only.read_text())).marks


async def test_the_service_speaks_tls_by_its_settings_file_and_goes_on_after_a_kill(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    server, own = authority.issue("Archive", "localhost"), authority.issue("Office 0311", "office-0311.example")
    (tmp_path / "offices.toml").write_text(
        '[[office]]\ncode = "0311"\norgans = ["H49.64.33"]\ncertificates = ["dns:office-0311.example"]\n')
    (tmp_path / "receiver.toml").write_text(
        f'root = "{tmp_path / "archive"}"\nhost = "0.0.0.0"\n[access]\ncertificate = "{server}"\n'
        f'authorities = "{authority.file}"\noffices = "{tmp_path / "offices.toml"}"\n')
    process = ReceiverProcess(tmp_path / "archive", "--settings", str(tmp_path / "receiver.toml"))
    package = package_of(tmp_path / "1", UUID)
    await asyncio.to_thread(process.start)
    try:
        url, diary = f"https://127.0.0.1:{process.port}", Diary()
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(
                ssl=authority.client(own), force_close=True)) as session:
            transport = TusTransport(session, url)
            handle = await transport.begin(package)
            assert await transport.send(handle, 0, package.path.read_bytes()[:1000]) == 1000
            await asyncio.to_thread(process.restart)
            receipt = await deliver(package, transport, diary.keep, diary.terms(process.public_key))
            assert receipt.accepted
            async with session.get(f"{url}/tasks") as answer:
                assert answer.status == 200
    finally:
        await asyncio.to_thread(process.kill)


async def test_what_an_office_sent_before_another_one_took_it_over_is_judged_as_its_heirs(
        place: Town, tmp_path: Path) -> None:
    listed = place.offices.read_text(encoding="utf-8")
    place.offices.write_text(listed.replace('code = "0311"', 'code = "0399"\nheir_of = ["0311"]'), encoding="utf-8")
    package = package_of(tmp_path / "p", UUID)
    settings = place.archive.settings
    uploads = Uploads(place.archive.index, open_space(settings.uploads, settings.root), 3600.0)
    uploads.append(uploads.create("0311", package.size, package.sha256, ""), package.path.read_bytes())
    assert (await place.receipt(OWN, package)).accepted


async def test_a_reviewer_may_not_send_packages_of_any_fonds(place: Town, tmp_path: Path) -> None:
    receipt = await place.send(REVIEWER, package_of(tmp_path / "1", UUID))
    assert not receipt.accepted
