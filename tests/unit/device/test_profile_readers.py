"""Every key of the profile schema has a reader in the product, or is there for people, who see its purpose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import appliance
from appliance.device.profile import FirmwareProfile
from appliance.profiles import purpose

FOR_PEOPLE = {
    "driver.support", "driver.vendor_sha256", "identity.serial_source", "start.kinds", "geometry.optical_dpi",
    "throughput.rated_ipm", "throughput.measured_ppm", "throughput.feeder_sheets", "throughput.duty_per_day",
    "transport.wakes", "imprint.max_chars", "counters.vendor_command",
}
"""What the maker says and nobody computes with: ``appliance profiles show`` prints it with its purpose."""

THROUGH = {"start.button_sensor": "buttons", "start.more_buttons": "buttons"}
"""Keys that are read together, by a name of their own."""


def keys(kind: Any, before: str = "") -> Iterator[str]:
    for spec in fields(kind):
        hint = get_type_hints(kind)[spec.name]
        table = next((inner for inner in (*get_args(hint), hint) if is_dataclass(inner)), None)
        if table is not None:
            yield from keys(table, f"{before}{spec.name}.")
        else:
            yield f"{before}{spec.name}"


def sources() -> str:
    root = Path(appliance.__file__).parent
    return "".join(path.read_text(encoding="utf-8") for path in sorted(root.rglob("*.py"))
                   if path.name != "profile_tables.py")


def test_every_key_has_a_reader_or_is_there_for_people() -> None:
    code = sources()
    names = {key: THROUGH.get(key, key.rpartition(".")[2]) for key in keys(FirmwareProfile)}
    unread = {key for key, name in names.items() if not re.search(rf"\.{name}\b", code)}
    assert unread - FOR_PEOPLE == set()


def test_what_is_there_for_people_is_a_key() -> None:
    assert FOR_PEOPLE - set(keys(FirmwareProfile)) == set()


def test_every_key_is_shown_with_its_purpose() -> None:
    assert [key for key in keys(FirmwareProfile) if not purpose(key)] == []
    assert purpose("consumable[1].reset") == "How its counter on the device is reset after a change."
