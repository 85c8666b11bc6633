"""How long hashes and keys hold, as data (``algorithms.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from asn1crypto import cms, x509

from appliance.core import errors

SHIPPED = Path(__file__).with_name("algorithms.toml")
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""The end of what is not named: it holds no longer."""


@dataclass(frozen=True)
class Sunsets:
    """Ends of algorithms. ``use``: the hash of new stamps; ``rsa`` and ``ec``: ends by the least size in bits."""

    version: str
    use: str
    hashes: Mapping[str, datetime]
    rsa: Mapping[int, datetime]
    ec: Mapping[int, datetime]

    def of_hash(self, name: str) -> datetime:
        """Return until when a hash holds."""
        return self.hashes.get(name, LONG_AGO)

    def of_key(self, certificate: x509.Certificate) -> datetime:
        """Return until when the key of a certificate holds."""
        public = certificate.public_key
        ends = {"rsa": self.rsa, "rsassa_pss": self.rsa, "ec": self.ec}.get(public.algorithm, {})
        return max((end for least, end in ends.items() if public.bit_size >= least), default=LONG_AGO)

    def of_stamp(self, signed: cms.SignedData, certificate: x509.Certificate) -> datetime:
        """Return until when a time stamp holds: its hashes, its key and its certificate, whichever ends first."""
        info = signed["encap_content_info"]["content"].parsed
        names = (info["message_imprint"]["hash_algorithm"]["algorithm"].native,
                 signed["signer_infos"][0]["digest_algorithm"]["algorithm"].native)
        end: datetime = certificate.not_valid_after
        return min(end, self.of_key(certificate), *map(self.of_hash, names))


def load(path: Path | None = None) -> Sunsets:
    """Read a table of algorithms, by default the one that is shipped.

    Raises:
        ApplianceError: ALGORITHMS_UNREADABLE.
    """
    source = path or SHIPPED
    try:
        told = tomllib.loads(source.read_text("utf-8"))
        found = Sunsets(str(told["version"]), str(told["use"]),
                        {name: _end(day) for name, day in told["hash"].items()},
                        {int(bits): _end(day) for bits, day in told["rsa"].items()},
                        {int(bits): _end(day) for bits, day in told["ec"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise errors.ALGORITHMS_UNREADABLE.error(path=str(source), reason=type(problem).__name__) from None
    if found.use not in found.hashes:
        raise errors.ALGORITHMS_UNREADABLE.error(path=str(source), reason=f"use = {found.use}")
    return found


def _end(day: date) -> datetime:
    """Return the end of a day, UTC."""
    return datetime.combine(day, time.max, UTC)
