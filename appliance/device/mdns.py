"""Network scanners as they announce themselves: ``_uscan._tcp`` and ``_uscans._tcp`` (eSCL) by mDNS.

An announcement only informs: anybody on the network can make one. It never changes what a configured
device is or where it is looked for. The daemon loads zeroconf only when interfaces are named.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from appliance.device.catalogue import Catalogue
from appliance.device.sighting import Sighting
from appliance.device.udev import clean

log = logging.getLogger(__name__)

PLAIN, SECURE = "_uscan._tcp.local.", "_uscans._tcp.local."
ASK_MS = 3000
MOST_SCANNERS = 64
"""More announcements than this are left: no office has so many scanners."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """One resolved service. ``texts`` are its TXT entries, keys in lower case."""

    name: str
    secure: bool
    addresses: tuple[str, ...]
    host: str
    port: int
    texts: Mapping[str, str] = field(default_factory=dict)


def sighting(announced: Announcement, catalogue: Catalogue, *, here: bool = False) -> Sighting | None:
    """Return the scanner that an announcement tells of, or None when it makes no sense.

    ``here``: this host's own loopback is listened on, so that what lies there may be meant; from a network an
    announcement of 127.0.0.1 would send us to ourselves.
    """
    addresses = sorted((address for address in announced.addresses if _sound(address, here=here)), key=_v6)
    path = announced.texts.get("rs", "eSCL").strip("/")
    if not addresses or not 0 < announced.port < 65536 or not re.fullmatch(r"[A-Za-z0-9_\-./]{1,64}", path):
        return None
    model = clean(announced.texts.get("ty")) or clean(announced.name)
    address = f"[{addresses[0]}]" if _v6(addresses[0]) else addresses[0]
    scheme = "https" if announced.secure else "http"
    return Sighting(
        place=place_of(announced.name), bus="network", serial=clean(announced.texts.get("uuid")).lower(),
        model=model, maker=clean(announced.texts.get("mfg")), url=f"{scheme}://{address}:{announced.port}/{path}",
        hosts=(*addresses, clean(announced.host).rstrip(".").lower()), ports=(announced.port,),
        profile=catalogue.by_escl(model), note=clean(announced.texts.get("note")))


def place_of(name: str) -> str:
    """Return the place of an announced name; two names that look alike on a screen are two places."""
    shown = clean(name)
    if shown == name:
        return f"mdns:{shown}"
    return f"mdns:{shown}#{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]}"


def _v6(address: str) -> bool:
    return ":" in address


def _sound(address: str, *, here: bool) -> bool:
    """Whether an address can be a scanner's: one host, and not this one unless it is listened on."""
    try:
        said = ipaddress.ip_address(address)
    except ValueError:
        return False
    said = getattr(said, "ipv4_mapped", None) or said
    alone = not (said.is_multicast or said.is_unspecified or said == ipaddress.IPv4Address("255.255.255.255"))
    return alone and (here or not said.is_loopback)


class MdnsWatch:
    """Listens on the networks of some addresses of this host. Belongs to one event loop.

    Args:
        interfaces: addresses of this host, or ``all``.
        catalogue: the firmware profiles.
        seen: called with a scanner that announces itself; a secure address goes before a plain one.
        gone: called with the place of one that says good-bye or is not heard of any more.
    """

    def __init__(self, interfaces: tuple[str, ...], catalogue: Catalogue, seen: Callable[[Sighting], object],
                 gone: Callable[[str], object]) -> None:
        self._interfaces = interfaces
        self._catalogue = catalogue
        self._here = any(name.startswith("127.") for name in interfaces)
        self._seen, self._gone = seen, gone
        self._known: dict[str, dict[bool, Sighting]] = {}
        self._asking: set[asyncio.Task[None]] = set()
        self._zeroconf: Any = None
        self._browser: Any = None

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: an interface is not there (yet).
            ImportError: zeroconf is missing.
        """
        import ifaddr
        from zeroconf import InterfaceChoice, IPVersion  # 3 MB: only where it is asked for
        from zeroconf.asyncio import AsyncServiceBrowser, AsyncZeroconf

        # Asked before zeroconf is: it would leave a socket open behind its own refusal.
        there = {address.ip for adapter in ifaddr.get_adapters() for address in adapter.ips}
        if missing := set(self._interfaces) - there - {"all"}:
            raise OSError(f"no interface has the address {', '.join(sorted(missing))}")
        where: Any = InterfaceChoice.All if "all" in self._interfaces else list(self._interfaces)
        self._zeroconf = AsyncZeroconf(interfaces=where, ip_version=IPVersion.V4Only)
        self._browser = AsyncServiceBrowser(self._zeroconf.zeroconf, [PLAIN, SECURE], handlers=[self._changed])

    async def stop(self) -> None:
        """Listen no more; may be called twice."""
        for task in self._asking:
            task.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)
        if self._browser is not None:
            await self._browser.async_cancel()
            await self._zeroconf.async_close()
            self._browser = self._zeroconf = None

    def _changed(self, zeroconf: Any, service_type: str, name: str, state_change: Any) -> None:
        """Take a change from the browser, which calls with these very names."""
        del zeroconf
        if state_change.name == "Removed":
            self._lost(name.removesuffix(f".{service_type}"), secure=service_type == SECURE)
            return
        if len(self._known) < MOST_SCANNERS and len(self._asking) < MOST_SCANNERS:
            task = asyncio.get_running_loop().create_task(self._ask(service_type, name))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)

    async def _ask(self, service_type: str, name: str) -> None:
        """Ask where an announced scanner is and what it says of itself."""
        from zeroconf import Error
        from zeroconf.asyncio import AsyncServiceInfo

        try:
            info = AsyncServiceInfo(service_type, name)
            if not await info.async_request(self._zeroconf.zeroconf, ASK_MS):
                return
        except (OSError, Error) as problem:
            log.info("announcement of a scanner not resolved: %s", type(problem).__name__)
            return
        short = name.removesuffix(f".{service_type}")
        secure = service_type == SECURE
        one = sighting(Announcement(short, secure, tuple(info.parsed_addresses()), info.server or "",
                                    info.port or 0, _texts(info.properties)), self._catalogue, here=self._here)
        if one is not None:
            self._known.setdefault(short, {})[secure] = one
            self._tell(short)

    def _lost(self, short: str, *, secure: bool) -> None:
        ways = self._known.get(short)
        if ways is None:
            return
        ways.pop(secure, None)
        self._tell(short)

    def _tell(self, short: str) -> None:
        ways = self._known.get(short, {})
        best = ways.get(True) or ways.get(False)
        if best is not None:
            self._seen(replace(best, ports=tuple(sorted({port for way in ways.values() for port in way.ports}))))
            return
        self._known.pop(short, None)
        self._gone(place_of(short))


def _texts(properties: Mapping[bytes, bytes | None]) -> dict[str, str]:
    """Return TXT entries as text, keys in lower case (``UUID`` and ``uuid`` are both met)."""
    return {key.decode("utf-8", "replace").lower(): (value or b"").decode("utf-8", "replace")
            for key, value in properties.items()}
