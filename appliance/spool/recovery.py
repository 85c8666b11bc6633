"""What a start finds half done. Almost nothing to do: the ordinary loop takes up every other state."""

from __future__ import annotations

import json
from dataclasses import dataclass

from appliance.core import errors, files
from appliance.core.states import BATCH, DELIVERY, BatchState, DeliveryState
from appliance.spool import entry, locks, stamps
from appliance.spool.ledger import Ledger
from appliance.spool.store import Store


@dataclass(frozen=True, slots=True)
class OpenBatch:
    """A batch whose capture was cut short: paper goes back from ``sheet`` on."""

    batch: str
    device: str
    sheet: int
    code: str
    job: str = ""


def recover(ledger: Ledger, store: Store) -> tuple[OpenBatch, ...]:
    """Tidy up after a stop of any kind; return the batches that wait for their paper.

    Running it twice has the same effect as once.
    """
    for folder in (store.masters, store.work, store.packages, store.receipts, store.audit):
        files.sweep_temporaries(folder)
    found = []
    locks.lock_suspected(ledger)
    stamps.ask_again(ledger)
    with ledger.transaction():
        for row in ledger.all("open_batches"):
            code = row["code"] or errors.SCANNER_PROCESS_LOST.code
            sheet = entry.interrupt(ledger, row["id"], code)
            if not ledger.all("live_sides", batch=row["id"]) and _never_mattered(row["provenance"], code):
                ledger.move(BATCH, row["id"], BatchState.RELOAD, BatchState.CLOSED)
                continue
            found.append(OpenBatch(row["id"], row["device"], sheet, code, row["job"]))
        for row in ledger.all("deliveries_to_send"):
            if row["state"] == DeliveryState.SENDING:
                ledger.move(DELIVERY, row["package"], DeliveryState.SENDING, DeliveryState.QUEUED)
    return tuple(found)


def _never_mattered(provenance: str, code: str) -> bool:
    """Say whether a batch without a side may be closed: no paper was moved.

    Its device feeds files, or refused the job, which no paper that is put back will change. After anything else a
    sheet may be in the machine, and what lies in the feeder must not start alone.
    """
    return bool(json.loads(provenance).get("folder", False)) or not errors.by_code(code).retry
