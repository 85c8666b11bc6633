"""The archive's list of offices (``offices.toml``): codes, fonds, certificates, and what each took over.

What a host has not delivered when its office becomes part of another is taken from that one's hands.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from appliance.inventory.fleet import Fleet
from appliance.monitoring.rows import Office

MADE = "# Made by: appliance inventory. Change the lists, not this file. Other seats stand in seats.toml.\n"
SEATS = "seats.toml"


def text(found: Fleet, settings: Path) -> str:
    """Return the file; reviewers and monitors of ``seats.toml`` in the folder of settings follow as they stand."""
    seats = settings / SEATS
    more = seats.read_text(encoding="utf-8") if seats.exists() else ""
    return "\n".join([MADE, *(line for one in found.offices for line in _office(found, one)), more])


def _office(found: Fleet, one: Office) -> Iterator[str]:
    marks = [f"dns:{member.host}" for member in found.hosts_of(one.code)]
    yield "[[office]]"
    for name, value in (("code", one.code), ("name", one.name_vi), ("province", one.province)):
        yield f"{name} = {json.dumps(value, ensure_ascii=False)}"
    lists = {"organs": found.fonds(one), "heir_of": found.heirlooms(one.code), "certificates": marks}
    for name, values in lists.items():
        if values:
            yield f"{name} = {json.dumps(list(values), ensure_ascii=False)}"
    yield ""
