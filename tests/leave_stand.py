"""Assembled documents of any operators, the desk on a real socket, and a signer that writes what it is asked."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import tomllib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from appliance.core import clock, files, wire
from appliance.core.config import Config, parse
from appliance.core.errors import ApplianceError
from appliance.core.jobs import AGENCY, Assembled, Signed
from appliance.core.model import Box, Geometry, ImageFormat, Master, PageAnalysis, PageKey, Side
from appliance.core.plain import to_plain
from appliance.signing.desk import SignerDesk
from appliance.signing.protocol import KeyFacts
from appliance.spool import cataloguing, dossiers, entry, filing
from appliance.spool.ledger import Book, Ledger, Row
from appliance.spool.store import Store
from appliance.steps.means import Means
from appliance.steps.signing import SigningSteps

SECONDS = 30.0
SEAL, OTHER = "a" * 64, "b" * 64
ARCHIVE, COUNTER = "archive-tt05-2025", "onestop-ttvpcp-2023"
JOBS = f'[[job]]\nname = "kho"\nrules = "{ARCHIVE}"\n[[job]]\nname = "quay"\nrules = "{COUNTER}"\n'


def facts(name: str = AGENCY, fingerprint: str = SEAL, *, development: bool = True) -> KeyFacts:
    return KeyFacts(f"Khóa {name}", "CA", "2026-01-01T00:00:00+07:00", "2030-01-01T00:00:00+07:00", development,
                    "RSASSA-PSS with SHA-256", name=name, fingerprint=fingerprint)


@dataclass
class Signer:
    """The other side of the socket: ``signed`` names what was signed and with which key, ``opened`` who asked."""

    line: wire.Line
    signed: list[tuple[str, str]] = field(default_factory=list)
    opened: list[dict[str, Any]] = field(default_factory=list)
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    refuse: dict[str, str] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    details: dict[str, str] = field(default_factory=dict)
    level: str = "B-B"
    lifted: list[str] = field(default_factory=list)
    person: KeyFacts | None = None
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.hold.set()

    async def serve(self) -> None:
        with contextlib.suppress(ConnectionError):
            while (message := await self.line.receive()) is not None:
                task = asyncio.create_task(self._answer(message[1]))
                self.tasks.add(task)
                task.add_done_callback(self.tasks.discard)

    async def _answer(self, asked: dict[str, Any]) -> None:
        number, what, body = asked["number"], asked["what"], asked["body"]
        if what in self.silent:
            return
        if what in self.refuse:
            answer = {"number": number, "code": self.refuse[what], "reason": "test", "details": self.details}
            await self.line.send("failed", answer)
            return
        done: Any = {}
        if what == "sign":
            await self.hold.wait()
            Path(body["out"]).write_bytes(b"signed")
            self.signed.append((body["document"], body["key"]))
            sha256, stamped = files.sha256_of(Path(body["out"])), "2026-11-22T08:00:00+07:00"
            done = to_plain(Signed(body["out"], sha256, 6, self.level, "S", "stamp", True,
                                   stamped_at="" if self.level == "B-B" else stamped))
        elif what == "lift":
            self.lifted.append(body["document"])
            done = to_plain(Signed(body["path"], "c" * 64, 6, body["policy"]["level"], "S", "stamp", True,
                                   stamped_at="2026-11-22T08:00:00+07:00"))
        elif what == "open":
            self.opened.append(body)
            own = self.person or facts(body["code"], (body["code"].encode().hex() * 32)[:64])
            await self.line.send("hello", own)
            done = to_plain(own)
        elif what == "unlock":
            done = to_plain(facts())
        await self.line.send("done", {"number": number, "body": done})


@dataclass
class Stand:
    """One office whose documents wait to be signed."""

    root: Path
    config: Config
    desk: SignerDesk
    signer: Signer
    batches: int = 0

    def __post_init__(self) -> None:
        self.store = Store(self.root / "state")
        self.store.prepare()
        self.book = Book(self.store.ledger)
        nothing = cast(Any, None)
        self.means = Means(self.config, self.store, self.book, nothing, self.desk, nothing, nothing)
        self.steps = SigningSteps(self.means)
        self.steps._refuse_closed = lambda profile: None  # type: ignore[method-assign]

    async def document(self, code: str, *operators: str, job: str = "kho", rules: str = ARCHIVE) -> str:
        """Bring one document to the signature; each of ``operators`` scans a page of it. Return its id."""
        return await self.book.ask(self._document, code, operators, job, rules)

    def _document(self, ledger: Ledger, code: str, operators: tuple[str, ...], job: str, rules: str) -> str:
        pages = [self._page(ledger, operator, job, rules) for operator in operators or ("",)]
        new = dossiers.NewDossier(code, len(pages), len(pages), (
            dossiers.NewDocument(1, "22", len(pages), tuple(pages)),))
        dossiers.separated(ledger, dossiers.Separated(f"b{self.batches}", job, (new,), (), ()))
        dossier = ledger.one("latest_dossier", file_code=code)
        assert dossier is not None
        ledger.put("dossier", dossier["id"], composition="{}", rules=rules, job=job)
        for row in ledger.all("documents_to_catalogue"):
            cataloguing.read(ledger, row["id"], [])
        (row,) = ledger.all("documents_of_dossier", dossier=dossier["id"])
        unsigned = self.store.unsigned(row["id"])
        files.make_folder(unsigned.parent)
        unsigned.write_bytes(b"unsigned")
        done = Assembled(str(unsigned), files.sha256_of(unsigned), 8, len(pages), Box(0, 0, 200, 60))
        filing.assembled(ledger, row["id"], done)
        return str(row["id"])

    def _page(self, ledger: Ledger, operator: str, job: str, rules: str) -> int:
        self.batches += 1
        batch = f"b{self.batches}"
        entry.begin(ledger, entry.NewBatch(batch, "tray", job, rules, f"Người {operator}", '{"duplex": false}',
                                           operator, "card" if operator else "office"))
        master = Master(f"{batch}.jpg", batch, 10, ImageFormat.JPEG, 100, 100, 3, 300)
        entry.record(ledger, entry.NewSide(PageKey(batch, 1, Side.FRONT), master))
        entry.close(ledger, batch)
        (page,) = [row["id"] for row in ledger.all("live_sides", batch=batch)]
        entry.analysed(ledger, page, PageAnalysis(Geometry(100, 100), blank=False), separator=False)
        entry.read(ledger, page, str(self.root / "text"))
        return int(page)

    async def round(self) -> dict[str, str]:
        """Look, then sign what is ready, as the conductor does; return the state of every document."""
        await self.steps.look()
        rows = await self.rows("documents_to_sign")
        await asyncio.gather(*(self.steps.sign(row) for row in rows))
        return await self.states()

    async def rows(self, name: str, **values: object) -> list[Row]:
        return await self.book.ask(lambda ledger: ledger.all(name, **values))

    async def states(self) -> dict[str, str]:
        """Return state, and code where one stands, of every document by the code of its dossier."""
        found = await self.book.ask(lambda ledger: ledger._db.execute(
            "SELECT dossier.file_code, document.state, document.code FROM document "
            "JOIN dossier ON dossier.id = document.dossier").fetchall())
        return {row[0]: f"{row[1]} {row[2]}".strip() for row in found}

    async def chain(self, *what: str) -> list[Row]:
        """Return the links of some kinds on the audit chain."""
        return [row for row in await self.rows("audit") if row["what"] in what]

    async def says(self, kind: str, body: object) -> None:
        """Let the signer say something, and wait until the desk has heard it."""
        before = dict(self.desk.keys), dict(self.desk.lost)
        await self.signer.line.send(kind, body)
        await until(lambda: (self.desk.keys, self.desk.lost) != before)


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not reached():
            await asyncio.sleep(0.005)


async def refused(work: Any) -> str:
    """Return the code with which something is refused."""
    try:
        await work
    except ApplianceError as problem:
        return problem.code
    raise AssertionError("not refused")


@contextlib.asynccontextmanager
async def office(root: Path, people: str = "", key: KeyFacts | None = None) -> AsyncIterator[Stand]:
    """Open an office whose signer has its key."""
    config = parse(tomllib.loads(f'[[device]]\nname = "tray"\njob = "kho"\n{JOBS}{people}'))
    with tempfile.TemporaryDirectory(prefix="lv") as runtime:
        desk = SignerDesk(Path(runtime) / "signer.sock")
        await desk.start()
        line = await wire.connect(desk.socket)
        await line.send("hello", key or facts())
        signer = Signer(line)
        serving = asyncio.create_task(signer.serve())
        await until(lambda: desk.key is not None)
        stand = Stand(root, config, desk, signer)
        try:
            yield stand
        finally:
            stand.book.close()
            await desk.stop()
            await line.close()
            await serving


def day(after: int) -> str:
    """Return a day so many days after today, as people write it."""
    return f"{clock.now() + timedelta(days=after):%d/%m/%Y}"
