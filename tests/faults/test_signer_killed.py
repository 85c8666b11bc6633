"""kill -9 of the signer at any moment: no document is lost, none half signed, none signed twice for nothing."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest

from appliance.core import clock, files
from appliance.core.errors import ApplianceError
from appliance.core.jobs import Signed, SignJob
from appliance.core.model import Box
from appliance.core.stamping import StampLook
from appliance.signing.desk import SignerDesk
from appliance.signing.stamp import DEVELOPMENT_MARK
from appliance.signing.verify import async_verify

REPOSITORY = Path(__file__).parents[2]
SECONDS = 120.0
KILLS = 12


@pytest.fixture
def runtime() -> Iterator[Path]:
    """A short path: socket names have at most 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="sk") as folder:
        yield Path(folder)


class Supervisor:
    """Starts the signer again whenever it is gone, as the daemon or systemd does."""

    def __init__(self, state: Path, runtime: Path) -> None:
        self.settings = runtime / "appliance.toml"
        self.settings.write_text(f'[storage]\nstate = "{state}"\nruntime = "{runtime}"\n')
        self.process: asyncio.subprocess.Process | None = None
        self.over = False
        self.keeping = asyncio.ensure_future(self._keep())

    async def _keep(self) -> None:
        while not self.over:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "appliance.signer", "--config", str(self.settings), cwd=REPOSITORY)
            await self.process.wait()

    def kill(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()

    async def end(self) -> None:
        """Start it no more; the last one ends by itself, for the desk is closed."""
        self.over = True
        await asyncio.wait_for(self.keeping, SECONDS)


def sign_job(folder: Path, number: int) -> SignJob:
    unsigned = folder / f"u{number}.pdf"
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(595, 842))
    pdf.pages[0].Contents = pdf.make_stream(random.Random(number).randbytes(400_000))
    pdf.save(unsigned)
    moment = clock.iso(clock.now())
    said = ("Văn phòng thử nghiệm", moment, DEVELOPMENT_MARK)
    return SignJob(f"doc-{number}", str(unsigned), hashlib.sha256(unsigned.read_bytes()).hexdigest(),
                   str(folder / f"s{number}.pdf"), Box(400, 800, 570, 831), said, StampLook(), moment)


async def signed_in_the_end(desk: SignerDesk, job: SignJob) -> Signed:
    """Ask until it is signed, as the conductor does: SIGNER_AWAY means ask again."""
    async with asyncio.timeout(SECONDS):
        while True:
            try:
                return await desk.sign(job)
            except ApplianceError as problem:
                assert problem.code == "K506"
                await asyncio.sleep(0.02)


async def kill_after(supervisor: Supervisor, desk: SignerDesk, seconds: float) -> None:
    async with asyncio.timeout(SECONDS):
        while desk.key is None:
            await asyncio.sleep(0.005)
    await asyncio.sleep(seconds)
    supervisor.kill()


@pytest.mark.slow
async def test_a_signer_killed_at_any_moment_signs_every_document_once(tmp_path: Path, runtime: Path) -> None:
    state, folder = tmp_path / "state", tmp_path / "work"
    folder.mkdir()
    desk = SignerDesk(runtime / "signer.sock")
    await desk.start()
    supervisor = Supervisor(state, runtime)
    moments = random.Random(2026)
    jobs = [sign_job(folder, number) for number in range(KILLS)]
    answers = []
    for job in jobs:
        killing = asyncio.ensure_future(kill_after(supervisor, desk, moments.uniform(0, 0.06)))
        answers.append(await signed_in_the_end(desk, job))
        await killing
    root = state / "keys" / "development-root.pem"
    for job, answer in zip(jobs, answers, strict=True):
        out = Path(job.out)
        assert (await async_verify(out, [root])).valid
        assert (answer.sha256, answer.size) == (files.sha256_of(out), out.stat().st_size)
        assert out.read_bytes().startswith(Path(job.unsigned).read_bytes())
    repeated = [await signed_in_the_end(desk, job) for job in jobs]
    assert all(answer.adopted for answer in repeated), "what is finished is never signed again"
    assert [answer.sha256 for answer in repeated] == [answer.sha256 for answer in answers]
    await desk.stop()
    await supervisor.end()
    assert len(list((state / "keys").glob("*.p12"))) == 1
    files.sweep_temporaries(folder)
    assert {path.name for path in folder.iterdir()} == {
        *(Path(job.unsigned).name for job in jobs), *(Path(job.out).name for job in jobs)}


async def test_an_answer_lost_on_its_way_costs_no_second_signature(tmp_path: Path, runtime: Path) -> None:
    """The worst moment: the output is durable and the signer dies before it can say so."""
    folder = tmp_path / "work"
    folder.mkdir()
    job = sign_job(folder, 1)
    supervisor = Supervisor(tmp_path / "state", runtime)
    desk = SignerDesk(runtime / "signer.sock")
    await desk.start()
    asking = asyncio.ensure_future(signed_in_the_end(desk, job))
    async with asyncio.timeout(SECONDS):
        while not Path(job.out).exists():
            await asyncio.sleep(0)
    supervisor.kill()
    before = Path(job.out).read_bytes()
    answer = await asking
    assert Path(job.out).read_bytes() == before
    assert answer.sha256 == hashlib.sha256(before).hexdigest()
    assert (await signed_in_the_end(desk, job)).adopted
    await desk.stop()
    await supervisor.end()
