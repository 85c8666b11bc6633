"""The order of rings, and whether a ring lets the next one begin. Decides only; reads and writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ansible_collections.vss.appliance.plugins.plugin_utils.rollout_records import (
    BAD,
    Record,
    RolloutError,
    moment,
    named,
    started,
)

SLOTS = 8
"""How many rings upgrade.yml has places for: Ansible reads its imports before any variable."""

SHOWN = 12
"""Hosts that a message names; all of them stand in summary.json."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a ring may be short of.

    Attributes:
        ok_percent: how many of a ring's hosts must have the release.
        away_percent: how many may not have been heard.
        away_count: the same as a number; both must hold.
    """

    ok_percent: float
    away_percent: float
    away_count: int


def plan(
    rings: Sequence[str], groups: Mapping[str, Sequence[str]], everybody: Sequence[str],
) -> dict[str, list[str]]:
    """Return the hosts of each ring in the order of the rings.

    Args:
        rings: names of rings, as in offices.csv.
        groups: the inventory's groups; a ring's is ``ring_NAME``, as `appliance inventory` names it.
        everybody: hosts that are appliances.

    Raises:
        RolloutError: the order is not one that hosts can be taken through.
    """
    if not 0 < len(rings) <= SLOTS or len(set(rings)) != len(rings):
        raise RolloutError(f"rollout_rings: hãy ghi 1 đến {SLOTS} vòng khác nhau / name 1 to {SLOTS} different "
                           f"rings, not {list(rings)}")
    known = set(everybody)
    found = {ring: [host for host in groups.get(group(ring), ()) if host in known] for ring in rings}
    if not found[rings[0]]:
        raise RolloutError(f"vòng đầu tiên {rings[0]!r} không có máy nào; hãy sửa rollout_rings / the first ring "
                           f"{rings[0]!r} has no host, and no release begins without its canary: see rollout_rings")
    outside = sorted(known - {host for ring in rings for host in found[ring]})
    if outside and (empty := [ring for ring in rings if not found[ring]]):
        raise RolloutError(f"vòng {listed(empty)} không có máy nào, còn {listed(outside)} không thuộc vòng nào; "
                           f"hãy sửa tên vòng / ring {listed(empty)} has no host, and {listed(outside)} stand in "
                           "no ring; correct its name")
    twice = {host for ring in rings for host in found[ring]
             if sum(host in found[other] for other in rings) > 1}
    if twice:
        raise RolloutError(f"máy thuộc nhiều vòng / hosts of more than one ring: {listed(sorted(twice))}")
    return found


def group(ring: str) -> str:
    """Return the inventory's group of a ring."""
    return "ring_" + "".join(one if one.isalnum() and one.isascii() else "_" for one in named(ring))


def refusals(ring: str, hosts: Sequence[str], known: Mapping[str, Record], limits: Limits) -> list[str]:
    """Return why no ring may begin after this one; empty when one may.

    Whoever was not heard of at all counts as away: a gate never takes silence for success.
    """
    bad = [f"{host} ({known[host].told})" for host in hosts if host in known and known[host].bad]
    away = [host for host in hosts if host not in known or known[host].away or known[host].result == "unreachable"]
    good = sum(host in known and known[host].result == "ok" for host in hosts)
    found = []
    if bad:
        found.append(f"vòng {ring}: {len(bad)} máy thất bại hoặc đã quay lại bản cũ / "
                     f"ring {ring}: {len(bad)} hosts failed or went back: {listed(bad)}")
    if len(away) > limits.away_count or len(away) * 100 > limits.away_percent * len(hosts):
        found.append(f"vòng {ring}: {len(away)} trên {len(hosts)} máy không liên lạc được / "
                     f"ring {ring}: {len(away)} of {len(hosts)} hosts were not reached: {listed(away)}")
    if good * 100 < limits.ok_percent * len(hosts):
        found.append(f"vòng {ring}: mới {good} trên {len(hosts)} máy đạt, cần {limits.ok_percent:g} % / "
                     f"ring {ring}: {good} of {len(hosts)} hosts are ok, {limits.ok_percent:g} % are asked for")
    return found


def rest(hosts: Sequence[str], known: Mapping[str, Record], soak: timedelta, now: datetime) -> float:
    """Return for how many seconds the ring must still be watched, since its last host got the release."""
    had = [known[host] for host in hosts if host in known and known[host].result == "ok"]
    ended = [moment(one.proved or one.ended) for one in had if one.proved or one.ended]
    return max(0.0, (max(ended) + soak - now).total_seconds()) if ended else 0.0


def lost(ring: Sequence[str], known: Mapping[str, Record], run: str, batch: Sequence[str]) -> list[str]:
    """Return hosts of a ring that this run lost or saw fail before the batch that is about to be turned over."""
    return [f"{host} ({known[host].told})" for host in ring
            if host not in batch and host in known and known[host].run == run and known[host].result in BAD]


def begun(hosts: Sequence[str], known: Mapping[str, Record], now: datetime) -> datetime:
    """Return when the first host of a ring was asked for this release, in whatever run."""
    return min((moment(known[host].began) for host in hosts if host in known and known[host].began), default=now)


def spell(
    hosts: Sequence[str], known: Mapping[str, Record], watched: tuple[str, timedelta], now: datetime,
) -> tuple[datetime, datetime]:
    """Return before what an alert is not the release's, and from when on alerts count.

    In a second run that is the run, or the soak where it is longer: what came and was mended since stops nobody,
    what fires on does.

    Args:
        hosts: of the ring.
        known: their records.
        watched: the run, and how long a ring is watched.
        now: the end.
    """
    run, soak = watched
    first = begun(hosts, known, now)
    return first, max(first, min(started(run), now - soak))


def listed(names: Sequence[str]) -> str:
    """Return names for a message."""
    more = f", … (+{len(names) - SHOWN})" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
