"""Dossiers and the register they stand in: held when it has them not, described in its words when it does."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from appliance.core import errors
from appliance.core.config import Config, Job
from appliance.core.rules import RuleProfile
from appliance.documents.register import row as register_row
from appliance.documents.register import spec
from appliance.spool import listings
from appliance.spool.dossiers import NewDossier, Separated, both
from appliance.spool.ledger import Ledger, Row

NONE, REQUIRED = "none", "required"
LONGEST_TITLE = 1000


@dataclass(frozen=True, slots=True)
class Ask:
    """What the job of a dossier wants of registers: which kind, and whether the dossier must be in one."""

    kind: str
    required: bool


@dataclass(frozen=True, slots=True)
class Words:
    """What describes a dossier: its register where that says it, else its job.

    ``more``: fields of the package by name.
    """

    title: str
    maintenance: str
    mode: str
    language: str = "01"
    more: dict[str, str] = field(default_factory=dict)


def asks(found: Separated, batch: Row, config: Config,
         load: Callable[[str], RuleProfile]) -> tuple[Ask | None, ...]:
    """Return for each dossier what its job wants of registers; None: nothing."""
    wanted = []
    for dossier in found.dossiers:
        setting = config.job_named(dossier.job or batch["job"]).register
        stream = load(dossier.rules or batch["rules"]).stream
        wanted.append(None if setting == NONE else Ask(stream, setting == REQUIRED))
    return tuple(wanted)


def enlist(ledger: Ledger, found: Separated, wanted: Sequence[Ask | None]) -> Separated:
    """Give each dossier what its register says; hold one that must be in a register and is not."""
    return replace(found, dossiers=tuple(
        dossier if ask is None else _enlisted(ledger, dossier, ask)
        for dossier, ask in zip(found.dossiers, wanted, strict=True)))


def _enlisted(ledger: Ledger, dossier: NewDossier, ask: Ask) -> NewDossier:
    loaded, entries = listings.look_up(ledger, ask.kind, [dossier.file_code])
    if entries:
        return replace(dossier, register=entries[dossier.file_code])
    if not ask.required:
        return dossier
    reason = lacking(ask.kind, loaded=loaded)
    code, details = both(dossier.code, dossier.details, errors.DOSSIER_UNREGISTERED.code, {"reason": reason})
    return replace(dossier, code=code, details=details)


def lacking(kind: str, *, loaded: bool) -> str:
    """Say why a dossier stands in no register of a kind, for people."""
    vi = spec.kind(kind).vi
    return f"{vi}: không có mã này / not listed" if loaded else f"{vi}: chưa nhập / no register is loaded"


def words_of(register: str, job: Job) -> Words:
    """Return what describes a dossier; ``register`` is what the ledger has kept of its register, or empty."""
    if not register:
        return Words(job.title, job.maintenance, job.mode)
    entry = json.loads(register)
    kind, values = spec.kind(entry["kind"]), entry["fields"]
    more = register_row.for_package(kind, values)
    title = register_row.title_of(kind, values)[:LONGEST_TITLE] or job.title
    return Words(title, more.get("maintenance", job.maintenance), more.get("mode", job.mode),
                 more.get("language", "01"), {**more, "title": title})


def of_documents(words: Words) -> dict[str, str]:
    """Return the fields that a document takes from what the register says of its dossier."""
    shared = ("riskRecovery", "riskRecoveryStatus", "format")
    return {name: words.more[name] for name in shared if name in words.more}
