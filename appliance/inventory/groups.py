"""The inventory as Ansible reads it: groups by province, level, ring, line and scanner, and variables of hosts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import yaml

from appliance.inventory.fleet import Fleet, Lists, Member
from appliance.inventory.hosts import Row
from appliance.inventory.sheet import Fault

FILE = "10-appliances.yml"
MADE = "# Made by: appliance inventory. Change the lists, or group_vars and host_vars beside it, not this file.\n"
ALL = "appliances"
OF_OFFICES = ("province", "level", "ring", "wan")
"""What of an office a group is made of."""


def text(found: Fleet) -> str:
    """Return the file of the inventory; the same bytes for the same lists and day."""
    groups: dict[str, dict[str, dict[str, Any]]] = {}
    for name, hosts in sorted(_groups(found).items()):
        groups[name] = {"hosts": {host: {} for host in hosts}}
    members = {one.host: variables(found, one) for one in found.members}
    content = {"all": {"vars": {"rollout_rings": list(found.rings)},
                       "children": {ALL: {"hosts": members}, **groups}}}
    body = yaml.dump(content, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=10_000)
    return f"{MADE}{body}"


def names(found: Fleet) -> frozenset[str]:
    """Return the names of the groups."""
    return frozenset({"all", "ungrouped", ALL, *_groups(found)})


def variables(found: Fleet, one: Member) -> dict[str, Any]:
    """Return what the inventory says of a host. Codes are text: 0101 is no number."""
    office = one.office
    told: dict[str, Any] = {
        "appliance_office_code": office.code, "appliance_office_name": office.name_vi,
        "appliance_office_name_en": office.name_en, "appliance_office_province": office.province,
        "appliance_office_level": office.level, "appliance_ring": office.ring, "appliance_wan": office.wan,
        "appliance_version": found.rings.get(office.ring, ""),
        "appliance_predecessors": [
            {"code": past.code, "name": past.name_vi, "organ_id": past.organ_id, "province": past.province,
             "until": str(past.ends)} for past in found.before.get(office.code, ())],
        "appliance_devices": [_device(row) for row in one.rows if row.scanner],
    }
    if office.organ_id:
        told["appliance_organ_id"] = office.organ_id
    if one.rows[0].address:
        told["ansible_host"] = one.rows[0].address
    return told


def _device(row: Row) -> dict[str, str]:
    """Return a device as the settings have it."""
    told = {"name": row.scanner, "kind": row.kind, "profile": row.profile, "serial": row.serial, "url": row.url,
            "job": row.job}
    return {name: value for name, value in told.items() if value}


def _groups(found: Fleet) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for one in found.members:
        office = one.office
        wanted = [*((kind, getattr(office, kind)) for kind in OF_OFFICES),
                  *(("scanner", row.profile) for row in one.rows if row.scanner)]
        for kind, value in dict.fromkeys(wanted):
            groups[group(kind, value)].append(one.host)
    return groups


def group(kind: str, value: str) -> str:
    """Return the name of a group; Ansible lets it have letters, digits and _ only."""
    return f"{kind}_{''.join(one if one.isalnum() and one.isascii() else '_' for one in value)}"


def clashes(lists: Lists) -> Iterator[Fault]:
    """Yield two words that would make one group: a release for one ring would reach the hosts of the other."""
    told = [(lists.offices.path, one.row, kind, getattr(one, kind))
            for one in lists.offices.rows for kind in OF_OFFICES]
    told += [(lists.hosts.path, row.row, "scanner", row.profile) for row in lists.hosts.rows if row.profile]
    words: dict[str, list[str]] = defaultdict(list)
    for path, row, kind, value in told:
        same = words[group(kind, value)]
        if value not in same:
            same.append(value)
            if value != same[0]:
                yield Fault(path, row, f"{kind}: {value} và {same[0]} thành cùng một nhóm",
                            f"{kind}: {value} and {same[0]} make one group")


class _Plain(yaml.SafeDumper):
    """Writes what stands in two places twice: anchors are hard to read."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - yaml asks of each
        return True
