"""Who lets a demo sign: a leader of trial authorises the development key, as in an office the real one."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

from appliance.client import Control
from appliance.core import clock
from appliance.core.errors import DAEMON_UNREACHABLE, SIGNER_AWAY, ApplianceError
from appliance.demo.place import Table
from appliance.logins import hashed

LEADER = "LD001"
KEEPER = "Văn thư thử nghiệm"
DAYS = 30
WAIT = 0.2
PATIENCE = 120.0
"""Seconds for a signer to have its key: the first start of all makes one."""


def leader(pin: str) -> Table:
    """Return the leader as settings name one; the PIN stands in them as its hash only."""
    return {"code": LEADER, "name": "Lãnh đạo thử nghiệm", "pin": hashed(pin), "leader": True}


async def authorise(control: Control, pin: str, job: str) -> int:
    """Let the key sign for a job; return the number of the authorisation, that of one which is there already.

    Raises:
        ApplianceError: what the daemon answers; that it or its signer is away only after a while.
    """
    give_up = time.monotonic() + PATIENCE
    while True:
        try:
            return await _authorised(control, pin, job)
        except ApplianceError as problem:
            if problem.kind not in (DAEMON_UNREACHABLE, SIGNER_AWAY) or time.monotonic() > give_up:
                raise
        await asyncio.sleep(WAIT)


async def _authorised(control: Control, pin: str, job: str) -> int:
    found = (await control.get("/authorisations"))["authorisations"]
    for one in found:
        if one["standing"] == "in_force" and job in one["jobs"].split():
            return int(one["id"])
    until = f"{clock.now() + timedelta(days=DAYS):%d/%m/%Y}"
    answer = await control.post("/authorisations", {
        "leader": LEADER, "pin": pin, "keeper": KEEPER, "jobs": job, "until": until})
    return int(answer["number"])
