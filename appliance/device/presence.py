"""Which configured scanner is there: events in, decisions out. Pure.

A scanner is known by its identity: its serial number (from USB, or told later by the driver), else the port
it hangs on; never by the bus and device number, which change at every plug. A device whose settings give no
serial takes the only scanner that fits its profile, and from then on remembers whose it was: of two
identical models the other one, seen beside it, is never taken for it.

A scanner that comes back, on whatever port, is told once; so is one that goes. What is remembered outlives the
daemon (``memory``): a wrong twin that was plugged in meanwhile is not taken for the one that was there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from appliance.device.acquaintance import Acquaintance, Keepsake, told
from appliance.device.sighting import Notice, Sighting, Standing, Want, real_serial

_PORTS = {"http": 80, "https": 443}


class Presence:
    """What is there, and whose it is, for the devices of one bus (a network device is known by its address).

    ``memory``: what was remembered of each device when the daemon ended.
    """

    def __init__(self, wants: Iterable[Want], memory: Mapping[str, Keepsake] | None = None) -> None:
        self._wants = {want.name: want for want in wants}
        self._seen: dict[str, Sighting] = {}
        self._memory = {name: Acquaintance.of((memory or {}).get(name)) for name in self._wants}

    def memory(self) -> dict[str, Keepsake]:
        """Return what is to be remembered of every device that was ever there."""
        return {name: one.keepsake() for name, one in self._memory.items() if one.identity}

    def seen(self, sighting: Sighting) -> list[Notice]:
        """Take a scanner that is there; the same one twice changes nothing."""
        known = self._seen.get(sighting.place)
        if known is not None and not real_serial(sighting.serial) and known.usb_id == sighting.usb_id:
            sighting = replace(sighting, serial=known.serial)  # what the driver has told is not forgotten
        self._seen[sighting.place] = sighting
        return self._settle()

    def gone(self, place: str) -> list[Notice]:
        """Take the loss of whatever was at ``place``; an unknown place changes nothing."""
        self._seen.pop(place, None)
        return self._settle()

    def counted(self, sightings: Iterable[Sighting]) -> list[Notice]:
        """Take a whole count: what is not in it is gone. Heals lost events."""
        fresh = {one.place: one for one in sightings}
        for place, one in fresh.items():
            known = self._seen.get(place)
            if known is not None and not real_serial(one.serial) and known.usb_id == one.usb_id:
                fresh[place] = replace(one, serial=known.serial)
        self._seen = fresh
        return self._settle()

    def learnt(self, device: str, serial: str) -> list[Notice]:
        """Learn from a device's driver the serial number that USB does not tell."""
        if not real_serial(serial) or any(one.serial == serial for one in self._seen.values()):
            return []
        place = self._memory[device].place
        if not place:  # the settings ask for this very number, so the driver knew the scanner before we did
            silent = [one.place for one in self._seen.values() if not real_serial(one.serial)
                      and one.profile == self._wants[device].profile and not self.owner(one.place)]
            place = silent[0] if len(silent) == 1 else ""
        known = self._seen.get(place)
        if known is None or real_serial(known.serial):
            return []
        known = self._seen[place] = replace(known, serial=serial)
        notices = [notice for name, memory in self._memory.items()
                   if memory.place == place and known.identity not in memory.strangers
                   for notice in memory.named(name, self._seen[place])]
        return notices + self._settle()

    def sightings(self) -> list[Sighting]:
        """Return all that is seen, in the order of their places."""
        return [self._seen[place] for place in sorted(self._seen)]

    def standing(self, device: str) -> Standing:
        """Return how a configured device stands."""
        memory = self._memory[device]
        if memory.place:
            return Standing.PRESENT
        return Standing.UNCLEAR if memory.rivals else Standing.ABSENT

    def place_of(self, device: str) -> str:
        """Return where a configured device is, or empty."""
        return self._memory[device].place

    def knows(self, device: str) -> bool:
        """Say whether a device is one of these and is there."""
        return bool(device in self._memory and self._memory[device].place)

    def owner(self, place: str) -> str:
        """Return the configured device that is at ``place``, or empty."""
        return next((name for name, memory in self._memory.items() if memory.place == place), "")

    def _settle(self) -> list[Notice]:
        """Give each device its scanner afresh, and tell what has changed."""
        places, rivals = self._assign()
        notices = []
        for name, memory in self._memory.items():
            now, unclear = self._seen.get(places.get(name, "")), rivals.get(name, ())
            notices += told(name, memory, now, unclear, () if now or unclear else self._others(name))
        for name, memory in self._memory.items():
            if memory.place:
                profile = self._wants[name].profile
                memory.strangers |= {one.identity for one in self._seen.values()
                                     if one.place != memory.place and one.profile == profile}
                memory.strangers.discard(memory.identity)
        return notices

    def _others(self, name: str) -> tuple[str, ...]:
        """Return where scanners are that fit a device which gives no serial number, and are not it."""
        want = self._wants[name]
        if want.serial or want.url:  # who it is, its driver sees too
            return ()
        return tuple(sorted(one.place for one in self._seen.values()
                            if one.bus == "usb" and one.profile == want.profile))

    def _assign(self) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
        """Return the place of each device that has one, and for each that is unclear the places that fit."""
        places: dict[str, str] = {}
        rivals: dict[str, tuple[str, ...]] = {}
        for choose in (self._by_name, self._by_memory):
            for name in self._wants:
                if name not in places:
                    self._choose(name, choose(name), places, rivals)
        open_wants = [name for name, want in self._wants.items()
                      if name not in places and not want.serial and not want.url]
        for name in open_wants:
            found = [one for one in self._by_profile(name) if one.place not in places.values()]
            alike = [other for other in open_wants if self._wants[other].profile == self._wants[name].profile]
            if len(alike) > 1 and found:
                rivals[name] = tuple(sorted(one.place for one in found))
            else:
                self._choose(name, found, places, rivals)
        taken = set(places.values())
        return places, {name: left for name, found in rivals.items() if name not in places
                        and (left := tuple(place for place in found if place not in taken))}

    def _choose(self, name: str, found: list[Sighting], places: dict[str, str],
                rivals: dict[str, tuple[str, ...]]) -> None:
        """Note the one scanner that can be meant, or all of them when it is not clear which."""
        free = [one for one in found if one.place not in places.values()]
        if len(free) > 1:  # one serial number at two ports: the old port counts while it is there
            free = [one for one in free if one.place == self._memory[name].place] or free
        if len(free) == 1:
            places[name] = free[0].place
        elif free:
            rivals[name] = tuple(sorted(one.place for one in free))

    def _by_name(self, name: str) -> list[Sighting]:
        """What the settings name by its serial number or its address."""
        want = self._wants[name]
        if want.url:
            return [one for one in self._seen.values() if _same_address(want.url, one)]
        return [one for one in self._seen.values() if want.serial and one.serial == want.serial]

    def _by_memory(self, name: str) -> list[Sighting]:
        """What this device was before."""
        want, memory = self._wants[name], self._memory[name]
        if want.serial or want.url or not memory.identity:
            return []
        return [one for one in self._seen.values() if one.identity == memory.identity]

    def _by_profile(self, name: str) -> list[Sighting]:
        """What fits the profile and belongs to nobody."""
        want, memory = self._wants[name], self._memory[name]
        if want.serial or want.url:
            return []
        spoken_for = {other.serial for other in self._wants.values() if other.serial}
        spoken_for_by_memory = {other.identity for key, other in self._memory.items() if key != name}
        return [one for one in self._seen.values()
                if one.bus == "usb" and one.profile == want.profile and one.serial not in spoken_for
                and one.identity not in memory.strangers | spoken_for_by_memory]


def _same_address(url: str, one: Sighting) -> bool:
    """Say whether ``url`` leads to a network scanner, by any of its hosts and ports."""
    try:
        asked = urlsplit(url)
        port = asked.port or _PORTS.get(asked.scheme)
    except ValueError:
        return False
    return asked.hostname in one.hosts and port in one.ports
