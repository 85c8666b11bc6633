"""Front and back of a sheet that do not match: seen once both were looked at, told once, and a person decides."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from appliance import listed, status
from appliance.core import config, errors, rules
from appliance.core.errors import ApplianceError
from appliance.core.events import Bus, Fact, ThingHeld
from appliance.core.jobs import Job, Outcome
from appliance.core.model import (
    Box,
    Geometry,
    ImageFormat,
    Mark,
    Master,
    PageAnalysis,
    PageKey,
    Paper,
    Separator,
    SheetKind,
    Side,
    Verdict,
)
from appliance.core.plain import from_plain, to_plain
from appliance.core.states import PageState
from appliance.dispatch import Dispatch
from appliance.documents.plan import KnownDossier
from appliance.documents.segment import Segment
from appliance.documents.ways import Way
from appliance.executor import Executor
from appliance.listed import Ask
from appliance.orders import packages
from appliance.signing.desk import SignerDesk
from appliance.spool import cataloguing, dossiers, entry, figures, holding, sides
from appliance.spool.ledger import Book, Ledger, Row
from appliance.spool.store import Store
from appliance.steps.means import Means
from appliance.steps.steps import Steps

BATCH = "01890000-0000-7000-8000-000000000001"
A4, A5 = Paper(210, 297, "A4", 0.5, True), Paper(148, 210, "A5", 0.5, True)
A4_BEHIND = Paper(210, 297, "A4", -0.5, True)
DIFFER = errors.SIDES_DIFFER.code
LAW = rules.load("archive-tt05-2025").image.limits()


def of(paper: Paper | None, *verdicts: Verdict, mark: str = "") -> PageAnalysis:
    marks = (Mark("QRCode", mark, Box(0, 0, 9, 9)),) if mark else ()
    return PageAnalysis(Geometry(100, 100), blank=False, marks=marks, verdicts=verdicts, paper=paper)


class Worker:
    """Gives each side the analysis that was laid out for it, in the order in which it is let go."""

    def __init__(self, found: dict[str, PageAnalysis]) -> None:
        self.found = found
        self.go = {name: asyncio.Event() for name in found}

    async def run(self, job: Job) -> Outcome:
        name = str(job.body["path"]).rpartition("/")[2]
        await self.go[name].wait()
        return Outcome(job.id, ok=True, body=to_plain(self.found[name]))

    def capacity(self) -> int:
        return 2


class Office:
    """One batch of one sheet in a real ledger, and the step that looks at its sides."""

    def __init__(self, folder: Path, profile: str, provenance: dict[str, object]) -> None:
        self.store, self.told = Store(folder), list[Fact]()
        self.store.prepare()
        self.book = Book(self.store.ledger)
        told = json.dumps({"duplex": True, "kind": "escl"} | provenance)
        self.start = entry.NewBatch(BATCH, "tray", "default", profile, "Thử", told)

    async def begin(self) -> None:
        def write(ledger: Ledger) -> None:
            entry.begin(ledger, self.start)
            for side in Side:
                master = Master(side.value, side.value, 10, ImageFormat.JPEG, 100, 100, 3, 300)
                entry.record(ledger, entry.NewSide(PageKey(BATCH, 1, side), master))

        await self.book.ask(write)

    async def look(self, front: PageAnalysis, back: PageAnalysis, *, first: Side = Side.FRONT,
                   twice: bool = False) -> dict[str, str]:
        """Look at both sides at once; the answer for ``first`` comes first. Returns what each step said."""
        worker, bus = Worker({"front": front, "back": back}), Bus()
        bus.listen(self.told.append)
        steps = Steps(Means(config.Config(), self.store, self.book, cast(Executor, worker), cast(SignerDesk, None),
                            cast(Dispatch, None), bus))
        waiting = await self.book.ask(lambda ledger: ledger.all("pages_to_analyse", limit=9))
        rows = {row["side"]: row for row in waiting}
        said = {}
        tasks = {name: asyncio.create_task(steps.pages.analyse(row)) for name, row in rows.items()}
        for name in sorted(tasks, key=lambda name: name != first):
            worker.go[name].set()
            said[name] = await tasks[name]
        for row in rows.values() if twice else ():
            await steps.pages.analyse(row)
        return said

    async def page(self, side: Side) -> Row:
        where = {"batch": BATCH, "sheet": 1, "side": side.value, "attempt": 1}
        row = await self.book.ask(lambda ledger: ledger.one("same_page", **where))
        assert row is not None
        return row

    async def verdicts(self, side: Side) -> list[Verdict]:
        analysis = from_plain(PageAnalysis, json.loads((await self.page(side))["analysis"]))
        return [one for one in analysis.verdicts if one.check == "sides"]


@pytest.fixture
def law(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path, "archive-tt05-2025", {})
    yield office
    office.book.close()


@pytest.mark.parametrize("first", list(Side))
async def test_a_back_of_another_paper_is_held_in_whatever_order_its_sheet_is_looked_at(
    law: Office, first: Side,
) -> None:
    await law.begin()
    await law.look(of(A4), of(A5), first=first, twice=True)
    front, back = await law.page(Side.FRONT), await law.page(Side.BACK)
    assert (front["state"], front["code"]) == (PageState.ANALYSED, "")
    assert (back["state"], back["code"], back["reason"]) == (PageState.HELD, DIFFER, "sides 87 / 4")
    assert await law.verdicts(Side.BACK) == [Verdict("sides", 87.0, 4.0, False, DIFFER)]
    assert [fact.code for fact in law.told if isinstance(fact, ThingHeld)] == [DIFFER], "told twice, or never"


@pytest.mark.parametrize("first", list(Side))
async def test_sides_of_one_paper_are_both_let_through_and_the_number_stands_with_the_back(
    law: Office, first: Side,
) -> None:
    await law.begin()
    assert set((await law.look(of(A4), of(A4_BEHIND), first=first)).values()) == {"ok"}
    assert await law.verdicts(Side.BACK) == [Verdict("sides", 0.0, 4.0, True)]
    assert await law.verdicts(Side.FRONT) == []


@pytest.mark.parametrize(("front", "back"), [
    (of(A4), of(replace(A5, certain=False))), (of(None), of(A4)), (of(A4, mark="SSA1:not:sound"), of(A5)),
], ids=["edge not certain", "nothing seen", "separator"])
async def test_nothing_is_said_of_sides_that_cannot_be_compared(
    law: Office, front: PageAnalysis, back: PageAnalysis,
) -> None:
    await law.begin()
    await law.look(front, back, first=Side.BACK)
    assert await law.verdicts(Side.BACK) == []
    assert (await law.page(Side.BACK))["state"] == PageState.ANALYSED


async def test_two_files_of_a_folder_are_not_taken_for_the_two_sides_of_a_sheet(tmp_path: Path) -> None:
    office = Office(tmp_path, "archive-tt05-2025", {"kind": "push"})
    await office.begin()
    await office.look(of(A4), of(A5))
    assert await office.verdicts(Side.BACK) == []
    office.book.close()


async def test_a_trial_profile_warns_of_it_and_lets_the_back_go(tmp_path: Path) -> None:
    office = Office(tmp_path, "demo", {})
    await office.begin()
    assert set((await office.look(of(A4), of(A5))).values()) == {"ok"}
    assert await office.verdicts(Side.BACK) == [Verdict("sides", 87.0, 4.0, True, DIFFER)]
    office.book.close()


async def test_a_back_that_was_read_before_its_front_was_looked_at_is_still_held(law: Office) -> None:
    await law.begin()

    def out_of_step(ledger: Ledger) -> tuple[str, Row | None]:
        front, back = (row for row in ledger.all("pages_to_analyse", limit=9))
        entry.analysed(ledger, back["id"], of(A5), separator=False)
        entry.read(ledger, back["id"], "text.json")
        for _ in range(2):
            with ledger.transaction():
                found, code = sides.judged(ledger, front, of(A4), LAW)
        with ledger.transaction():
            entry.analysed(ledger, front["id"], found, separator=False)
        return code, ledger.one("page", id=back["id"])

    code, back = await law.book.ask(out_of_step)
    assert back is not None and (back["state"], back["code"]) == (PageState.HELD, DIFFER)
    assert code == "", "the second time there is nothing new to tell"


async def test_a_person_keeps_the_sheet_and_it_goes_its_way_though_it_is_looked_at_again(law: Office) -> None:
    await law.begin()
    await law.look(of(A4), of(A5))
    await law.book.ask(holding.keep_page, f"{BATCH}/1back", "NV01")
    assert await law.look(of(A4), of(A5)) == {"back": "ok"}
    back = await law.page(Side.BACK)
    assert (back["state"], back["code"]) == (PageState.ANALYSED, "")
    assert [one.code for one in await law.verdicts(Side.BACK)] == [DIFFER], "the finding stays on record"
    kept = await law.book.ask(lambda ledger: [row for row in ledger.all("audit") if row["what"] == "page.kept_by"])
    assert [row["who"] for row in kept] == ["NV01"]


FAINT = Verdict("contrast", 40.0, 60.0, False, errors.PAGE_FAINT.code)
LOW = Verdict("dpi", 150.0, 200.0, False, errors.DPI_TOO_LOW.code)
SECRET = Verdict("secret", 0.9, 0.46, False, errors.SECRET_SUSPECTED.code)


async def test_faded_paper_is_kept_by_a_person_once_and_not_asked_for_again(law: Office) -> None:
    await law.begin()
    await law.look(of(None, FAINT), of(None))
    assert (await law.page(Side.FRONT))["code"] == errors.PAGE_FAINT.code
    await law.book.ask(holding.keep_page, f"{BATCH}/1", "NV01")
    assert await law.look(of(None, FAINT), of(None)) == {"front": "ok"}


@pytest.mark.parametrize("verdict", [LOW, SECRET], ids=["law", "secret"])
async def test_nobody_keeps_what_the_law_forbids_or_what_may_be_secret(law: Office, verdict: Verdict) -> None:
    await law.begin()
    await law.look(of(None, verdict), of(None))
    with pytest.raises(ApplianceError) as caught:
        await law.book.ask(holding.keep_page, f"{BATCH}/1front", "NV01")
    assert caught.value.code == errors.REQUEST_REFUSED.code
    assert (await law.page(Side.FRONT))["state"] == PageState.HELD


async def test_what_is_kept_for_its_print_is_still_held_for_the_law(law: Office) -> None:
    await law.begin()
    await law.look(of(None, FAINT, LOW), of(None))
    await law.book.ask(holding.keep_page, f"{BATCH}/1front", "NV01")
    await law.look(of(None, FAINT, LOW), of(None))
    assert (await law.page(Side.FRONT))["code"] == errors.DPI_TOO_LOW.code


async def filed(law: Office, declared: int, register: Ask | None = None) -> str:
    """File the sheet with its held page, as separation does, and keep the page; return the dossier."""
    await law.begin()
    await law.look(of(None, FAINT), of(None))
    pages = (await law.page(Side.FRONT))["id"], (await law.page(Side.BACK))["id"]
    part = Segment(Separator(SheetKind.DOSSIER, "H1.2001.7", sheets=declared), KnownDossier(), Way())
    part.count(1, 1)
    part.file(1, pages)
    plan = part.plan()
    assert plan.held == errors.PAGE_HELD_IN_DOSSIER.code

    def write(ledger: Ledger) -> None:
        entry.close(ledger, BATCH)
        document = dossiers.NewDocument(1, "", 1, pages)
        new = dossiers.NewDossier(plan.file_code, declared, 1, (document,), plan.held, dict(plan.details))
        found = listed.enlist(ledger, dossiers.Separated(BATCH, "default", (new,), (), ()), (register,))
        dossiers.separated(ledger, found)
        holding.keep_page(ledger, f"{BATCH}/1front", "NV01")

    await law.book.ask(write)
    return "H1.2001.7.r1"


async def test_a_dossier_that_waited_for_a_kept_page_goes_on(law: Office) -> None:
    dossier = await filed(law, declared=1)
    await law.look(of(None, FAINT), of(None))

    def read(ledger: Ledger) -> tuple[Row | None, list[Row]]:
        for row in ledger.all("pages_to_read", limit=9):
            entry.read(ledger, row["id"], "text.json")
        for row in ledger.all("documents_to_catalogue"):
            cataloguing.read(ledger, row["id"], [])
        ledger.put("dossier", dossier, composition="{}")
        return ledger.one("dossier_of", id=dossier), ledger.all("documents_to_assemble", limit=9)

    row, documents = await law.book.ask(read)
    assert row is not None and (row["state"], row["code"]) == ("closed", "")
    whole = cast(Row, defaultdict(str, dict(row), provenance="{}"))
    pages = await law.book.ask(lambda ledger: ledger.all("pages_of_dossier", dossier=dossier))
    order = packages.PackageOrder(whole, [], pages, [], "u", "", (0, ""))
    told = {page["side"]: page for page in json.loads(packages.provenance(order, config.Config()))["pages"]}
    assert (told["front"]["kept"], told["back"]["kept"]) == ([errors.PAGE_FAINT.code], [])
    assert told["front"]["checks"]["contrast"] == [40.0, 60.0, False, errors.PAGE_FAINT.code]
    assert [document["dossier"] for document in documents] == [dossier]


async def test_a_dossier_whose_sheets_do_not_add_up_says_so_when_its_page_is_kept(law: Office) -> None:
    dossier = await filed(law, declared=2)
    row = await law.book.ask(lambda ledger: ledger.one("dossier_of", id=dossier))
    assert row is not None and (row["state"], row["code"]) == ("held", errors.COUNT_MISMATCH.code)
    held = [status.held_thing(row) for row in await law.book.ask(figures.held)]
    assert [thing["vi"].count("{") for thing in held if thing["what"] == "dossier"] == [0]


async def test_a_dossier_that_no_register_has_is_not_closed_because_its_page_is_kept(law: Office) -> None:
    dossier = await filed(law, declared=1, register=Ask("archive", required=True))
    row = await law.book.ask(lambda ledger: ledger.one("dossier_of", id=dossier))
    assert row is not None and (row["state"], row["code"]) == ("held", errors.DOSSIER_UNREGISTERED.code)
    told = [status.held_thing(row) for row in await law.book.ask(figures.held)]
    (held,) = [thing for thing in told if thing["what"] == "dossier"]
    assert "{" not in held["vi"] and "no register is loaded" in held["en"]
