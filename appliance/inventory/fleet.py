"""The fleet on a day: which host works for which office, what that office was before, and what does not fit.

A host of an office that was merged works for its successor by itself: only the list of offices says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from appliance.inventory.hosts import Hosts, Row
from appliance.inventory.rings import Rings
from appliance.inventory.sheet import Fault
from appliance.monitoring.offices import Offices
from appliance.monitoring.rows import Office


@dataclass(frozen=True, slots=True)
class Member:
    """A host on a day: the office for which it works, and its rows in the list of hosts."""

    host: str
    office: Office
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Fleet:
    """Offices, hosts and rings on a day.

    ``before``: by code, rows that ended: what an office was, and what it took over. ``served``: by code, for which
    offices the hosts that now work for it worked earlier; those may be there still.
    """

    day: date
    offices: tuple[Office, ...]
    members: tuple[Member, ...]
    rings: Rings
    before: Mapping[str, Sequence[Office]]
    served: Mapping[str, Sequence[Office]]

    def hosts_of(self, code: str) -> tuple[Member, ...]:
        """Return the hosts that work for an office."""
        return tuple(one for one in self.members if one.office.code == code)

    def heirlooms(self, code: str) -> tuple[str, ...]:
        """Return the codes of the offices that one took over, at last or long ago."""
        return tuple(dict.fromkeys(one.code for one in self.before.get(code, ()) if one.code != code))

    def fonds(self, office: Office) -> tuple[str, ...]:
        """Return the fonds under which an office may send: its own, and those under which its hosts began papers.

        These are the ones it had, those of what it took over, and those of where a host of its own was before.
        """
        every = (office, *self.before.get(office.code, ()), *self.served.get(office.code, ()))
        return tuple(dict.fromkeys(one.organ_id for one in every if one.organ_id))


@dataclass(frozen=True, slots=True)
class Lists:
    """The three lists as they were read."""

    offices: Offices
    hosts: Hosts
    rings: Rings
    rings_path: Path


def fleet(lists: Lists, day: date) -> Fleet:
    """Join the lists; what does not fit is left out, and ``faults`` tells of it."""
    periods = _periods(lists.offices.rows)
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in lists.hosts.rows:
        if row.there(day):
            rows[row.host].append(row)
    members = []
    for host in sorted(rows):
        office = at_last(periods, rows[host][0].office, day)
        if office is not None:
            members.append(Member(host, office, tuple(rows[host])))
    before: dict[str, list[Office]] = defaultdict(list)
    for one in sorted(lists.offices.rows, key=lambda one: (one.ends, one.code), reverse=True):
        heir = at_last(periods, one.code, day) if one.ends < day else None
        if heir is not None:
            before[heir.code].append(one)
    return Fleet(day, lists.offices.on(day), tuple(members), lists.rings, before, _served(lists, members, day))


def _served(lists: Lists, members: Sequence[Member], day: date) -> Mapping[str, Sequence[Office]]:
    """Return by code what the hosts of an office may have begun under another: they deliver it themselves."""
    periods = _periods(lists.offices.rows)
    turns = sorted({one.begins for one in lists.offices.rows}
                   | {one.ends + timedelta(days=1) for one in lists.offices.rows if one.ends < day})
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in lists.hosts.rows:
        rows[row.host].append(row)
    found: dict[str, dict[Office, None]] = defaultdict(dict)
    for member in members:
        for row in rows[member.host]:
            last = min(row.ends, day)
            for turn in (row.begins, *(one for one in turns if row.begins < one <= last)):
                past = at_last(periods, row.office, turn) if turn <= last else None
                if past is not None:
                    found[member.office.code][past] = None
    return {code: tuple(past) for code, past in found.items()}


def at_last(periods: Mapping[str, Sequence[Office]], code: str, day: date) -> Office | None:
    """Return who an office is on a day: itself, or who took it over, or who took over that one; None: nobody."""
    seen = set()
    while code not in seen:
        seen.add(code)
        rows = periods.get(code, ())
        there = next((one for one in rows if one.there(day)), None)
        if there is not None:
            return there
        ended = [one for one in rows if one.ends < day]
        if not ended:
            return None
        code = ended[-1].successor or code
    return None


def faults(lists: Lists, found: Fleet) -> Iterator[Fault]:
    """Yield what does not fit between the lists on the day."""
    periods = _periods(lists.offices.rows)
    for row in lists.hosts.rows:
        yield from _homeless(row, lists.hosts.path, periods, found.day)
    taken = {one.office.code for one in found.members}
    path = lists.offices.path
    for one in found.offices:
        if one.code not in taken:
            yield Fault(path, one.row, f"đơn vị {one.code} không có máy nào trong {lists.hosts.path}",
                        f"office {one.code} has no host in {lists.hosts.path}")
        if one.ring not in found.rings:
            yield Fault(path, one.row, f"ring: {one.ring} không có trong {lists.rings_path}",
                        f"ring: {one.ring} is not in {lists.rings_path}")
    if any(one.organ_id for one in lists.offices.rows):
        for one in lists.offices.rows:
            if not one.organ_id:
                yield Fault(path, one.row, f"organ_id: đơn vị {one.code} thiếu mã phông",
                            f"organ_id: office {one.code} has no fonds code")


def _homeless(row: Row, path: Path, periods: Mapping[str, Sequence[Office]], day: date) -> Iterator[Fault]:
    rows = periods.get(row.office, ())
    if not rows:
        yield Fault(path, row.row, f"office: không có đơn vị {row.office}",
                    f"office: there is no office {row.office}")
        return
    if not row.there(day) or at_last(periods, row.office, day) is not None:
        return
    ended = [one for one in rows if one.ends < day]
    if ended:
        last = ended[-1].ends
        yield Fault(path, row.row, f"office: đơn vị {row.office} đã kết thúc ngày {last}, không ai kế tục",
                    f"office: office {row.office} ended on {last} and nobody took it over")
    else:
        first = rows[0].begins
        yield Fault(path, row.row, f"office: đơn vị {row.office} đến ngày {first} mới có; hãy ghi valid_from",
                    f"office: office {row.office} begins on {first} only; set valid_from")


def _periods(rows: Sequence[Office]) -> Mapping[str, Sequence[Office]]:
    known: dict[str, list[Office]] = defaultdict(list)
    for one in sorted(rows, key=lambda one: one.begins):
        known[one.code].append(one)
    return known
