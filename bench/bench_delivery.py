"""What a delivery costs: one upload stream beside ``curl -T``, one package beside its floor, an archive's pace.

    nice -n 10 .venv/bin/python bench/bench_delivery.py --quick

Upload: the product's own sender and transport (4 MiB PATCHes, each with its SHA-256) against ``curl -T`` to PUT
routes that only the bench has, in the same server process with the same layers and the same hashing
(``bench/delivery_server.py``), on loopback without TLS, in turn. ``upload_vs_curl``: both sides wait for the disk
once, at the end; that is an option of the bench. The route hashes and writes what came as it comes;
``upload_vs_curl_overlapped`` is against one that does so in a thread beside receiving, which no protocol that
answers every 4 MiB can do. ``upload_durable_vs_curl``: the product as it is, which answers no PATCH before its 4
MiB and the index are on the disk, against the PUT with its one fsync. curl says itself how long it took; ours
runs from asking whether the archive has the package to the answer to the last PATCH.

Package: ``build`` (hash of every file and of the whole, METS, EAD, ZIP, fsync) against one read, one SHA-256 and
one write of the same documents with one fsync, by one thread; wall time, in turn. ``package_5mb_vs_floor``: one
of 5 MB.

Receiver: a real ``appliance receive`` with two copies of everything; packages of about 5 MB with PDF/A signed
B-LTA come by eight streams of the product's sender from this process, on the same cores. From the first byte to
the last receipt. The last line is JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import aiohttp

from appliance.archive.packages.package import build
from appliance.archive.retry import Backoff
from appliance.archive.sender import Progress, Terms, deliver
from appliance.archive.transports.contract import Package
from appliance.archive.transports.tus import TusTransport
from appliance.core.files import read_pieces, sha256_of
from appliance.core.jobs import PackageDocument, PackageJob
from appliance.core.states import DeliveryState
from bench.signed_packages import Wanted, job, make
from bench.started import Started, ready

BUILD = Path(__file__).parents[1] / "build"
SERVER = str(Path(__file__).parent / "delivery_server.py")
ORGAN = "H49.64.33"
PIECE, STREAMS = 4 << 20, 8
SIDES = ("ours", "plain", "overlapped")


@dataclass(frozen=True)
class Amount:
    """How much is measured: MiB of one upload and of one package, pairs, packages for the receiver."""

    mib: int
    pairs: int
    packages: int


QUICK, FULL = Amount(256, 3, 40), Amount(256, 9, 240)


class _Arrived(Exception):  # noqa: N818 - no error: the upload is whole
    """Ends a delivery whose receipt nobody waits for."""


def noise(folder: Path, mib: int, seed: int) -> Path:
    """Return a file of random bytes."""
    path = folder / f"{mib}-{seed}.bin"
    path.write_bytes(os.urandom(mib << 20))
    return path


async def ours(url: str, package: Package) -> float:
    """Send a package by the product's sender; return the seconds until its last byte was acknowledged."""
    async def keep(progress: Progress) -> None:
        if progress.state is DeliveryState.SENT:
            raise _Arrived

    async with aiohttp.ClientSession() as session:
        transport = TusTransport(session, url, at_once=PIECE)
        begun = time.perf_counter()
        try:
            await deliver(package, transport, keep, Terms(b"", PIECE))
        except _Arrived:
            return time.perf_counter() - begun
    raise SystemExit("the upload did not arrive")


def by_curl(url: str, path: Path, route: str = "plain") -> float:
    """Send a file by curl; return the seconds that it counted."""
    done = subprocess.run(
        ["curl", "--silent", "--show-error", "--fail", "--noproxy", "*", "--upload-file", str(path), "--output",
         os.devnull, "--write-out", "%{time_total}", f"{url}/{route}/x"], capture_output=True, text=True,
        check=True)
    return float(done.stdout)


@contextmanager
def server(root: Path, *words: str) -> Iterator[str]:
    """Run the bench's server; yield its address."""
    with ready([SERVER, "--root", str(root), *words], root.with_suffix(".log")) as started:
        yield started.url


def forget(root: Path) -> None:
    """Remove what arrived, so that everybody writes into memory that the machine has already."""
    for path in [*(root / "uploads").iterdir(), *(root / "plain").iterdir()]:
        path.unlink()


def upload(folder: Path, amount: Amount, *words: str) -> dict[str, float]:
    """Let ours and curl take turns; return MB/s of each side and the medians of the rounds' ratios."""
    rounds: list[dict[str, float]] = []
    there = list(SIDES) if shutil.which("curl") else ["ours"]
    source = noise(folder, amount.mib, 1)
    first = Package(source, sha256_of(source), source.stat().st_size, "")
    root = folder / f"archive{''.join(words)}"
    with server(root, *words) as url:
        for at in range(amount.pairs + 1):
            package = replace(first, uuid=f"0198f3c0-1111-7000-8000-{at:012d}")  # the same bytes, another upload
            sides = there if at % 2 else list(reversed(there))
            rounds.append({})
            for side in sides:
                rounds[-1][side] = asyncio.run(ours(url, package)) if side == "ours" else by_curl(url, source, side)
                forget(root)
    rounds = rounds[1:]  # the first one warms everything up
    size = first.size / 1e6
    found = {f"{side}_mb_s": statistics.median(size / one[side] for one in rounds) for side in there}
    return found | {f"vs_{side}": statistics.median(one[side] / one["ours"] for one in rounds) for side in there}


def floor(sources: Sequence[Path], out: Path) -> None:
    """Read, hash and write: the least that a package costs."""
    digest = hashlib.sha256()
    with out.open("wb") as sink:
        for path in sources:
            for piece in read_pieces(path, 1 << 20):
                digest.update(piece)
                sink.write(piece)
        sink.flush()
        os.fsync(sink.fileno())


def order(folder: Path, sources: Sequence[Path]) -> PackageJob:
    """Return the order for a package of these documents."""
    plain = job(folder, 0, ORGAN, sources[0], "")
    documents = tuple(PackageDocument(at, str(path), sha256_of(path), plain.documents[0].fields)
                      for at, path in enumerate(sources, 1))
    return replace(plain, documents=documents)


def package(folder: Path, sources: Sequence[Path], pairs: int) -> float:
    """Let build and floor take turns; return the median of the pairs' ratios."""
    folder.mkdir()
    wanted, ratios = order(folder, sources), []
    for at in range(pairs + 1):
        spent = {}
        turns: list[tuple[str, Callable[[], object]]] = [
            ("ours", lambda: build(wanted)), ("floor", lambda: floor(sources, folder / "floor"))]
        for name, call in turns if at % 2 else reversed(turns):
            Path(wanted.out).unlink(missing_ok=True)
            (folder / "floor").unlink(missing_ok=True)
            begun = time.perf_counter()
            call()
            spent[name] = time.perf_counter() - begun
        ratios.append(spent["ours"] / spent["floor"])
    return round(statistics.median(ratios[1:]), 3)


def receiver(folder: Path, count: int) -> dict[str, float]:
    """Send really signed packages to a real archive; return packages a minute and what it cost."""
    packages, root = make(folder, Wanted([ORGAN] * count, count))
    settings = folder / "receiver.toml"
    stores = "".join(f'[[store]]\nname = "{name}"\nfolder = "{folder / name}"\n' for name in ("first", "second"))
    settings.write_text(f'root = "{folder / "archive"}"\nport = 0\ntrust = ["{root}"]\n'
                        f'{stores}')
    with ready(["-m", "appliance", "receive", "--settings", str(settings)], folder / "archive.log") as started:
        key = (folder / "archive" / "keys" / "receipt-public.pem").read_bytes()
        begun, before = time.perf_counter(), started.cpu_seconds()
        asyncio.run(_all(started, packages, Terms(key, PIECE, poll=Backoff(first=0.3, cap=1.0))))
        took, cpu = time.perf_counter() - begun, started.cpu_seconds() - before
    return {"receiver_packages_per_minute": round(60 * count / took, 1),
            "receiver_cpu_ms_per_package": round(1000 * cpu / count, 1),
            "package_mb": round(statistics.mean(one.size for one in packages) / 1e6, 2)}


async def _all(started: Started, packages: Sequence[Package], terms: Terms) -> None:
    waiting = list(packages)
    async with aiohttp.ClientSession() as session:
        transport = TusTransport(session, started.url, at_once=PIECE)

        async def stream() -> None:
            while waiting:
                receipt = await deliver(waiting.pop(), transport, _keep_nothing, terms)
                assert receipt.accepted, receipt

        await asyncio.gather(*(stream() for _ in range(STREAMS)))


async def _keep_nothing(_progress: Progress) -> None:
    return


def main() -> None:
    """Measure, print a table and one line of JSON."""
    options = argparse.ArgumentParser()
    options.add_argument("--quick", action="store_true", help="under a minute")
    amount = QUICK if options.parse_args().quick else FULL
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD, prefix="bench-delivery-") as name:
        folder = Path(name)
        late, durable = upload(folder, amount, "--late"), upload(folder, amount)
        sources = [noise(folder, amount.mib // 16, seed) for seed in range(16)]
        found: dict[str, float | None] = {
            "upload_vs_curl": late.get("vs_plain"), "upload_vs_curl_overlapped": late.get("vs_overlapped"),
            "upload_durable_vs_curl": durable.get("vs_plain"), "upload_mb_s": late["ours_mb_s"],
            "curl_mb_s": late.get("plain_mb_s"), "curl_overlapped_mb_s": late.get("overlapped_mb_s"),
            "upload_durable_mb_s": durable["ours_mb_s"],
            "package_vs_floor": package(folder / "large", sources, amount.pairs),
            "package_5mb_vs_floor": package(folder / "small", [noise(folder, 5, 99)], 3 * amount.pairs),
            **receiver(folder / "receiver", amount.packages)}
    figures = {key: None if value is None else round(value, 3) for key, value in found.items()}
    for key, figure in figures.items():
        print(f"{key:32} {'-' if figure is None else figure:>10}")
    print(json.dumps({**figures, "load": round(os.getloadavg()[0], 1)}))


if __name__ == "__main__":
    main()
