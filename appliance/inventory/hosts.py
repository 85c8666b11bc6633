"""The list of hosts: which stands in which office, at which address, with which scanners.

A row is a scanner at a host for a period; a host without a scanner yet has one row.
"""

from __future__ import annotations

import ipaddress
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from appliance.core import config
from appliance.inventory.sheet import Fault, Form, Line, read
from appliance.monitoring.rows import ALWAYS, EVER, PATTERNS, day_faults, day_of

COLUMNS = ("host", "office", "address", "scanner", "kind", "profile", "serial", "url", "job", "valid_from",
           "valid_to")
OF_SCANNERS = ("kind", "profile", "serial", "url", "job")
NAME = r"[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?)*"


TAKEN = frozenset({"all", "appliances", "localhost", "ungrouped"})
"""Names that a host may not have: Ansible knows groups, or the controller, by them."""


def _said_of(name: str) -> str:
    """Return what the settings let a device's key be."""
    notes = next(one for one in fields(config.Device) if one.name == name).metadata
    return str(notes.get("pattern") or "|".join(notes["choices"]))


FORM = Form(COLUMNS, ("host", "office"), {
    "host": NAME, "office": PATTERNS["code"], "scanner": _said_of("name"), "kind": _said_of("kind"),
    "profile": r"[A-Za-z0-9][A-Za-z0-9._\-]{0,63}", "serial": _said_of("serial"),
    "url": r"https?://[!-~]+", "job": r"[A-Za-z0-9][A-Za-z0-9_\-]{0,63}"})


@dataclass(frozen=True, slots=True)
class Row:
    """One row; ``begins`` and ``ends`` are its first and last day, ``scanner`` the name of its device, or empty."""

    row: int
    host: str
    office: str
    address: str
    scanner: str
    kind: str
    profile: str
    serial: str
    url: str
    job: str
    begins: date
    ends: date

    def there(self, day: date) -> bool:
        """Say whether the row holds on a day."""
        return self.begins <= day <= self.ends

    def meets(self, other: Row) -> bool:
        """Say whether two rows hold on one day."""
        return self.begins <= other.ends and other.begins <= self.ends


@dataclass(frozen=True, slots=True)
class Hosts:
    """What a file says, and what is wrong with it."""

    path: Path
    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]


def look(path: Path) -> Hosts:
    """Read a list with all of its mistakes.

    Raises:
        ApplianceError: LIST_UNREADABLE.
    """
    lines, faults = read(path, FORM)
    found: list[Row] = []
    for line in lines:
        wrong = [Fault(path, line[0], vi, en) for vi, en in _wrong(line)]
        faults += wrong
        found += [] if wrong else [_row(line)]
    if not found and not faults:
        faults.append(Fault(path, 1, "không có máy nào", "there is no host"))
    faults += [Fault(path, *one) for one in _clashes(found)]
    return Hosts(path, tuple(found), tuple(faults))


def _wrong(line: Line) -> Iterator[tuple[str, str]]:
    number, said = line
    for one in day_faults(number, {**said, "successor": ""}):
        yield one.vi, one.en
    if said["host"] in TAKEN:
        text = said["host"]
        yield f"host: '{text}' có nghĩa khác trong Ansible", f"host: '{text}' means something else in Ansible"
    if said["address"] and not _address(said["address"]):
        text = said["address"]
        yield f"address: '{text}' không phải địa chỉ IP", f"address: '{text}' is no IP address"
    told = [name for name in OF_SCANNERS if said[name]]
    if told and not said["scanner"]:
        yield f"scanner: để trống mà có {told[0]}", f"scanner: empty, but there is {told[0]}"
    if re.fullmatch(r"[0-9]([.,][0-9]+)?E[+][0-9]+", said["serial"]):
        text = said["serial"]
        yield f"serial: '{text}' đã bị Excel làm tròn", f"serial: '{text}' was rounded by Excel"
    if said["scanner"] and not (said["kind"] and said["profile"]):
        yield "kind, profile: máy quét cần cả hai", "kind, profile: a scanner needs both"
    if said["kind"] == "escl" and not said["url"]:
        yield "url: máy quét eSCL cần địa chỉ", "url: an eSCL scanner needs its address"


def _row(line: Line) -> Row:
    number, said = line
    begins, ends = day_of(said.pop("valid_from")) or ALWAYS, day_of(said.pop("valid_to")) or EVER
    said["address"] = _address(said["address"])
    return Row(row=number, begins=begins, ends=ends, **said)


def _address(text: str) -> str:
    """Return an IP address as everybody writes it; empty where it is none."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""


Said = tuple[int, str, str]


def _clashes(found: Sequence[Row]) -> Iterator[Said]:
    """Yield what rows that hold on one day say against each other."""
    for one, other in _pairs(found, lambda row: row.host):
        for name in ("office", "address"):
            if getattr(one, name) != getattr(other, name):
                yield (one.row, f"{name}: máy {one.host} ở dòng {other.row} có giá trị khác",
                       f"{name}: of host {one.host} row {other.row} says another")
        if one.scanner == other.scanner:
            what = one.scanner or "-"
            yield (one.row, f"máy {one.host}, máy quét {what} đã có ở dòng {other.row}",
                   f"host {one.host}, scanner {what} is also in row {other.row}")
    for one, other in _pairs(found, lambda row: row.serial):
        yield (one.row, f"serial: {one.serial} trùng với dòng {other.row}",
               f"serial: {one.serial} is also in row {other.row}")
    for one, other in _pairs(found, _scanner_url):
        yield (one.row, f"url: {one.url} trùng với dòng {other.row}", f"url: {one.url} is also in row {other.row}")
    for one, other in _pairs(found, lambda row: row.address):
        if one.host != other.host:
            yield (one.row, f"address: {one.address} trùng với dòng {other.row} ({other.host})",
                   f"address: {one.address} is also in row {other.row} ({other.host})")


def _scanner_url(row: Row) -> str:
    """Return what tells a scanner by its address; one on a host's own loopback (ipp-usb) is that host's."""
    own = urlsplit(row.url).hostname in ("localhost", "127.0.0.1", "::1")
    return f"{row.host if own else ''} {row.url.rstrip('/').lower()}" if row.url else ""


def _pairs(found: Iterable[Row], key: Callable[[Row], str]) -> Iterator[tuple[Row, Row]]:
    """Yield pairs of rows of one day with an equal key that is not empty, the later row first."""
    same: dict[str, list[Row]] = defaultdict(list)
    for row in found:
        if key(row):
            yield from ((row, other) for other in same[key(row)] if row.meets(other))
            same[key(row)].append(row)
