"""What is made from the list of offices: expected offices, targets of provincial collectors, settings of agents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from appliance.core import clock
from appliance.monitoring import collectors
from appliance.monitoring.offices import Offices
from appliance.monitoring.place import Place
from appliance.monitoring.rows import ALWAYS, EVER, Office

EXPECTED = "appliance_office_expected_info"


def expected(offices: Offices, seconds: int) -> dict[str, Any]:
    """Return the rules that say which offices are expected now; they are worked out every ``seconds``.

    Periods begin and end by themselves, at midnight in Vietnam: nobody has to write the file on that day.
    """
    rules = [{"record": EXPECTED, "expr": _held(one), "labels": _labels(one)} for one in offices.rows]
    return {"groups": [{"name": "appliance-expected-offices", "interval": f"{seconds}s", "rules": rules}]}


def provinces(offices: Offices, day: date) -> tuple[str, ...]:
    """Return the provinces that have an office on a day or later: who will be told is known before."""
    return tuple(sorted({one.province for one in offices.rows if one.ends >= day}))


def targets(place: Place, offices: Sequence[Office], province: str, job: str) -> list[dict[str, Any]]:
    """Return the targets of a provincial collector, as file_sd reads them."""
    port = place.collect.appliance_port if job == "appliance" else place.collect.node_port
    return [{"targets": [f"{_host(place, one)}:{port}"], "labels": {**_labels(one), "host": _host(place, one)}}
            for one in offices if one.province == province]


def environment(place: Place, office: Office) -> str:
    """Return ``/etc/default/prometheus`` of an office's host: labels of its own, and the agent's arguments."""
    said = {**_labels(office), "host": _host(place, office)}
    names = "".join(f'{name.upper()}="{value}"\n' for name, value in said.items())
    return names + collectors.arguments(place, "prometheus/office.yml")


def province_environment(place: Place, province: str) -> str:
    """Return ``/etc/default/prometheus`` of a province's collector."""
    return f'PROVINCE="{province}"\n' + collectors.arguments(place, f"provinces/{province}/prometheus.yml")


def agents(place: Place, offices: Sequence[Office]) -> Iterator[Office]:
    """Yield the offices that have an agent of their own."""
    yield from (one for one in offices if one.province not in place.collect.pull)


def _labels(one: Office) -> dict[str, str]:
    return {"office": one.code, "province": one.province, "level": one.level, "ring": one.ring}


def _host(place: Place, one: Office) -> str:
    return place.collect.host.replace("{code}", one.code)


def _held(one: Office) -> str:
    """Return 1 on the days of a row, nothing on others."""
    begins = [] if one.begins == ALWAYS else [f"vector(time()) >= {_midnight(one.begins)}"]
    ends = [] if one.ends == EVER else [f"vector(time()) < {_midnight(one.ends + timedelta(days=1))}"]
    return " and ".join(["vector(1)", *begins, *ends])


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time(), clock.VIETNAM).timestamp())
