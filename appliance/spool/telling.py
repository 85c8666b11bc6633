"""What the audit chain tells of one document or dossier: its rows, from Start to receipt.

Of papers in which a state secret is suspected, or was, nothing is told but that they are locked and who decided.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from appliance.core import errors
from appliance.core.model import PageKey, Side
from appliance.spool import segments
from appliance.spool.chain import BREATH, Chain
from appliance.spool.ledger import Ledger, Row

LEAVE = ("authorisation", "session")
"""Kinds by whose leave a key was used; those are told that an intent to sign names."""

OF_LOCKS = frozenset({"batch.lock", "batch.locked", "batch.removed", "batch.release_decided", "batch.release_done",
                      "batch.destroy_decided", "batch.destroy_done"})
SECRET_STATES = frozenset({"locked", "removed"})
UNTOLD = frozenset({"reason", "page", "number", "day"})
"""Details of locks that are in no story."""

ROW = re.compile(rb'\[\d+,"[^"]*","(?:[^"\\]|\\.)*","([^"]*)","((?:[^"\\]|\\.)*)"')
"""Kind and subject of a line of a segment."""

STANDING = ("id", "state", "level", "sheets")
"""What is said of a document beside its links."""

Entry = dict[str, Any]


@dataclass
class _Wanted:
    """Which links belong to a story, by first word of their kind and subject; ``hidden``: only locks are told."""

    subjects: set[tuple[str, str]] = field(default_factory=set)
    secret: set[str] = field(default_factory=set)
    hidden: bool = False

    def add(self, kinds: Sequence[str], *subjects: str) -> None:
        self.subjects.update((kind, one) for kind in kinds for one in subjects if one)

    def has(self, what: str, subject: str) -> bool:
        kind = what.partition(".")[0]
        if kind in LEAVE:
            return not self.hidden
        if (kind, subject) not in self.subjects:
            return False
        return what in OF_LOCKS or not (self.hidden or (kind == "batch" and subject in self.secret))


def told(chain: Chain, name: str) -> dict[str, list[Entry]]:
    """Return the ``documents`` that ``name`` means and the links (``rows``) that tell of them, the oldest first.

    ``name`` is a document's id, ``<fileCode>.<ordinal>``, a dossier's id or a fileCode.

    Raises:
        ApplianceError: AUDIT_NOTHING_TOLD when there is no such thing; AUDIT_SEGMENT_DAMAGED.
    """
    with chain.opened() as ledger:
        documents = ledger.all("documents_told", name=name)
        if not documents:
            raise errors.AUDIT_NOTHING_TOLD.error(name=name)
        wanted = _Wanted()
        for document in documents:
            _want(ledger, wanted, document)
        rows = _by_leave([_shown(row, hidden=wanted.hidden) for row in _rows(chain, ledger, wanted)])
    shown = () if wanted.hidden else documents
    return {"documents": [{name: document[name] for name in STANDING} for document in shown], "rows": rows}


def _want(ledger: Ledger, wanted: _Wanted, document: Row) -> None:
    """Note which links tell of one document."""
    packages = [row["package"] for row in ledger.all("deliveries_told", dossier=document["dossier"])]
    wanted.add(("document", "key", "evidence"), document["id"])
    wanted.add(("dossier",), document["dossier"])
    wanted.add(("component", "sheets"), document["file_code"])
    wanted.add(("dossier",), document["file_code"])  # copies are made of the newest revision
    wanted.add(("package", "delivery"), document["package"], *packages)
    wanted.hidden |= SECRET_STATES.intersection((document["state"], document["dossier_state"])) != set()
    for page in ledger.all("pages_told", document=document["id"], dossier=document["dossier"]):
        wanted.add(("batch",), page["batch"])
        if page["locked"] or page["batch_state"] in SECRET_STATES:
            wanted.secret.add(page["batch"])
            wanted.hidden |= page["batch_state"] == "locked"
            continue
        key = PageKey(page["batch"], page["sheet"], Side(page["side"]), page["attempt"])
        wanted.add(("page",), str(page["id"]), str(key))
        wanted.add(("rescan",), str(page["rescan"] or ""))


def _rows(chain: Chain, ledger: Ledger, wanted: _Wanted) -> Iterator[Entry]:
    """Yield the wanted rows of segments and ledger, with a breath for other threads now and then."""
    parts = segments.known(ledger)
    for part in parts:
        for number, line in enumerate(segments.lines_of(chain.store.audit, part)):
            found = ROW.match(line)
            if found and wanted.has(found[1].decode(), json.loads(b'"%s"' % found[2])):
                yield dict(zip(("seq", "at", "who", "what", "subject", "detail"), json.loads(line), strict=False))
            if number % BREATH == 0:
                time.sleep(0)
    for row in segments.rows_after(ledger, segments.end_of(parts).seq):
        if wanted.has(row["what"], row["subject"]):
            yield {name: row[name] for name in ("seq", "at", "who", "what", "subject", "detail")}


def _shown(row: Entry, *, hidden: bool) -> Entry:
    """Return a row with its details as a table, without those that nobody is told."""
    detail = json.loads(row["detail"] or "{}")
    if hidden:
        detail = {}
    elif row["what"] in OF_LOCKS:
        detail = {name: value for name, value in detail.items() if name not in UNTOLD}
    return {**row, "detail": detail}


def _by_leave(rows: Iterable[Entry]) -> list[Entry]:
    """Keep of authorisations and sessions those that an intent to sign rests on."""
    rows = list(rows)
    leave = [row for row in rows if row["what"].partition(".")[0] in LEAVE]
    numbers: set[str] = set()
    kept: set[int] = set()
    for intent in (row for row in rows if row["what"] == "key.intent"):
        word, _, number = str(intent["detail"].get("leave", "")).partition(" ")
        if word == "authorisation":
            numbers.add(number)
        elif word == "session":
            kept.update(_session(leave, intent))
    kept.update(row["seq"] for row in leave
                if row["what"].startswith("authorisation.") and row["subject"] in numbers)
    return [row for row in rows if row["what"].partition(".")[0] not in LEAVE or row["seq"] in kept]


def _session(rows: Sequence[Entry], intent: Entry) -> Iterator[int]:
    """Yield where the session was opened in which a key was used, and where it was closed."""
    key = intent["detail"].get("key")
    opened = [row["seq"] for row in rows if row["what"] == "session.opened" and row["detail"].get("key") == key
              and row["seq"] < intent["seq"]]
    closed = [row["seq"] for row in rows if row["what"] == "session.closed" and row["detail"].get("key") == key
              and row["seq"] > intent["seq"]]
    yield from (*opened[-1:], *closed[:1])
