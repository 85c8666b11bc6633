"""Files whose signatures are not good, and what each judge has to see.

Whom the product would not let sign signs by pyHanko's plain recipes; what was good is spoilt afterwards.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import plain_pyhanko
from asn1crypto import cms
from pki_stand import Stand
from plain_pyhanko import Recipe
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.timestamps import HTTPTimeStamper
from signed_kinds import Made

ALL = frozenset({"dss", "pyhanko", "openssl", "pdfsig"})
NOT_PDFSIG = ALL - {"pdfsig"}
ONLY_DSS = frozenset({"dss"})
TOO_EARLY = "before the issuance date"

SIGNERS = {
    "expired": "not within the signing-certificate's validity range",
    "not_yet_valid": "not within the signing-certificate's validity range",
    "revoked": "The certificate is revoked", "wrong_usage": "does not have an expected key-usage",
    "self_signed": "NO_CERTIFICATE_CHAIN_FOUND", "stranger": "NO_CERTIFICATE_CHAIN_FOUND",
    "weak_rsa": "key size 1024 is no longer considered reliable",
    "sha1": "SHA1 with key size 2048 is no longer considered reliable",
}
"""Who may not sign, and what the EU's judge says of it."""


@dataclass(frozen=True)
class Bad:
    """A file that is not good: words of the EU's judge, the judges that must see it, and when it is judged."""

    name: str
    path: Path
    said: str
    seen_by: frozenset[str] = NOT_PDFSIG
    level: str = "B-T"
    moment: datetime | None = None


class OfAnother(HTTPTimeStamper):
    """Brings a time stamp, right in itself, of something else."""

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """Return the stamp of another digest."""
        return await super().async_timestamp(hashlib.sha256(message_digest).digest(), md_algorithm)


async def of_those_who_may_not(stand: Stand, folder: Path, unsigned: bytes) -> AsyncIterator[Bad]:
    """Sign as everybody who may not."""
    for name, said in SIGNERS.items():
        path = folder / f"signed by {name}.pdf"
        recipe = Recipe(stand.p12(name), "B-T", stand.tsa(), commitment=False)
        path.write_bytes(await plain_pyhanko.sign(unsigned, recipe))
        yield Bad(path.stem, path, said)


async def of_bad_times(stand: Stand, folder: Path, unsigned: bytes) -> AsyncIterator[Bad]:
    """Sign with time stamps that are not to be believed."""
    good = Recipe(stand.p12("office"), "B-T", stand.tsa())
    for name, days, said in (("ahead by two years", 730, ""), ("behind by three years", -1095, TOO_EARLY)):
        stand.trouble("tsa", "wrong_hour", seconds=days * 86400)
        path = folder / f"stamped by a clock {name}.pdf"
        path.write_bytes(await plain_pyhanko.sign(unsigned, good))
        stand.clear()
        yield Bad(path.stem, path, said, ONLY_DSS)
    for name in ("tsa_unfit", "other_tsa"):
        path = folder / f"stamped by {name}.pdf"
        path.write_bytes(await plain_pyhanko.sign(unsigned, Recipe(stand.p12("office"), "B-T", stand.tsa(name))))
        yield Bad(path.stem, path, "0/1")
    path = folder / "stamp of something else.pdf"
    path.write_bytes(await plain_pyhanko.sign(unsigned, good, OfAnother))
    yield Bad(path.stem, path, "message-imprint does not match")


def spoilt(made: list[Made], folder: Path, unsigned: Path) -> list[Bad]:
    """Spoil good files of the product: a byte, a revision on top, another moment for the judge."""
    bads = []
    for one in made:
        data = bytearray(one.path.read_bytes())
        data[unsigned.stat().st_size // 2] ^= 1
        path = folder / f"tampered byte {one.level}.pdf"
        path.write_bytes(data)
        bads.append(Bad(path.stem, path, "HASH_FAILURE", ALL, one.level))
        for what, (put, said) in ADDED.items():
            path = folder / f"appended {what} {one.level}.pdf"
            with one.path.open("rb") as stream:
                writer = IncrementalPdfFileWriter(stream)
                put(writer)
                with path.open("wb") as out:
                    writer.write(out)  # type: ignore[no-untyped-call]
            seen_by = ALL if one.level != "B-LT" else ALL - {"pdfsig", "openssl"}
            bads.append(Bad(path.stem, path, said, seen_by, one.level))
    early = next(one for one in made if one.level == "B-T")
    bads.append(Bad("judged before its certificate was", early.path, TOO_EARLY, ONLY_DSS, early.level,
                    datetime.now(UTC) - timedelta(days=400)))
    return bads


def _white_on_page(writer: IncrementalPdfFileWriter) -> None:
    """Paint a white field over the page, as a forger would."""
    stream = generic.StreamObject(stream_data=b"q 1 1 1 rg 100 300 300 200 re f Q")
    writer.add_stream_to_page(0, writer.add_object(stream))  # type: ignore[no-untyped-call]


def _note_on_page(writer: IncrementalPdfFileWriter) -> None:
    """Lay an annotation over the page."""
    box = generic.ArrayObject(generic.NumberObject(edge) for edge in (100, 300, 400, 500))  # type: ignore[no-untyped-call]
    note = generic.DictionaryObject({  # type: ignore[no-untyped-call]
        pdf_name("/Type"): pdf_name("/Annot"), pdf_name("/Subtype"): pdf_name("/Square"),
        pdf_name("/Rect"): box, pdf_name("/F"): generic.NumberObject(4),  # type: ignore[no-untyped-call]
        pdf_name("/IC"): generic.ArrayObject([generic.NumberObject(1)] * 3),  # type: ignore[no-untyped-call]
    })
    writer.register_annotation(writer.find_page_for_modification(0)[0], writer.add_object(note))  # type: ignore[no-untyped-call]


ADDED = {"page": (_white_on_page, "undefined object"), "note": (_note_on_page, "annotation")}
