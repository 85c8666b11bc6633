"""What became of a page's text: read, or filed without it because no engine could read the page."""

from __future__ import annotations

import json

from appliance.core.jobs import ReadDone
from appliance.core.states import PAGE, PageState
from appliance.spool.ledger import Ledger

UNREAD = "unread"
"""Among what is warned of: a page without text."""


def read(ledger: Ledger, page: int, done: ReadDone, languages: str) -> None:
    """Write down that a page's text is durable, and what read it."""
    told = {"engine": done.engine, "languages": languages, "words": done.words, "certainty": done.certainty}
    if done.after:
        told["after"] = done.after
    _move(ledger, page, text_path=done.out, reading=json.dumps(told, ensure_ascii=False), unread="",
          normative=int(done.normative))


def unread(ledger: Ledger, page: int, code: str, reason: str) -> bool:
    """Let a page go on without text, marked and on the audit chain; return false where it has moved on already."""
    with ledger.transaction():
        row = ledger.one("page", id=page)
        warned = dict.fromkeys((*(row["warned"].split() if row else ()), UNREAD))
        if not _move(ledger, page, text_path="", reading="", unread=f"{code} {reason}".strip(),
                     warned=" ".join(warned)):
            return False
        ledger.note("page.unread", str(page), code=code)
        return True


def mended(ledger: Ledger, page: int, done: ReadDone | None, reason: str) -> None:
    """Write down that a page was read again because its file was damaged; None: nobody could, for that reason."""
    with ledger.transaction():
        if done is None:
            ledger.put("page", page, text_path="", reading="", unread=reason)
        else:
            ledger.put("page", page, text_path=done.out)
        ledger.note("page.read_again", str(page))


def _move(ledger: Ledger, page: int, **columns: str | int) -> bool:
    row = ledger.one("page", id=page)
    if row is None or row["state"] != PageState.ANALYSED:
        return False
    ledger.move(PAGE, page, PageState.ANALYSED, PageState.READ, **columns)
    return True
