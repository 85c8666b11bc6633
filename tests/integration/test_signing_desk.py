"""The desk in the daemon and the real signer process on the other side of the socket."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pdf_to_sign import pdf_a, sign_job

from appliance.core import clock, wire
from appliance.core.errors import ApplianceError
from appliance.core.jobs import SignJob
from appliance.signing import development, verify
from appliance.signing.desk import SignerDesk
from appliance.signing.protocol import KeyFacts

REPOSITORY = Path(__file__).parents[2]
SECONDS = 90.0
HEAVY = ("numba", "llvmlite", "numpy", "cv2", "pikepdf", "pyhanko", "pytesseract", "tesserocr", "PIL", "zxingcpp",
         "simplejpeg", "fontTools")


@pytest.fixture
def runtime() -> Iterator[Path]:
    """A short path: socket names have at most 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="sg") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture
async def desk(runtime: Path) -> AsyncIterator[SignerDesk]:
    desk = SignerDesk(runtime / "signer.sock")
    await desk.start()
    yield desk
    await desk.stop()


Start = Callable[..., "asyncio.Future[asyncio.subprocess.Process]"]


@pytest.fixture
async def start(runtime: Path, state: Path) -> AsyncIterator[Start]:
    """Start signer processes; those still alive at the end are ended."""
    started: list[asyncio.subprocess.Process] = []

    async def run(pkcs12: str = "") -> asyncio.subprocess.Process:
        settings = runtime / "appliance.toml"
        settings.write_text(
            f'[storage]\nstate = "{state}"\nruntime = "{runtime}"\n[signing]\npkcs12 = "{pkcs12}"\n')
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "appliance.signer", "--config", str(settings), cwd=REPOSITORY,
            stderr=asyncio.subprocess.PIPE)
        started.append(process)
        return process

    yield lambda *options: asyncio.ensure_future(run(*options))
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not reached():
            await asyncio.sleep(0.02)


async def ready(desk: SignerDesk) -> KeyFacts:
    await until(lambda: desk.key is not None)
    assert desk.key is not None
    return desk.key


@pytest.fixture
def job(tmp_path: Path) -> SignJob:
    return sign_job(pdf_a(tmp_path / "u.pdf"), tmp_path / "s.pdf")


async def test_a_document_is_signed_by_the_process_that_holds_the_key(
    desk: SignerDesk, start: Start, job: SignJob
) -> None:
    process = await start()
    key = await ready(desk)
    assert key.pid == process.pid
    assert key.development
    signed = await desk.sign(job)
    assert (signed.path, signed.signer, signed.development_key) == (job.out, key.subject, True)
    assert (await verify.async_verify(Path(job.out), [Path(key.trust_root)])).valid
    assert (await desk.sign(job)).adopted


async def test_documents_asked_for_at_once_are_all_signed(
    desk: SignerDesk, start: Start, job: SignJob, tmp_path: Path
) -> None:
    await start()
    await ready(desk)
    jobs = [replace(job, document=f"doc-{at}", out=str(tmp_path / f"s{at}.pdf")) for at in range(8)]
    done = await asyncio.gather(*(desk.sign(each) for each in jobs))
    assert [each.path for each in done] == [each.out for each in jobs]


async def test_one_bad_document_does_not_keep_the_next_from_being_signed(
    desk: SignerDesk, start: Start, job: SignJob
) -> None:
    await start()
    await ready(desk)
    bad = {
        "K503": replace(job, unsigned_sha256="0" * 64),
        "K504": replace(job, lines=("漢", *job.lines[1:])),
        "K507": replace(job, lines=("A" * 99, *job.lines[1:])),
    }
    for code, each in bad.items():
        with pytest.raises(ApplianceError) as caught:
            await desk.sign(each)
        assert caught.value.code == code
    assert (await desk.sign(job)).path == job.out


async def test_without_a_signer_the_answer_is_to_try_again(desk: SignerDesk, job: SignJob) -> None:
    with pytest.raises(ApplianceError) as caught:
        await desk.sign(job)
    assert caught.value.code == "K506"
    assert caught.value.kind.retry


async def test_a_signer_that_is_killed_is_missed_and_its_successor_welcomed(
    desk: SignerDesk, start: Start, job: SignJob
) -> None:
    changes = []
    desk.on_change = lambda: changes.append(desk.key is not None)
    first = await start()
    await ready(desk)
    first.send_signal(signal.SIGKILL)
    await until(lambda: desk.key is None)
    second = await start()
    assert (await ready(desk)).pid == second.pid
    assert (await desk.sign(job)).path == job.out
    assert changes == [True, False, True]


async def test_a_signer_without_its_key_says_why_and_has_it_once_it_is_there(
    desk: SignerDesk, start: Start, runtime: Path, job: SignJob
) -> None:
    process = await start(str(runtime / "late.p12"))
    await until(lambda: desk.refusal is not None)
    assert desk.refusal is not None
    assert desk.refusal.code == "K501"
    assert "late.p12" in desk.refusal.vi
    assert desk.key is None
    with pytest.raises(ApplianceError) as caught:
        await desk.sign(job)
    assert caught.value.code == "K501"
    (runtime / "late.p12").write_bytes(development.make("Late", clock.now()))
    assert (await ready(desk)).pid == process.pid
    assert desk.refusal is None
    assert (await desk.sign(job)).path == job.out


async def test_the_signer_ends_when_the_desk_closes(desk: SignerDesk, start: Start) -> None:
    process = await start()
    await ready(desk)
    await desk.stop()
    assert await asyncio.wait_for(process.wait(), SECONDS) == 0
    assert not desk.socket.exists()


async def test_the_signer_ends_cleanly_when_it_is_told_to(desk: SignerDesk, start: Start) -> None:
    process = await start()
    await ready(desk)
    process.terminate()
    _, complaint = await asyncio.wait_for(process.communicate(), SECONDS)
    assert (process.returncode, complaint) == (0, b"")


async def test_a_signer_without_a_daemon_says_so(start: Start) -> None:
    process = await start()
    _, complaint = await asyncio.wait_for(process.communicate(), SECONDS)
    assert process.returncode == 1
    assert b"C006" in complaint


async def test_a_second_signer_is_sent_away_and_the_first_goes_on(
    desk: SignerDesk, start: Start, job: SignJob
) -> None:
    first = await start()
    await ready(desk)
    second = await start()
    assert await asyncio.wait_for(second.wait(), SECONDS) == 0
    assert (await ready(desk)).pid == first.pid
    assert (await desk.sign(job)).path == job.out


async def test_nobody_else_may_open_the_socket(desk: SignerDesk) -> None:
    assert desk.socket.stat().st_mode & 0o777 == 0o600


async def test_a_stale_socket_of_a_killed_daemon_is_no_hindrance(runtime: Path) -> None:
    (runtime / "signer.sock").touch()
    desk = SignerDesk(runtime / "signer.sock")
    await desk.start()
    await desk.stop()


async def hello(desk: SignerDesk) -> wire.Line:
    """Connect as a signer that never signs."""
    line = await wire.connect(desk.socket)
    await line.send("hello", KeyFacts("s", "i", "a", "b", True, "RSA"))
    await ready(desk)
    return line


async def test_a_hung_signer_is_let_go(runtime: Path, job: SignJob) -> None:
    desk = SignerDesk(runtime / "signer.sock", patience=0.1)
    await desk.start()
    line = await hello(desk)
    with pytest.raises(ApplianceError) as caught:
        await desk.sign(job)
    assert caught.value.code == "K506"
    assert desk.key is None
    assert (await line.receive() or ("",))[0] == "ask"
    assert await line.receive() is None
    await line.close()
    await desk.stop()


NOISE = (b"not json\n", b"{}\n", b'{"kind": "dance"}\n', b'{"kind": "done"}\n', b"[1]\n", b"\xff\n")


@pytest.mark.parametrize("noise", NOISE)
async def test_a_signer_that_speaks_nonsense_is_let_go(noise: bytes, desk: SignerDesk) -> None:
    reader, writer = await asyncio.open_unix_connection(str(desk.socket))
    writer.write(noise)
    assert await asyncio.wait_for(reader.read(), SECONDS) == b""
    writer.close()
    await writer.wait_closed()
    line = await hello(desk)
    await line.close()


async def test_an_answer_nobody_waits_for_is_dropped(desk: SignerDesk, job: SignJob) -> None:
    line = await hello(desk)
    asking = asyncio.ensure_future(desk.sign(job))
    first = (await line.receive() or ("", {}))[1]["number"]
    asking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asking
    await line.send("failed", {"number": first, "code": "K503", "reason": "late", "details": {}})
    again = asyncio.ensure_future(desk.sign(replace(job, document="doc-2")))
    asked = (await line.receive() or ("", {}))[1]
    assert asked["body"]["document"] == "doc-2"
    await line.send("failed", {"number": asked["number"], "code": "K502", "reason": "expired", "details": {}})
    with pytest.raises(ApplianceError) as caught:
        await again
    assert caught.value.code == "K502"
    await line.close()


def test_the_daemons_side_imports_no_pdf_and_no_signing_library() -> None:
    program = (
        "import sys; import appliance.signer, appliance.signing.desk, appliance.signing.stamp\n"
        f"sys.exit(str([name for name in {HEAVY!r} if name in sys.modules] or ''))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True,
                          check=False)
    assert done.stderr.strip() == ""
