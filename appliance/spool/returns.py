"""Receipts as the ledger keeps them: what the archive has said, in its own signed words.

Local copies go only while the receipt can be shown: its file, or the words in the ledger from which it is written
again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from appliance.core import clock, errors, files
from appliance.spool.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Answer:
    """A receipt that verified.

    Attributes:
        token: the receipt as it came; ``number`` is its own.
        issued: when it was given, ISO 8601, by the archive's clock.
        accepted: whether the archive took the package.
        documents: how many documents it has of the package.
        codes: theirs, where the archive names them.
    """

    number: str
    token: str
    issued: str
    accepted: bool
    documents: int
    codes: tuple[str, ...] = ()


def keep(ledger: Ledger, uuid: str, answer: Answer) -> None:
    """Let a receipt that verified stand in the ledger and on the audit chain, whatever it says. Twice is as once.

    Raises:
        ApplianceError: RECEIPT_DIFFERS when it takes the package and does not have the documents that are in it.
    """
    row = ledger.one("delivery", package=uuid)
    with ledger.transaction():
        ledger.put("delivery", uuid, token=answer.token, receipt_number=answer.number, issued=answer.issued,
                   verified=_now(), documents=answer.documents, document_codes=json.dumps(answer.codes))
        if row is None or row["token"] != answer.token:
            ledger.note("delivery.receipt", uuid, receipt=answer.number, sha256=_sha256(answer.token),
                        documents=answer.documents)
    if answer.accepted:
        _compare(ledger, uuid, answer)


def _compare(ledger: Ledger, uuid: str, answer: Answer) -> None:
    row = ledger.one("delivery", package=uuid)
    assert row is not None
    sent = {one["ordinal"] for one in ledger.all("documents_of_dossier", dossier=row["dossier"])}
    if answer.documents != len(sent):
        raise errors.RECEIPT_DIFFERS.error(reason=f"{answer.documents} / {len(sent)}")
    numbers = [code.rpartition(".")[2] for code in answer.codes]
    told = bool(numbers) and all(number.isascii() and number.isdigit() for number in numbers)
    if told and sent != set(map(int, numbers)):
        raise errors.RECEIPT_DIFFERS.error(reason=" ".join(sorted(numbers))[:200])


def assure(ledger: Ledger, uuid: str, place: Path) -> None:
    """See to it that the receipt of an accepted package can be shown before anything of it is let go.

    Raises:
        ApplianceError: RECEIPT_LOST when its file is gone or another and the ledger does not have it.
    """
    row = ledger.one("delivery", package=uuid)
    found = place.read_text("ascii", "replace").strip() if place.is_file() else ""
    token = row["token"] if row is not None else ""
    if row is None or not row["accepted"] or not (token or (found and row["receipt"])):
        lost = errors.RECEIPT_LOST.error(reason="-" if row is None else place.name[:16])
        if row is not None and row["code"] != lost.code:
            with ledger.transaction():
                ledger.put("delivery", uuid, code=lost.code, reason=str(lost.details["reason"]))
                ledger.note("delivery.stuck", uuid, code=lost.code)
        raise lost
    if token and found != token:
        files.write_durably(place, token.encode())
    if row["code"]:
        ledger.put("delivery", uuid, code="", reason="")


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _now() -> str:
    return clock.iso(clock.now(), "milliseconds")
