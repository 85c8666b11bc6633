"""Activation: one switch from a generation to another, a look whether it holds, and the way back.

Before the switch nothing that runs is touched. The note UNDERWAY lies there until the gate has said its word: a
host whose power went meanwhile runs one whole generation, old or new; the next activation proves it, a rollback
leads to where the first came from.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from appliance.core import errors
from appliance.core.errors import ApplianceError, Exit
from appliance.release import generation, laying, links, manifest
from appliance.release.gate import LOCAL, Look, look
from appliance.release.generation import Generation
from appliance.release.host import Host, settle, switch
from appliance.release.links import DAEMON

READY_SECONDS = 930
"""A little more than ``TimeoutStartSec``: a ledger of years is brought up to date at the first start."""

SPARE_SECONDS, LATE = 120, 124
"""How much longer than it was told to wait a drain may take; exit code of ``timeout`` when it took longer still."""


@dataclass(frozen=True, slots=True)
class Order:
    """How an activation is made.

    Attributes:
        gate: what is asked of the new generation.
        minutes: how long an open batch is waited for; 0 interrupts it.
    """

    gate: str = LOCAL
    minutes: int = 10
    look: Look = field(default=look)


def activate(host: Host, new: Generation, order: Order) -> dict[str, object]:
    """Let a generation run; return what came of it.

    Raises:
        ApplianceError: HOST_REFUSED, RESTART_PUT_OFF, LEDGER_BEYOND (nothing was changed), GATE_FAILED (it went
            back), WAY_BACK_FAILED.
    """
    old = generation.current(host)
    if old == new and not host.underway.exists() and whole(host, new):
        return {"changed": False, "generation": new.number, "version": new.version, "rolled_back": False}
    refuse_ledger(host, new)
    home = _home(host, old, new)
    prove(host, new)
    drain(host, order.minutes)
    _begin(host, new, home)
    wrong, note = _tried(host, new, order)
    if wrong:
        raise _back(host, new, home, wrong)
    generation.remember(new)
    _ended(host)
    before = {"from": old.version} if old else {}
    return {"changed": True, "generation": new.number, "version": new.version, "note": note, "rolled_back": False,
            **before}


def roll_back(host: Host, number: int | None) -> dict[str, object]:
    """Run an earlier generation, without questions: what runs now may not answer any.

    Raises:
        ApplianceError: NO_GENERATION, NO_RELEASE, LEDGER_BEYOND (nothing was changed), HOST_REFUSED.
    """
    old = generation.current(host)
    new = generation.numbered(host, number) if number is not None else generation.before(host)
    refuse_ledger(host, new)
    with contextlib.suppress(OSError):  # a disk that is full is a reason to go back, none to stay
        _note(host, new, new)
    if old and new.number < old.number:
        generation.leave(old)
    generation.take(new)
    generation.want(host, new)
    _run(host, new)
    _ended(host)
    return {"changed": old != new, "generation": new.number, "version": new.version}


def whole(host: Host, now: Generation) -> bool:
    """Say whether links and units are as the current generation has them."""
    if links.differ(host, now) or sorted(links.enabled(host)) != sorted(now.units):
        return False
    asked = host.run(["systemctl", "is-active", DAEMON, *now.units], step="systemctl is-active", fine=range(256))
    states = asked.stdout.split()
    return states[:1] == ["active"] and not {"inactive", "failed"} & set(states)


def refuse_ledger(host: Host, new: Generation) -> None:
    """Raise LEDGER_BEYOND where a generation that ran has brought the ledger beyond a release.

    Its own ledger would refuse it too, but only after the switch. A release that somebody removed says nothing.

    Raises:
        ApplianceError: also NO_RELEASE, where the release itself was removed.
    """
    if not generation.has(host, new):
        raise errors.NO_RELEASE.error(version=new.version)
    ran = {one.version for one in generation.all_of(host) if generation.ran(one) and generation.has(host, one)}
    least = max((manifest.laid(host.releases / version).readable_from for version in ran), default=0)
    schema = manifest.laid(host.releases / new.version).schema
    if schema < least:
        raise errors.LEDGER_BEYOND.error(version=new.version, schema=schema, least=least)


def prove(host: Host, new: Generation) -> None:
    """Have a release prove itself on this machine while the old one still runs."""
    laying.warm(host, new.version, new.settings)
    program = host.releases / new.version / "venv/bin/appliance"
    host.run(host.as_user([program, "selftest", "--config", new.settings]), step="appliance selftest",
             more={"NUMBA_CACHE_DIR": str(host.kernels / new.version)})


def drain(host: Host, minutes: int) -> None:
    """Wait until nothing is being scanned; a daemon that cannot answer scans nothing that could be waited for.

    Whatever breaks the waiting off, also somebody who pressed Ctrl-C: batches may start again.

    Raises:
        ApplianceError: RESTART_PUT_OFF.
    """
    active = host.run(["systemctl", "is-active", "--quiet", DAEMON], step="is-active", fine=range(256))
    if minutes <= 0 or active.returncode:
        return
    wait: list[str | Path] = [host.current / "bin/appliance", "drain", "--minutes", str(minutes)]
    held = True
    try:
        code, _ = host.follow(["timeout", str(minutes * 60 + SPARE_SECONDS), *wait], lambda _: False)
        held = code in (Exit.HELD, LATE)
    finally:
        if held:
            _open_again(host)
    if held:
        raise errors.RESTART_PUT_OFF.error()


def _open_again(host: Host) -> None:
    """Let batches start again: the restart that they were kept off for does not come."""
    program = host.current / "bin/appliance"
    if program.exists():
        host.run([program, "drain", "--end"], step="appliance drain", fine=range(256))


def _begin(host: Host, new: Generation, home: Generation | None) -> None:
    """Note what is about to be done; where not even that can be written, nothing is begun."""
    try:
        _note(host, new, home)
    except OSError:
        _open_again(host)
        raise


def _tried(host: Host, new: Generation, order: Order) -> tuple[str, str]:
    """Run a generation and look; return what is wrong with it, empty where nothing is, and a note."""
    try:
        _run(host, new)
        verdict = order.look(host, order.gate)
    except ApplianceError as problem:
        return str(problem.details.get("reason", problem.en)), ""
    except OSError as problem:  # the disk is full or broken: what can be had is the way back
        return str(problem), ""
    return verdict.wrong, verdict.note


def _run(host: Host, new: Generation) -> None:
    """Switch, and let systemd run what the new generation wants."""
    gone = [unit for unit in links.enabled(host) if unit not in new.units]
    links.lay(host, new)
    switch(host.current, f"generations/{new.number}")
    links.clear(host, new)
    for program in (["udevadm", "control", "--reload"], ["journalctl", "--update-catalog"],
                    ["systemctl", "daemon-reload"]):
        host.run(program, step=program[0], fine=range(256))
    if gone:
        host.run(["systemctl", "stop", *gone], step="systemctl stop", fine=range(256))
    host.run(["systemctl", "reset-failed", "appliance*"], step="systemctl", fine=range(256))
    host.run(["systemctl", "start", "--no-block", *new.units], step="systemctl start")
    host.run(["timeout", str(READY_SECONDS), "systemctl", "restart", DAEMON], step=f"systemctl restart {DAEMON}")


def _home(host: Host, old: Generation | None, new: Generation) -> Generation | None:
    """Return where a way back leads: where an activation that was cut off came from, else to what runs."""
    home = generation.came_from(host) or old
    return home if home != new else None


def _back(host: Host, new: Generation, home: Generation | None, reason: str) -> ApplianceError:
    """Run the old generation again; return the error that says why."""
    if home is None:
        return errors.HOST_REFUSED.error(step=f"activate {new.version}", reason=reason)
    generation.leave(new)
    try:
        generation.want(host, home)
        _run(host, home)
        _ended(host)
    except (ApplianceError, OSError) as problem:
        second = problem.details.get("reason") if isinstance(problem, ApplianceError) else problem
        return errors.WAY_BACK_FAILED.error(version=new.version, before=home.version, reason=reason, second=second)
    return errors.GATE_FAILED.error(version=new.version, before=home.version, reason=reason)


def _note(host: Host, new: Generation, home: Generation | None) -> None:
    """Note what is about to be done, and where a way back leads."""
    beside = Path(f"{host.underway}.new")
    with beside.open("w", encoding="ascii") as file:
        json.dump({"to": new.number, **({"back": home.number} if home else {})}, file)
        file.flush()
        os.fsync(file.fileno())
    beside.rename(host.underway)
    settle(host.opt)


def _ended(host: Host) -> None:
    host.underway.unlink(missing_ok=True)
    settle(host.opt)
