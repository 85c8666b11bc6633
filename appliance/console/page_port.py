"""The port of the page: a service manager keeps it while the daemon starts again, so that no caller is refused.

It goes into systemd's store for open files and comes back at the next start, as from a socket unit. Without a
service manager, or where the settings name no plain address, it is opened and closed with the daemon.
"""

from __future__ import annotations

import ipaddress
import logging
import socket

from aiohttp import web

from appliance.core import notify

log = logging.getLogger(__name__)

NAME = "page"
WAITING = 128
"""Callers that wait at most while nobody answers."""


async def open_port(runner: web.BaseRunner, host: str, port: int) -> None:
    """Open the address for a runner, or take it up again. Raises OSError where it is in use."""
    found = _kept(host, port)
    if not found and (made := _made(host, port)) is not None:
        notify.keep_open(NAME, made)
        found = [made]
    for one in found:
        await web.SockSite(runner, one, backlog=WAITING).start()
    if not found:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError:
            await site.stop()
            raise


def _kept(host: str, port: int) -> list[socket.socket]:
    """Return what was kept of this address; what belongs to another, of settings before these, is let go."""
    handed = notify.handed_over(NAME)
    ours = [one for one in handed if _is(one, host, port)]
    if len(ours) < len(handed):
        log.warning("the page is shown at another address than before: %s port %d", host, port)
        notify.let_go(NAME)
        for one in {*handed} - {*ours}:
            one.close()
    return ours


def _is(one: socket.socket, host: str, port: int) -> bool:
    """Say whether a socket listens at an address; port 0 is any."""
    at = one.getsockname()
    try:
        return ipaddress.ip_address(at[0]) == ipaddress.ip_address(host) and port in (0, at[1])
    except ValueError:
        return False


def _made(host: str, port: int) -> socket.socket | None:
    """Return a new port of a plain address; None for a name, which may be several addresses."""
    try:
        six = ipaddress.ip_address(host).version == 6
    except ValueError:
        return None
    return socket.create_server((host, port), family=socket.AF_INET6 if six else socket.AF_INET, backlog=WAITING)
