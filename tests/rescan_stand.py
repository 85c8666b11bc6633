"""A ledger with a dossier at any point of its way, and paper that is scanned again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from appliance.core.jobs import Assembled, Packed, Signed
from appliance.core.model import Box, Geometry, ImageFormat, Master, PageAnalysis, PageKey, Side
from appliance.core.states import DeliveryState
from appliance.spool import cataloguing, deliveries, dossiers, entry, filing, replacing, rescans
from appliance.spool.again import NewRescan
from appliance.spool.dossiers import NewDocument, NewDossier, Separated
from appliance.spool.ledger import Ledger, Row

RULES = "archive-tt05-2025"
CODE = "H1.2001.7"


@dataclass
class Office:
    """The ledger and the files of an office."""

    root: Path

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.root / "ledger.sqlite3")
        self.batches = 0
        self.places = replacing.Places(lambda name: self.root / f"{name}.pdf", lambda path: self.root / path)

    def scan(self, sheets: int, blank: tuple[int, ...] = (), duplex: bool = True, read: bool = True) -> list[int]:
        """Scan a batch of sheets, front and back; return its pages. ``blank``: which of them, counted from 0."""
        self.batches += 1
        name = f"b{self.batches}"
        entry.begin(self.ledger, entry.NewBatch(name, "tray", "archive", RULES, "Văn A",
                                                f'{{"duplex": {str(duplex).lower()}}}'))
        for sheet in range(1, sheets + 1):
            for side in (Side.FRONT, Side.BACK) if duplex else (Side.FRONT,):
                path = f"{name}-{sheet}{side.value}.jpg"
                (self.root / path).write_bytes(path.encode())
                master = Master(path, f"sha-{path}", 10, ImageFormat.JPEG, 100, 100, 3, 300)
                entry.record(self.ledger, entry.NewSide(PageKey(name, sheet, side), master))
        entry.close(self.ledger, name)
        pages = [row["id"] for row in self.ledger.all("live_sides", batch=name)]
        for at, page in enumerate(pages):
            entry.analysed(self.ledger, page, PageAnalysis(Geometry(100, 100), blank=at in blank), separator=False)
            if read:
                self.read(page)
        return pages

    def read(self, page: int) -> None:
        """Read a page."""
        path = self.root / f"page-{page}.txt"
        path.write_text("x")
        entry.read(self.ledger, page, str(path))

    def dossier(self, *documents: int, code: str = CODE, held: str = "", declared: int = 0,
                again: bool = False) -> None:
        """Scan a dossier whose documents have so many sheets."""
        pages = self.scan(sum(documents))
        parts, at = [], 0
        for number, sheets in enumerate(documents, 1):
            parts.append(NewDocument(number, "", sheets, tuple(pages[at:at + 2 * sheets])))
            at += 2 * sheets
        new = NewDossier(code, declared, sum(documents), tuple(parts), held, {"captured": 1, "declared": declared},
                         again=again)
        self.separated(Separated(f"b{self.batches}", "archive", (new,), (), ()))

    def separated(self, found: Separated) -> None:
        """Write down what was found in the last batch."""
        rescans.separated(self.ledger, found, dossiers.Later())

    def again(self, *asked: NewRescan) -> None:
        """Write down what shall take the place of pages."""
        self.separated(Separated(f"b{self.batches}", "archive", (), (), (), asked))

    def rescan(self, ordinal: int, page: int, sheets: int = 1, declared: int = 1, **scan: tuple[int, ...]) -> Row:
        """Scan sheets again and have them applied; return the rescan."""
        pages = self.scan(sheets, **scan)  # type: ignore[arg-type]
        self.again(NewRescan(CODE, ordinal, page, declared, sheets, tuple(pages)))
        self.apply()
        return self.ledger.all("rescans")[-1]

    def apply(self) -> list[replacing.Done]:
        """Let every rescan that is due take its place."""
        return [replacing.apply(self.ledger, row["id"], self.places)
                for row in self.ledger.all("rescans_due", code="")]

    def sign(self, code: str = CODE) -> None:
        """Assemble and sign every document that waits for it."""
        self.ledger.put("dossier", self.newest(code)["id"], composition="{}")
        for row in self.ledger.all("documents_to_catalogue"):
            cataloguing.read(self.ledger, row["id"], [])
        for row in self.ledger.all("documents_to_assemble"):
            if row["file_code"] == code:
                box = Box(0, 0, 1, 1)
                filing.assembled(self.ledger, row["id"], Assembled(f"{row['id']}.un", "u", 1, 1, box))
        for row in self.ledger.all("documents_to_sign"):
            if row["file_code"] == code:
                path = self.places.signed(row["id"])
                path.write_bytes(row["id"].encode())
                done = Signed(str(path), f"sha-{row['id']}", 1, "B-B", "x", "x", True)
                filing.signed(self.ledger, row["id"], done, "2026-11-22T08:00:00+07:00")

    def pack(self, uuid: str, code: str = CODE) -> None:
        """Pack a dossier of which every document is signed."""
        row = self.newest(code)
        filing.name_package(self.ledger, row["id"], uuid, "2026-11-22T08:00:00+07:00")
        filing.packed(self.ledger, row["id"], uuid, Packed(str(self.root / f"{uuid}.zip"), f"sha-{uuid}", 1))

    def deliver(self, uuid: str, code: str = CODE) -> None:
        """Bring a package to the archive."""
        deliveries.sending(self.ledger, uuid, DeliveryState.QUEUED, DeliveryState.SENDING)
        deliveries.sending(self.ledger, uuid, DeliveryState.SENDING, DeliveryState.SENT)
        deliveries.accepted(self.ledger, uuid, self.newest(code)["id"], DeliveryState.SENT, "receipt")

    def all_the_way(self, uuid: str, code: str = CODE) -> None:
        """Sign, pack and deliver."""
        self.sign(code)
        self.pack(uuid, code)
        self.deliver(uuid, code)

    def newest(self, code: str = CODE) -> Row:
        """Return the newest revision of a dossier."""
        row = self.ledger.one("latest_dossier", file_code=code)
        assert row is not None
        return row

    def revisions(self, code: str = CODE) -> list[tuple[int, str, str]]:
        """Return every revision: number, state, code."""
        return [(row["revision"], row["state"], row["code"])
                for row in self.ledger.all("revisions_of", file_code=code)]

    def pages(self, document: str) -> list[int]:
        """Return the pages of a document in order."""
        return [row["id"] for row in self.ledger.all("pages_of_document", document=document)]

    def documents(self) -> dict[str, str]:
        """Return the documents of the newest revision by their state."""
        rows = self.ledger.all("documents_of_dossier", dossier=self.newest()["id"])
        return {row["id"]: row["state"] for row in rows}

    def page(self, page: int) -> Row:
        """Return one page."""
        row = self.ledger.one("page", id=page)
        assert row is not None
        return row
