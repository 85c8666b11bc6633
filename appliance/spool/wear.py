"""What wears on a scanner: sheets fed, parts and when they were changed, what broke feeds off, drift.

Sheets and interruptions are counted by triggers of the ledger (migrations/0003_wear.sql), in the transaction
of the side or the move they stand for: a restart or a message that comes twice counts nothing twice. A
scanner is known by its serial number, so that its counts follow it to another port or name; one without
a number is known by the name of its device.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from appliance.core import clock, errors
from appliance.spool.ledger import Ledger, Row

UNKNOWN = -1
"""A counter that the device does not have."""

WINDOW_DAYS = 30
"""How far back incidents are counted."""


@dataclass(frozen=True, slots=True)
class Scanner:
    """Which scanner: the name of the device and its serial number (empty when it has none worth the name)."""

    device: str
    serial: str = ""

    @property
    def key(self) -> str:
        """What its rows are kept under."""
        return f"serial {self.serial}" if self.serial else f"device {self.device}"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a scanner says of itself. ``options`` is the hash of its driver's table of options, empty: none.

    Attributes:
        total: sheets that the device itself has counted, -1 when it does not.
        roller: the same since its roller counter was set back.
    """

    scanner: Scanner
    firmware: str = ""
    options: str = ""
    total: int = UNKNOWN
    roller: int = UNKNOWN


@dataclass(frozen=True, slots=True)
class Use:
    """How far a part is worn. ``changed`` is empty when no change is known; then all sheets we know of count."""

    sheets: int
    changed: str = ""


def latest(ledger: Ledger, device: str) -> Scanner | None:
    """Return the scanner that was last seen under the name of a device."""
    row = ledger.one("scanner_of_device", device=device)
    return Scanner(device, row["serial"]) if row else None


def remember(ledger: Ledger, seen: Seen) -> None:
    """Write down what a scanner says of itself; another firmware or table of options is a link of the chain.

    The first table of options that is seen counts as the right one.
    """
    scanner, now = seen.scanner, clock.iso(clock.now(), "milliseconds")
    old = ledger.one("scanner", key=scanner.key)
    firmware, options = (new or (old[name] if old else "") for name, new in (
        ("firmware", seen.firmware), ("options", seen.options)))
    same = old is not None and (old["total"], old["roller"]) == (seen.total, seen.roller)
    with ledger.transaction():
        ledger.act("put_scanner", key=scanner.key, device=scanner.device, serial=scanner.serial, firmware=firmware,
                   options=options, accepted=(old["accepted"] if old else "") or options, total=seen.total,
                   roller=seen.roller, fed=old["fed"] if old and same else sheets_of(ledger, scanner), seen=now)
        if old is None:
            ledger.note("scanner.known", scanner.key, device=scanner.device, firmware=firmware, options=options)
        else:
            _note_changes(ledger, seen, old)


def _note_changes(ledger: Ledger, seen: Seen, old: Row) -> None:
    for what in ("firmware", "options"):
        new = getattr(seen, what)
        if new and old[what] and new != old[what]:
            ledger.note(f"scanner.{what}_changed", seen.scanner.key, device=seen.scanner.device, old=old[what],
                        new=new)


def drifted(ledger: Ledger, scanner: Scanner) -> bool:
    """Say whether the table of options is another one than was accepted."""
    row = ledger.one("scanner", key=scanner.key)
    return bool(row and row["options"] != row["accepted"])


def accept(ledger: Ledger, device: str, who: str) -> None:
    """Take the present table of options of a device's scanner for the right one, as a person decided.

    Raises:
        ApplianceError: SCANNER_NEVER_SEEN.
    """
    row = _known(ledger, device)
    with ledger.transaction():
        ledger.act("accept_options", key=row["key"])
        ledger.note("scanner.options_accepted", row["key"], who=who, device=device, options=row["options"])


def reset(ledger: Ledger, device: str, part: str, who: str, used: int = 0) -> None:
    """Write down that a part was changed now. ``used``: sheets that the part in place has done already.

    Raises:
        ApplianceError: SCANNER_NEVER_SEEN.
    """
    row = _known(ledger, device)
    fed = sheets_of(ledger, Scanner(device, row["serial"]))
    with ledger.transaction():
        ledger.act("put_part_change", key=row["key"], part=part, at=clock.iso(clock.now()), fed=fed,
                   total=_own(row, "total", fed), roller=_own(row, "roller", fed), used=used)
        ledger.note("scanner.part_changed", row["key"], who=who, device=device, part=part, used=used, fed=fed)


def _known(ledger: Ledger, device: str) -> Row:
    row = ledger.one("scanner_of_device", device=device)
    if row is None:
        raise errors.SCANNER_NEVER_SEEN.error(device=device)
    return row


def use(ledger: Ledger, scanner: Scanner, part: str) -> Use:
    """Return the sheets since a part was changed.

    The device's own counters go before ours: they know of sheets that other hosts fed. A roller counter that
    stands lower than at the change was itself set back then, and counts from there.
    """
    row, fed = ledger.one("scanner", key=scanner.key), sheets_of(ledger, scanner)
    total, roller = (_own(row, name, fed) if row else UNKNOWN for name in ("total", "roller"))
    change = ledger.one("part_change", key=scanner.key, part=part)
    if change is None:
        return Use(next((own for own in (roller, total) if own != UNKNOWN), fed))
    if roller != UNKNOWN and change["roller"] != UNKNOWN:
        since = roller - change["roller"] if roller >= change["roller"] else roller
    elif total != UNKNOWN and change["total"] != UNKNOWN:
        since = total - change["total"]
    else:
        since = fed - change["fed"]
    return Use(max(since, 0) + change["used"], change["at"])


def _own(row: Row, counter: str, fed: int) -> int:
    """Return what a counter of the device stands at now: it was read once, the sheets since then are ours."""
    return UNKNOWN if row[counter] == UNKNOWN else int(row[counter]) + max(fed - row["fed"], 0)


def sheets_of(ledger: Ledger, scanner: Scanner, days: int = 0) -> int:
    """Return the sheets that a scanner has fed here, ever or within ``days``."""
    row = ledger.one("sheets_of", serial=scanner.serial, device=scanner.device, since=_day(days) if days else "")
    return int(row["n"]) if row else 0


def sheets_fed(ledger: Ledger) -> dict[str, int]:
    """Return the sheets ever fed by the name of the device."""
    return {row["device"]: row["n"] for row in ledger.all("sheets_fed")}


def per_thousand(ledger: Ledger, scanner: Scanner, codes: Iterable[str], days: int = WINDOW_DAYS) -> float:
    """Return how often feeds broke off with one of ``codes`` within ``days``, for each 1,000 sheets of then."""
    wanted = set(codes)
    rows = ledger.all("interruptions_of", serial=scanner.serial, device=scanner.device, since=_day(days))
    found = sum(int(row["n"]) for row in rows if row["code"] in wanted)
    return 1000 * found / max(sheets_of(ledger, scanner, days), 1)


def _day(days: int) -> str:
    return (clock.now() - timedelta(days=days)).date().isoformat()
