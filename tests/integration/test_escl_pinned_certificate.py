"""An https scanner: one certificate is trusted, by a person, and nothing goes to any other."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import simplejpeg
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.device import escl_trust, profile, virtual, virtual_tls
from appliance.device.escl import EsclScanner
from appliance.device.escl_http import open_session
from appliance.device.protocol import Feeder
from appliance.device.scanner import ScanSettings

SIMPLEX = ScanSettings(300, duplex=False)
ROOT = Path(__file__).parents[2]
WRONG = "AB:" * 31 + "AB"


def page(number: int) -> bytes:
    return bytes(simplejpeg.encode_jpeg(np.full((351, 248, 3), 20 * number, np.uint8)))


def settings(folder: Path, certificate: str = "tls", port: int = 0) -> virtual.VirtualSettings:
    stack = folder / "hopper" / "s"
    stack.mkdir(parents=True, exist_ok=True)
    for number in (1, 2):
        (stack / f"{number}a.jpg").write_bytes(page(number))
    return virtual.VirtualSettings(folder / "hopper", port=port, tls=folder / certificate)


@asynccontextmanager
async def client(url: str, fingerprint: str) -> AsyncIterator[EsclScanner]:
    known = profile.load("virtual")
    async with open_session() as session:
        yield EsclScanner(url, session, known, fingerprint)


async def refusal(scanner: EsclScanner) -> ApplianceError:
    with pytest.raises(ApplianceError) as caught:
        await scanner.describe()
    return caught.value


@pytest.mark.parametrize("form", ["as the settings show it", "plain"])
async def test_a_self_signed_scanner_is_used_once_its_fingerprint_is_given(tmp_path: Path, form: str) -> None:
    async with virtual.answering(settings(tmp_path)) as at:
        assert at.url.startswith("https://")
        given = at.fingerprint if form != "plain" else at.fingerprint.replace(":", "").lower()
        async with client(at.url, given) as scanner:
            assert (await scanner.describe()).model == "Appliance virtual scanner"
            assert (await scanner.status()).feeder is Feeder.LOADED
            assert [side.data async for side in scanner.scan(SIMPLEX)] == [page(1), page(2)]


async def test_without_a_fingerprint_it_is_refused_and_the_one_found_is_shown(tmp_path: Path) -> None:
    async with virtual.answering(settings(tmp_path)) as at, client(at.url, "") as scanner:
        error = await refusal(scanner)
        status = await scanner.status()
    assert error.kind is errors.SCANNER_UNTRUSTED
    assert f'fingerprint = "{at.fingerprint}"' in error.en
    assert f'fingerprint = "{at.fingerprint}"' in error.vi
    assert (status.feeder, status.code, status.details) == (
        Feeder.LOST, errors.SCANNER_UNTRUSTED.code, {"text": at.fingerprint})


async def test_another_certificate_than_the_trusted_one_makes_the_device_unusable(tmp_path: Path) -> None:
    async with virtual.answering(settings(tmp_path)) as at:
        async with client(at.url, WRONG) as scanner:
            error = await refusal(scanner)
            status = await scanner.status()
            with pytest.raises(ApplianceError) as caught:
                await anext(scanner.scan(SIMPLEX))
        assert error.kind is caught.value.kind is errors.SCANNER_CHANGED
        assert error.details["text"] == at.fingerprint
        assert (status.feeder, status.code) == (Feeder.LOST, errors.SCANNER_CHANGED.code)
        assert (tmp_path / "hopper" / "s" / "1a.jpg").exists()


async def test_a_certificate_that_changes_in_mid_batch_ends_the_feed_and_nothing_falls_back_to_http(
    tmp_path: Path
) -> None:
    port = free_port()
    feed = None
    async with virtual.answering(settings(tmp_path, port=port)) as at:
        fingerprint, url = at.fingerprint, at.url
        async with client(url, fingerprint) as first:
            feed = first.scan(SIMPLEX)
            await anext(feed)
            await feed.aclose()
    async with virtual.answering(settings(tmp_path, "other", port)), client(url, fingerprint) as scanner:
        assert (await refusal(scanner)).kind is errors.SCANNER_CHANGED
    plain = replace(settings(tmp_path, port=port), tls=None)
    async with virtual.answering(plain) as at, client(url, fingerprint) as scanner:
        assert at.url.startswith("http:")
        error = await refusal(scanner)
        assert error.kind is errors.DEVICE_UNUSABLE
        assert "TLS" in error.en


async def test_whoever_shows_a_wrong_certificate_is_asked_nothing() -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(text="<x/>")

    async with serving(answer, certificate()) as (url, _), client(url, WRONG) as scanner:
        await refusal(scanner)
    assert asked == []


async def test_an_expired_certificate_for_another_host_is_good_when_it_is_the_trusted_one() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(text="<ScannerStatus><AdfState>ScannerAdfLoaded</AdfState></ScannerStatus>")

    expired = certificate(name="printer.elsewhere.example", days=-3000)
    async with serving(answer, expired) as (url, fingerprint), client(url, fingerprint) as scanner:
        assert (await scanner.status()).feeder is Feeder.LOADED


async def test_a_scanner_nobody_trusts_is_not_asked_for_its_certificate_at_every_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []
    real = escl_trust.untrusted

    async def counted(url: str, seconds: float) -> ApplianceError:
        looks.append(url)
        return await real(url, seconds)

    monkeypatch.setattr(escl_trust, "untrusted", counted)
    async with virtual.answering(settings(tmp_path)) as at, client(at.url, "") as scanner:
        for _ in range(5):
            assert (await scanner.status()).code == errors.SCANNER_UNTRUSTED.code
    assert len(looks) == 1


async def test_an_https_scanner_that_is_away_is_away_whether_trusted_or_not() -> None:
    url = f"https://127.0.0.1:{free_port()}/eSCL"
    for fingerprint in ("", WRONG):
        async with client(url, fingerprint) as scanner:
            assert (await refusal(scanner)).kind is errors.DEVICE_LOST
            assert (await scanner.status()).code == ""


@pytest.mark.parametrize("fingerprint", ["", WRONG])
async def test_a_plain_scanner_at_an_https_address_is_unusable(tmp_path: Path, fingerprint: str) -> None:
    async with (virtual.answering(replace(settings(tmp_path), tls=None)) as at,
                client(at.url.replace("http:", "https:"), fingerprint) as scanner):
        error = await refusal(scanner)
    assert error.kind is errors.DEVICE_UNUSABLE
    assert "TLS" in error.details["text"]


async def test_a_fingerprint_where_nothing_is_encrypted_is_a_mistake_in_the_settings() -> None:
    async with client("http://127.0.0.1:1/eSCL", WRONG) as scanner:
        assert (await refusal(scanner)).kind is errors.CONFIG_BAD_VALUE


def test_the_certificate_is_made_once_and_its_key_is_for_its_owner_only(tmp_path: Path) -> None:
    first, again = (virtual_tls.prepare(tmp_path / "t", "V-1")[1] for _ in range(2))
    assert first == again
    assert ((tmp_path / "t" / "key.pem").stat().st_mode & 0o777) == 0o600


async def test_as_a_process_it_prints_its_fingerprint_and_the_settings_check_asks_for_it(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "appliance", "virtual-scanner", "--hopper", str(tmp_path / "h"), "--tls",
        str(tmp_path / "tls"), stdout=subprocess.PIPE, cwd=ROOT)
    assert process.stdout is not None
    try:
        word, url, fingerprint = (await asyncio.wait_for(process.stdout.readline(), 60)).decode().split()
        assert word == "ready"
        refused = await checked(tmp_path, url, "")
        good = await checked(tmp_path, url, fingerprint)
    finally:
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 30) == 0
        await process.stdout.read()
    assert refused[0] == 1
    assert f'fingerprint = "{fingerprint}"' in refused[1]
    assert "desk" in refused[1]
    assert good[0] == 0
    away = await checked(tmp_path, url, "")
    assert away[0] == 1
    assert errors.SCANNER_UNTRUSTED.code in away[1]


async def checked(folder: Path, url: str, fingerprint: str) -> tuple[int, str]:
    """Run ``appliance check`` for a settings file with one https scanner."""
    file = folder / "a.toml"
    file.write_text(f'[[device]]\nname = "desk"\nurl = "{url}"\nfingerprint = "{fingerprint}"\n')
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "appliance", "check", str(file)], capture_output=True, text=True,
        timeout=60, check=False, cwd=ROOT)
    return done.returncode, done.stdout + done.stderr


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def certificate(name: str = "scanner", days: int = 30) -> tuple[bytes, bytes]:
    """A self-signed RSA certificate and its key (PEM), valid for ``days`` after, or until before, now."""
    key = rsa.generate_private_key(65537, 2048)
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    start, end = sorted((now, now + dt.timedelta(days=days)))
    made = (x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key())
            .serial_number(1).not_valid_before(start - dt.timedelta(days=1)).not_valid_after(end)
            .sign(key, hashes.SHA256()))
    return made.public_bytes(serialization.Encoding.PEM), key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


@asynccontextmanager
async def serving(answer: object, pair: tuple[bytes, bytes]) -> AsyncIterator[tuple[str, str]]:
    """An https server with that certificate; yields its address and its fingerprint."""
    import hashlib
    import tempfile

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)  # type: ignore[arg-type]
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    with tempfile.NamedTemporaryFile() as file:
        file.write(pair[0] + pair[1])
        file.flush()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file.name)
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pair[0].decode())).digest()
        yield f"https://127.0.0.1:{runner.addresses[0][1]}/eSCL", escl_trust.shown(digest)
    finally:
        await runner.cleanup()
