"""What has to be over before a host may leave its office: and what bears witness of its work then."""

from __future__ import annotations

import io
import json
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from appliance import __version__
from appliance.backup import needed
from appliance.core import clock, files
from appliance.core.config import Config
from appliance.core.errors import ApplianceError
from appliance.spool.chain import Chain
from appliance.spool.store import Store

OPEN: dict[str, str] = {
    "batch": "SELECT id, state, code FROM batch WHERE state NOT IN ('separated', 'removed') ORDER BY id",
    "page": """
SELECT page.batch || '/' || page.sheet || page.side AS id, page.state, page.code FROM page
LEFT JOIN dossier ON dossier.id = page.dossier JOIN batch ON batch.id = page.batch
WHERE page.state IN ('captured', 'analysed', 'read', 'held') AND batch.state IN ('separated', 'removed')
AND dossier.id IS NULL ORDER BY page.id""",
    "dossier": """
SELECT id, state, code FROM dossier
WHERE state NOT IN ('accepted', 'replaced', 'discarded', 'removed', 'handed_over') ORDER BY id""",
    "paper": """
SELECT dossier.id AS id, 'paper_to_centre' AS state, handover.code AS code FROM handover
JOIN dossier ON dossier.id = handover.dossier WHERE dossier.state = 'handed_over' AND handover.taken_back = ''
AND handover.received = '' ORDER BY dossier.id""",
    "delivery": """
SELECT package AS id, state, code FROM delivery WHERE state NOT IN ('accepted', 'rejected', 'withdrawn')
OR (state = 'withdrawn' AND upload_url <> '') ORDER BY package""",
    "rescan": """
SELECT file_code || '.' || ordinal AS id, state, code FROM rescan WHERE state IN ('waiting', 'held') ORDER BY id""",
    "component": """
SELECT file_code || '.' || ordinal AS id, state, code FROM outbox
WHERE state NOT IN ('confirmed', 'withdrawn') ORDER BY id""",
    "task": """
SELECT file_code || '.' || ordinal AS id, state, '' AS code FROM task WHERE state = 'asked' ORDER BY id""",
    "supplement": """
SELECT file_code AS id, 'awaited' AS state, '' AS code FROM supplement WHERE dossier = '' ORDER BY id""",
    "lock": "SELECT batch AS id, 'locked' AS state, was_code AS code FROM batch_lock WHERE done = '' ORDER BY id",
    "lot": "SELECT CAST(id AS TEXT) AS id, state, '' AS code FROM lot WHERE state = 'open' ORDER BY id",
}
"""By kind: what nobody has brought to an end; it waits for a machine, for the archive, or for a person."""

WORDS = {
    "batch": "lượt quét", "page": "mặt giấy", "dossier": "hồ sơ", "paper": "giấy gửi về Trung tâm",
    "delivery": "gói tin", "rescan": "tài liệu quét lại", "component": "thành phần gửi phần mềm tiếp nhận",
    "task": "kho đề nghị quét lại", "supplement": "tài liệu bổ sung", "lock": "nghi bí mật nhà nước",
    "lot": "lô nghiệm thu", "receipt": "xác nhận tiếp nhận", "file": "tệp chờ trong thư mục",
    "audit": "chuỗi kiểm toán"}

REMEMBERED = frozenset({"current.json", "last.json", "taken.txt"})
"""What the state folder keeps of a push scanner beside the file that is on its way: it waits for nothing."""

ACCEPTED = """
SELECT package, sha256, receipt, receipt_number, accepted FROM delivery WHERE state = 'accepted' ORDER BY package
"""
COUNTS = """
SELECT (SELECT count(*) FROM batch) AS batches, (SELECT count(*) FROM page) AS sides,
  (SELECT count(*) FROM page WHERE state = 'filed') AS filed,
  (SELECT count(*) FROM dossier WHERE state = 'accepted') AS dossiers
"""


@dataclass(frozen=True, slots=True)
class Left:
    """One thing that is not over."""

    kind: str
    id: str
    state: str
    code: str = ""


def left(config: Config, copy: Path) -> list[Left]:
    """Return everything that is not over, by a copy of the ledger that stands still."""
    store = Store(config.storage.state)
    with closing(needed.read(copy)) as ledger:
        found = [Left(kind, row["id"], row["state"], row["code"])
                 for kind, sql in OPEN.items() for row in ledger.execute(sql)]
        found += [Left("receipt", row["package"], "missing") for row in ledger.execute(ACCEPTED)
                  if not Path(row["receipt"]).is_file()]
    return found + list(_waiting(config, store)) + list(_broken(store))


def _waiting(config: Config, store: Store) -> Iterator[Left]:
    """Yield a line for each scanner in whose folders images wait that no ledger knows; also of one that is gone."""
    pushed = store.root / "pushed"
    places = {path.name: [path] for path in sorted(pushed.iterdir())} if pushed.is_dir() else {}
    for device in config.device:
        places.setdefault(device.name, []).extend([Path(device.folder)] if device.folder else ())
    for name, folders in places.items():
        count = sum(path.is_file() and not path.name.startswith(".") and path.name not in REMEMBERED
                    for folder in folders if folder.is_dir() for path in folder.rglob("*"))
        if count:
            yield Left("file", name, f"{count}")


def _broken(store: Store) -> Iterator[Left]:
    try:
        Chain(store).whole()
    except ApplianceError as problem:
        yield Left("audit", "-", "broken", problem.code)


def keep(config: Config, copy: Path, place: Path) -> dict[str, Any]:
    """Write what stays of an office's work when its host goes; return what it says of itself.

    A tar of ``proof.json``, the ledger, receipts, evidence and audit chain: no image, no text, no key.
    """
    store = Store(config.storage.state)
    proof = _proof(config, copy)
    part = place.with_name(f"{place.name}{files.TEMPORARY}")
    try:
        with tarfile.open(part, "w") as tar:
            _add(tar, "proof.json", json.dumps(proof, ensure_ascii=False, indent=1).encode())
            tar.add(copy, "ledger.sqlite3", filter=_plain)
            for folder in (store.receipts, store.evidence, store.audit):
                for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
                    if path.is_file():
                        tar.add(path, f"{folder.name}/{path.relative_to(folder)}", filter=_plain)
        files.adopt_durably(part, place, 0o600)
    finally:
        part.unlink(missing_ok=True)
    return proof


def _proof(config: Config, copy: Path) -> dict[str, Any]:
    with closing(needed.read(copy)) as ledger:
        head = ledger.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
        accepted = [_receipt(row) for row in ledger.execute(ACCEPTED)]
        counts = dict(ledger.execute(COUNTS).fetchone())
    return {"format": 1, "office": config.office.code, "made": clock.iso(clock.now()), "version": __version__,
            "nothing_left": True, "audit": dict(head) if head else {}, "counts": counts, "packages": accepted,
            "ledger": files.sha256_of(copy)}


def _receipt(row: sqlite3.Row) -> dict[str, str]:
    return {"package": row["package"], "sha256": row["sha256"], "number": row["receipt_number"],
            "accepted": row["accepted"], "receipt": files.sha256_of(Path(row["receipt"]))}


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    one = tarfile.TarInfo(name)
    one.size, one.mode = len(data), 0o600
    tar.addfile(one, io.BytesIO(data))


def _plain(one: tarfile.TarInfo) -> tarfile.TarInfo:
    one.uid = one.gid = 0
    one.uname = one.gname = ""
    return one


def told(found: list[Left]) -> list[dict[str, str]]:
    """Return what is left as plain values."""
    return [asdict(one) for one in found]
