"""After a restore from last night's backup: what was under way then may be at the archive by now.

A package that is in the backup is no question: its hash is asked for before a byte is sent. A dossier that had no
package yet would be packed anew, as another one. It waits until the archive's list says whether it came.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.core import clock, errors
from appliance.core.ids import uuid7
from appliance.core.states import BATCH, DOSSIER, BatchState, DossierState
from appliance.spool.dossiers import settle as go_on
from appliance.spool.ledger import Ledger, Row
from appliance.spool.resolutions import Decision, discard

CODE = errors.RESTORED_UNSURE.code
REASON = "khôi phục: kho đã nhận / restored: the archive has it"


@dataclass(frozen=True, slots=True)
class AtArchive:
    """A package that the archive has."""

    file_code: str
    package: str = ""
    accepted: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of what waited: given up as the archive has it, gone on with, and written down as known.

    ``unsure`` still waits: the list has the code of a dossier, and not which of its packages.
    """

    had: tuple[str, ...]
    went_on: int
    known: tuple[str, ...]
    unsure: tuple[str, ...] = ()


def hold(ledger: Ledger) -> int:
    """Let every dossier without a package, and every batch that is in no dossier yet, wait; return how many."""
    dossiers, batches = ledger.all("unpacked_dossiers"), ledger.all("unparted_batches")
    for row in dossiers:
        ledger.move(DOSSIER, row["id"], DossierState(row["state"]), DossierState.HELD, code=CODE,
                    details=json.dumps({"was": row["state"]}))
    for row in batches:
        ledger.move(BATCH, row["id"], BatchState.CLOSED, BatchState.HELD, code=CODE)
    return len(dossiers) + len(batches)


def settle(ledger: Ledger, there: Sequence[AtArchive]) -> Settled:
    """Let what waited go on, but for what the archive has: that is given up here, and its code is known then.

    A dossier that the archive has and this ledger never heard of is written down too: paper that is scanned again
    under its code is then a question (T404), not a second delivery.
    """
    with ledger.transaction():
        listed = {one.file_code: one for one in there if not _is_known(ledger, one)}
        had = []
        for row in [*ledger.all("dossiers_held_as", code=CODE), *ledger.all("dossiers_not_sent", code=CODE)]:
            if row["file_code"] in listed:
                discard(ledger, Decision(row["file_code"], ledger.who, REASON))
                had.append(row["file_code"])
        unnamed = {one.file_code for one in there if not one.package}
        held = ledger.all("dossiers_held_as", code=CODE)
        # An earlier revision of these came, or this one: the list does not say.
        unsure = [row["file_code"] for row in held if row["file_code"] in unnamed]
        waited = [row for row in held if row["file_code"] not in unnamed]
        for row in waited:
            _go_on(ledger, row)
        for one in listed.values():
            _write_down(ledger, one)
        batches = ledger.all("batches_unchecked", code=CODE)
        for row in batches:
            ledger.move(BATCH, row["id"], BatchState.HELD, BatchState.CLOSED, code="")
        ledger.note("ledger.settled", str(len(listed)), had=len(had), went_on=len(waited) + len(batches))
    return Settled(tuple(sorted(had)), len(waited) + len(batches), tuple(sorted(set(listed) - set(had))),
                   tuple(sorted(unsure)))


def read(path: Path) -> list[AtArchive]:
    """Read the archive's list: JSON of ``appliance receive search``, or a code a line.

    Raises:
        ApplianceError: ARCHIVE_LIST_UNREADABLE.
    """
    try:
        text = path.read_text(encoding="utf-8")
        if not text.lstrip().startswith(("{", "[")):
            return [AtArchive(line.split()[0]) for line in text.splitlines() if line.split()]
        said = json.loads(text)
        rows: list[dict[str, Any]] = said["dossiers"] if isinstance(said, dict) else said
        return [AtArchive(str(row["file_code"]), str(row.get("uuid", "")), str(row.get("accepted", "")))
                for row in rows]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise errors.ARCHIVE_LIST_UNREADABLE.error(path=path, reason=type(problem).__name__) from None


def _is_known(ledger: Ledger, one: AtArchive) -> bool:
    """Say whether the ledger knows that the archive has a package, or will ask for it by its hash."""
    about = {"file_code": one.file_code, "package": one.package}
    return bool(ledger.one("package_accepted", **about) or ledger.one("package_under_way", **about))


def _go_on(ledger: Ledger, row: Row) -> None:
    if json.loads(row["details"]).get("was") == DossierState.OPEN:
        ledger.move(DOSSIER, row["id"], DossierState.HELD, DossierState.OPEN, code="", details="{}")
        return
    go_on(ledger, row["id"], DossierState.HELD, "", {})


def _write_down(ledger: Ledger, one: AtArchive) -> None:
    """Write down a dossier that the archive has, with nothing of it here."""
    now = clock.iso(clock.now(), "milliseconds")
    batch = uuid7()
    revision = 1 + max((row["revision"] for row in ledger.all("revisions_of", file_code=one.file_code)), default=0)
    dossier = f"{one.file_code}.r{revision}"
    ledger.act("add_batch", id=batch, device="", job="", rules="", operator="", operator_code="", named_by="",
               provenance="{}", started=now)
    ledger.put("batch", batch, state=BatchState.SEPARATED.value, ended=now)
    ledger.act("add_dossier_at_archive", id=dossier, file_code=one.file_code, revision=revision, batch=batch,
               package=one.package, accepted=one.accepted or now, now=now)
    ledger.note("dossier.at_archive", dossier, package=one.package)
