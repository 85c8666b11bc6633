"""Heads of the audit chain that packages and receipts on this host hold: what left the office bears witness.

A receipt is read without its key: it verified when it came, and here it only tells where to look.
"""

from __future__ import annotations

import base64
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from appliance.spool.heads import Witness
from appliance.spool.store import Store

PROVENANCE = "documentation/capture-provenance.json"
LONGEST = 64 << 20
"""Longest provenance that is read."""

UNREADABLE = (OSError, ValueError, LookupError, TypeError, AttributeError, NotImplementedError, RuntimeError,
              zipfile.BadZipFile, zlib.error)
"""What a file raises that is none of ours, or is being written or removed just now."""


def from_files(store: Store, most: int = 0) -> list[Witness]:
    """Return the heads in packages and receipts, the lowest first; of at most so many newest files of each kind."""
    found = [*_heads(_newest(store.packages, "*.zip", most), _in_package),
             *_heads(_newest(store.receipts, "*.jws", most), _in_receipt)]
    return sorted(found, key=lambda one: one.seq)


def _newest(folder: Path, pattern: str, most: int) -> Iterable[Path]:
    if not folder.is_dir():
        return ()
    if not most:
        return folder.glob(pattern)
    paths = [(path.stat().st_mtime, path) for path in folder.glob(pattern) if path.is_file()]
    return [path for _, path in sorted(paths, reverse=True)[:most]]


def _heads(paths: Iterable[Path], read: Any) -> Iterator[Witness]:
    for path in paths:
        try:
            seq, head = read(path)
        except UNREADABLE:
            continue
        if isinstance(seq, int) and seq > 0 and isinstance(head, str) and len(head) == 64:
            yield Witness(seq, head, f"{path.parent.name}/{path.name}")


def _in_package(path: Path) -> tuple[Any, Any]:
    with zipfile.ZipFile(path) as package:
        (info,) = [one for one in package.infolist() if one.filename.endswith(PROVENANCE)]
        if info.file_size > LONGEST:
            raise ValueError(PROVENANCE)
        facts = json.loads(package.read(info))
    return facts["audit_seq"], facts["audit_head"]


def _in_receipt(path: Path) -> tuple[Any, Any]:
    payload = path.read_text("ascii").split(".")[1]
    seq, _, head = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["audit"].partition(":")
    return int(seq), head
