"""What a device that brings files has left beside its folder: the pages of a stack that was fed lie in ``out``.

A push scanner's file is gone from the share and from the state folder when all of it is in the ledger
(device/push_inbox.py), but one that came twice is put aside there; a folder device keeps what it fed, as an output
tray does. Of a locked batch nothing stays.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from appliance.core import clock
from appliance.core.config import Config
from appliance.orders.pages import master_of
from appliance.spool.ledger import Ledger

FILES = ("folder", "push")
"""Kinds of device that feed files."""

SLACK = timedelta(seconds=3)
"""How far the clock of a file server may be from ours."""


def remove(ledger: Ledger, batch: str, config: Config) -> int:
    """Remove the files that a device fed into a batch and kept, or put aside; return how many there were.

    Those are the files with the bytes of one of its masters, and the files of a folder device's tray that were put
    there while the batch was fed. Masters of whatever else was fed just then are in the ledger: nothing is lost.
    """
    row = ledger.one("batch", id=batch)
    device = next((one for one in config.device if row is not None and one.name == row["device"]), None)
    if row is None or device is None or device.kind not in FILES or not device.folder:
        return 0
    pages = ledger.all("sides_of_batch", batch=batch)
    hashes, sizes = {page["sha256"] for page in pages}, {master_of(page).size for page in pages}
    tray = Path(device.folder).parent / "out" if device.kind == "folder" else Path(device.folder) / "duplicate"
    found = 0
    since, until = _time(row["started"], -SLACK), _time(row["ended"], SLACK)
    for path in _files(tray):
        facts = path.stat()
        fed = device.kind == "folder" and since <= facts.st_ctime <= until
        if fed or (facts.st_size in sizes and hashlib.sha256(path.read_bytes()).hexdigest() in hashes):
            path.unlink(missing_ok=True)
            found += 1
    _drop_empty(tray)
    return found


def _time(text: str, slack: timedelta) -> float:
    """Return a time of the ledger in seconds; 0 where there is none: then no file counts by its time."""
    return (clock.parse(text) + slack).timestamp() if text else 0.0


def _files(tray: Path) -> Iterator[Path]:
    for folder, _, names in os.walk(tray):
        for name in names:
            path = Path(folder) / name
            if path.is_file() and not path.is_symlink():
                yield path


def _drop_empty(tray: Path) -> None:
    for folder in sorted((path for path in tray.rglob("*") if path.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
