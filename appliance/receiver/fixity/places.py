"""Whether a place is the one it was: a disk that is not mounted is an empty folder, not a thousand lost copies.

Each place holds a small object with its own name. Where the index knows that it was put there and it is gone, the
place is away: nothing in it is called missing and nothing is written to it, until a person says that it shall be
filled again (``appliance receive fixity --refill PLACE``).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from appliance.core import errors, files
from appliance.receiver.fixity import findings
from appliance.receiver.fixity import tables as keeping
from appliance.receiver.fixity.findings import Finding, Kind
from appliance.receiver.index import Index
from appliance.receiver.stores import ObjectStore
from appliance.receiver.tables import moment

_T = keeping.duties.c


@dataclass(frozen=True)
class Places:
    """The places of an archive. ``work``: folder on this host."""

    index: Index
    stores: Sequence[ObjectStore]
    work: Path

    def there(self) -> list[ObjectStore]:
        """Return the places that are there; what is away is noted. A new place gets its sign."""
        return [store for store in self.stores if self._is_there(store)]

    def refill(self, name: str) -> None:
        """Take the empty place ``name`` for the one of that name; daily work fills it.

        Raises:
            ApplianceError: PLACE_AWAY: there is no such place, or it cannot be written.
        """
        store = next((one for one in self.stores if one.name == name), None)
        if store is None:
            raise errors.PLACE_AWAY.error(place=name, reason=", ".join(one.name for one in self.stores))
        try:
            self._plant(store)
        except OSError as problem:
            raise errors.PLACE_AWAY.error(place=name, reason=type(problem).__name__) from None

    def _is_there(self, store: ObjectStore) -> bool:
        reason = self._trouble(store)
        with self.index.write() as connection:
            if reason:
                findings.note(connection, Finding("", store.name, Kind.AWAY, reason))
            else:
                findings.heal(connection, "", store.name, [Kind.AWAY])
        return not reason

    def _trouble(self, store: ObjectStore) -> str:
        """Return why a place is not to be used, or an empty text."""
        try:
            if store.size(sign(store.name)) is not None:
                return ""
            with self.index.read() as connection:
                known = connection.scalar(sa.select(_T.done).where(_T.name == f"place:{store.name}"))
            if known:
                return "it is not the place it was (not mounted?)"
            self._plant(store)
        except OSError as problem:
            return problem.strerror or type(problem).__name__
        return ""

    def _plant(self, store: ObjectStore) -> None:
        path = self.work / f"sign-{secrets.token_hex(8)}"
        try:
            files.write_durably(path, _text(store.name))
            store.put(sign(store.name), path)
        finally:
            path.unlink(missing_ok=True)
        name = f"place:{store.name}"
        with self.index.write() as connection:
            connection.execute(keeping.duties.delete().where(_T.name == name))
            connection.execute(keeping.duties.insert().values(name=name, done=moment()))


def sign(name: str) -> str:
    """Return the SHA-256 of the object by which a place is known."""
    return hashlib.sha256(_text(name)).hexdigest()


def _text(name: str) -> bytes:
    return f"This is the place {name} of an archive (appliance receive).\n".encode()
