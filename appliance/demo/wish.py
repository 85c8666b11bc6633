"""What a demo is asked for, and the daemon's settings that follow from it."""

from __future__ import annotations

import argparse
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance.demo import leave
from appliance.demo.place import Place, Table, settings_text

DEVICE = "demo"
"""Name of the one device and of its job."""

TSA_SECONDS = 20
"""How long the development TSA may take on a busy machine."""

PERSON = "Người quét thử nghiệm"
"""Who scans in a demo and confirms at Start that its papers, made up or the user's own, hold no state secret."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks for; ``pin`` is that of the leader who lets this run sign."""

    out: Path
    pages: tuple[Path, ...] = ()
    sides: str = "demo"
    seed: int = 1
    workers: int = 2
    keep: bool = False
    ocr: str = "tesserocr"
    pin: str = field(default_factory=lambda: secrets.token_urlsafe(12), repr=False, compare=False)


def settings(wish: Wish, place: Place, archive: str, scanner: str, tsa: str = "") -> str:
    """Return the daemon's settings of a run; addresses as given, ``scanner`` empty for the user's own files.

    ``tsa``: address of the development TSA; empty: there is none, and whatever needs a time stamp waits.
    """
    device: dict[str, str] = {"name": DEVICE, "job": DEVICE, "start_kind": "press"}
    job: dict[str, str | bool | int] = {"name": DEVICE}
    if scanner:
        device |= {"kind": "escl", "url": scanner, "profile": "virtual"}
        job |= {"rules": "archive-tt05-2025", "separation": "separators", "dpi": 300,
                "duplex": wish.sides != "quick"}
    else:
        device |= {"kind": "folder", "folder": str(place.hopper)}
        job |= {"rules": "demo", "separation": "one_dossier", "title": "Hồ sơ chạy thử từ tệp của người dùng"}
    tables: dict[str, Table] = {
        "office": {"code": "0000", "name": "BHXH tỉnh Hưng Lạc (chạy thử)", "organ_id": "H00.00.00",
                   "operator": PERSON},
        "storage": {"state": str(place.part("state")), "runtime": str(place.runtime), "min_free_mb": 256,
                    "keep_days": 1},
        "pool": {"workers": wish.workers},
        "ocr": {"engine": wish.ocr},
        "archive": {"url": archive, "receipt_key": str(place.receipt_key), "poll_seconds": 0.2,
                    "road": {"jitter_seconds": 0},  # one office, one archive: nobody to make room for
                    "screen": {"kind": "none"}},  # a trial: the packages say that nothing looked at them
        "console": {"port": 0},
    }
    lists: dict[str, list[Table]] = {"device": [device], "job": [job], "operator": [leave.leader(wish.pin)]}
    if tsa:
        tables["signing"] = {"trust": [str(place.time_root)]}
        lists["signing.tsa"] = [{"url": tsa, "seconds": TSA_SECONDS}]
    return settings_text(tables, lists)


def parse(argv: list[str]) -> Wish:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        "appliance demo", description="From a stack of paper to verified receipts, with an embedded archive and a "
        "virtual scanner. Exit codes: 0 all filed, 3 something is held (listed), 1 failed.")
    parser.add_argument("--pages", type=Path, nargs="+", default=[], metavar="PATH",
                        help="your own images, PDFs or folders of them, instead of the specimen stack")
    parser.add_argument("--out", type=Path, default=Path("build/demo"), help="folder for all it makes (build/demo)")
    parser.add_argument("--keep", action="store_true", help="leave all running at the end and print the addresses")
    parser.add_argument("--workers", type=int, choices=range(1, 17), default=2, metavar="N",
                        help="worker processes, 1 to 16 (2)")
    parser.add_argument("--sides", choices=("demo", "bench", "quick"), default="demo",
                        help="which specimen stack: 28, 40 or 4 sides")
    parser.add_argument("--seed", type=int, default=1, help="seed of the specimen stack (1)")
    parser.add_argument("--ocr", choices=("tesserocr", "pytesseract"), default="tesserocr", help="OCR engine")
    found: Any = parser.parse_args(argv)
    return Wish(found.out, tuple(found.pages), found.sides, found.seed, found.workers, found.keep, found.ocr)
