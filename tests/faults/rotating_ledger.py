"""Writes links, marks heads and rotates without end; prints each head that is acknowledged; waits to be killed."""

from __future__ import annotations

import sys
from pathlib import Path

from appliance.core.audit import Audit
from appliance.spool import segments
from appliance.spool.audit import Head
from appliance.spool.heads import HeadBook
from appliance.spool.ledger import Ledger
from appliance.spool.store import Store

LIMITS = Audit(keep_rows=100, segment_rows=100)


def main(root: Path) -> None:
    store = Store(root)
    store.prepare()
    ledger, book = Ledger(store.ledger), HeadBook(store.audit)
    segments.AT_ONCE = 20
    while True:
        with ledger.transaction():
            for number in range(60):
                ledger.note("page.captured", str(number))
        head = Head(*ledger.head())
        book.add(head, "")
        print(head.seq, flush=True)
        while segments.shed(ledger):
            pass
        if last := segments.due(ledger, LIMITS):
            segments.seal(ledger, segments.write(ledger, store.audit, last))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
