"""The upkeep of scanners: what they say of themselves is remembered, worn parts are counted, changes are noted.

Joins what the stations know now (device/standing.py), what the ledger remembers (spool/wear.py) and what the
firmware profile says of the model's parts.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web

from appliance.core import clock, errors
from appliance.core.config import Device
from appliance.core.errors import ApplianceError
from appliance.device.catalogue import Catalogue
from appliance.device.fitness import known_good
from appliance.device.profile_tables import Consumable
from appliance.device.sighting import real_serial
from appliance.exporter.scanners import DriftReading, PartReading, ScannerReading
from appliance.spool import drift, wear
from appliance.spool.ledger import Book, Ledger

log = logging.getLogger(__name__)

Asked = Callable[[web.Request], Awaitable[dict[str, str]]]
Standings = Callable[[], Sequence[Mapping[str, Any]]]

KINDS = {"jam": frozenset({errors.PAPER_JAM.code}), "multifeed": frozenset({errors.DOUBLE_FEED.code})}
"""Incidents that are counted for each 1,000 sheets, and the codes that they have."""

ANY_MAKER = ("escl", "push", "virtual")
"""First words of profiles that say nothing of the maker."""

HASH_SHOWN = 16
"""Hexadecimal digits of a table's hash that people and metrics see."""

MOST_USED = 10_000_000
"""Most sheets that a part put in may have done before."""


@dataclass
class Upkeep:
    """What the daemon does for its scanners; ``standings`` says how they stand now."""

    book: Book
    devices: Sequence[Device]
    profiles: Catalogue
    standings: Standings
    _noted: dict[str, wear.Seen] = field(default_factory=dict)

    async def look(self) -> None:
        """Remember what every scanner says of itself, whenever that has changed; a full disk is tried again."""
        for one in self.standings():
            seen = _seen(one)
            if seen is None or self._noted.get(seen.scanner.device) == seen:
                continue
            try:
                await self.book.ask(wear.remember, seen)
            except ApplianceError as problem:
                log.warning("not noted what %s says of itself: %s", seen.scanner.device, problem.code)
                return
            self._noted[seen.scanner.device] = seen

    async def readings(self) -> tuple[ScannerReading, ...]:
        """Return what the metrics show of every device."""
        await self.look()
        standings = list(self.standings())
        return await self.book.ask(lambda ledger: tuple(self._reading(ledger, one) for one in standings))

    async def parts(self) -> list[dict[str, Any]]:
        """Return every part of every device, as plain values."""
        return [{"device": one.name, "part": part.name, "sheets": part.sheets, "life": part.life,
                 "changed": _day(part.changed)} for one in await self.readings() for part in one.parts]

    async def changed(self, device: str, part: str, who: str, used: int = 0) -> None:
        """Write down that a part was changed, as a person says; ``used``: sheets it has done before.

        Raises:
            ApplianceError: DEVICE_UNKNOWN, PART_UNKNOWN, SCANNER_NEVER_SEEN.
        """
        known = [one.name for one in self._consumables(self._device(device).profile)]
        if part not in known:
            raise errors.PART_UNKNOWN.error(device=device, part=part,
                                            known=", ".join(known) or "appliance profiles show")
        await self.look()
        await self.book.ask(wear.reset, device, part, who, used)

    async def accept(self, device: str, who: str) -> None:
        """Take the scanner's present table of options for the right one; raises as ``changed``."""
        self._device(device)
        await self.look()
        await self.book.ask(wear.accept, device, who)

    def routes(self, asked: Asked) -> tuple[web.RouteDef, ...]:
        """Return what the control socket serves of this; ``asked`` reads the words of a request."""

        async def listed(_request: web.Request) -> web.Response:
            return web.json_response({"parts": await self.parts()})

        async def reset(request: web.Request) -> web.Response:
            words, device, part = await asked(request), request.match_info["device"], request.match_info["part"]
            await self.changed(device, part, words.get("who", ""), _used(words.get("used", "0")))
            return web.json_response({"done": "reset", "device": device, "part": part})

        async def accepted(request: web.Request) -> web.Response:
            device = request.match_info["device"]
            await self.accept(device, (await asked(request)).get("who", ""))
            return web.json_response({"done": "accept", "device": device})

        return (web.get("/consumables", listed), web.post("/consumables/{device}/{part}", reset),
                web.post("/accept/{device}", accepted))

    def _reading(self, ledger: Ledger, one: Mapping[str, Any]) -> ScannerReading:
        """Return what is shown of one device; runs in the ledger's thread."""
        name, firmware = one["name"], one["firmware"]
        theirs = self.profiles.get(one["profile"] or self._device(name).profile)
        there = one["presence"] == "present" if one.get("presence") else one["state"] != "absent"
        seen = _seen(one)
        scanner = seen.scanner if seen else wear.latest(ledger, name) or wear.Scanner(name)
        return ScannerReading(
            name, one["state"], there, self._who(one),
            known_good(theirs.firmware, firmware) if theirs else None, wear.drifted(ledger, scanner), one["code"],
            wear.sheets_fed(ledger).get(name, 0),
            {kind: wear.per_thousand(ledger, scanner, codes) for kind, codes in KINDS.items()},
            tuple(_part(ledger, scanner, part) for part in (theirs.consumable if theirs else ())),
            tuple(DriftReading(drifting.side, drifting.measure, drifting.away, drifting.recent, drifting.baseline)
                  for drifting in drift.of_device(ledger, name)))

    def _who(self, one: Mapping[str, Any]) -> dict[str, str]:
        """Return who a device is; profiles are named MAKER_MODEL, but for those that fit any maker's."""
        who = {label: str(one[label]) for label in ("model", "firmware", "serial", "profile")}
        device = self._device(one["name"])
        maker = (one["profile"] or device.profile).partition("_")[0]
        return {**who, "vendor": "" if maker in ANY_MAKER else maker, "backend": device.kind,
                "options": one["options_hash"][:HASH_SHOWN]}

    def _consumables(self, name: str) -> tuple[Consumable, ...]:
        theirs = self.profiles.get(name)
        return theirs.consumable if theirs else ()

    def _device(self, name: str) -> Device:
        for device in self.devices:
            if device.name == name:
                return device
        raise errors.DEVICE_UNKNOWN.error(device=name, known=", ".join(device.name for device in self.devices))


def _seen(one: Mapping[str, Any]) -> wear.Seen | None:
    """Return what a device says of itself, or None while it has said nothing."""
    if not one["model"]:
        return None
    serial, counters = one["serial"] if real_serial(one["serial"]) else "", one["counters"]
    return wear.Seen(wear.Scanner(one["name"], serial), one["firmware"], one["options_hash"],
                     counters.get("total", wear.UNKNOWN), counters.get("roller", wear.UNKNOWN))


def _part(ledger: Ledger, scanner: wear.Scanner, part: Consumable) -> PartReading:
    use = wear.use(ledger, scanner, part.name)
    changed = clock.parse(use.changed).timestamp() if use.changed else 0.0
    return PartReading(part.name, use.sheets, part.life_sheets, changed)


def _day(changed: float) -> str:
    return clock.iso(datetime.fromtimestamp(changed, clock.VIETNAM)) if changed else ""


def _used(used: str) -> int:
    if not used.isdecimal() or int(used) > MOST_USED:
        raise errors.CONFIG_BAD_VALUE.error(key="used", value=used, allowed=f"0 to {MOST_USED}")
    return int(used)
