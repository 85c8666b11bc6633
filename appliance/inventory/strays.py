"""Files of variables that nobody reads any more: of a host or a group that the inventory does not have."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import yaml

from appliance.inventory.groups import FILE
from appliance.inventory.sheet import Fault

ENDINGS = ("", ".yml", ".yaml", ".json")


def strays(folder: Path, hosts: Collection[str], groups: Collection[str]) -> Iterator[Fault]:
    """Yield host_vars and group_vars without their host or group; other inventories beside may know them."""
    more_hosts, more_groups = _others(folder)
    for where, known in (("host_vars", {*hosts, *more_hosts}), ("group_vars", {*groups, *more_groups})):
        for path in sorted((folder / where).iterdir()) if (folder / where).is_dir() else ():
            name = path.name if path.is_dir() else path.stem if path.suffix in ENDINGS[1:] else path.name
            if path.name.startswith(".") or name in known:
                continue
            what = ("máy", "host") if where == "host_vars" else ("nhóm", "group")
            yield Fault(path, 0, f"danh mục máy không có {what[0]} {name}",
                        f"the inventory has no {what[1]} {name}")


def _others(folder: Path) -> tuple[set[str], set[str]]:
    """Return hosts and groups of inventories that people wrote beside."""
    hosts: set[str] = set()
    groups: set[str] = set()
    for path in sorted(folder.glob("*.y*ml")):
        if path.name != FILE:
            try:
                _walk(yaml.safe_load(path.read_text(encoding="utf-8")) or {}, hosts, groups)
            except (OSError, ValueError, yaml.YAMLError):
                continue  # Ansible itself tells of a file that it cannot read
    return hosts, groups


def _walk(found: Any, hosts: set[str], groups: set[str]) -> None:
    if not isinstance(found, dict):
        return
    for name, group in found.items():
        groups.add(str(name))
        if isinstance(group, dict):
            hosts |= {str(one) for one in group.get("hosts") or ()}
            _walk(group.get("children"), hosts, groups)
