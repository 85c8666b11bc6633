"""Activation: one switch from a generation to another, a look whether it holds, and the way back.

Before the switch nothing that runs is touched. The note UNDERWAY lies there from the switch until the gate has said
its word: a host whose power went meanwhile runs the whole new generation, and the next activation proves it.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from appliance.core import errors
from appliance.core.errors import ApplianceError, Exit
from appliance.release import generation, laying, links
from appliance.release.gate import NONE, Look, look
from appliance.release.generation import Generation
from appliance.release.host import Host, settle, switch

DAEMON = "appliance.service"
READY_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Order:
    """How an activation is made.

    Attributes:
        gate: what is asked of the new generation.
        minutes: how long an open batch is waited for; 0 interrupts it.
    """

    gate: str = NONE
    minutes: int = 10
    look: Look = field(default=look)


def activate(host: Host, new: Generation, order: Order) -> dict[str, object]:
    """Let a generation run; return what came of it.

    Raises:
        ApplianceError: HOST_REFUSED, RESTART_PUT_OFF (nothing was changed), GATE_FAILED (it went back).
    """
    old = generation.current(host)
    if old == new and not host.underway.exists() and not host.owed.exists() and whole(host, new):
        return {"changed": False, "generation": new.number, "version": new.version}
    prove(host, new)
    drain(host, order.minutes)
    _note(host, new, old)
    try:
        _run(host, new, old)
        verdict = order.look(host, order.gate)
    except ApplianceError as problem:
        raise _back(host, new, old, str(problem.details.get("reason", problem.en))) from None
    if verdict.wrong:
        raise _back(host, new, old, verdict.wrong)
    generation.remember(new)
    for note in (host.underway, host.owed):
        note.unlink(missing_ok=True)
    settle(host.opt)
    before = {"from": old.version} if old else {}
    return {"changed": True, "generation": new.number, "version": new.version, "note": verdict.note, **before}


def roll_back(host: Host, number: int | None) -> dict[str, object]:
    """Run an earlier generation, without questions: what runs now may not answer any."""
    old = generation.current(host)
    new = generation.numbered(host, number) if number is not None else generation.before(host)
    _note(host, new, old)
    _run(host, new, old)
    host.underway.unlink(missing_ok=True)
    return {"changed": old != new, "generation": new.number, "version": new.version}


def whole(host: Host, now: Generation) -> bool:
    """Say whether links and units are as the current generation has them."""
    if links.differ(host, now):
        return False
    asked = host.run(["systemctl", "is-active", DAEMON, *now.units], step="systemctl is-active", fine=range(256))
    return asked.returncode == 0 and sorted(enabled(host)) == sorted(now.units)


def prove(host: Host, new: Generation) -> None:
    """Have a release prove itself on this machine while the old one still runs."""
    laying.warm(host, new.version, new.settings)
    program = host.releases / new.version / "venv/bin/appliance"
    host.run(host.as_user([program, "selftest", "--config", new.settings]), step="appliance selftest",
             more={"NUMBA_CACHE_DIR": str(host.kernels / new.version)})


def drain(host: Host, minutes: int) -> None:
    """Wait until nothing is being scanned.

    Raises:
        ApplianceError: RESTART_PUT_OFF.
    """
    active = host.run(["systemctl", "is-active", "--quiet", DAEMON], step="is-active", fine=range(256))
    if minutes <= 0 or active.returncode:
        return
    program = host.current / "bin/appliance"
    done = host.run([program, "drain", "--minutes", str(minutes)], step="appliance drain", fine=range(256))
    if done.returncode == Exit.HELD:
        raise errors.RESTART_PUT_OFF.error()


def enabled(host: Host) -> list[str]:
    """Return the units that are started with the daemon."""
    return [path.name for path in (host.units / f"{DAEMON}.wants").glob("appliance-*.service")]


def _run(host: Host, new: Generation, old: Generation | None) -> None:
    """Switch, and let systemd run what the new generation wants."""
    links.lay(host, new)
    switch(host.current, f"generations/{new.number}")
    links.clear(host)
    for program in (["udevadm", "control", "--reload"], ["journalctl", "--update-catalog"],
                    ["systemctl", "daemon-reload"]):
        host.run(program, step=program[0], fine=range(256))
    gone = [unit for unit in enabled(host) if unit not in new.units]
    if gone:
        host.run(["systemctl", "disable", "--now", "--quiet", *gone], step="systemctl disable", fine=range(256))
    host.run(["systemctl", "enable", "--quiet", DAEMON, *new.units], step="systemctl enable")
    host.run(["systemctl", "reset-failed", "appliance*"], step="systemctl", fine=range(256))
    host.run(["systemctl", "start", "--no-block", *new.units], step="systemctl start")
    verb = "restart" if old else "start"
    host.run(["timeout", str(READY_SECONDS), "systemctl", verb, DAEMON], step=f"systemctl {verb} {DAEMON}")


def _back(host: Host, new: Generation, old: Generation | None, reason: str) -> ApplianceError:
    """Run the old generation again; return the error that says why."""
    if old is None or old == new:
        return errors.HOST_REFUSED.error(step=f"activate {new.version}", reason=reason)
    _run(host, old, new)
    host.underway.unlink(missing_ok=True)
    return errors.GATE_FAILED.error(version=new.version, before=old.version, reason=reason)


def _note(host: Host, new: Generation, old: Generation | None) -> None:
    beside = Path(f"{host.underway}.new")
    with beside.open("w", encoding="ascii") as file:
        json.dump({"to": new.number, "from": old.number if old else None}, file)
        file.flush()
        os.fsync(file.fileno())
    beside.rename(host.underway)
    settle(host.opt)
