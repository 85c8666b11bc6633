"""Archive time stamps as the index and the places keep them: rows, and each stamp as an object in every place."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from appliance.core import files, ids
from appliance.receiver.archive import Archive
from appliance.receiver.fixity import tables
from appliance.receiver.fixity.hashtree import Tree
from appliance.receiver.fixity.record import Link
from appliance.receiver.index import Index
from appliance.receiver.tables import copies, moment, packages

if TYPE_CHECKING:
    from appliance.signing.tokens import Token

_S, _L = tables.stamps.c, tables.leaves.c
PACKAGES, STAMPS = "packages", "stamps"
REMEMBERED = 8


@dataclass(frozen=True, slots=True)
class Kept:
    """One stamp of the index. Times are moments as the index writes them; ``token`` is DER."""

    id: str
    moment: str
    algorithm: str
    token: bytes
    renew_by: str
    renewed: str
    superseded: str


@dataclass(frozen=True, slots=True)
class Fresh:
    """A stamp that was just made over a tree: ``covers`` gives the leaf of each subject."""

    algorithm: str
    token: Token
    covers: Mapping[str, bytes]
    renew_by: datetime


class Shelf:
    """The stamps of an archive."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._trees: dict[str, Tree] = {}

    @property
    def index(self) -> Index:
        """The index."""
        return self._archive.index

    def unstamped(self, most: int) -> list[str]:
        """Return packages (SHA-256) that no stamp covers yet."""
        covered = sa.exists().where(_L.subject == packages.c.sha256)
        wanted = sa.select(packages.c.sha256).distinct().where(~covered).order_by(packages.c.sha256).limit(most)
        with self.index.read() as connection:
            return list(connection.scalars(wanted))

    def put(self, fresh: Fresh, *, renews: tuple[str, ...] = (), supersedes: str = "") -> str:
        """Keep a stamp, in every place first; return its id.

        Args:
            fresh: the stamp.
            renews: stamps that it was put over.
            supersedes: the stamp whose packages it covers by a newer hash.

        Raises:
            OSError: a place or the index failed; nothing counts yet.
        """
        name = ids.uuid7()
        sha256, size = self._put_object(name, fresh)
        row = {"id": name, "made": moment(), "moment": moment(fresh.token.moment), "algorithm": fresh.algorithm,
               "over": STAMPS if renews else PACKAGES, "token": _text(fresh.token), "object": sha256,
               "renew_by": moment(fresh.renew_by)}
        leaves = [{"stamp": name, "subject": subject, "leaf": leaf.hex()} for subject, leaf in fresh.covers.items()]
        now = moment()
        with self.index.write() as connection:
            connection.execute(tables.stamps.insert().values(**row))
            connection.execute(tables.leaves.insert(), leaves)
            connection.execute(copies.insert(), [
                {"sha256": sha256, "place": store.name, "size": size, "kept": now, "checked": now, "state": "good"}
                for store in self._archive.stores])
            connection.execute(tables.stamps.update().where(_S.id.in_(renews)).values(renewed=name))
            connection.execute(tables.stamps.update().where(_S.id == supersedes).values(superseded=name))
        return name

    def get(self, name: str) -> Kept:
        """Return a stamp."""
        with self.index.read() as connection:
            row = connection.execute(sa.select(tables.stamps).where(_S.id == name)).one()
        return Kept(row.id, row.moment, row.algorithm, base64.b64decode(row.token), row.renew_by, row.renewed,
                    row.superseded)

    def beginnings(self, sha256: str = "") -> list[Kept]:
        """Return the stamps that begin a chain, the oldest first: of one package, or all that still count."""
        wanted = sa.select(_S.id).where(_S.over == PACKAGES, _S.superseded == "")
        if sha256:
            wanted = sa.select(_S.id).join(tables.leaves, _L.stamp == _S.id).where(_L.subject == sha256)
        with self.index.read() as connection:
            names = list(connection.scalars(wanted.order_by(_S.moment, _S.id)))
        return [self.get(name) for name in names]

    def heads(self) -> dict[str, str]:
        """Return the newest stamp of every chain that still counts: by its id the moment it must be renewed by."""
        wanted = sa.select(_S.id, _S.over, _S.renewed, _S.superseded, _S.renew_by)
        with self.index.read() as connection:
            rows = {row.id: row for row in connection.execute(wanted)}
        found: dict[str, str] = {}
        for row in rows.values():
            if row.over == PACKAGES and not row.superseded:
                newest = row
                while newest.renewed in rows:
                    newest = rows[newest.renewed]
                found[newest.id] = newest.renew_by
        return found

    def chain(self, beginning: Kept) -> list[Kept]:
        """Return a stamp and those that were put over it, one over the other."""
        found = [beginning]
        while found[-1].renewed:
            found.append(self.get(found[-1].renewed))
        return found

    def subjects(self, stamp: Kept) -> dict[str, bytes]:
        """Return what a stamp covers: leaf by subject."""
        with self.index.read() as connection:
            rows = connection.execute(sa.select(_L.subject, _L.leaf).where(_L.stamp == stamp.id))
            return {row[0]: bytes.fromhex(row[1]) for row in rows}

    def without(self, stamp: Kept, algorithm: str) -> list[str]:
        """Return the packages of a stamp that none by this hash covers yet."""
        newer = sa.select(_L.subject).join(tables.stamps, _L.stamp == _S.id).where(
            _S.over == PACKAGES, _S.algorithm == algorithm)
        wanted = sa.select(_L.subject).where(_L.stamp == stamp.id, _L.subject.not_in(newer))
        with self.index.read() as connection:
            return list(connection.scalars(wanted))

    def links(self, sha256: str) -> list[list[Link]]:
        """Return the chains of a package, the oldest first; none: nothing covers it yet."""
        found: list[list[Link]] = []
        for beginning in self.beginnings(sha256):
            subject, links = sha256, []
            for stamp in self.chain(beginning):
                links.append(self._link(stamp, subject))
                subject = stamp.id
            found.append(links)
        return found

    def _link(self, stamp: Kept, subject: str) -> Link:
        with self.index.read() as connection:
            leaf = connection.scalar(sa.select(_L.leaf).where(_L.stamp == stamp.id, _L.subject == subject))
        return Link(stamp.algorithm, self._tree(stamp).way(bytes.fromhex(leaf or "")), stamp.token)

    def _tree(self, stamp: Kept) -> Tree:
        """Return the tree of a stamp; the last few are remembered, for packages of one day come together."""
        if stamp.id not in self._trees:
            if len(self._trees) >= REMEMBERED:
                self._trees.clear()
            self._trees[stamp.id] = Tree(self.subjects(stamp).values(), stamp.algorithm)
        return self._trees[stamp.id]

    def _put_object(self, name: str, fresh: Fresh) -> tuple[str, int]:
        """Put a stamp with all that it covers into every place, so that no evidence hangs on the index alone."""
        data = json.dumps({
            "kind": "archive-time-stamp", "id": name, "algorithm": fresh.algorithm,
            "token": _text(fresh.token),
            "covers": {subject: leaf.hex() for subject, leaf in sorted(fresh.covers.items())}}).encode()
        path = self._archive.work / f"stamp-{secrets.token_hex(8)}"
        sha256 = hashlib.sha256(data).hexdigest()
        try:
            files.write_durably(path, data)
            for store in self._archive.stores:
                store.put(sha256, path)
        finally:
            path.unlink(missing_ok=True)
        return sha256, len(data)


def _text(token: Token) -> str:
    return base64.b64encode(token.content.dump()).decode()
