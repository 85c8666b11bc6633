"""Tell systemd how the service is: the datagrams of sd_notify(3), without a library."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Mapping

READY = "READY=1"
STOPPING = "STOPPING=1"
WATCHDOG = "WATCHDOG=1"

IDLE_SECONDS = 3600.0
"""Sleep of who has nobody to tell."""


def notify(state: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Send ``state`` (lines of ``NAME=value``) to the service manager; say whether one took it.

    Without a service manager nothing happens. A name that begins with ``@`` is abstract.
    """
    address = environment.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
        line.setblocking(False)
        try:
            line.sendto(state.encode(), address)
        except OSError:  # a service manager that is away or slow may not stop the work
            return False
    return True


def watchdog_seconds(environment: Mapping[str, str] = os.environ, pid: int | None = None) -> float | None:
    """Return how often ``WATCHDOG=1`` must be sent to be safe (half the limit), or None when nobody watches."""
    limit = environment.get("WATCHDOG_USEC", "")
    watched = environment.get("WATCHDOG_PID", "")
    if not limit.isdigit() or int(limit) == 0:
        return None
    if watched and watched != str(os.getpid() if pid is None else pid):
        return None
    return int(limit) / 2_000_000


async def keep_watchdog() -> None:
    """Tell a service manager that watches us, for ever, that the event loop of this process goes round."""
    every = watchdog_seconds()
    while True:
        if every is not None:
            notify(WATCHDOG)
        await asyncio.sleep(every or IDLE_SECONDS)
