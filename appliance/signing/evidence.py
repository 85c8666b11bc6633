"""Evidence of one signature: what the finished file holds and what the signer knew, as files named by their hash.

It is read out of the file itself, so that a file that was adopted after a crash has its evidence too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from asn1crypto import cms, tsp
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import SigningError, extract_certificate_info, find_cms_attribute_iter
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from appliance.core import clock, errors, files
from appliance.core.jobs import EvidenceItem, Signed
from appliance.signing.keys import Key
from appliance.signing.stamp import DEVELOPMENT_ORGANISATION
from appliance.signing.validity import Standing

SUFFIXES = {
    "certificate": "crt", "chain": "crt", "ocsp": "ocsp", "crl": "crl", "timestamp": "tst", "result": "json"}


class Piece(NamedTuple):
    """One thing that was known; ``kind`` as in ``EvidenceItem``."""

    kind: str
    data: bytes


@dataclass(frozen=True)
class Drawers:
    """Where evidence lies: ``folder`` / first two digits / hash and what it is."""

    folder: Path

    def keep(self, piece: Piece) -> EvidenceItem:
        """Make a piece durable, unless it is there; return where it lies.

        Raises:
            OSError: the disk refuses.
        """
        sha256 = hashlib.sha256(piece.data).hexdigest()
        path = self.folder / sha256[:2] / f"{sha256}.{SUFFIXES[piece.kind]}"
        if not path.is_file() or path.stat().st_size != len(piece.data):
            files.make_folder(path.parent)
            files.write_durably(path, piece.data)
        return EvidenceItem(piece.kind, sha256, str(path))


def kept(document: str, done: Signed, key: Key | None, standing: Standing | None, drawers: Drawers) -> Signed:
    """Return ``done`` with everything that proves it, durable.

    Args:
        document: identity of the document.
        done: what was signed or lifted.
        key: that signed it; None when only a time stamp was put to it.
        standing: what said that its certificate may sign; None when nobody has asked.
        drawers: where it is kept.

    Raises:
        ApplianceError: SIGNING_FAILED: the finished file cannot be read, or the disk refuses.
    """
    try:
        found = dict.fromkeys([*in_file(Path(done.path)), *_of_standing(standing)])
        pieces = [*found, Piece("result", _result(document, done, key, standing, list(found)))]
        return replace(done, evidence=tuple(drawers.keep(piece) for piece in pieces))
    except OSError as problem:
        raise errors.SIGNING_FAILED.error(reason=f"evidence: {problem.strerror or problem}") from None
    except (PdfError, SigningError, ValueError) as problem:
        raise errors.SIGNING_FAILED.error(reason=f"evidence: {type(problem).__name__}") from None


def in_file(path: Path) -> Iterator[Piece]:
    """Yield what a signed file itself says of its certificate and its time."""
    with path.open("rb") as stream:
        reader = PdfFileReader(stream)
        for signature in reader.embedded_regular_signatures:
            yield Piece("certificate", signature.signer_cert.dump())
            for other in signature.other_embedded_certs:
                yield Piece("chain", other.dump())
            yield from _stamps_of(signature)
        for stamp in reader.embedded_timestamp_signatures:
            yield Piece("timestamp", cms.ContentInfo.load(stamp.pkcs7_content).dump())
        if "/DSS" in reader.root:
            yield from _in_store(DocumentSecurityStore.read_dss(reader))


def _in_store(store: DocumentSecurityStore) -> Iterator[Piece]:
    for certificate in store.load_certs():
        yield Piece("chain", certificate.dump())
    for kind, references in (("ocsp", store.ocsps), ("crl", store.crls)):
        for reference in references:
            yield Piece(kind, bytes(reference.get_object().data))


def _stamps_of(signature: EmbeddedPdfSignature) -> Iterator[Piece]:
    for token in find_cms_attribute_iter(signature.signer_info["unsigned_attrs"], "signature_time_stamp_token"):
        yield Piece("timestamp", token.dump())


def _of_standing(standing: Standing | None) -> Iterator[Piece]:
    if standing is None:
        return
    yield Piece("certificate", standing.certificate)
    yield from (Piece("chain", data) for data in standing.chain)
    yield from (Piece("ocsp", data) for data in standing.ocsps)
    yield from (Piece("crl", data) for data in standing.crls)


def _result(document: str, done: Signed, key: Key | None, standing: Standing | None, found: list[Piece]) -> bytes:
    """Return what was found out, as JSON with sorted keys."""
    facts: dict[str, Any] = {
        "document": document, "signed_sha256": done.sha256, "level": done.level, "certificate_sha256": done.key,
        "stamped_at": done.stamped_at, "adopted": done.adopted,
        "timestamps": [_stamp_facts(piece.data) for piece in found if piece.kind == "timestamp"],
        "certificate": {"checked": ""} if standing is None else {
            "checked": clock.iso(standing.checked), "revocation": standing.revocation,
            "missing": list(standing.missing)},
    }
    if key is not None:
        facts["key"] = {"kind": key.origin.kind, "about": key.origin.about, "algorithm": key.algorithm,
                        "development": key.development}
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, indent=1).encode()


def _stamp_facts(data: bytes) -> dict[str, Any]:
    """Return what a time-stamp token says: when, by whom and what policy, under which number, over which hash."""
    signed = cms.ContentInfo.load(data)["content"]
    info: tsp.TSTInfo = signed["encap_content_info"]["content"].parsed
    named = extract_certificate_info(signed).signer_cert.subject.native
    return {
        "time": clock.iso(info["gen_time"].native), "policy": info["policy"].dotted,
        "serial": format(info["serial_number"].native, "x"),
        "hash": info["message_imprint"]["hash_algorithm"]["algorithm"].native,
        "accuracy": {unit: value for unit, value in (info["accuracy"].native or {}).items() if value},
        "by": named.get("common_name", ""),
        "development": named.get("organization_name") == DEVELOPMENT_ORGANISATION,
        "sha256": hashlib.sha256(data).hexdigest(),
    }
