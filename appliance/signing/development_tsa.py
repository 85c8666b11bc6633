"""``appliance development-tsa``: a time-stamping authority for trials, on this host, marked as such everywhere.

It speaks RFC 3161 over HTTP as a real one does, and prints one line, ``ready url=... trust=...``: what is to be put
into [[signing.tsa]] and signing.trust. It proves nothing to a court: it says what the host's own clock shows.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web

from appliance.core.errors import Exit
from appliance.signing import development_time
from appliance.signing.development_time import Clockmaker

PATH = "/tsa"
QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"
MOST = 64 << 10
"""Longest request in bytes."""


def main(arguments: Sequence[str]) -> int:
    """Give time stamps until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="appliance development-tsa", description="Time stamps for trials.")
    parser.add_argument("--root", type=Path, required=True, help="folder for its key")
    parser.add_argument("--port", type=int, default=8471, help="port on loopback; 0 takes a free one")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    try:
        clockmaker = development_time.ensure(options.root)
    except ValueError as problem:
        sys.stderr.write(f"{problem}\n")
        return Exit.FAILED
    asyncio.run(_serve(clockmaker, options.port))
    return Exit.DONE


async def _serve(clockmaker: Clockmaker, port: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = web.AppRunner(application(clockmaker), access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}"
    sys.stdout.write(f"ready url={url} trust={clockmaker.root.absolute()}\n")
    sys.stdout.flush()
    await stop.wait()
    await runner.cleanup()


def application(clockmaker: Clockmaker) -> web.Application:
    """Return the server."""
    async def stamp(request: web.Request) -> web.Response:
        if request.content_type != QUERY:
            raise web.HTTPUnsupportedMediaType
        return web.Response(body=clockmaker.answer(await request.read()), content_type=REPLY)

    served = web.Application(client_max_size=MOST)
    served.router.add_post(PATH, stamp)
    return served


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
