"""One run of the checks as the index keeps it: what was looked at, object by object, so that a kill loses one."""

from __future__ import annotations

from dataclasses import dataclass, field

import sqlalchemy as sa

from appliance.core import ids
from appliance.receiver import tables
from appliance.receiver.fixity import findings
from appliance.receiver.fixity import tables as keeping
from appliance.receiver.fixity.copies import Health, Look, Outcome
from appliance.receiver.fixity.findings import COPY_KINDS, Finding, Kind
from appliance.receiver.fixity.reconciling import set_state
from appliance.receiver.fixity.slices import Due
from appliance.receiver.index import Index
from appliance.receiver.tables import moment

_F = tables.fixity.c
_K = keeping.checks.c


@dataclass(slots=True)
class Run:
    """One run: counts of objects, bytes, packages judged, copies restored, and what is wrong and not mended."""

    index: Index
    name: str = field(default_factory=ids.uuid7)
    objects: int = 0
    bytes: int = 0
    signatures: int = 0
    restored: int = 0
    errors: int = 0

    def begin(self) -> None:
        """Enter the run."""
        with self.index.write() as connection:
            connection.execute(tables.fixity.insert().values(run=self.name, began=moment()))

    def end(self) -> None:
        """Note that the run was done to its end."""
        with self.index.write() as connection:
            self._count(connection, ended=moment())

    def note(self, health: Health, due: Due, *, everywhere: bool) -> None:
        """Note what became of one object.

        Args:
            health: what was found and mended.
            due: the object; when it only came for a bad copy, the others keep their turn, and so does its judging.
            everywhere: whether no place was away.
        """
        self.objects += 1
        self.bytes += health.size
        self.restored += len(health.restored)
        lost = health.lost and everywhere
        self.errors += lost or bool(health.failed)
        with self.index.write() as connection:
            for look in health.looks:
                self._note_copy(connection, health, look, due)
            if lost:
                findings.note(connection, Finding(health.sha256, "", Kind.LOST, "no copy is sound"))
            elif health.sound:
                findings.heal(connection, health.sha256, "", [Kind.LOST])
            self._count(connection)

    def note_judged(self, sha256: str, reason: str) -> None:
        """Note whether a package passed when it was looked at again; ``reason`` is empty when it did."""
        self.signatures += 1
        self.errors += bool(reason)
        with self.index.write() as connection:
            connection.execute(keeping.checks.delete().where(_K.sha256 == sha256))
            connection.execute(keeping.checks.insert().values(sha256=sha256, at=moment(), reason=reason[:1000]))
            self._set(connection, Finding(sha256, "", Kind.INVALID, reason))
            self._count(connection)

    def note_evidence(self, sha256: str, reason: str) -> None:
        """Note whether the evidence record of a package holds; ``reason`` is empty when it does."""
        self.errors += bool(reason)
        with self.index.write() as connection:
            self._set(connection, Finding(sha256, "", Kind.EVIDENCE, reason))

    def _note_copy(self, connection: sa.Connection, health: Health, look: Look, due: Due) -> None:
        place, size = look.store.name, due.size
        if look.outcome is Outcome.AWAY:
            findings.note(connection, Finding("", place, Kind.AWAY, look.reason))
        elif look.outcome is Outcome.GOOD or place in health.restored:
            seen = "" if due.bad and place not in health.restored else moment()
            set_state(connection, (health.sha256, place), "good", size=size, checked=seen)
            findings.heal(connection, health.sha256, place, COPY_KINDS)
        else:
            set_state(connection, (health.sha256, place), str(look.outcome), size=size)
            reason = dict(health.failed).get(place, look.reason)
            findings.note(connection, Finding(health.sha256, place, Kind(str(look.outcome)), reason))

    def _set(self, connection: sa.Connection, found: Finding) -> None:
        if found.reason:
            findings.note(connection, found)
        else:
            findings.heal(connection, found.sha256, found.place, [found.kind])

    def _count(self, connection: sa.Connection, **more: str) -> None:
        connection.execute(tables.fixity.update().where(_F.run == self.name).values(
            objects=self.objects, bytes=self.bytes, signatures=self.signatures, restored=self.restored,
            errors=self.errors, **more))
