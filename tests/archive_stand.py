"""A stand for tests of the archive stage: packages, a receiver in a process of its own, a faulty road to it."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import random
import selectors
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import aiohttp

from appliance.archive.packages.package import build
from appliance.archive.retry import Backoff
from appliance.archive.sender import Progress, Terms
from appliance.archive.transports.contract import Package
from appliance.core.errors import ApplianceError
from appliance.core.jobs import PackageDocument, PackageJob

UUID = "0198f3c0-1111-7000-8000-0000000000a1"
FILE_CODE = "H49.64.33.2001.160"
DEADLINE = 30.0
TOY = Path(__file__).parent / "toy_receiver.py"
ROOT = str(Path(__file__).parents[1])


def signed(text: bytes) -> bytes:
    """Return bytes that the toy signature check takes for a signed PDF."""
    return b"%PDF-1.7\n/ByteRange [0 1 2 3]\n" + text + b"\n%%EOF\n"


def dossier(folder: Path, pdfs: dict[int, bytes], package: str = UUID) -> PackageJob:
    """Return the job of a dossier with these documents by ordinal."""
    folder.mkdir(parents=True, exist_ok=True)
    documents = []
    for ordinal, data in pdfs.items():
        path = folder / f"signed-{ordinal}.pdf"
        path.write_bytes(data)
        fields = {"numberOfPage": "2", "subject": f"Về việc <{ordinal}> & đính kèm",
                  "issuedDate": f"0{ordinal % 9 + 1}/03/2021"}
        documents.append(PackageDocument(ordinal, str(path), hashlib.sha256(data).hexdigest(), fields))
    return PackageJob(
        layout="tt05-sip-hoso", uuid=package, created="2026-11-21T09:05:07.123+07:00", file_code=FILE_CODE,
        title='Hồ sơ "Nguyễn & Đặng" <2001>', organisation="BHXH huyện Cầu Kè", organisation_id="H49.64.33",
        record_status="NEW", fields={"maintenance": "01", "mode": "01", "numberOfPaper": "4"},
        documents=tuple(documents), provenance=json.dumps({"batches": []}), schemas="",
        out=str(folder / f"{package}.zip"))


def made(job: PackageJob) -> Package:
    """Build the package of a job."""
    packed = build(job)
    return Package(Path(packed.path), packed.sha256, packed.size, job.uuid)


def small(folder: Path, package: str = UUID) -> Package:
    """Return a package of two documents, about 170 KB."""
    return made(dossier(folder, {1: signed(b"one"), 2: signed(b"two")}, package))


def large(folder: Path, kib: int, package: str = UUID) -> Package:
    """Return a package of about ``kib`` KiB that no compression makes smaller."""
    noise = random.Random(package).randbytes(kib << 10)
    return made(dossier(folder, {1: signed(noise)}, package))


def until(true: Callable[[], bool], what: str) -> None:
    """Wait for a condition, at most the deadline."""
    end = time.monotonic() + DEADLINE
    while not true():
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.02)


async def eventually(true: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait for a condition without stopping the loop, at most the deadline."""
    end = time.monotonic() + DEADLINE
    while not await true():
        assert time.monotonic() < end, f"waited in vain: {what}"
        await asyncio.sleep(0.02)


class ReceiverProcess:
    """``appliance receive`` with a toy signature check; may be killed and started again on its port.

    While the file ``hold`` exists, no signature check ends.
    """

    def __init__(self, root: Path, *arguments: str) -> None:
        self.root = root
        self.hold = root / "hold"
        self.port = 0
        self._arguments = arguments
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def public_key(self) -> bytes:
        return (self.root / "keys" / "receipt-public.pem").read_bytes()

    def start(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, str(TOY), "--root", str(self.root), "--port", str(self.port), *self._arguments]
        with (self.root / "stderr.txt").open("ab") as complaints:
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, text=True,
                                             env=os.environ | {"PYTHONPATH": ROOT, "TOY_HOLD": str(self.hold)})
        self.port = int(first_line(self._process).rpartition(":")[2])

    def kill(self) -> None:
        """End it as a power cut would: SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def restart(self) -> None:
        self.kill()
        self.start()


def kept_in(root: Path, sha256: str) -> Path:
    """Return where the archive at ``root`` keeps an accepted package, or would keep it."""
    return root / "archive" / sha256[:2] / f"{sha256}.zip"


def receipts_of(root: Path) -> list[str]:
    """Return the receipts that the archive at ``root`` has given, in order."""
    with contextlib.closing(sqlite3.connect(f"file:{root / 'index.sqlite'}?mode=ro", uri=True)) as index:
        return [token for token, in index.execute("SELECT token FROM receipts ORDER BY number")]


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        assert selector.select(DEADLINE), "the receiver does not start"
    line = process.stdout.readline()
    assert line.startswith(("ready http://", "ready https://")), f"the receiver says {line!r}"
    return line.strip()


@dataclass
class Road:
    """A TCP road to the archive that is cut, or damages a byte, on order.

    ``cuts`` holds the counts of bytes carried towards the archive at which the line breaks; ``damage`` is
    how many pieces get one wrong bit.
    """

    target: int
    cuts: list[int] = field(default_factory=list)
    damage: int = 0
    carried: int = 0
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        back = asyncio.create_task(_pump(far_reader, writer))
        try:
            await self._forth(reader, far_writer)
        except ConnectionError:
            pass
        finally:
            far_writer.transport.abort()
            writer.transport.abort()
            back.cancel()
            await asyncio.gather(back, return_exceptions=True)

    async def _forth(self, reader: asyncio.StreamReader, far: asyncio.StreamWriter) -> None:
        while piece := await reader.read(1 << 14):
            if self.damage and len(piece) > 8000:
                piece = piece[:-1] + bytes([piece[-1] ^ 1])
                self.damage -= 1
            if self.cuts and self.carried + len(piece) > self.cuts[0]:
                far.write(piece[:max(self.cuts.pop(0) - self.carried, 0)])
                await far.drain()
                return
            self.carried += len(piece)
            far.write(piece)
            await far.drain()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(1 << 14):
            writer.write(piece)
            await writer.drain()
    except ConnectionError:
        return
    writer.transport.abort()


@asynccontextmanager
async def road_to(port: int, **faults: int) -> AsyncIterator[Road]:
    """Open a road to the archive at ``port``."""
    road = replace(Road(port), **faults)  # type: ignore[arg-type]
    server = await asyncio.start_server(road.serve, "127.0.0.1", 0)
    road.port = server.sockets[0].getsockname()[1]
    try:
        yield road
    finally:
        server.close()
        await asyncio.sleep(0)


@dataclass
class Diary:
    """Keeps what a delivery reports, in memory."""

    progress: list[Progress] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    async def keep(self, progress: Progress) -> None:
        self.progress.append(progress)

    def told(self, problem: ApplianceError, _seconds: float) -> None:
        self.troubles.append(problem.code)

    def terms(self, key: bytes, piece: int = 1 << 16) -> Terms:
        """Return terms with waits short enough for a test."""
        brisk = Backoff(first=0.05, cap=0.5, floor=0.02)
        return Terms(key, piece, brisk, brisk, self.told)


def sessions() -> aiohttp.ClientSession:
    """Return a client session that keeps no connection, so that a faulty road is met each time."""
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))
