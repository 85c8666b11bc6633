"""Evidence records (RFC 4998): what proves that a file was there at a time, however long its first proof has ended.

A record holds chains of archive time stamps. In a chain each stamp covers the one before it (same hash). A new
chain begins when the hash is renewed: it covers the file under the newer hash and all chains before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from asn1crypto import algos, cms, core, x509

from appliance.core import clock
from appliance.core.errors import ApplianceError
from appliance.receiver.fixity import hashtree
from appliance.receiver.fixity.hashtree import Way
from appliance.receiver.fixity.sunset import Sunsets
from appliance.receiver.fixity.trust import Seen, broken, seen_at

APART = timedelta(minutes=5)
"""How far the clocks of authorities and host may lie apart."""


class _Group(core.SequenceOf):  # type: ignore[misc]
    _child_spec = core.OctetString


class _Way(core.SequenceOf):  # type: ignore[misc]
    _child_spec = _Group


class ArchiveTimeStamp(core.Sequence):  # type: ignore[misc]
    """One stamp with the way from what it covers up to the root that it is over."""

    _fields: ClassVar = [
        ("digest_algorithm", algos.DigestAlgorithm, {"implicit": 0, "optional": True}),
        ("attributes", cms.CMSAttributes, {"implicit": 1, "optional": True}),
        ("reduced_hashtree", _Way, {"implicit": 2, "optional": True}),
        ("time_stamp", cms.ContentInfo),
    ]


class Chain(core.SequenceOf):  # type: ignore[misc]
    """Stamps by one hash, the oldest first."""

    _child_spec = ArchiveTimeStamp


class Chains(core.SequenceOf):  # type: ignore[misc]
    """All chains, the oldest first."""

    _child_spec = Chain


class _Algorithms(core.SequenceOf):  # type: ignore[misc]
    _child_spec = algos.DigestAlgorithm


class _Encryption(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar = [("type", core.ObjectIdentifier), ("value", core.Any)]


class EvidenceRecord(core.Sequence):  # type: ignore[misc]
    """A whole record. Nothing is encrypted here, and no more than its stamps is needed to judge it."""

    _fields: ClassVar = [
        ("version", core.Integer),
        ("digest_algorithms", _Algorithms),
        ("crypto_infos", cms.CMSAttributes, {"implicit": 0, "optional": True}),
        ("encryption_info", _Encryption, {"implicit": 1, "optional": True}),
        ("chains", Chains),
    ]


@dataclass(frozen=True, slots=True)
class Link:
    """One stamp of a record: the hash of its tree, the way to its root, its token (DER)."""

    algorithm: str
    way: Way
    token: bytes


@dataclass(frozen=True, slots=True)
class Proof:
    """What a record is worth.

    Attributes:
        reason: why it does not hold; empty when it does.
        since: the file was there at this time. newest: time of the newest stamp.
        until: the newest stamp holds until then.
        stamps: how many there are.
    """

    reason: str
    since: datetime | None = None
    newest: datetime | None = None
    until: datetime | None = None
    stamps: int = 0

    def __str__(self) -> str:
        if self.reason or self.since is None or self.until is None:
            return f"không còn giá trị / does not hold: {self.reason}"
        since, until = clock.iso(self.since), clock.iso(self.until)
        return (f"có giá trị từ {since} đến {until}, {self.stamps} dấu thời gian / "
                f"holds since {since}, until {until}, {self.stamps} stamps")


def chains_of(links: Sequence[Sequence[Link]]) -> Chains:
    """Return chains as RFC 4998 writes them."""
    return Chains([Chain([_stamp(link) for link in chain]) for chain in links])


def made(links: Sequence[Sequence[Link]]) -> bytes:
    """Return a record (DER) of these chains."""
    names = dict.fromkeys(link.algorithm for chain in links for link in chain)
    record: bytes = EvidenceRecord({
        "version": 1, "digest_algorithms": [algos.DigestAlgorithm({"algorithm": name}) for name in names],
        "chains": chains_of(links)}).dump()
    return record


def renewed_leaf(digest: bytes, earlier: Chains, algorithm: str) -> bytes:
    """Return what a new chain covers: a file's hash by the newer algorithm and all chains before (5.2)."""
    return hashtree.digest(digest + hashtree.digest(earlier.dump(), algorithm), algorithm)


def algorithms_in(record: bytes) -> tuple[str, ...]:
    """Return the hashes of a file that are needed to judge a record.

    Raises:
        ValueError: it is none.
    """
    try:
        return tuple(dict.fromkeys(_algorithm(chain[0]) for chain in _chains(record)))
    except broken() as problem:
        raise ValueError(f"no evidence record ({type(problem).__name__})") from None


def judged(record: bytes, digests: Mapping[str, bytes], trust: Trust) -> Proof:
    """Judge a record over a file without the network.

    Args:
        record: DER.
        digests: hashes of the file by algorithm; ``algorithms_in`` says which are needed.
        trust: whom to trust, and how long algorithms hold.
    """
    try:
        seen = list(_followed(_chains(record), digests))
        return _in_time(seen, trust)
    except _BrokenChainError as problem:
        return Proof(str(problem))
    except ApplianceError as problem:
        return Proof(f"a time stamp does not hold ({problem.code})")
    except broken() as problem:
        return Proof(f"no evidence record ({type(problem).__name__})")


@dataclass(frozen=True)
class Trust:
    """Whom a judge of records trusts. ``at``: as of when the newest stamp is judged."""

    roots: Sequence[x509.Certificate]
    sunsets: Sunsets
    at: datetime


class _BrokenChainError(Exception):
    """The chain of a record has a gap; the message says where."""


def _stamp(link: Link) -> ArchiveTimeStamp:
    fields = {"digest_algorithm": algos.DigestAlgorithm({"algorithm": link.algorithm}),
              "time_stamp": cms.ContentInfo.load(link.token)}
    if link.way:
        fields["reduced_hashtree"] = _Way([_Group([core.OctetString(one) for one in group]) for group in link.way])
    return ArchiveTimeStamp(fields)


def _chains(record: bytes) -> Chains:
    chains: Chains = EvidenceRecord.load(record, strict=True)["chains"]
    if not len(chains) or not all(len(chain) for chain in chains):
        raise _BrokenChainError("it holds no time stamp")
    return chains


def _algorithm(stamp: ArchiveTimeStamp) -> str:
    named = stamp["digest_algorithm"]
    if isinstance(named, core.Void):
        named = _imprint(stamp)["hash_algorithm"]
    name: str = named["algorithm"].native
    return name


def _imprint(stamp: ArchiveTimeStamp) -> core.Sequence:
    return stamp["time_stamp"]["content"]["encap_content_info"]["content"].parsed["message_imprint"]


def _followed(chains: Chains, digests: Mapping[str, bytes]) -> Iterator[ArchiveTimeStamp]:
    """Yield every stamp in order after looking that it covers what it must.

    Raises:
        _BrokenChainError: it does not.
    """
    for number, chain in enumerate(chains):
        algorithm = _algorithm(chain[0])
        if algorithm not in digests:
            raise _BrokenChainError(f"no {algorithm} of the file is known")
        subject = digests[algorithm]
        if number:
            subject = renewed_leaf(subject, Chains(list(chains)[:number]), algorithm)
        for stamp in chain:
            if _algorithm(stamp) != algorithm:
                raise _BrokenChainError("a chain has two hashes")
            _refuse_other(stamp, subject, algorithm)
            yield stamp
            subject = hashtree.digest(stamp["time_stamp"].dump(), algorithm)


def _refuse_other(stamp: ArchiveTimeStamp, subject: bytes, algorithm: str) -> None:
    """Refuse a stamp that does not cover ``subject``."""
    given = stamp["reduced_hashtree"]
    way = [] if isinstance(given, core.Void) else [[one.native for one in group] for group in given]
    imprint = _imprint(stamp)
    wanted = (imprint["hash_algorithm"]["algorithm"].native, imprint["hashed_message"].native)
    if wanted != (algorithm, hashtree.root_of(subject, way, algorithm)):
        raise _BrokenChainError("a time stamp covers something else")


def _in_time(stamps: Sequence[ArchiveTimeStamp], trust: Trust) -> Proof:
    """Judge each stamp as of the next one, and the newest as of now."""
    seen: list[Seen] = []
    at = trust.at
    for stamp in reversed(stamps):
        one = seen_at(stamp["time_stamp"], trust.roots, at)
        if one.moment > at + APART:
            raise _BrokenChainError("a time stamp is younger than the one that covers it")
        end = min(trust.sunsets.of_stamp(stamp["time_stamp"]["content"], one.certificate),
                  trust.sunsets.of_hash(_algorithm(stamp)))
        if end < at:
            raise _BrokenChainError(f"a time stamp held until {clock.iso(end)} and was renewed too late")
        seen.append(one)
        at = min(at, one.moment)
    newest = seen[0]
    until = min(trust.sunsets.of_stamp(stamps[-1]["time_stamp"]["content"], newest.certificate),
                trust.sunsets.of_hash(_algorithm(stamps[-1])))
    return Proof("", seen[-1].moment, newest.moment, until, len(stamps))
