"""Brings dossiers to the archive, or leaves them late, and settles their promises without end; waits to be killed.

Prints how many dossiers it has brought so far; every promise that is due is settled a moment after.
"""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

from rescan_stand import Office

from appliance.core import clock
from appliance.core.service import Service
from appliance.spool import service

PROMISES = service.Promises(Service(), frozenset())


def main(root: Path, run: int) -> None:
    office = Office(root)
    for number in count():
        code = f"H{run}.{number}"
        office.batches = run * 100_000 + number
        office.dossier(1, code=code)
        if number % 3:
            office.all_the_way(f"p-{code}", code)
        else:
            office.ledger._db.execute("UPDATE promise SET started = started - 172800, since = since - 172800 "
                                      "WHERE dossier = ?", (f"{code}.r1",))
        print(number, flush=True)
        now = clock.now().timestamp()
        for row in service.due(office.ledger, PROMISES, now, 10):
            service.settle(office.ledger, row["id"], PROMISES, now)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
