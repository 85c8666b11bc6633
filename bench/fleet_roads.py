"""Roads to the archive: a relay that delays or fails, and network namespaces with little width or with loss.

    python bench/fleet_roads.py --target PORT [--host ADDRESS] [--delay SECONDS] [--cut FROM TO]

The relay carries TCP to 127.0.0.1:PORT, each way ``--delay`` late; between two moments (of the clock, seconds) it
breaks every connection and takes none. Prints ``ready tcp://HOST:PORT``.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

WINDOW = 64
"""Pieces of 64 KiB that are under way at once on a road with delay."""

RATE = ("tbf", "rate", "8mbit", "burst", "32kbit", "latency", "400ms")
LOSS = "numgen random mod 100 < 2 drop"


@dataclass
class Relay:
    """One road."""

    target: int
    delay: float = 0.0
    cut: tuple[float, float] = (0.0, 0.0)
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection."""
        try:
            if self._is_cut():
                raise ConnectionAbortedError
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, far_writer}
        await asyncio.gather(self._carry(reader, far_writer), self._carry(far_reader, writer))
        self._open -= {writer, far_writer}

    async def watch(self) -> None:
        """Break everything while the road is cut."""
        while True:
            await asyncio.sleep(0.05)
            for writer in list(self._open) if self._is_cut() else ():
                writer.transport.abort()

    def _is_cut(self) -> bool:
        return self.cut[0] <= time.time() < self.cut[1]

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        late: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(WINDOW)
        pouring = asyncio.create_task(self._pour(late, writer))
        with suppress(ConnectionError):
            while piece := await reader.read(1 << 16):
                await late.put((time.monotonic() + self.delay, piece))
        await late.put((time.monotonic() + self.delay, b""))
        await pouring

    async def _pour(self, late: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        while True:
            due, piece = await late.get()
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            if not piece:
                writer.close()
                return
            with suppress(ConnectionError):
                writer.write(piece)
                await writer.drain()


@contextmanager
def namespace(number: int, *, rate: bool = False, loss: bool = False) -> Iterator[tuple[str, str]]:
    """Make a network namespace; yield its name and the address at which this side of its only line listens."""
    name, ours, theirs, net = f"fleet{os.getpid()}-{number}", f"fl{number}a", f"fl{number}b", f"10.213.{number}"
    _run("ip", "netns", "add", name)
    try:
        _run("ip", "link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", name)
        _run("ip", "addr", "add", f"{net}.1/30", "dev", ours)
        _run("ip", "link", "set", ours, "up")
        inside = ("ip", "netns", "exec", name)
        _run(*inside, "ip", "addr", "add", f"{net}.2/30", "dev", theirs)
        _run(*inside, "ip", "link", "set", theirs, "up")
        if rate:
            _run(*inside, "tc", "qdisc", "add", "dev", theirs, "root", *RATE)
        if loss:
            _run(*inside, "nft", "add table inet fleet; "
                 f"add chain inet fleet out {{ type filter hook output priority 0; }}; "
                 f"add rule inet fleet out {LOSS}; "
                 f"add chain inet fleet in {{ type filter hook input priority 0; }}; add rule inet fleet in {LOSS}")
        yield name, f"{net}.1"
    finally:
        subprocess.run(["ip", "link", "del", ours], check=False, capture_output=True)
        _run("ip", "netns", "del", name)


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


def can() -> str:
    """Return the empty text, or why there can be no namespaces here."""
    missing = [tool for tool in ("ip", "tc", "nft") if shutil.which(tool) is None]
    if os.geteuid() != 0 or missing:
        return f"needs root and {', '.join(missing) or 'nothing else'}"
    try:
        with namespace(99, rate=True, loss=True):
            return ""
    except subprocess.CalledProcessError as problem:
        return problem.stderr.decode(errors="replace").strip() or str(problem)


async def run(given: argparse.Namespace) -> None:
    """Carry until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    relay = Relay(given.target, given.delay, (given.cut[0], given.cut[1]))
    server = await asyncio.start_server(relay.serve, given.host, 0)
    watch = asyncio.create_task(relay.watch())
    host, port = server.sockets[0].getsockname()
    print(f"ready tcp://{host}:{port}", flush=True)
    await stop.wait()
    watch.cancel()


def main(argv: list[str]) -> None:
    """Run a relay."""
    options = argparse.ArgumentParser()
    options.add_argument("--target", type=int, required=True)
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--delay", type=float, default=0.0)
    options.add_argument("--cut", type=float, nargs=2, default=(0.0, 0.0))
    asyncio.run(run(options.parse_args(argv)))


if __name__ == "__main__":
    main(sys.argv[1:])
