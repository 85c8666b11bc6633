"""Archive time stamps over what is kept (RFC 4998): made for what is new, renewed before they end.

Signed PDFs inside a package never change any more, so what proves their age for decades lies beside them. One
question to an authority covers all packages of a day; one more renews every stamp that there is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from asn1crypto import x509

from appliance.core import clock, errors
from appliance.core.errors import ApplianceError
from appliance.receiver.archive import Archive
from appliance.receiver.fixity import hashtree, record
from appliance.receiver.fixity.hashtree import Tree
from appliance.receiver.fixity.record import Proof, Trust
from appliance.receiver.fixity.shelf import Fresh, Kept, Shelf
from appliance.receiver.fixity.stamper import Stamp
from appliance.receiver.fixity.sunset import Sunsets

MOST = 100_000
"""Packages under one stamp: a record finds its way in milliseconds, and a national day has fewer."""


@dataclass(frozen=True)
class Terms:
    """How stamps are made and judged. ``ahead``: how long before its end a stamp is renewed."""

    stamp: Stamp | None
    roots: Sequence[x509.Certificate]
    sunsets: Sunsets
    ahead: timedelta


@dataclass
class Evidence:
    """The evidence of an archive. Its methods block."""

    archive: Archive
    terms: Terms

    def __post_init__(self) -> None:
        self._shelf = Shelf(self.archive)

    def stamp_new(self) -> int:
        """Put everything that no stamp covers yet under one; return how many packages that were.

        Raises:
            ApplianceError: no authority gave a time stamp.
            OSError: a place or the index failed.
        """
        if self.terms.stamp is None:
            return 0
        done = 0
        while leaves := self._leaves(self._shelf.unstamped(MOST), self._first_leaf):
            self._shelf.put(self._stamped(leaves, self.terms.sunsets.use))
            done += len(leaves)
        return done

    def renew(self, now: datetime) -> int:
        """Renew every stamp that ends soon, one question a hash; return how many. Errors as ``stamp_new``.

        What cannot be renewed by one hash keeps no other from it.
        """
        if self.terms.stamp is None:
            return 0
        due: dict[str, list[Kept]] = {}
        for name, ends in self._shelf.heads().items():
            if clock.parse(ends) - self.terms.ahead <= now:
                head = self._shelf.get(name)
                due.setdefault(head.algorithm, []).append(head)
        done, late = 0, None
        for algorithm, heads in due.items():
            try:
                done += self._renewed(heads, algorithm)
            except ApplianceError as problem:
                late = problem
        if late is not None:
            raise late
        return done

    def renew_hashes(self, now: datetime, spread: timedelta) -> int:
        """Cover packages by a newer hash where the old one ends; return how many.

        All of them must be read for it, so it begins ``spread`` earlier, and a call does one old stamp's packages.
        One without a sound copy keeps its old stamp and is asked for again every day. Errors as ``stamp_new``.
        """
        sunsets = self.terms.sunsets
        for stamp in self._shelf.beginnings():
            ends = sunsets.of_hash(stamp.algorithm)
            if self.terms.stamp is None or stamp.algorithm == sunsets.use or ends - self.terms.ahead - spread > now:
                continue
            names = self._shelf.without(stamp, sunsets.use)
            if leaves := self._leaves(names, self._renewed_leaf):
                whole = len(leaves) == len(names)
                self._shelf.put(self._stamped(leaves, sunsets.use), supersedes=stamp.id if whole else "")
                return len(leaves)
        return 0

    def record_of(self, sha256: str) -> bytes | None:
        """Return the evidence record (DER) of a package; None when no stamp covers it yet.

        Raises:
            ValueError: the index has lost or damaged what it is made of.
        """
        try:
            links = self._shelf.links(sha256)
            return record.made(links) if links else None
        except (KeyError, ValueError, sa.exc.NoResultFound) as problem:
            raise ValueError(f"its stamps are damaged in the index ({type(problem).__name__})") from None

    def proof_of(self, sha256: str, at: datetime) -> Proof | None:
        """Judge the evidence of a package; None when no stamp covers it yet.

        Raises:
            ApplianceError: RECEIVER_OBJECT_LOST, where a newer hash is needed and no copy is sound.
        """
        try:
            found = self.record_of(sha256)
            if found is None:
                return None
            digests = self.digests(sha256, record.algorithms_in(found))
        except ValueError as problem:
            return Proof(str(problem))
        return record.judged(found, digests, Trust(self.terms.roots, self.terms.sunsets, at))

    def digests(self, sha256: str, algorithms: Sequence[str]) -> Mapping[str, bytes]:
        """Return the hashes of a package; it is only read when others than its name are asked for."""
        others = [name for name in algorithms if name != "sha256"]
        found = {"sha256": bytes.fromhex(sha256)}
        if others:
            found |= self._read(sha256, others)
        return found

    def renew_by(self) -> datetime | None:
        """Return when the first stamp that still counts must be renewed; None when there is none."""
        return min(map(clock.parse, self._shelf.heads().values()), default=None)

    def _leaves(self, names: Iterable[str], leaf: Callable[[str], bytes]) -> dict[str, bytes]:
        """Return the leaves of packages; one that no place has sound waits, and keeps no other from its stamp."""
        found: dict[str, bytes] = {}
        for name in names:
            try:
                found[name] = leaf(name)
            except ApplianceError as problem:
                if problem.code != errors.RECEIVER_OBJECT_LOST.code:
                    raise
        return found

    def _first_leaf(self, sha256: str) -> bytes:
        return self.digests(sha256, [self.terms.sunsets.use])[self.terms.sunsets.use]

    def _renewed_leaf(self, sha256: str) -> bytes:
        earlier = record.chains_of(self._shelf.links(sha256))
        return record.renewed_leaf(self._first_leaf(sha256), earlier, self.terms.sunsets.use)

    def _read(self, sha256: str, algorithms: Sequence[str]) -> dict[str, bytes]:
        digests = [hashlib.new(name) for name in algorithms]
        with self.archive.local(sha256) as path, path.open("rb") as stream:
            while piece := stream.read(1 << 20):
                for digest in digests:
                    digest.update(piece)
        return {digest.name: digest.digest() for digest in digests}

    def _renewed(self, heads: Sequence[Kept], algorithm: str) -> int:
        """Put one stamp over others, but not over one that holds longer; return over how many."""
        while heads:
            fresh = self._stamped({head.id: hashtree.digest(head.token, algorithm) for head in heads}, algorithm)
            shorter = [head for head in heads if clock.parse(head.renew_by) < fresh.renew_by]
            if len(shorter) == len(heads):
                self._shelf.put(fresh, renews=tuple(head.id for head in heads))
                return len(heads)
            heads = shorter
        raise errors.RENEWAL_LATE.error(reason="no authority gives a time stamp that holds longer")

    def _stamped(self, covers: Mapping[str, bytes], algorithm: str) -> Fresh:
        """Have a tree stamped."""
        assert self.terms.stamp is not None, "somebody gives time stamps"
        token = self.terms.stamp(Tree(covers.values(), algorithm).root)
        ends = min(self.terms.sunsets.of_stamp(token.content["content"], token.certificate),
                   self.terms.sunsets.of_hash(algorithm), *(one.not_valid_after for one in token.others))
        if ends <= datetime.now(UTC):
            raise errors.RENEWAL_LATE.error(reason=f"its time stamps hold until {clock.iso(ends)} only")
        return Fresh(algorithm, token, covers, ends)
