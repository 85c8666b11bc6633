"""What the manual must say: its pages, and the settings of a class as they stand in them."""

from __future__ import annotations

import typing
from dataclasses import fields, is_dataclass
from pathlib import Path

from appliance.core.tables import allowed

DOCS = Path(__file__).parents[1] / "docs"


def settings(kind: type, where: str = "") -> list[tuple[str, str, str]]:
    found = []
    hints = typing.get_type_hints(kind)
    for spec in fields(kind):
        inner = hints[spec.name]
        if typing.get_origin(inner) is tuple:
            inner = typing.get_args(inner)[0]
        key = f"{where}.{spec.name}" if where else spec.name
        if is_dataclass(inner):
            found += settings(typing.cast(type, inner), key)
        else:
            found.append((key, spec.metadata["doc"], allowed(spec)))
    return found


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")
