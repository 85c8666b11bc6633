"""A page on which engines time out, fail or end workers: read again apart, then filed without text and marked."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
from pathlib import Path
from typing import Any, Self, cast

import pool_rig
import pytest
from PIL import Image
from pool_rig import rig

from appliance.core import config, errors
from appliance.core.events import Bus, Fact, PageUnread, PageWarned, ThingHeld
from appliance.core.jobs import Job, Outcome
from appliance.core.model import Geometry, ImageFormat, Master, PageAnalysis, PageKey, PageText, Side, Treatment
from appliance.core.plain import to_plain
from appliance.documents import page_text
from appliance.executor import Executor
from appliance.exporter.metrics import Metrics
from appliance.orders.packages import _page_provenance
from appliance.page_reader import ENDED, keep
from appliance.spool import entry, figures
from appliance.spool.ledger import Book, Ledger, Row
from appliance.spool.store import Store
from appliance.steps.means import Means
from appliance.steps.pages import PageSteps

BATCH = "01890000-0000-7000-8000-000000000001"
READS, ENDS_ONCE, ENDS_ALWAYS, FAILS, HANGS = 100, 101, 102, 103, 104


class Desk:
    """A ledger with pages of given widths that wait to be read, and the step that reads them."""

    def __init__(self, folder: Path, executor: Executor, *widths: int, seconds: int = 20) -> None:
        self.store = Store(folder / "state")
        self.store.prepare()
        self.book = Book(self.store.ledger)
        self.facts: list[Fact] = []
        bus = Bus()
        bus.listen(self.facts.append)
        settings = config.parse({"pool": {"job_seconds": seconds}})
        nobody = cast(Any, None)
        self.steps = PageSteps(Means(settings, self.store, self.book, executor, nobody, nobody, bus))
        self.widths = widths

    async def __aenter__(self) -> Self:
        await self.book.ask(self._lay)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.book.close()

    def _lay(self, ledger: Ledger) -> None:
        entry.begin(ledger, entry.NewBatch(BATCH, "tray", "default", "demo", "Thử", '{"duplex": false}'))
        for sheet, width in enumerate(self.widths, 1):
            picture = io.BytesIO()
            Image.new("RGB", (width, 140), (250, 250, 250)).save(picture, "JPEG")
            digest = hashlib.sha256(picture.getvalue()).hexdigest()
            self.store.master(f"{digest}.jpg").write_bytes(picture.getvalue())
            master = Master(f"{digest}.jpg", digest, 9, ImageFormat.JPEG, width, 140, 3, 200)
            entry.record(ledger, entry.NewSide(PageKey(BATCH, sheet, Side.FRONT, 1), master, ""))
        for row in ledger.all("pages_to_analyse", limit=9):
            lie = Geometry(self.widths[row["sheet"] - 1], 140, 0, 0.0, self.widths[row["sheet"] - 1], 140)
            entry.analysed(ledger, row["id"], PageAnalysis(lie, False, treatment=Treatment()), separator=False)

    async def rows(self, name: str, **values: object) -> list[Row]:
        return await self.book.ask(lambda ledger: ledger.all(name, **values))

    async def read(self) -> list[Row]:
        """Read every page that waits; return the rows of all."""
        await asyncio.gather(*map(self.steps.read, await self.rows("pages_to_read", limit=9)))
        return sorted(await self.rows("live_sides", batch=BATCH), key=lambda row: int(row["sheet"]))


class Answers:
    """Answers each job as it is told to, by the engine asked for."""

    def __init__(self, **codes: str) -> None:
        self.codes = codes
        self.asked: list[str] = []

    async def run(self, job: Job) -> Outcome:
        engine = str(job.body["engine"])
        self.asked.append(engine)
        return Outcome(job.id, ok=False, code=self.codes[engine], reason="why")

    def capacity(self) -> int:
        return 1


def one(rows: list[Row]) -> Row:
    (row,) = rows
    return row


@pytest.fixture
def reading_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_rig, "TOY", Path(pool_rig.__file__).with_name("reading_worker.py"))


@pytest.mark.slow
@pytest.mark.usefixtures("reading_workers")
async def test_a_page_that_ends_its_worker_once_is_read_apart_and_one_that_always_does_is_filed_without_text(
    tmp_path: Path,
) -> None:
    async with rig(2) as workers, Desk(tmp_path, workers.pool, READS, ENDS_ONCE, ENDS_ALWAYS, FAILS) as desk:
        read, apart, never, failed = await desk.read()
        assert [row["state"] for row in (read, apart, never, failed)] == ["read"] * 4
        assert json.loads(read["reading"])["engine"] == "tesserocr"
        told = json.loads(apart["reading"])
        assert (told["engine"], told["after"]) == ("pytesseract", ENDED)
        assert page_text.load(Path(apart["text_path"])).engine == "pytesseract"
        assert (never["text_path"], never["unread"].partition(" ")[0]) == ("", errors.JOB_POISONED.code)
        assert failed["unread"].startswith("T407") and "pytesseract gave up" in failed["unread"]
        assert workers.lost() == ["died"] * 5, "one for the second page, four for the third"


@pytest.mark.slow
@pytest.mark.usefixtures("reading_workers")
async def test_a_page_that_hangs_its_worker_is_read_apart(tmp_path: Path) -> None:
    async with rig(1) as workers, Desk(tmp_path, workers.pool, HANGS, seconds=10) as desk:
        row = one(await desk.read())
        assert json.loads(row["reading"])["engine"] == "pytesseract"
        assert workers.lost() == ["hung"]


@pytest.mark.parametrize("code", [errors.JOB_POISONED.code, errors.JOB_TIMEOUT.code])
async def test_a_page_that_ended_two_workers_is_tried_once_more_in_a_process_of_its_own(
    tmp_path: Path, code: str,
) -> None:
    answers = Answers(tesserocr=code, pytesseract=errors.OCR_FAILED.code)
    async with Desk(tmp_path, cast(Executor, answers), READS) as desk:
        row = one(await desk.read())
        assert answers.asked == ["tesserocr", "pytesseract"]
        assert row["unread"] == "T407 why"


async def test_a_page_without_text_is_marked_counted_told_and_held_by_nobody(tmp_path: Path) -> None:
    answers = Answers(tesserocr=errors.OCR_FAILED.code)
    async with Desk(tmp_path, cast(Executor, answers), READS) as desk:
        row = one(await desk.read())
        assert (row["state"], row["code"], row["warned"]) == ("read", "", "unread")
        assert [type(fact) for fact in desk.facts] == [PageUnread, PageWarned]
        assert _page_provenance(cast(Row, {**dict(row), "operator": ""}))["text"] == {"unread": "T407 why"}
        assert (await desk.book.ask(figures.tally)).unread == 1
        assert await desk.book.ask(lambda ledger: figures.warnings(ledger, "tray")) == {"unread": 1}
        noted = [link["what"] for link in await desk.rows("audit")]
        assert "page.unread" in noted and "page.held" not in noted
        metrics = Metrics()
        metrics.hear(desk.facts[0])
        assert 'appliance_pages_unread_total{code="T407"} 1.0' in metrics.show().decode()


class Reads:
    """Reads every page, each time in other words."""

    def __init__(self) -> None:
        self.times = 0

    async def run(self, job: Job) -> Outcome:
        self.times += 1
        done = keep(PageText("tesserocr", f"{self.times}", 1.0, ()), Path(str(job.body["out"])))
        return Outcome(job.id, ok=True, body=to_plain(done))

    def capacity(self) -> int:
        return 1


@pytest.mark.parametrize("harm", ["cut", "gone"])
async def test_a_page_whose_file_of_text_is_damaged_is_read_again(tmp_path: Path, harm: str) -> None:
    engine = Reads()
    async with Desk(tmp_path, cast(Executor, engine), READS, ENDS_ONCE) as desk:
        rows = await desk.read()
        damaged, whole = (Path(row["text_path"]) for row in rows)
        damaged.chmod(0o600)
        damaged.write_bytes(damaged.read_bytes()[:40]) if harm == "cut" else damaged.unlink()
        assert await desk.steps.mend(rows)
        assert (page_text.load(damaged).languages, engine.times) == ("3", 3)
        assert page_text.load(whole).languages in "12"
        assert not await desk.steps.mend(rows)


@pytest.mark.parametrize("code", [errors.OCR_HINDERED.code, errors.OCR_LANGUAGE_MISSING.code,
                                  errors.OCR_PROGRAM_MISSING.code])
async def test_trouble_of_the_host_files_no_page_without_text(tmp_path: Path, code: str) -> None:
    async with Desk(tmp_path, cast(Executor, Answers(tesserocr=code)), READS) as desk:
        with pytest.raises(errors.ApplianceError, match=code):
            await desk.read()
        assert [row["state"] for row in await desk.rows("live_sides", batch=BATCH)] == ["analysed"]


async def test_a_damaged_master_holds_the_page_under_its_own_code(tmp_path: Path) -> None:
    answers = Answers(tesserocr=errors.MASTER_DAMAGED.code)
    async with Desk(tmp_path, cast(Executor, answers), READS) as desk:
        row = one(await desk.read())
        assert (row["state"], row["code"], row["unread"]) == ("held", "S203", "")
        assert [fact for fact in desk.facts if isinstance(fact, ThingHeld)]
