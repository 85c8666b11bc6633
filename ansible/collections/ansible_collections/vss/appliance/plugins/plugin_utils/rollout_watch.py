"""Asks Prometheus whether a ring is well since it has a release."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ansible_collections.vss.appliance.plugins.plugin_utils.rollout_records import RolloutError

SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Watch:
    """Where Prometheus is asked; the certificate, its key and the authority as files, empty for none."""

    url: str
    ca: str = ""
    certificate: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Spell:
    """What is looked at.

    Attributes:
        before: what fired at this moment is not the release's.
        since: from when on alerts count; later than ``before`` in a second run, for what came and went meanwhile.
        until: now.
    """

    before: datetime
    since: datetime
    until: datetime


def new_pages(watch: Watch, ring: str, release: str, spell: Spell) -> list[str]:
    """Return alerts that people are woken for, that fired in a ring since a time and not already before it.

    Raises:
        RolloutError: Prometheus does not answer, or hears no host of the ring that has the release: its silence
            says nothing.
    """
    heard = _ask(watch, f'count(appliance_build_info{{ring="{ring}",version="{release}"}})', spell.until)
    if not heard:
        raise RolloutError(f"Prometheus không thấy máy nào của vòng {ring} chạy bản {release} / "
                           f"Prometheus hears no host of ring {ring} with release {release}")
    alerts = f'ALERTS{{alertstate="firing",severity="page",ring="{ring}"}}'
    seconds = max(1, round((spell.until - spell.since).total_seconds()))
    before = {_named(one) for one in _ask(watch, alerts, spell.before)}
    seen = {_named(one) for one in _ask(watch, f"max_over_time({alerts}[{seconds}s])", spell.until)}
    return sorted(seen - before)


def _ask(watch: Watch, query: str, at: datetime) -> list[dict[str, str]]:
    asked = urllib.parse.urlencode({"query": query, "time": f"{at.timestamp():.3f}"})
    url = f"{watch.url.rstrip('/')}/api/v1/query?{asked}"
    if not url.startswith(("https://", "http://")):
        raise RolloutError(f"rollout_prometheus: {watch.url}: hãy ghi https:// / write https://")
    try:
        with urllib.request.urlopen(url, timeout=SECONDS, context=_tls(watch)) as answer:  # noqa: S310 - looked at above
            said: Any = json.load(answer)
        if said["status"] != "success":
            raise ValueError(said.get("error", "?"))
        return [one["metric"] for one in said["data"]["result"]]
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise RolloutError(f"Prometheus không trả lời / does not answer: {watch.url}: {problem}") from problem


def _tls(watch: Watch) -> ssl.SSLContext | None:
    if not watch.url.startswith("https://"):
        return None
    made = ssl.create_default_context(cafile=watch.ca or None)
    if watch.certificate:
        made.load_cert_chain(watch.certificate, watch.key or None)
    return made


def _named(labels: dict[str, str]) -> str:
    told = sorted((name, value) for name, value in labels.items() if name not in {"__name__", "alertstate"})
    return labels.get("alertname", "?") + " " + ",".join(f"{name}={value}" for name, value in told
                                                        if name in {"office", "host", "device"})
