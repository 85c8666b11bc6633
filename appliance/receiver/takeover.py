"""What an earlier receiver kept in files alone comes into the index: its book of receipts and its packages.

That receiver wrote ``receipts/<number>-<sha256>.jws``, ``archive/<sha256>.zip`` and ``uploads/<id>.json``. The
chain of its book is checked and goes on in the index; its files of receipts stay as they are. May be ended and
begun again at any point.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
import sqlalchemy as sa

from appliance.archive.packages.inspection import PackageReport
from appliance.archive.receipts import ACCEPTED
from appliance.core import errors, files
from appliance.receiver import admission, contents, receiptbook, tables
from appliance.receiver.admission import Judgement, Taken
from appliance.receiver.archive import Archive
from appliance.receiver.receiptbook import Decision, Entry
from appliance.receiver.stores import FileStore

log = logging.getLogger(__name__)

_NAME = re.compile(r"([0-9]{10})-([0-9a-f]{64})\.jws")


@dataclass(frozen=True, slots=True)
class _Old:
    """A receipt in a file of the earlier receiver."""

    number: int
    sha256: str
    token: str

    @property
    def claims(self) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(self.token, options={"verify_signature": False})
        return claims


def take_over(archive: Archive) -> int:
    """Bring receipts and packages of an earlier receiver into the index; return how many receipts that were.

    Raises:
        ApplianceError: RECEIVER_BOOK_BROKEN when its chain has a gap or a package of it cannot be read.
        OSError: disk or index failed; the same call goes on later.
    """
    root = archive.settings.root
    brought = 0
    for old in _receipts(root / "receipts"):
        with archive.index.read() as connection:
            known = receiptbook.find(connection, old.sha256)
        if known is None:
            _bring(archive, old)
            brought += 1
    if brought:
        log.info("%d receipts of an earlier receiver are in the index", brought)
    _forget_uploads(root / "uploads")
    _move_rejected(root / "rejected")
    return brought


def _receipts(folder: Path) -> Iterator[_Old]:
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if match := _NAME.fullmatch(path.name):
            yield _Old(int(match[1]), match[2], path.read_text(encoding="ascii"))


def _bring(archive: Archive, old: _Old) -> None:
    """Bring one receipt in, with its package; this receiver is not serving yet, so nobody else writes."""
    claims = old.claims
    with archive.index.read() as connection:
        last = receiptbook.newest(connection)
    if claims["prev"] != last.hash or old.number != last.number + 1:
        raise _broken(old, "chain")
    judged = _judged(archive, old, claims) if claims["status"] == ACCEPTED else None
    with archive.index.write() as connection:
        reasons = () if judged else (str(claims["reason"]) or "rejected",)
        decision = Decision(old.sha256, claims["size"], claims["sub"], claims["file_code"], claims["documents"],
                            reasons)
        receiptbook.note(connection, Entry(old.number, old.token, decision, _issued(claims)))
        if judged:
            places = tuple(store.name for store in archive.stores)
            admission.admit(connection, judged, Taken(old.sha256, claims["size"], "", places))
            _mark_time(connection, judged, _issued(claims))


def _judged(archive: Archive, old: _Old, claims: dict[str, Any]) -> Judgement:
    """Put an accepted package into every place and read what the index keeps of it."""
    path = archive.settings.root / "archive" / f"{old.sha256}.zip"
    if path.is_file():
        if files.sha256_of(path) != old.sha256:
            raise _broken(old, "sha256")
        archive.keep(old.sha256, path, given=True)
    try:
        with archive.local(old.sha256) as copy:
            found = contents.read(copy)
    except (KeyError, ValueError) as problem:
        raise _broken(old, type(problem).__name__) from None
    report = PackageReport((), claims["documents"], claims["sub"], claims["file_code"], claims.get("replaces", ""),
                           claims.get("audit", ""))
    files.remove_durably(path)
    return Judgement(report, found)


def _mark_time(connection: sa.Connection, judged: Judgement, issued: str) -> None:
    connection.execute(tables.packages.update().where(tables.packages.c.uuid == judged.report.uuid)
                       .values(accepted=issued))


def _forget_uploads(folder: Path) -> None:
    """Throw away the records of unfinished uploads; their senders announce them again."""
    for path in folder.glob("*.json"):
        log.info("unfinished upload %s of an earlier receiver is forgotten", path.stem)
        files.remove_durably(path)


def _move_rejected(folder: Path) -> None:
    """Put rejected packages where they are looked for now."""
    place = FileStore(folder, "rejected")
    for path in folder.glob("*.zip"):
        place.put(path.stem, path, given=True)


def _issued(claims: dict[str, Any]) -> str:
    return tables.moment(datetime.fromtimestamp(claims["iat"], UTC))


def _broken(old: _Old, reason: str) -> errors.ApplianceError:
    name = f"{old.number:010d} {hashlib.sha256(old.token.encode()).hexdigest()[:16]}"
    return errors.RECEIVER_BOOK_BROKEN.error(name=name, reason=reason)
