"""Settings of the appliance from variables.

``to_settings`` writes tables of any depth as TOML, so that no setting needs a line of its own in a template;
``to_devices`` says that systemd runs the devices; ``to_unit`` quotes a word for a unit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

BARE = re.compile(r"[A-Za-z0-9_-]+")


def to_settings(tables: Mapping[str, Any]) -> str:
    """Return tables as the text of a settings file; a value of null is left out."""
    return "".join(f"{line}\n" for line in _table("", tables)).strip("\n") + "\n"


def to_devices(devices: Sequence[Mapping[str, Any]], folders: str) -> list[dict[str, Any]]:
    """Return devices as units of systemd run them; a push scanner without a folder gets one of its own name.

    Args:
        devices: as the inventory has them.
        folders: above the folders of push scanners.
    """
    return [{**({"folder": f"{folders}/{one['name']}"} if one.get("kind") == "push" else {}), **one,
             "start_process": False} for one in devices]


def to_unit(word: str) -> str:
    """Return a path as a setting of a unit takes it; there a backslash is one like any other letter.

    Raises:
        ValueError: it has a quote or more than one line, and would become another setting.
    """
    if '"' in word or not word.isprintable():
        raise ValueError(f"{word!r}: unit không nhận, hãy đổi tên / cannot stand in a unit; take another name")
    return '"{}"'.format(word.replace("%", "%%"))


def _table(name: str, table: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a table: its own keys first, for what follows a header belongs to that one."""
    below = {key: one for key, one in table.items() if isinstance(one, Mapping) or _is_tables(one)}
    for key, one in table.items():
        if one is not None and key not in below:
            yield f"{_key(key)} = {_value(one)}"
    for key, one in below.items():
        path = f"{name}.{_key(key)}" if name else _key(key)
        if isinstance(one, Mapping):
            yield from ("", f"[{path}]", *_table(path, one))
            continue
        for entry in one:
            yield from ("", f"[[{path}]]", *_table(path, entry))


def _is_tables(one: Any) -> bool:
    return _is_list(one) and bool(one) and all(isinstance(entry, Mapping) for entry in one)


def _is_list(one: Any) -> bool:
    return isinstance(one, Sequence) and not isinstance(one, str | bytes)


def _value(one: Any) -> str:
    if _is_list(one):
        return f"[{', '.join(_value(entry) for entry in one)}]"
    if isinstance(one, Mapping):
        given = (f"{_key(key)} = {_value(entry)}" for key, entry in one.items() if entry is not None)
        return f"{{{', '.join(given)}}}"
    return json.dumps(one, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"{key!r}: hãy viết tên này trong ngoặc kép / write this name in quotes")
    return key if BARE.fullmatch(key) else json.dumps(key, ensure_ascii=False)


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"to_settings": to_settings, "to_devices": to_devices, "to_unit": to_unit}
