"""The signer has no network: over its line to the daemon it asks about its certificate before it holds the key."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from pdf_to_sign import pdf_a, sign_job
from pki_stand import Stand

from appliance.core import wire
from appliance.core.config import Config, parse
from appliance.core.errors import ApplianceError
from appliance.core.jobs import SignPolicy
from appliance.messenger import Messenger
from appliance.signing.desk import SignerDesk
from appliance.signing.office import SigningOffice
from appliance.signing.protocol import LIMIT

SECONDS = 60.0


@pytest.fixture
def runtime() -> Iterator[Path]:
    """A short path: socket names have at most 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="sg") as folder:
        yield Path(folder)


@pytest.fixture
def settings(shared_pki: Stand, runtime: Path, tmp_path: Path) -> Iterator[Callable[[str], Config]]:
    """Settings with the key of somebody."""
    shared_pki.reset()
    yield lambda name: parse({"signing": shared_pki.signing(name), "storage": {
        "state": str(tmp_path / "state"), "runtime": str(runtime)}})
    shared_pki.reset()


@asynccontextmanager
async def signing(config: Config) -> AsyncIterator[SignerDesk]:
    """The daemon's desk, with the signer on the other side of a real socket."""
    desk = SignerDesk(config.storage.runtime / "signer.sock", outside=Messenger(config.signing))
    await desk.start()
    line = await wire.reach(desk.socket, 5.0, LIMIT)
    office = asyncio.create_task(SigningOffice(line, config).serve())
    try:
        yield desk
    finally:
        await desk.stop()
        await line.close()
        await asyncio.wait([office], timeout=SECONDS)


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not reached():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(("name", "code", "words"), [
    ("revoked", "K542", "đã bị thu hồi"), ("expired", "K540", "đã hết hạn"),
    ("stranger", "K544", "không dẫn đến tổ chức chứng thực được tin cậy"),
])
async def test_a_key_that_may_not_sign_is_refused_and_the_daemon_knows_why(
        settings: Callable[[str], Config], name: str, code: str, words: str) -> None:
    async with signing(settings(name)) as desk:
        await until(lambda: desk.refusal is not None)
        assert desk.refusal is not None
        assert desk.refusal.code == code
        assert words in desk.refusal.vi
        assert desk.key is None


async def test_while_nobody_answers_there_is_no_key_and_it_comes_by_itself(
        settings: Callable[[str], Config], shared_pki: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.signing.enquiries.PAUSE", 0.0)
    monkeypatch.setattr("appliance.signing.keeper.POLL", 0.05)
    for service in ("ocsp", "crl"):
        shared_pki.trouble(service, "error", times=1)
    async with signing(settings("office")) as desk:
        await until(lambda: desk.refusal is not None or desk.key is not None)
        assert desk.refusal is not None
        assert desk.refusal.code == "K547"
        await until(lambda: desk.key is not None)
        assert desk.refusal is None


async def test_what_was_signed_comes_with_its_evidence_and_the_end_of_the_authoritys_certificate_is_known(
        settings: Callable[[str], Config], shared_pki: Stand, tmp_path: Path) -> None:
    async with signing(settings("office")) as desk:
        await until(lambda: desk.key is not None)
        assert desk.key is not None
        job = sign_job(pdf_a(tmp_path / "u.pdf"), tmp_path / "s.pdf", development=desk.key.development)
        done = await desk.sign(replace(job, policy=SignPolicy("B-T")))
        kinds = {item.kind for item in done.evidence}
        assert kinds == {"certificate", "chain", "ocsp", "crl", "timestamp", "result"}
        assert all(Path(item.path).is_file() for item in done.evidence)
        end = shared_pki.certificate("tsa").not_valid_after_utc
        await until(lambda: desk.stamper_until != "")
        assert desk.stamper_until.startswith(f"{end:%Y-%m-}")


async def test_a_document_is_signed_with_the_certificate_there_is_leave_for_and_with_no_other(
        settings: Callable[[str], Config], tmp_path: Path) -> None:
    async with signing(settings("office")) as desk:
        await until(lambda: desk.key is not None)
        assert desk.key is not None
        job = sign_job(pdf_a(tmp_path / "u.pdf"), tmp_path / "s.pdf", development=desk.key.development)
        with pytest.raises(ApplianceError) as caught:
            await desk.sign(replace(job, certificate="0" * 64))
        assert caught.value.code == "K501" and not (tmp_path / "s.pdf").exists()
        assert (await desk.sign(replace(job, certificate=desk.key.fingerprint))).key == desk.key.fingerprint


async def test_a_document_for_a_key_that_is_refused_is_not_signed(
        settings: Callable[[str], Config], tmp_path: Path) -> None:
    async with signing(settings("revoked")) as desk:
        await until(lambda: desk.refusal is not None)
        job = sign_job(pdf_a(tmp_path / "u.pdf"), tmp_path / "s.pdf")
        with pytest.raises(ApplianceError) as caught:
            await desk.sign(job)
        assert caught.value.code == "K501"
        assert not (tmp_path / "s.pdf").exists()
