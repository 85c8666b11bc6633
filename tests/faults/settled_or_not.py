"""Settles a promise in a process that dies before its n-th statement, for each n; settles again, prints what is so.

One line of JSON for each n: the numbers afterwards. Ends with the first n that the process survives.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from contextlib import closing
from itertools import count
from pathlib import Path

from appliance.core.service import ARCHIVE, Service
from appliance.spool import service
from appliance.spool.ledger import Ledger

PROMISES = service.Promises(Service(), frozenset())


def settle(path: Path, now: float, die_before: int = 0) -> None:
    with closing(Ledger(path)) as ledger:
        if die_before:
            left = iter(range(die_before, 0, -1))
            ledger._db.set_trace_callback(lambda _: os._exit(9) if next(left, 0) == 1 else None)
        for row in service.due(ledger, PROMISES, now, 10):
            service.settle(ledger, row["id"], PROMISES, now)
        ledger._db.set_trace_callback(None)


def main(folder: Path, now: float) -> None:
    for number in count(1):
        path = folder / f"{number}.sqlite3"
        shutil.copy(folder / "ledger.sqlite3", path)
        if (child := os.fork()) == 0:
            settle(path, now, number)
            os._exit(0)
        died = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0
        settle(path, now)
        with closing(Ledger(path)) as ledger:
            found = service.served(ledger)[ARCHIVE]
        took = round(sum(found.seconds.values()), 3)
        print(json.dumps([found.met, found.missed, sum(found.buckets.values()), took]))
        if not died:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
