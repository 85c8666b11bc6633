"""What is remembered of one configured device: whose it was, where, and who was seen beside it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from appliance.device.sighting import Change, Notice, Sighting, real_serial

MOST_STRANGERS = 32
"""So many other scanners of the model are remembered; a host has fewer ports."""


@dataclass(frozen=True, slots=True)
class Keepsake:
    """What outlives the daemon, as plain values."""

    identity: str
    place: str
    strangers: tuple[str, ...] = ()


@dataclass(slots=True)
class Acquaintance:
    """What is remembered of one device.

    Attributes:
        place: where it is, empty while it is away; ``last_place``: where it was last.
        identity: who it is, or was last.
        number: its serial number as an identity, as far as it ever told one.
        strangers: scanners of its model that were seen beside it: never taken for it.
        rivals: places that fit as well, when it is not clear which one it is.
        others: places of scanners that fit and are not it, while it is not there.
        met: it was there since the daemon started.
    """

    place: str = ""
    identity: str = ""
    number: str = ""
    last_place: str = ""
    strangers: set[str] = field(default_factory=set)
    rivals: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    met: bool = False

    @classmethod
    def of(cls, keepsake: Keepsake | None) -> Acquaintance:
        """Return what a daemon begins with."""
        if keepsake is None:
            return cls()
        number = keepsake.identity if keepsake.identity.startswith("serial ") else ""
        return cls(identity=keepsake.identity, number=number, last_place=keepsake.place,
                   strangers=set(keepsake.strangers))

    def keepsake(self) -> Keepsake:
        """Return what to remember."""
        others = tuple(sorted(self.strangers)[:MOST_STRANGERS])
        return Keepsake(self.number or self.identity, self.last_place, others)

    def named(self, device: str, now: Sighting) -> list[Notice]:
        """Learn the serial number of the scanner that is there; tell when it is not the one that was."""
        before, self.number = self.number, now.identity
        self.identity = now.identity
        if before in ("", now.identity):
            return []
        return [Notice(device, Change.SWAPPED, now.place, f"{now.identity} in place of {before}")]


def told(name: str, memory: Acquaintance, now: Sighting | None, rivals: tuple[str, ...],
         others: tuple[str, ...]) -> list[Notice]:
    """Bring one device's memory up to date and return what is to be told of it."""
    notices: list[Notice] = []
    if now is None and memory.place:
        notices.append(Notice(name, Change.LOST, memory.place, memory.identity))
        memory.place = ""
    elif now is not None and now.place != memory.place:
        notices += _arrival(name, memory, now)
    if now is not None:
        memory.place = memory.last_place = now.place
        memory.identity, memory.met = now.identity, True
        memory.number = now.identity if real_serial(now.serial) else memory.number
        memory.strangers.discard(now.identity)
    return notices + _doubts(name, memory, rivals, others)


def _doubts(name: str, memory: Acquaintance, rivals: tuple[str, ...], others: tuple[str, ...]) -> list[Notice]:
    """Return that it is not clear which one it is, that what is there is not it, or that neither is so any more."""
    before, memory.rivals, memory.others = (memory.rivals, memory.others), rivals, others
    if before == (rivals, others):
        return []
    if rivals:
        return [Notice(name, Change.UNCLEAR, ", ".join(rivals),
                       "several scanners fit: give device.serial in the settings")]
    if others:
        return [Notice(name, Change.STRANGER, ", ".join(others),
                       "it is another device's, or was seen beside this one: give device.serial to use it")]
    return [] if memory.place else [Notice(name, Change.AWAY, "", "nothing that fits is plugged in")]


def _arrival(name: str, memory: Acquaintance, now: Sighting) -> list[Notice]:
    """Return that a device is there; first that it is another one than before, when it says so."""
    change = Change.MOVED if memory.place else Change.BACK if memory.met else Change.FOUND
    moved = memory.last_place and now.place != memory.last_place
    remark = f"{now.identity}, at another port than {memory.last_place}" if moved else now.identity
    notices = [Notice(name, change, now.place, remark)]
    if real_serial(now.serial) and memory.number not in ("", now.identity):
        swapped = f"{now.identity} in place of {memory.number}"
        return [Notice(name, Change.SWAPPED, now.place, swapped), Notice(name, change, now.place, now.identity)]
    return notices
