"""In which order rings get a release, and which one each shall have: ``rings.csv``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from appliance.inventory.sheet import Fault, Form, read
from appliance.monitoring import rows

COLUMNS = ("ring", "version")
VERSION = r"[0-9]+[.][0-9]+[.][0-9]+"
"""As preflight wants it."""

Rings = Mapping[str, str]
"""The release wanted by ring, in the order of roll-out."""


def look(path: Path) -> tuple[Rings, list[Fault]]:
    """Read the rings with all mistakes.

    Raises:
        ApplianceError: LIST_UNREADABLE.
    """
    lines, faults = read(path, Form(COLUMNS, COLUMNS, {"ring": rows.PATTERNS["ring"], "version": VERSION}))
    found: dict[str, str] = {}
    for number, said in lines:
        if said["ring"] in found:
            name = said["ring"]
            faults.append(Fault(path, number, f"ring: {name} đã có ở trên", f"ring: {name} stands above"))
        found.setdefault(said["ring"], said["version"])
    if not found and not faults:
        faults.append(Fault(path, 1, "không có vòng triển khai nào", "there is no ring"))
    return found, faults
