"""Leave to sign, given over the control socket as people give it: a leader authorises, a person opens a session."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from appliance.client import Control
from appliance.core import clock, errors
from appliance.core.errors import ApplianceError
from appliance.logins import hashed

LEADER, PIN = "LD900", "270893"
KEEPER = "Văn thư thử nghiệm"
DEADLINE = 90.0

AWAY = (errors.SIGNER_AWAY, errors.DAEMON_UNREACHABLE)

_LINE: list[str] = []


def leader() -> dict[str, Any]:
    """Return the leader of the settings; the hash is made once, it costs a tenth of a second."""
    if not _LINE:
        _LINE.append(hashed(PIN))
    return {"code": LEADER, "name": "Lãnh đạo thử nghiệm", "pin": _LINE[0], "leader": True}


def people(others: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the people of an office and behind them its leader."""
    return [*(dict(one) for one in others), leader()]


async def authorise(control: Control, jobs: str = "*") -> int:
    """Let the agency's key sign, as soon as the signer has it; return the number."""
    until = f"{clock.now() + timedelta(days=300):%d/%m/%Y}"
    answer = await _patiently(control, "/authorisations", {
        "leader": LEADER, "pin": PIN, "keeper": KEEPER, "jobs": jobs, "until": until})
    return int(answer["number"])


async def open_session(control: Control, code: str, pin: str = "") -> dict[str, Any]:
    """Open a person's session, as soon as there is a signer; return what the daemon says."""
    return await _patiently(control, "/sign/open", {"code": code, "pin": pin, "by": "test"})


async def _patiently(control: Control, path: str, words: dict[str, str]) -> dict[str, Any]:
    end = time.monotonic() + DEADLINE
    while True:
        try:
            return await control.post(path, words)
        except ApplianceError as problem:
            if problem.kind not in AWAY or time.monotonic() > end:
                raise
        await asyncio.sleep(0.1)
