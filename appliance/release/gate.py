"""The gate: whether a release that was just started does its work; what it finds missing sends the host back."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from appliance.core.errors import ApplianceError
from appliance.release.host import Host

NONE, READY, LOCAL, ARCHIVE = GATES = ("none", "ready", "local", "archive")
ANSWERS = 60.0
"""Seconds that a daemon has to answer after systemd called it ready."""

LEFT, HELD = "upload", 3
"""A page that stopped there went the whole way on this host; exit code of one that nobody may sign."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate saw: empty is good; a note is said in any case."""

    wrong: str = ""
    note: str = ""


def look(host: Host, gate: str) -> Verdict:
    """Return what the gate says of what runs."""
    if gate == NONE:
        return Verdict()
    if wrong := _answering(host):
        return Verdict(wrong)
    return Verdict() if gate == READY else _page(host, gate)


def _answering(host: Host) -> str:
    """Ask the daemon how it is, until it answers."""
    deadline = time.monotonic() + ANSWERS
    while True:
        try:
            host.run(["systemctl", "is-active", "--quiet", "appliance.service"], step="appliance.service")
            host.run([host.current / "bin/appliance", "status", "--json"], step="appliance status", fine=(0, HELD))
        except ApplianceError as problem:
            if time.monotonic() > deadline:
                return str(problem.details["reason"])
            time.sleep(1)
            continue
        return ""


def _page(host: Host, gate: str) -> Verdict:
    """Send a synthetic dossier: to the archive, or as far as this host alone can bring it."""
    done = host.run([host.current / "bin/appliance", "heartbeat", "--json"], step="appliance heartbeat",
                    fine=range(256))
    try:
        told: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return Verdict((done.stderr or done.stdout).strip() or "appliance heartbeat")
    return judged(told, gate)


def judged(told: dict[str, Any], gate: str) -> Verdict:
    """Return the verdict on a synthetic dossier.

    Where nobody has given leave to sign, all before the signature has been proved and nothing after it can be: that
    is the office's matter, not the release's.
    """
    if not told["code"]:
        return Verdict()
    words = f"{told['code']}: {told['en']}"
    if told["held"]:
        return Verdict(note=f"only as far as the signature: {words}")
    if gate == LOCAL and "pack" in told["stages"]:
        return Verdict(note=f"only as far as the package: {words}")
    return Verdict(words)


Look = Callable[[Host, str], Verdict]
