"""Tell systemd how the service is, and have it keep a port: sd_notify(3), sd_listen_fds(3), without a library."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Mapping, MutableMapping

READY = "READY=1"
STOPPING = "STOPPING=1"
WATCHDOG = "WATCHDOG=1"

IDLE_SECONDS = 3600.0
"""Sleep of who has nobody to tell."""

FIRST_HANDED = 3
"""Number of the first open file that a service manager hands over."""


def notify(state: str, environment: Mapping[str, str] = os.environ, files: tuple[int, ...] = ()) -> bool:
    """Send ``state`` (lines of ``NAME=value``) to the service manager; say whether one took it.

    Without a service manager nothing happens. A name that begins with ``@`` is abstract. ``files`` are open files
    that go with it.
    """
    address = environment.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
        line.setblocking(False)
        try:
            line.connect(address)
            socket.send_fds(line, [state.encode()], files) if files else line.send(state.encode())
        except OSError:  # a service manager that is away or slow may not stop the work
            return False
    return True


def managed(environment: Mapping[str, str] = os.environ) -> bool:
    """Say whether a service manager has started us: nobody reads what we say, and nobody else starts us again."""
    return environment.get("NOTIFY_SOCKET", "").startswith(("/", "@"))


def keep_open(name: str, listener: socket.socket, environment: Mapping[str, str] = os.environ) -> bool:
    """Have a service manager keep a port open until the service is stopped for good; say whether one does."""
    return notify(f"FDSTORE=1\nFDNAME={name}", environment, (listener.fileno(),))


def let_go(name: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Have a service manager close what it keeps under a name."""
    return notify(f"FDSTOREREMOVE=1\nFDNAME={name}", environment)


def handed_over(name: str, environment: MutableMapping[str, str] = os.environ) -> list[socket.socket]:
    """Return the ports of that name that a service manager has opened or kept for us; each only once.

    Asked again, it has none: those numbers may be files of ours by then.
    """
    if environment.pop("LISTEN_PID", "") != str(os.getpid()):
        return []
    names = environment.get("LISTEN_FDNAMES", "").split(":")
    found: dict[int, socket.socket] = {}
    for at in range(int(environment.get("LISTEN_FDS", "0"))):
        number = FIRST_HANDED + at
        os.set_inheritable(number, False)
        if names[at:at + 1] == [name] and os.fstat(number).st_ino not in found:
            found[os.fstat(number).st_ino] = socket.socket(fileno=number)
    return list(found.values())


def watchdog_seconds(environment: Mapping[str, str] = os.environ, pid: int | None = None) -> float | None:
    """Return how often ``WATCHDOG=1`` must be sent to be safe (half the limit), or None when nobody watches."""
    limit = environment.get("WATCHDOG_USEC", "")
    watched = environment.get("WATCHDOG_PID", "")
    if not limit.isdigit() or int(limit) == 0:
        return None
    if watched and watched != str(os.getpid() if pid is None else pid):
        return None
    return int(limit) / 2_000_000


async def keep_watchdog(goes_on: Callable[[], bool] = lambda: True) -> None:
    """Tell a service manager that watches us, for ever, that the event loop of this process goes round.

    ``goes_on`` says whether the rest of its work does too; while it does not, nothing is told.
    """
    every = watchdog_seconds()
    while True:
        if every is not None and goes_on():
            notify(WATCHDOG)
        await asyncio.sleep(every or IDLE_SECONDS)
