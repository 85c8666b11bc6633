"""A ledger and a store with batches in them, and the step of locks, for tests of what becomes of a locked batch."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar, cast

from appliance.core import files
from appliance.core.config import Config, parse
from appliance.core.model import Box, Geometry, ImageFormat, Mark, Master, PageAnalysis, PageKey, Side, Verdict
from appliance.spool import dossiers, entry, locks
from appliance.spool.confirming import Confirmed
from appliance.spool.ledger import Book, Ledger, Row
from appliance.spool.locks import Decision
from appliance.spool.store import Store
from appliance.steps.locks import LockSteps
from appliance.steps.means import Means

T = TypeVar("T")
SECRET = Verdict("secret", 0.9, 0.46, ok=False, code="I350")
BLURRED = Verdict("sharpness", 0.1, 0.38, ok=False, code="I308")


@dataclass
class Stand:
    """One office: its folder, its ledger, and whoever acts on locks."""

    root: Path
    config: Config

    def __post_init__(self) -> None:
        self.store = Store(self.root / "state")
        self.store.prepare()
        self.ledger = Ledger(self.store.ledger)

    def batch(self, name: str, device: str = "tray", confirmed: Confirmed | None = None) -> str:
        """Begin a batch."""
        new = entry.NewBatch(name, device, "default", "archive-tt05-2025", "Thử", '{"duplex": false}')
        entry.begin(self.ledger, new if confirmed is None else replace(new, confirmed=confirmed))
        return name

    def side(self, batch: str, sheet: int, data: bytes = b"", *, original: bool = False) -> int:
        """Capture a side with these bytes; return its page."""
        data = data or f"{batch} {sheet}".encode()
        digest = hashlib.sha256(data).hexdigest()
        path = f"{digest[:2]}/{digest}.jpg"
        files.make_folder(self.store.master(path).parent)
        if not self.store.master(path).exists():
            files.write_durably(self.store.master(path), data)
        if original:
            files.write_durably(self.store.master(path).with_suffix(".orig"), data)
        master = Master(path, digest, len(data), ImageFormat.JPEG, 9, 9, 3, 300)
        key = PageKey(batch, sheet, Side.FRONT)
        entry.record(self.ledger, entry.NewSide(key, master), self.store.masters)
        return self._page(batch, sheet)["id"]  # type: ignore[no-any-return]

    def look(self, page: int, *verdicts: Verdict, marks: Iterable[str] = ()) -> None:
        """Look at a side as the step does: verdict and lock in one transaction."""
        row = self.row(page)
        seen = PageAnalysis(Geometry(9, 9), blank=False, verdicts=verdicts,
                            marks=tuple(Mark("qr", text, Box(0, 0, 1, 1)) for text in marks))
        with self.ledger.transaction():
            entry.analysed(self.ledger, page, seen, separator=bool(tuple(marks)))
            if locks.is_suspected(seen, row["kept"].split()):
                locks.lock(self.ledger, row["batch"], page)

    def read(self, page: int) -> Path:
        """Let a page be read: its text lies in the work folder."""
        place = self.store.text(page)
        place.write_text("{}", encoding="utf-8")
        entry.read(self.ledger, page, str(place))
        return place

    def close(self, batch: str) -> None:
        """End a batch's capture."""
        entry.close(self.ledger, batch)

    def separate(self, batch: str, code: str, pages: Iterable[int], **changes: Any) -> str:
        """Put pages into one document of a dossier; return the dossier's id."""
        held = tuple(pages)
        document = dossiers.NewDocument(0, "22", len(held), held)
        new = dossiers.NewDossier(code, len(held), len(held), (document,), **changes)
        dossiers.separated(self.ledger, dossiers.Separated(batch, "default", (new,), (), ()))
        found = self.ledger.one("latest_dossier", file_code=code)
        assert found is not None
        return str(found["id"])

    def row(self, page: int) -> Row:
        """Return a page."""
        found = self.ledger.one("page", id=page)
        assert found is not None
        return found

    def states(self, table: str) -> dict[str, str]:
        """Return the states of all batches, documents or dossiers, by id."""
        return {row["id"]: row["state"] for row in self.ledger._db.execute(f"SELECT id, state FROM {table}")}

    def pages(self, batch: str) -> list[str]:
        """Return the states of a batch's pages, in order."""
        return [row["state"] for row in self.ledger.all("sides_of_batch", batch=batch)]

    def decide(self, batch: str, kind: str) -> bool:
        """Let the leader decide."""
        number, day = ("12/QĐ-BHXH", "21/11/2026") if kind == locks.DESTROY else ("", "")
        return locks.decide(self.ledger, batch, Decision(kind, "LD01", "dấu khẩn", number, day))

    def round(self) -> int:
        """Take the step of every lock that wants something, once; return how many there were."""
        return asyncio.run(self._round())

    async def _round(self) -> int:
        means = Means(self.config, self.store, cast(Book, _Here(self.ledger)), cast(Any, None), cast(Any, None),
                      cast(Any, None), cast(Any, None))
        steps = LockSteps(means)
        rows = await steps.ready()
        for row in rows:
            await steps.enforce(row)
        return len(rows)

    def masters(self) -> set[bytes]:
        """Return what lies among the masters."""
        return {path.read_bytes() for path in self.store.masters.rglob("*") if path.is_file()}

    def shut_in(self) -> set[bytes]:
        """Return what lies in the locked folders."""
        return {path.read_bytes() for path in self.store.locked.rglob("*.*")
                if path.is_file() and path.parent != self.store.locked}

    def noted(self, what: str) -> list[tuple[str, dict[str, Any]]]:
        """Return who and details of the links of one kind on the audit chain."""
        return [(row["who"], json.loads(row["detail"])) for row in self.ledger.all("audit") if row["what"] == what]

    def _page(self, batch: str, sheet: int) -> Row:
        found = self.ledger.one("same_page", batch=batch, sheet=sheet, side="front", attempt=1)
        assert found is not None
        return found


class _Here:
    """A book in this thread: every ask is answered at once."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    async def ask(self, function: Callable[..., T], *values: Any) -> T:
        return function(self.ledger, *values)


def office(root: Path, text: str = "") -> Stand:
    """Return a stand whose settings have this text."""
    import tomllib

    return Stand(root, parse(tomllib.loads(f'[[device]]\nname = "tray"\n{text}')))
