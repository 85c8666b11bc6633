"""A batch that was locked since: what was copied of it the night before goes from every backup.

A set that shows anything of it goes as a whole, once a newer one is there that does not.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from appliance.backup import needed
from appliance.backup.shelf import LEDGER, Manifest, Shelf
from appliance.core import files

READ_OF = """
SELECT 1 FROM page JOIN document ON document.dossier = page.dossier
WHERE page.batch = :batch AND document.catalogue <> '[]' LIMIT 1
"""
"""Whether a ledger has words that were read from the paper of a batch, or of its dossiers."""


def withdraw(shelf: Shelf, newest: str) -> int:
    """Destroy what older backups have of batches that the newest knows as locked; return how many sets went.

    A set that cannot be read is passed: ``Shelf.prune`` names it.
    """
    with closing(needed.read(shelf.sets / newest / LEDGER)) as ledger:
        shut = set(needed.locked(ledger))
    wanted = {one.sha256 for one in shelf.manifest(newest).files}
    showing = [one for one in shelf.readable()[0] if one.set != newest and _is_showing(shelf, one, shut)]
    for one in showing:
        for item in one.files:
            if shut.intersection(item.of) and item.sha256 not in wanted:
                _destroy(shelf.object(item.sha256))
        gone = shelf.sets / f".gone-{one.set}"
        (shelf.sets / one.set).rename(gone)
        _destroy(gone / LEDGER)
        shutil.rmtree(gone)
    return len(showing)


def _is_showing(shelf: Shelf, one: Manifest, shut: set[str]) -> bool:
    """Say whether a set shows anything of locked batches; one whose ledger cannot be read any more may."""
    if any(shut.intersection(item.of) for item in one.files):
        return True
    try:
        with closing(needed.read(shelf.sets / one.set / LEDGER)) as ledger:
            return any(_has_words(ledger, batch) for batch in shut - set(needed.locked(ledger)))
    except sqlite3.DatabaseError:
        return bool(shut)


def _has_words(ledger: sqlite3.Connection, batch: str) -> bool:
    return ledger.execute(READ_OF, {"batch": batch}).fetchone() is not None


def _destroy(path: Path) -> None:
    """Overwrite and remove a file, as far as a disk lets one (docs/secrets.md)."""
    if not path.is_file():
        return
    files.overwrite(path)
    files.remove_durably(path)
