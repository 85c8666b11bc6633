"""Which files a ledger needs that nobody else has: read from a copy of it that stands still.

Nothing of a locked batch, and nothing in which a page of one is. What the archive has is not here either.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from appliance.spool import segments
from appliance.spool.store import Store

FOR_EVER = ("audit/heads*.jsonl", "audit/lost-*", "seals/*", "courier/**/*", "scanners-seen.json", "journal-cursor")
"""Small files beside the ledger, by pattern; those of ``courier`` say which disks are on their way."""

KEYS = "keys/**/*"
"""Development key, counts of wrong PINs: in no backup that nobody asked to hold them."""

WANTED_AGAIN = """(EXISTS (
  SELECT 1 FROM dossier AS newer WHERE newer.file_code = dossier.file_code AND newer.revision > dossier.revision
  AND newer.line = dossier.line AND newer.state NOT IN ('accepted', 'replaced', 'discarded', 'removed')
) OR EXISTS (
  SELECT 1 FROM rescan WHERE rescan.file_code = dossier.file_code AND rescan.state IN ('waiting', 'held')
) OR EXISTS (
  SELECT 1 FROM outbox WHERE outbox.file_code = dossier.file_code AND outbox.state IN ('waiting', 'sent', 'refused')
))"""
"""What the archive has, and the next revision or the reception software still needs: as ``dossiers_to_clear``."""

MASTERS = f"""
SELECT page.path, page.sha256, page.batch FROM page JOIN batch ON batch.id = page.batch
LEFT JOIN dossier ON dossier.id = page.dossier
WHERE page.cleared = 0 AND page.path <> '' AND batch.locked = 0
AND NOT (page.state = 'filed' AND coalesce(dossier.state, '') = 'accepted' AND NOT {WANTED_AGAIN})
ORDER BY page.path, page.batch
"""  # noqa: S608 - own words
TEXTS = f"""
SELECT page.text_path AS path, page.batch FROM page JOIN batch ON batch.id = page.batch
LEFT JOIN dossier ON dossier.id = page.dossier
WHERE page.cleared = 0 AND page.text_path <> '' AND batch.locked = 0
AND coalesce(dossier.state, '') NOT IN ('locked', 'removed')
AND NOT (coalesce(dossier.state, '') = 'accepted' AND NOT {WANTED_AGAIN}) ORDER BY page.id
"""  # noqa: S608 - own words
DOCUMENTS = f"""
SELECT document.dossier, document.unsigned_path, document.unsigned_sha256, document.signed_path,
  document.signed_sha256
FROM document JOIN dossier ON dossier.id = document.dossier
WHERE dossier.cleared = '' AND dossier.state NOT IN ('discarded', 'locked', 'removed')
AND NOT (dossier.state IN ('accepted', 'replaced') AND NOT {WANTED_AGAIN})
AND document.state NOT IN ('locked', 'removed', 'excluded') ORDER BY document.id
"""  # noqa: S608 - own words
PACKAGES = """
SELECT dossier, path, sha256 FROM delivery
WHERE state IN ('screening', 'scan_hook_failed', 'queued', 'sending', 'sent') ORDER BY package
"""
BATCHES = """
SELECT DISTINCT batch FROM page WHERE dossier = :dossier UNION SELECT batch FROM dossier WHERE id = :dossier
UNION SELECT page.batch FROM bound JOIN document ON document.id = bound.document JOIN page ON page.id = bound.page
WHERE document.dossier = :dossier
"""
RECEIPTS = "SELECT receipt AS path FROM delivery WHERE receipt <> '' ORDER BY package"
LOCKED = "SELECT id FROM batch WHERE locked <> 0 OR state IN ('locked', 'removed') ORDER BY id"


@dataclass(frozen=True, slots=True)
class Needed:
    """A file: its place below the state folder, its hash where the ledger has it, whose paper it shows."""

    name: str
    sha256: str = ""
    of: tuple[str, ...] = ()
    must: bool = True


def read(path: Path) -> sqlite3.Connection:
    """Open a ledger that nobody writes to."""
    found = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    found.row_factory = sqlite3.Row
    return found


def locked(ledger: sqlite3.Connection) -> list[str]:
    """Return the batches that are locked, or were destroyed."""
    return [row["id"] for row in ledger.execute(LOCKED)]


def of(copy: Path, store: Store, *, keys: bool = False) -> list[Needed]:
    """Return every file that a copy of the ledger needs, each once; they lie below ``store``."""
    with closing(read(copy)) as ledger:
        shut = set(locked(ledger))
        found = [*_masters(ledger, store), *_derived(ledger, store), *_proofs(ledger, store)]
    patterns = (*FOR_EVER, *((KEYS,) if keys else ()))
    loose = [path for pattern in patterns for path in sorted(store.root.glob(pattern)) if path.is_file()]
    found += [Needed(_name(store, path), must=False) for path in loose]
    return list({one.name: one for one in found if not shut.intersection(one.of)}.values())


def _masters(ledger: sqlite3.Connection, store: Store) -> Iterator[Needed]:
    batches: dict[str, list[str]] = {}
    hashes: dict[str, str] = {}
    for row in ledger.execute(MASTERS):
        batches.setdefault(row["path"], []).append(row["batch"])
        hashes[row["path"]] = row["sha256"]
    for path, found in batches.items():
        whose = tuple(sorted(set(found)))
        yield Needed(_name(store, store.master(path)), hashes[path], whose)
        if (original := store.master(path).with_suffix(".orig")).is_file():
            yield Needed(_name(store, original), "", whose)


def _derived(ledger: sqlite3.Connection, store: Store) -> Iterator[Needed]:
    for row in ledger.execute(TEXTS):
        yield Needed(_name(store, Path(row["path"])), "", (row["batch"],))
    for row in ledger.execute(DOCUMENTS).fetchall():
        whose = _batches(ledger, row["dossier"])
        if row["signed_path"]:
            yield Needed(_name(store, Path(row["signed_path"])), row["signed_sha256"], whose)
        elif row["unsigned_path"]:
            yield Needed(_name(store, Path(row["unsigned_path"])), row["unsigned_sha256"], whose)
    for row in ledger.execute(PACKAGES).fetchall():
        yield Needed(_name(store, Path(row["path"])), row["sha256"], _batches(ledger, row["dossier"]))


def _proofs(ledger: sqlite3.Connection, store: Store) -> Iterator[Needed]:
    for row in ledger.execute(RECEIPTS):
        yield Needed(_name(store, Path(row["path"])))
    for row in ledger.execute("SELECT path, sha256 FROM evidence ORDER BY path"):
        yield Needed(_name(store, store.evidence / row["path"]), row["sha256"])
    for row in ledger.execute("SELECT number, sha256 FROM audit_segment ORDER BY number"):
        yield Needed(_name(store, store.audit / segments.name_of(row["number"])), row["sha256"])


def _batches(ledger: sqlite3.Connection, dossier: str) -> tuple[str, ...]:
    return tuple(sorted(row["batch"] for row in ledger.execute(BATCHES, {"dossier": dossier})))


def _name(store: Store, path: Path) -> str:
    """Return a path below the state folder; a file elsewhere keeps its whole one, and is missed there."""
    return str(path.relative_to(store.root)) if path.is_relative_to(store.root) else str(path)
