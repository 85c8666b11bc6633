"""What the work says of itself: counts by state and code, the last links of the audit chain, journal, metrics."""

from __future__ import annotations

import json
import re
import sqlite3
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from appliance.backup import needed
from appliance.casebook import host, redaction
from appliance.core.config import Config

STATES = ("batch", "page", "document", "dossier", "delivery", "rescan", "outbox", "task", "lot", "register")
LAST_LINKS = 500
LINKS = "SELECT seq, at, what, detail FROM audit ORDER BY seq DESC LIMIT :most"
FIGURES = ("sheet", "sheets", "page", "pages", "blank", "document", "dossier", "attempts", "tries", "bytes",
           "seconds", "revision", "seq")
WORDS = ("event", "time", "again", "batch", "package", "run", "job", "device", "side", "code", "outcome", "state",
         "level", "cause", "receipt")
"""Fields of a line of work that are told: numbers, and single words that the product or IT staff chose."""

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+\-]{0,63}")
_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_LABEL = re.compile(r'="([^"]*)"')
_PLACE = re.compile(r'File "(?:[^"]*/)?([^"/]+)", line (\d+), in (\w+)')

Clean = Callable[[str], str]


def ledger(copy: Path) -> dict[str, Any]:
    """Return how many things stand in which state, and what holds how many; no name, no code of a dossier."""
    with closing(needed.read(copy)) as db:
        tables = {name: _counts(db, f"SELECT state, count(*) FROM {name} GROUP BY state")  # noqa: S608 - own names
                  for name in STATES}
        codes = {name: _counts(db, f"SELECT code, count(*) FROM {name} WHERE code <> '' GROUP BY code")  # noqa: S608
                 for name in ("batch", "page", "document", "dossier", "delivery", "outbox")}
        return {"schema": db.execute("PRAGMA user_version").fetchone()[0], "bytes": copy.stat().st_size,
                "states": tables, "codes": codes,
                "open_locks": db.execute("SELECT count(*) FROM batch_lock WHERE done = ''").fetchone()[0]}


def links(copy: Path) -> Iterator[dict[str, Any]]:
    """Yield the last links of the audit chain: number, time, kind, code; not of what, not by whom."""
    with closing(needed.read(copy)) as db:
        rows = db.execute(LINKS, {"most": LAST_LINKS}).fetchall()
    for row in reversed(rows):
        code = json.loads(row["detail"]).get("code", "")
        yield {"seq": row["seq"], "at": row["at"], "what": row["what"], "code": code if _is_code(code) else ""}


def locked(copy: Path) -> tuple[str, ...]:
    """Return the batches of which nothing may be told."""
    with closing(needed.read(copy)) as db:
        return tuple(needed.locked(db))


def journal(lines: int, clean: Clean, shut: Sequence[str] | None) -> Iterator[dict[str, Any]]:
    """Yield the newest entries of the journal of all units, the oldest of them first; ``shut`` as ``entries``."""
    said = host.asked("journalctl", "--unit=appliance*", f"--lines={lines}", "--output=json", "--no-pager",
                      "--output-fields=MESSAGE,PRIORITY,APPLIANCE_EVENT,APPLIANCE_CODE,_SYSTEMD_UNIT", seconds=60)
    return entries(said.splitlines(), clean, shut)


def entries(said: Iterable[str], clean: Clean, shut: Sequence[str] | None = ()) -> Iterator[dict[str, Any]]:
    """Yield entries as ``journalctl --output=json`` has them, redacted: lines of work by fields, others by word.

    ``shut``: batches that are locked, of which no line is told; None: nobody knows which, so no id is told.
    """
    for raw in said:
        line = _ID.sub(redaction.GONE, raw) if shut is None else raw
        if any(batch in line for batch in shut or ()):
            continue
        try:
            one = json.loads(line)
        except ValueError:
            continue
        message = one.get("MESSAGE")
        entry = {"at": one.get("__REALTIME_TIMESTAMP", ""), "priority": one.get("PRIORITY", ""),
                 "unit": one.get("_SYSTEMD_UNIT", "")}
        if one.get("APPLIANCE_EVENT"):
            yield {**entry, "work": _of_work(message)}
        else:
            yield {**entry, "code": one.get("APPLIANCE_CODE", ""), "text": _of_words(message, clean)}


def metrics(config: Config, clean: Clean) -> str:
    """Return what Prometheus would read now, its labels redacted; why not where the page does not answer."""
    where = f"http://{config.console.host}:{config.console.port}/metrics"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(where, timeout=host.SECONDS) as answer:
            text = str(answer.read().decode())
    except (OSError, ValueError) as problem:
        return f"({where}: {type(problem).__name__})\n"
    return _LABEL.sub(lambda one: f'="{clean(one[1])}"', text)


def _of_work(message: object) -> dict[str, Any]:
    """Return the fields of a line of work that are told."""
    try:
        said = json.loads(str(message))
    except ValueError:
        return {}
    figures = {name: said[name] for name in FIGURES if isinstance(said.get(name), int | float)}
    words = {name: said[name] for name in WORDS if _WORD.fullmatch(str(said.get(name, "")))}
    return {**words, **figures}


def _of_words(message: object, clean: Clean) -> str:
    """Return an ordinary line; places in the code stay, and what is between quotes goes."""
    text = message if isinstance(message, str) else ""
    places = [f"{file}:{line} {name}" for file, line, name in _PLACE.findall(text)]
    bare = re.sub(r"'[^'\n]*'|\"[^\"\n]*\"", "[…]", _PLACE.sub("", text))
    return " | ".join([clean(bare), *places])


def _counts(db: sqlite3.Connection, sql: str) -> dict[str, int]:
    return {str(name): int(count) for name, count in db.execute(sql)}


def _is_code(text: object) -> bool:
    return isinstance(text, str) and re.fullmatch(r"[A-Z]\d{3}", text) is not None
