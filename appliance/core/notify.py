"""Tell systemd how the service is: the datagrams of sd_notify(3), without a library."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping

READY = "READY=1"
STOPPING = "STOPPING=1"
WATCHDOG = "WATCHDOG=1"


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
