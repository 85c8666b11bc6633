"""When certificates end, and who is told before: renewing one takes an office weeks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from appliance.archive.transports.identity import end_of
from appliance.core import clock
from appliance.core.jobs import AGENCY
from appliance.pki.cabinet import CERTIFICATE, CURRENT
from appliance.signing.desk import SignerDesk

AHEAD = timedelta(days=60)
"""How long before its end people are told of it."""

WHOSE = {
    AGENCY: ("Chứng thư số của cơ quan", "The office's certificate"),
    "person": ("Chứng thư số của người đang mở phiên ký", "The certificate of a person with a signing session"),
    "timestamp": ("Chứng thư của máy chủ cấp dấu thời gian", "The time-stamping authority's certificate"),
}


def ends(desk: SignerDesk) -> dict[str, datetime]:
    """Return when the certificates in use end, the earliest of each kind: agency, person, timestamp; no names."""
    found: dict[str, datetime] = {}
    for name, facts in desk.keys.items():
        kind, end = name if name == AGENCY else "person", clock.parse(facts.not_after)
        found[kind] = min(end, found.get(kind, end))
    if desk.stamper_until:
        found["timestamp"] = clock.parse(desk.stamper_until)
    return found


def of_host(folder: Path) -> dict[str, datetime]:
    """Return when the certificates end that ``appliance certificate`` has put in force, by their purpose."""
    found = {path.parts[-3]: end_of(str(path)) for path in sorted(folder.glob(f"*/{CURRENT}/{CERTIFICATE}"))}
    return {purpose: end for purpose, end in found.items() if end is not None}


def days_left(end: datetime, now: datetime) -> int:
    """Return whole days until a certificate ends; negative once it has."""
    return (end - now) // timedelta(days=1)


def told(found: Mapping[str, datetime], now: datetime) -> list[dict[str, str]]:
    """Return a line in both languages for each kind of certificate that ends soon."""
    lines = []
    for kind, end in sorted(found.items()):
        lines += [{"kind": kind, **one} for one in soon(*WHOSE[kind], end, now)]
    return lines


def soon(vi: str, en: str, end: datetime, now: datetime) -> list[dict[str, str]]:
    """Return a line in both languages for a certificate that ends soon; none for another."""
    if end - now > AHEAD:
        return []
    left, day = days_left(end, now), f"{end.astimezone(clock.VIETNAM):%d/%m/%Y}"
    return [{"vi": f"{vi} hết hạn ngày {day} (còn {max(left, 0)} ngày). Hãy xin gia hạn ngay.",
             "en": f"{en} ends on {day} ({max(left, 0)} days left). Have it renewed now."}]
