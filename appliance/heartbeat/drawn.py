"""The drawn page becomes a captured side: a durable master, and a batch of one sheet that is over."""

from __future__ import annotations

import json
from pathlib import Path

from appliance import __version__
from appliance.core import errors
from appliance.core.config import Config
from appliance.core.ids import uuid7
from appliance.core.model import ImageFormat, Master, PageKey, Side
from appliance.device import image_header
from appliance.device.masters import Masters
from appliance.device.scanner import RawSide
from appliance.spool import confirming, entry, naming
from appliance.spool.ledger import Ledger

DEVICE = "heartbeat"
DPI = 300
SYNTHETIC = "synthetic"
"""How the batch is confirmed to hold no state secret: this program drew it."""


def kept(masters: Path, draft: Path) -> Master:
    """Make the drawn page a durable master.

    Raises:
        ApplianceError: DISK_FAILED.
    """
    try:
        data = draft.read_bytes()
        path, digest = Masters(masters).keep(RawSide(1, Side.FRONT, data, DPI), ".jpg")
    except OSError as problem:
        raise errors.DISK_FAILED.error(reason=problem.strerror or str(problem), sheet=1) from None
    head = image_header.parse(data)
    return Master(path, digest, len(data), ImageFormat.JPEG, head.width, head.height, head.components, DPI)


def captured(ledger: Ledger, config: Config, run: str, master: Master) -> None:
    """Write the batch and its one side down, as a scan of one sheet that is over."""
    batch, job = uuid7(), config.job[0]
    facts = {"device": DEVICE, "kind": "folder", "model": "", "serial": "", "firmware": "", "profile": "",
             "options": "", "dpi": DPI, "duplex": False, "folder": True, "software": __version__, "synthetic": run}
    new = entry.NewBatch(batch, DEVICE, job.name, job.rules, "appliance", json.dumps(facts), "", naming.OFFICE,
                         confirming.Confirmed(SYNTHETIC))
    with ledger.transaction():
        entry.begin(ledger, new)
        ledger.act("mark_synthetic", id=batch)
        entry.record(ledger, entry.NewSide(PageKey(batch, 1, Side.FRONT), master))
        entry.close(ledger, batch)
