"""The archives of the contract suite for transports, each seen from outside.

``embedded`` is our own receiver, ``folder`` a courier's disk. By other hands and of the slow tier
(``.ci/setup slow``): ``node``, a tus server (npm: @tus/server); ``s3``, OpenStack Swift; ``moto``, an S3 that
checks less but can write on conditions. Of the long tier: ``tusd`` and ``seaweedfs``.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import go_archives
from archive_stand import ReceiverProcess, first_line, sessions
from moto_stand import Moto
from swift_stand import ACCESS, SECRET, Swift

from appliance.archive.transports import courier
from appliance.archive.transports.bucket import Door, Keys
from appliance.archive.transports.contract import Package, Transport
from appliance.archive.transports.folder import FolderTransport
from appliance.archive.transports.folder import Terms as CourierTerms
from appliance.archive.transports.s3 import S3Transport
from appliance.archive.transports.tus import TusTransport
from appliance.core.delivery import Bucket, Tls

LARGEST = 1 << 50
NODE = Path(__file__).parents[2] / "build" / "node"
_TUS_STRANGERS = ("/files/" + "0" * 32, "/files/..%2f..%2fetc", "/files/x")


Service = Swift | Moto | go_archives.SeaweedFs


class Archive(Protocol):
    """An archive under test."""

    proves_pieces: bool
    gives_receipts: bool
    strangers: tuple[str, ...]
    """Handles of uploads that it does not know."""

    @property
    def port(self) -> int:
        """Where it listens; 0 where there is no line to it."""
        ...

    def transport(self, port: int = 0) -> AbstractAsyncContextManager[Transport]:
        """Open the way to it, or to a road before it."""
        ...

    def stored(self, handle: str, package: Package) -> bytes:
        """Return the bytes it holds of an upload."""
        ...


@asynccontextmanager
async def _tus(port: int) -> AsyncIterator[Transport]:
    async with sessions() as session:
        yield TusTransport(session, f"http://127.0.0.1:{port}")


@dataclass
class Embedded:
    process: ReceiverProcess
    proves_pieces: bool = True
    gives_receipts: bool = True
    strangers: tuple[str, ...] = _TUS_STRANGERS

    @property
    def port(self) -> int:
        return self.process.port

    def transport(self, port: int = 0) -> AbstractAsyncContextManager[Transport]:
        return _tus(port or self.port)

    def stored(self, handle: str, package: Package) -> bytes:
        root, name = self.process.root, f"{package.sha256}.zip"
        places = [root / "archive" / name, root / "archive" / package.sha256[:2] / name, root / "rejected" / name,
                  root / "uploads" / f"{handle.rpartition('/')[2]}.data"]
        return next((place.read_bytes() for place in places if place.is_file()), b"")


@dataclass
class Node:
    port: int
    folder: Path
    proves_pieces: bool = False
    gives_receipts: bool = False
    strangers: tuple[str, ...] = _TUS_STRANGERS

    def transport(self, port: int = 0) -> AbstractAsyncContextManager[Transport]:
        return _tus(port or self.port)

    def stored(self, handle: str, package: Package) -> bytes:
        return (self.folder / handle.rpartition("/")[2]).read_bytes()


@dataclass
class Disk:
    folder: Path
    memory: Path
    port: int = 0
    proves_pieces: bool = False
    gives_receipts: bool = False
    strangers: tuple[str, ...] = ("00000000-0000-7000-8000-000000000000/" + "0" * 64, "../../etc", "x")

    @asynccontextmanager
    async def transport(self, port: int = 0) -> AsyncIterator[Transport]:
        yield FolderTransport(CourierTerms(self.folder, self.memory, "H49.64.33", encrypted=False))

    def stored(self, handle: str, package: Package) -> bytes:
        return (self.folder / "packages" / f"{package.sha256}.zip").read_bytes()


@dataclass
class Buckets:
    service: Service
    bucket: Bucket
    proves_pieces: bool
    gives_receipts: bool = False
    strangers: tuple[str, ...] = ("s3:" + "0" * 64 + ":9000000:MDAwMA", "../../etc", "x")

    @property
    def port(self) -> int:
        return self.service.port

    @asynccontextmanager
    async def transport(self, port: int = 0) -> AsyncIterator[Transport]:
        settings = replace(self.bucket, endpoint=f"http://127.0.0.1:{port or self.port}")
        door = Door(settings, Tls(), lambda: Keys(ACCESS, SECRET))
        try:
            yield S3Transport(door)
        finally:
            door.close()

    def stored(self, handle: str, package: Package) -> bytes:
        client = self.service.client()
        key = f"{self.bucket.prefix}packages/{package.sha256}.zip"
        body: bytes = client.get_object(Bucket=self.bucket.bucket, Key=key)["Body"].read()
        return body


@contextlib.contextmanager
def embedded(folder: Path) -> Iterator[Embedded]:
    process = ReceiverProcess(folder / "archive")
    process.start()
    try:
        yield Embedded(process)
    finally:
        process.kill()


@contextlib.contextmanager
def tusd(folder: Path) -> Iterator[Node]:
    store = folder / "archive"
    store.mkdir()
    with go_archives.tusd(store, LARGEST - 1) as port:
        yield Node(port, store)


@contextlib.contextmanager
def node(folder: Path) -> Iterator[Node]:
    store = folder / "archive"
    store.mkdir()
    script = Path(__file__).with_name("tus_file_server.mjs")
    command = ["node", str(script), str(_modules()), str(store), str(LARGEST - 1)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Node(int(first_line(process).rpartition(":")[2]), store)
        finally:
            process.kill()


def node_missing() -> str:
    """Return why the tus server by other hands cannot run here; empty when it can."""
    if shutil.which("node") and (_modules() / "node_modules" / "@tus" / "server").is_dir():
        return ""
    return "not run: no node, or no @tus/server in build/node (.ci/setup slow)"


def _modules() -> Path:
    return Path(os.environ.get("TUS_NODE_MODULES") or NODE)


@contextlib.contextmanager
def disk(folder: Path) -> Iterator[Disk]:
    place = folder / "disk"
    place.mkdir()
    courier.prepare(place)
    yield Disk(place, folder / "memory")


def bucket(service: Service, name: str) -> Buckets:
    service.client().create_bucket(Bucket=name)
    return Buckets(service, Bucket(endpoint=service.url, bucket=name, prefix="H49.64.33/"),
                   not isinstance(service, Moto))
