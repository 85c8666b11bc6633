"""The gate: whether a release that was just started does its work; what it finds missing sends the host back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from appliance.core.errors import ApplianceError
from appliance.release.host import SHOWN, Host

NONE, READY, LOCAL, ARCHIVE = GATES = ("none", "ready", "local", "archive")
ANSWERS = 60.0
"""Seconds that a daemon has to answer after systemd called it ready."""

PACKED, HELD = "pack", 3
"""The last stage that this host goes through alone; exit code where nobody has given leave to sign."""


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
    """Send a synthetic dossier: to the archive, or as far as this host alone can bring it.

    It is sent whether or not one goes every day (``heartbeat.enabled``); the daemon goes on with a packed one.
    """
    program = host.current / "bin/appliance"
    code, said = host.follow([program, "heartbeat"], lambda line: gate == LOCAL and _passed(line))
    return judged(code, said)


def judged(code: int, said: str) -> Verdict:
    """Return the verdict on a synthetic dossier.

    Where nobody has given leave to sign, all before the signature has been proved and nothing after it can be: that
    is the office's matter, not the release's.
    """
    if code == HELD:
        return Verdict(note=f"only as far as the signature: {said.strip()[-SHOWN:]}")
    return Verdict(said.strip()[-SHOWN:] or f"appliance heartbeat: {code}") if code else Verdict()


def _passed(line: str) -> bool:
    """Say whether a line tells that the dossier is packed: ``  Đóng gói  pack  0.41 s``."""
    return line.split()[-3:-2] == [PACKED]


Look = Callable[[Host, str], Verdict]
