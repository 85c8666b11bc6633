"""What rows of the list of offices say of each other: periods, parents, provinces, successors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from appliance.monitoring.rows import EVER, LEVELS, Mistake, Office

Periods = Mapping[str, Sequence[Office]]
"""The rows of each code, by their first day."""

_DAY = timedelta(days=1)


def kinship(rows: Sequence[Office]) -> list[Mistake]:
    """Return what does not fit between rows."""
    known = _periods(rows)
    top = min(LEVELS.index(one.level) for one in rows)
    found: list[Mistake] = []
    for one in rows:
        found += [*_doubled(one, known), *_parent(one, known, top), *_successor(one, known)]
    return found


def _periods(rows: Sequence[Office]) -> Periods:
    known: dict[str, list[Office]] = defaultdict(list)
    for one in sorted(rows, key=lambda one: one.begins):
        known[one.code].append(one)
    return known


def _doubled(one: Office, known: Periods) -> Iterator[Mistake]:
    for other in known[one.code]:
        if other.row < one.row and other.begins <= one.ends and one.begins <= other.ends:
            yield Mistake(one.row, f"mã {one.code} trùng với dòng {other.row} trong cùng thời gian",
                          f"code {one.code} is also in row {other.row}, at the same time")


def _parent(one: Office, known: Periods, top: int) -> Iterator[Mistake]:
    if not one.parent:
        if LEVELS.index(one.level) > top:
            yield Mistake(one.row, "parent: để trống, chỉ cấp cao nhất được để trống",
                          "parent: empty, which only the highest level may be")
        return
    above = [other for other in known.get(one.parent, ()) if other.begins <= one.ends and one.begins <= other.ends]
    if not above:
        yield Mistake(one.row, f"parent: không có đơn vị {one.parent} trong thời gian đó",
                      f"parent: there is no office {one.parent} at that time")
        return
    gap = _gap(one, above)
    if gap:
        yield Mistake(one.row, f"parent: không có đơn vị {one.parent} ngày {gap}",
                      f"parent: there is no office {one.parent} on {gap}")
    for other in above:
        yield from _below(one, other)


def _below(one: Office, other: Office) -> Iterator[Mistake]:
    if LEVELS.index(other.level) >= LEVELS.index(one.level):
        yield Mistake(one.row, f"parent: {one.parent} (dòng {other.row}) không thuộc cấp cao hơn",
                      f"parent: {one.parent} (row {other.row}) is of no higher level")
    elif other.parent and other.province != one.province:
        yield Mistake(one.row, f"province: {one.province}, của {one.parent} (dòng {other.row}) là {other.province}",
                      f"province: {one.province}, of {one.parent} (row {other.row}) it is {other.province}")


def _gap(one: Office, above: Sequence[Office]) -> date | None:
    """Return the first day of a row on which none of these others holds."""
    day = one.begins
    for other in above:
        if other.begins > day:
            return day
        if other.ends >= one.ends or other.ends == EVER:
            return None
        day = other.ends + _DAY
    return day


def _successor(one: Office, known: Periods) -> Iterator[Mistake]:
    if not one.successor or one.ends == EVER:
        return
    day = one.ends + _DAY
    for other in known[one.code]:
        if other.begins == day:
            yield Mistake(one.row, f"successor: đơn vị {one.code} còn tiếp ở dòng {other.row}",
                          f"successor: office {one.code} goes on in row {other.row}")
    if not any(other.there(day) for other in known.get(one.successor, ())):
        yield Mistake(one.row, f"successor: không có đơn vị {one.successor} ngày {day}",
                      f"successor: there is no office {one.successor} on {day}")
