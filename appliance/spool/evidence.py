"""Evidence of signatures in the ledger: append-only rows, links to signed files, a hash on the audit chain."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from appliance.core import clock, files
from appliance.core.jobs import EvidenceItem, Signed
from appliance.spool.ledger import Ledger, Row

NOT_AS_AUDITED = "không khớp chuỗi kiểm toán / not as audited"


def keep(ledger: Ledger, document: str, done: Signed) -> None:
    """Write down what was known when a document was signed; what is there already is left as it is."""
    with ledger.transaction():
        known = {(row["kind"], row["sha256"]) for row in ledger.all("evidence_of_document", document=document)
                 if row["signed_sha256"] == done.sha256}
        fresh = [item for item in dict.fromkeys(done.evidence) if (item.kind, item.sha256) not in known]
        for item in fresh:
            _add(ledger, item)
            ledger.act("add_document_evidence", document=document, signed_sha256=done.sha256, kind=item.kind,
                       sha256=item.sha256)
        if fresh:
            whole = known | {(item.kind, item.sha256) for item in fresh}
            ledger.note("evidence.kept", document, signed=done.sha256, pieces=len(whole), sha256=digest(whole))


def _add(ledger: Ledger, item: EvidenceItem) -> None:
    """Write down a file once; its place is kept as it is below the folder of evidence."""
    if ledger.one("evidence", sha256=item.sha256) is None:
        place = Path(item.path)
        ledger.act("add_evidence", sha256=item.sha256, path=f"{place.parent.name}/{place.name}",
                   kept=clock.iso(clock.now(), "milliseconds"))


def digest(pieces: Iterable[tuple[str, str]]) -> str:
    """Return the one hash that stands on the audit chain for pieces: SHA-256 over their sorted lines."""
    lines = "".join(f"{kind} {sha256}\n" for kind, sha256 in sorted(pieces))
    return hashlib.sha256(lines.encode("ascii")).hexdigest()


def of(ledger: Ledger, folder: Path, document: str) -> list[dict[str, Any]]:
    """Return every piece of a document's evidence with ``fault``: empty, or what is wrong with it.

    A piece that is missing from the ledger shows as a fault of all those of its signed file; where all are
    missing, as one fault with the hash from the audit chain.
    """
    rows = ledger.all("evidence_of_document", document=document)
    told = {detail["signed"]: detail["sha256"] for detail in map(_detail, ledger.all("evidence_told",
                                                                                      document=document))}
    found = []
    for row in rows:
        pieces = [(one["kind"], one["sha256"]) for one in rows if one["signed_sha256"] == row["signed_sha256"]]
        whole = told.get(row["signed_sha256"], digest(pieces)) == digest(pieces)
        wrong = fault(folder / row["path"], row["sha256"]) if whole else NOT_AS_AUDITED
        found.append({"kind": row["kind"], "sha256": row["sha256"], "signed": row["signed_sha256"],
                      "kept": row["kept"], "path": str(folder / row["path"]), "fault": wrong})
    gone = told.keys() - {row["signed_sha256"] for row in rows}
    return found + [{"kind": "result", "sha256": told[signed], "signed": signed, "kept": "", "path": "",
                     "fault": NOT_AS_AUDITED} for signed in sorted(gone)]


def told(ledger: Ledger, folder: Path, name: str) -> list[dict[str, Any]]:
    """Return the evidence of the documents that a person means by a name: an id, a file code, one with a number."""
    return [{"document": row["id"], "signed": row["signed_sha256"], "level": row["level"],
             "pieces": of(ledger, folder, row["id"])} for row in ledger.all("documents_told", name=name)]


def _detail(row: Row) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(row["detail"])
    return found


def fault(path: Path, sha256: str) -> str:
    """Return what is wrong with the file of a piece of evidence; empty: nothing."""
    try:
        return "" if files.sha256_of(path) == sha256 else "tệp đã bị sửa / altered"
    except OSError:
        return "không có tệp / missing"
