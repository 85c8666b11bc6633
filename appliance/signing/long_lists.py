"""Revocation lists of any length in little memory: asn1crypto keeps each entry it has looked at, 18 times its size.

A list of 20 MB took more memory than the signer is given, and would have ended it again and again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from asn1crypto import algos, core, crl

LONG_FORM = 0x80


class _Entries(crl.RevokedCertificates):  # type: ignore[misc]
    """Entries that are parsed one after the other, and not kept."""

    def __iter__(self) -> Iterator[crl.RevokedCertificate]:
        data, place = self.contents, 0
        while place < len(data):
            size = _length(data, place)
            yield crl.RevokedCertificate.load(data[place:place + size], strict=True)
            place += size


class _Body(crl.TbsCertList):  # type: ignore[misc]
    _fields: ClassVar = [(name, _Entries if name == "revoked_certificates" else spec, *more)
                         for name, spec, *more in crl.TbsCertList._fields]


class LongList(crl.CertificateList):  # type: ignore[misc]
    """A revocation list whose entries are looked through without being kept."""

    _fields: ClassVar = [("tbs_cert_list", _Body), ("signature_algorithm", algos.SignedDigestAlgorithm),
                         ("signature", core.OctetBitString)]


def load(data: bytes) -> LongList:
    """Return the list in DER bytes.

    Raises:
        ValueError: it is none. An entry that is broken raises it when it is come to.
    """
    loaded: LongList = LongList.load(data)
    return loaded


def _length(data: bytes, place: int) -> int:
    """Return how long the DER value at a place says it is, header included; at least 2."""
    first = int.from_bytes(data[place + 1:place + 2])
    if first < LONG_FORM:
        return 2 + first
    count = first - LONG_FORM
    return 2 + count + int.from_bytes(data[place + 2:place + 2 + count])
