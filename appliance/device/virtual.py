"""``appliance virtual-scanner``: an eSCL scanner made of a folder, with faults on demand.

A product of its own (docs/virtual-scanner.md): any eSCL client can scan from it. This is its HTTP
side; virtual_feed.py is its paper path. The daemon never imports it.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from appliance.core.errors import ApplianceError, Exit
from appliance.device import virtual_tls, virtual_xml
from appliance.device.virtual_faults import FaultBoard
from appliance.device.virtual_feed import Image, PaperPath, Refusal, Send
from appliance.device.virtual_hopper import Hopper

MOST_REQUEST = 1 << 16
SHUTDOWN_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class VirtualSettings:
    """What a virtual scanner is made of.

    Attributes:
        port: 0 takes a free one.
        ppm: sheets a minute; 0 feeds as fast as asked.
        tls: folder of its certificate, made there when missing; None speaks http.
    """

    hopper: Path
    host: str = "127.0.0.1"
    port: int = 0
    serial: str = "VIRTUAL-0001"
    model: str = "Appliance virtual scanner"
    ppm: float = 0.0
    faults: Path | None = None
    tls: Path | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Where it answers: ``url`` ends in /eSCL; ``fingerprint`` of its certificate is empty without TLS."""

    url: str
    fingerprint: str = ""


class VirtualScanner:
    """The HTTP side of one virtual scanner."""

    def __init__(self, settings: VirtualSettings) -> None:
        self._who = virtual_xml.Identity(settings.model, settings.serial)
        self._board = FaultBoard(settings.faults)
        self._path = PaperPath(Hopper(settings.hopper), self._board, settings.ppm)

    def application(self) -> web.Application:
        """Return the web application; images are only ever sent for GET, never for HEAD."""
        app = web.Application(client_max_size=MOST_REQUEST)
        app.add_routes([
            web.get("/eSCL/ScannerCapabilities", self._capabilities, allow_head=False),
            web.get("/eSCL/ScannerStatus", self._status, allow_head=False),
            web.post("/eSCL/ScanJobs", self._scan_jobs),
            web.get("/eSCL/ScanJobs/{ident}/NextDocument", self._next_document, allow_head=False),
            web.delete("/eSCL/ScanJobs/{ident}", self._cancel),
            web.get("/faults", self._faults, allow_head=False),
            web.put("/faults", self._put_faults),
            web.delete("/faults", self._clear_faults),
        ])
        return app

    async def _capabilities(self, _request: web.Request) -> web.Response:
        return self._xml(virtual_xml.capabilities(self._who))

    async def _status(self, _request: web.Request) -> web.Response:
        now = asyncio.get_running_loop().time()
        return self._xml(virtual_xml.status(self._path.adf_state(), self._path.reports(now)))

    def _xml(self, text: str) -> web.Response:
        if self._board.current().garbage:
            return web.Response(text="<html><body>Please log in<br></body></html>", content_type="text/html")
        return web.Response(text=text, content_type="text/xml")

    async def _scan_jobs(self, request: web.Request) -> web.Response:
        try:
            asked = virtual_xml.read_settings(await request.read())
        except (ApplianceError, ValueError) as problem:
            return web.Response(status=400, text=f"{problem}\n")
        job = self._path.begin(asked)
        if isinstance(job, Refusal):
            return web.Response(status=job.value)
        return web.Response(status=201, headers={"Location": f"/eSCL/ScanJobs/{job.ident}"})

    async def _next_document(self, request: web.Request) -> web.StreamResponse:
        job = self._path.job(request.match_info["ident"])
        if job is None:
            return web.Response(status=404)
        image = await self._path.next_image(job)
        if isinstance(image, int):
            return web.Response(status=image)
        if image.send is Send.BROKEN_OFF:
            return await _break_off(request, image)
        body = image.data[: len(image.data) // 2] if image.send is Send.CUT else image.data
        return web.Response(body=body, content_type="image/jpeg")

    async def _cancel(self, request: web.Request) -> web.Response:
        job = self._path.job(request.match_info["ident"])
        if job is None:
            return web.Response(status=404)
        job.end("Canceled", "JobCanceledByUser")
        return web.Response(status=200)

    async def _faults(self, _request: web.Request) -> web.Response:
        return web.json_response(self._board.plain())

    async def _put_faults(self, request: web.Request) -> web.Response:
        try:
            self._board.put(await request.json())
        except (ValueError, TypeError) as problem:
            return web.Response(status=400, text=f"{problem}\n")
        return await self._faults(request)

    async def _clear_faults(self, request: web.Request) -> web.Response:
        self._board.clear()
        return await self._faults(request)


@asynccontextmanager
async def running(settings: VirtualSettings) -> AsyncIterator[str]:
    """Run a virtual scanner for the time of the block; yields its address, ending in /eSCL.

    Raises:
        OSError: the address is taken, or the hopper or the certificate cannot be made.
    """
    async with answering(settings) as address:
        yield address.url


@asynccontextmanager
async def answering(settings: VirtualSettings) -> AsyncIterator[Address]:
    """Run as ``running`` does; yields the fingerprint of the certificate too."""
    context, fingerprint = virtual_tls.prepare(settings.tls, settings.serial) if settings.tls else (None, "")
    app = VirtualScanner(settings).application()
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port, ssl_context=context).start()
        port = runner.addresses[0][1]
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        yield Address(f"http{'s' if context else ''}://{host}:{port}/eSCL", fingerprint)
    finally:
        await runner.cleanup()


def main(argv: list[str]) -> int:
    """Run until SIGTERM or SIGINT; print ``ready <address> [<fingerprint>]`` once it answers. Returns 0 or 1."""
    settings = _settings(argv)
    try:
        asyncio.run(_serve(settings))
    except OSError as problem:
        sys.stderr.write(f"virtual-scanner: {problem}\n")
        return Exit.FAILED
    return Exit.DONE


async def _serve(settings: VirtualSettings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with answering(settings) as address:
        sys.stdout.write(f"ready {address.url} {address.fingerprint}".rstrip() + "\n")
        sys.stdout.flush()
        await stop.wait()


def _settings(argv: list[str]) -> VirtualSettings:
    parser = argparse.ArgumentParser(
        prog="appliance virtual-scanner",
        description="An eSCL (AirScan) scanner whose feeder is a folder. See docs/virtual-scanner.md.",
        epilog="Ends with 0 on SIGTERM or SIGINT, 1 when the address is taken, 2 on wrong usage.",
    )
    parser.add_argument("--hopper", type=Path, required=True, metavar="DIR",
                        help="folder of stacks: DIR/<stack>/NNNNa.jpg (front), NNNNb.jpg (back)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on, 0 for a free one (%(default)s)")
    parser.add_argument("--serial", default="VIRTUAL-0001", help="serial number (%(default)s)")
    parser.add_argument("--model", default="Appliance virtual scanner", help="model name (%(default)s)")
    parser.add_argument("--ppm", type=float, default=0.0, help="sheets a minute, 0 for as fast as asked")
    parser.add_argument("--faults", type=Path, metavar="FILE", help="JSON file of faults, read at every request")
    parser.add_argument("--tls", type=Path, metavar="DIR",
                        help="speak https only; DIR holds the certificate, made there when missing")
    options = parser.parse_args(argv)
    if not 0 <= options.ppm <= 10_000 or not 0 <= options.port <= 65_535:
        parser.error("--ppm takes 0 to 10000, --port 0 to 65535")
    return VirtualSettings(**vars(options))


async def _break_off(request: web.Request, image: Image) -> web.StreamResponse:
    """Promise the whole image, send half, and drop the connection."""
    response = web.StreamResponse(headers={"Content-Type": "image/jpeg", "Content-Length": str(len(image.data))})
    await response.prepare(request)
    await response.write(image.data[: len(image.data) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
