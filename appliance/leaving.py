"""``appliance leave``: prove that a host may be taken away, and keep what bears witness of its work."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from appliance import farewell
from appliance.backup import making
from appliance.client import SETTINGS
from appliance.core import config, errors
from appliance.core.errors import Exit
from appliance.spool.store import Store

SHOWN = 200
"""So many lines are printed; ``--json`` has all."""


def main(argv: list[str]) -> int:
    """Say what is not over (exit 3), or write what stays (exit 0)."""
    parser = argparse.ArgumentParser("appliance leave", description=__doc__)
    parser.add_argument("--config", type=Path, default=SETTINGS, help="settings file")
    parser.add_argument("--keep", type=Path, metavar="FILE.tar", help="write ledger, receipts, evidence and audit "
                                                                    "chain there; the daemon must be stopped")
    parser.add_argument("--json", action="store_true", help="for programs")
    options = parser.parse_args(argv)
    settings = config.load(options.config)
    store = Store(settings.storage.state)
    if not store.ledger.is_file():
        raise errors.REQUEST_REFUSED.error(reason=f"không có sổ cái / no ledger: {store.ledger}")
    with making.stillness(store) as still, tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "ledger.sqlite3"
        making.copy_ledger(store.ledger, copy)
        found = farewell.left(settings, copy)
        said: dict[str, Any] = {"changed": False, "office": settings.office.code, "still": still,
                                "left": farewell.told(found)}
        if options.keep and not found:
            if not still:
                raise errors.DAEMON_RUNNING.error(path=store.ledger)
            said |= {"changed": True, "kept": str(options.keep),
                     "proof": farewell.keep(settings, copy, options.keep)}
    _tell(said, found, as_json=options.json)
    return Exit.HELD if found else Exit.DONE


def _tell(said: dict[str, Any], found: list[farewell.Left], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(f"{json.dumps(said, ensure_ascii=False)}\n")
        return
    for one in found[:SHOWN]:
        code = f" {one.code}" if one.code else ""
        sys.stdout.write(f"{farewell.WORDS[one.kind]} / {one.kind}  {one.id}: {one.state}{code}\n")
    if found:
        kind = errors.NOT_FINISHED.error(n=len(found))
        sys.stderr.write(f"{kind.code}: {kind.vi}\n      {kind.en}\n")
    else:
        sys.stdout.write(f"không còn việc gì dở dang / nothing is left: {said['office']}"
                         f"{' -> ' + said['kept'] if 'kept' in said else ''}\n")
