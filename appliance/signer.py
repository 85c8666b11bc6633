"""The signer process: holds the keys and all of pyHanko, decodes no image, speaks over one AF_UNIX socket.

It opens the office's key, says hello, does what the daemon asks, many things at a time, and ends when the socket
closes. Who started it starts it again; a document it finished just before is adopted, not signed twice. It has no
network: what it needs from one it asks of the daemon.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from appliance.core import config, journal, notify, wire
from appliance.core.errors import ApplianceError, Exit
from appliance.signing.protocol import LIMIT

SOCKET = "signer.sock"

PR_SET_DUMPABLE = 4
"""Of prctl(2)."""


def main(arguments: Sequence[str]) -> int:
    """Run the signer until the daemon closes the line; return an exit code."""
    parser = argparse.ArgumentParser(prog="appliance signer", description="Hold the keys and sign documents.")
    parser.add_argument("--config", type=Path, required=True, help="the settings file of the daemon")
    parser.add_argument("--wait", type=float, default=0.0, help="seconds to wait for the daemon (default 0)")
    options = parser.parse_args(arguments)
    journal.begin("appliance-signer")
    close_memory()
    try:
        settings = config.load(options.config)
        return asyncio.run(_run(settings, options.wait))
    except ApplianceError as problem:
        sys.stderr.write(f"{problem}\n")
        return Exit.FAILED


def close_memory() -> None:
    """Let nobody but root read this process's memory, in which keys and PINs are.

    Workers run as the same user and open what comes from outside; Debian's kernel lets processes of one user read
    each other.
    """
    shut = getattr(ctypes.CDLL(None), "prctl", None)
    if shut is not None:
        shut(PR_SET_DUMPABLE, 0, 0, 0, 0)


async def _run(settings: config.Config, wait: float) -> int:
    """Serve the daemon; SIGTERM and SIGINT end it after the documents in hand."""
    line = await wire.reach(settings.storage.runtime / SOCKET, wait, LIMIT)
    serving = asyncio.ensure_future(_serve(line, settings))
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, serving.cancel)
    try:
        return await serving
    except asyncio.CancelledError:
        return Exit.DONE
    finally:
        await line.close()


async def _serve(line: wire.Line, settings: config.Config) -> int:
    from appliance.signing import verify  # pyHanko belongs to this process and no other
    from appliance.signing.office import SigningOffice

    verify.quiet()
    beating = asyncio.create_task(notify.keep_watchdog())
    try:
        await SigningOffice(line, settings).serve()
    finally:
        beating.cancel()
    return Exit.DONE


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
