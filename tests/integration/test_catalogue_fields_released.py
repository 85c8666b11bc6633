"""When fields of a page may be used: before the signature, or after it verifies; what a person says of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from pdf_to_sign import pdf_a, sign_job
from words_on_page import HIGH, PX, WIDE, line, middle

from appliance.catalogue_desk import CatalogueDesk
from appliance.core import config, errors, rules
from appliance.core.errors import ApplianceError
from appliance.core.events import Bus, Fact, FieldsRead
from appliance.core.jobs import Assembled, Found, Job, Outcome, Signed, Verified, VerifyJob
from appliance.core.model import Box, Geometry, ImageFormat, Master, PageAnalysis, PageKey, PageText, Side
from appliance.core.plain import to_plain
from appliance.core.rules import CatalogueTable
from appliance.core.states import DOCUMENT as DOCUMENTS
from appliance.core.states import DocumentState
from appliance.dispatch import Dispatch
from appliance.documents import copies, fields, page_text
from appliance.documents.catalogue.reading import IDENTIFIERS
from appliance.executor import Executor
from appliance.exporter.metrics import Metrics
from appliance.field_reader import FieldReader
from appliance.orders import catalogue, documents, papers
from appliance.signing import keys, sign, verify
from appliance.signing.desk import SignerDesk
from appliance.spool import cataloguing, deliveries, dossiers, entry, filing
from appliance.spool.dossiers import NewDocument, NewDossier, Separated
from appliance.spool.ledger import Book, Ledger, Row
from appliance.spool.store import Store
from appliance.steps.catalogue import CatalogueSteps
from appliance.steps.means import Means

FORM = next(iter(copies.FORMS))
DOCUMENT, DOSSIER = "H1.2001.7.1.r1", "H1.2001.7.r1"
NAME, NUMBER, SUBJECT = "Nguyễn Thị Ánh", "1838", "Số hóa hồ sơ, tài liệu lưu trữ"
PERSON = "0123456789"
LINES = (middle(148, 20, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"), middle(58, 20, "BẢO HIỂM XÃ HỘI VIỆT NAM"),
         middle(58, 34, f"Số: {NUMBER}/KH-BHXH"), middle(148, 34, "Hà Nội, ngày 08 tháng 7 năm 2022"),
         middle(110, 50, "KẾ HOẠCH"), middle(110, 56, SUBJECT), (32.0, 80.0, f"Mã số BHXH: {PERSON}"),
         middle(148, 230, "TỔNG GIÁM ĐỐC"), middle(148, 266, NAME))


class Hands:
    """The stages as the step reaches them: fields are really read, the signature is what it is told to be."""

    def __init__(self) -> None:
        self.jobs: list[str] = []
        self.valid, self.failure = True, ""
        self.reader = FieldReader()

    async def run(self, job: Job) -> Outcome:
        self.jobs.append(job.kind)
        if self.failure:
            return Outcome(job.id, ok=False, code=self.failure, reason="no")
        return Outcome(job.id, ok=True, body=to_plain(self.reader.catalogue(job)))

    async def verify(self, job: VerifyJob) -> Verified:
        self.jobs.append("verify")
        return Verified(self.valid, "" if self.valid else "the content was changed after signing", job.sha256, "x")


class Office:
    """One dossier of one document of one page, and the step that takes its fields."""

    def __init__(self, folder: Path) -> None:
        self.store, self.told, self.hands = Store(folder), list[Fact](), Hands()
        self.store.prepare()
        self.book = Book(self.store.ledger)
        self.settings = config.Config()
        bus = Bus()
        bus.listen(self.told.append)
        self.steps = CatalogueSteps(Means(
            self.settings, self.store, self.book, cast(Executor, self.hands), cast(SignerDesk, self.hands),
            cast(Dispatch, None), bus))
        self.desk = CatalogueDesk(self.book, lambda: None)

    async def scan(self, profile: str, certainty: float = 0.95) -> None:
        text = PageText("test", "vie", certainty, tuple(line(*one, certainty=certainty) for one in LINES))
        path = self.store.text(1)
        path.parent.mkdir(parents=True, exist_ok=True)
        page_text.save(text, path)

        def write(ledger: Ledger) -> None:
            entry.begin(ledger, entry.NewBatch("b1", "tray", "default", profile, "Thử", '{"duplex": false}'))
            master = Master("a", "a", 10, ImageFormat.JPEG, round(WIDE * PX), round(HIGH * PX), 3, 300)
            entry.record(ledger, entry.NewSide(PageKey("b1", 1, Side.FRONT), master))
            entry.close(ledger, "b1")
            lie = Geometry(master.width, master.height, page_width=WIDE * PX, page_height=HIGH * PX)
            entry.analysed(ledger, 1, PageAnalysis(lie, blank=False), separator=False)
            new = NewDossier("H1.2001.7", 0, 1, (NewDocument(1, "", 1, (1,)),), rules=profile)
            dossiers.separated(ledger, Separated("b1", "default", (new,), (), ()))
            entry.read(ledger, 1, str(path))

        await self.book.ask(write)

    async def due(self) -> list[Row]:
        return await self.book.ask(lambda ledger: ledger.all("documents_to_catalogue"))

    async def take(self) -> str:
        (row,) = await self.due()
        return await self.steps.take(row)

    async def signed(self) -> None:
        def write(ledger: Ledger) -> None:
            filing.assembled(ledger, DOCUMENT, Assembled("u.pdf", "aa", 1, 1, Box(0, 0, 1, 1)))
            filing.signed(ledger, DOCUMENT, Signed("s.pdf", "bb", 1, "B-B", "Ký", "dấu", development_key=True), "t")

        await self.book.ask(write)

    async def row(self) -> Row:
        row = await self.book.ask(lambda ledger: ledger.one("document", id=DOCUMENT))
        assert row is not None
        return row

    async def dossier(self) -> tuple[str, str]:
        row = await self.book.ask(lambda ledger: ledger.one("dossier_of", id=DOSSIER))
        assert row is not None
        return row["state"], row["code"]

    async def chain(self) -> list[str]:
        links = await self.book.ask(lambda ledger: ledger.all("audit"))
        return [link["what"] for link in links if link["what"].startswith("document.")]

    async def everything_told(self) -> str:
        links = await self.book.ask(lambda ledger: [tuple(link) for link in ledger.all("audit")])
        metrics = Metrics()
        for fact in self.told:
            metrics.hear(fact)
        return f"{links} {metrics.show().decode()} {self.told}"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    one = Office(tmp_path)
    yield one
    one.book.close()


def hold_what_is_low(monkeypatch: pytest.MonkeyPatch) -> None:
    table = CatalogueTable(low="hold")
    law = replace(rules.load("archive-tt05-2025"), catalogue=table)
    monkeypatch.setattr(rules, "load", lambda _name: law)


async def test_an_archive_document_has_its_fields_before_it_is_written(office: Office) -> None:
    await office.scan("archive-tt05-2025")
    assert await office.book.ask(lambda ledger: ledger.all("documents_to_assemble")) == []
    assert await office.take() == "ok"
    row = await office.row()
    assert (row["catalogued"], catalogue.values(row)["codeNumber"]) == ("released", NUMBER)
    assert await office.due() == []
    (fact,) = [one for one in office.told if isinstance(one, FieldsRead)]
    assert "codeNumber" in fact.read and fact.empty == ("form", "urgency")


async def test_a_one_stop_document_gives_nothing_before_its_signature_has_verified(office: Office) -> None:
    await office.scan("onestop-ttvpcp-2023")
    assert await office.take() == "ok"
    assert catalogue.values(await office.row()) == {} and office.hands.jobs == []
    await office.signed()
    assert await office.take() == "ok"
    assert office.hands.jobs == ["verify", "catalogue"]
    assert catalogue.values(await office.row())["codeNotation"] == "KH-BHXH"
    order = await office.chain()
    assert [what for what in order if "sign" in what or "fields" in what] == [
        "document.fields_await_signature", "document.signed", "document.signature_verified",
        "document.fields_released"]


async def test_a_signature_that_does_not_verify_holds_and_nothing_is_read(office: Office) -> None:
    await office.scan("onestop-ttvpcp-2023")
    await office.take()
    await office.signed()
    office.hands.valid = False
    assert await office.take() == "held"
    assert office.hands.jobs == ["verify"]
    assert await office.dossier() == ("held", errors.SIGNATURE_UNVERIFIED.code)
    assert json.loads((await office.row())["catalogue"]) == [] and await office.due() == []
    assert await office.book.ask(lambda ledger: ledger.all("dossiers_to_pack")) == []


async def test_a_stop_between_verification_and_reading_goes_on_where_it_was(office: Office) -> None:
    await office.scan("onestop-ttvpcp-2023")
    await office.take()
    await office.signed()
    await office.book.ask(cataloguing.verified, DOCUMENT, Verified(True, "", "bb"))
    assert await office.take() == "ok"
    assert office.hands.jobs == ["catalogue"]


async def test_what_is_not_sure_stays_empty_where_the_profile_says_so(office: Office) -> None:
    await office.scan("archive-tt05-2025", certainty=0.4)
    assert await office.take() == "ok"
    row = await office.row()
    assert catalogue.values(row) == {}
    assert NAME not in row["catalogue"]
    assert catalogue.provenance(row)["signer"]["from"] == "left_empty"


async def test_what_is_not_sure_holds_until_a_person_says(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    hold_what_is_low(monkeypatch)
    await office.scan("archive-tt05-2025", certainty=0.4)
    assert await office.take() == "held"
    assert await office.dossier() == ("held", errors.CATALOGUE_DOUBTFUL.code)
    await office.desk.set(DOCUMENT, "codeNumber", " 1838 ", "NV01")
    assert (await office.dossier())[0] == "held"
    await office.desk.accept(DOCUMENT, "NV01")
    assert await office.dossier() == ("closed", "")
    row = await office.row()
    assert catalogue.values(row) == {"codeNumber": "1838"}
    assert catalogue.provenance(row)["codeNumber"]["from"] == "person"
    assert "document.field_set" in await office.chain()


async def test_what_a_person_has_said_stays_when_the_pages_are_read_after(office: Office) -> None:
    await office.scan("archive-tt05-2025")
    await office.desk.set(DOCUMENT, "subject", "Điều người ta đã ghi", "NV01")
    await office.take()
    assert catalogue.values(await office.row())["subject"] == "Điều người ta đã ghi"


@pytest.mark.parametrize(("name", "value"), [("codeNumber", "1" * 12), ("issuedDate", "31/02/2022"), ("size", "A4"),
                                             ("typeName", "99"), ("citizenId", "123x")])
async def test_a_person_cannot_say_what_a_field_cannot_hold(office: Office, name: str, value: str) -> None:
    await office.scan("archive-tt05-2025")
    with pytest.raises(ApplianceError) as caught:
        await office.desk.set(DOCUMENT, name, value, "NV01")
    assert caught.value.code == errors.FIELD_INVALID.code and value not in caught.value.en.split()


async def test_a_document_that_is_not_there_or_asked_nothing_is_refused(office: Office) -> None:
    await office.scan("archive-tt05-2025")
    for work in (office.desk.set("X.1.r1", "subject", "x", "NV01"), office.desk.accept(DOCUMENT, "NV01"),
                 office.desk.show("X.1.r1")):
        with pytest.raises(ApplianceError) as caught:
            await work
        assert caught.value.code == errors.REQUEST_REFUSED.code


async def test_pages_that_cannot_be_looked_at_hold_and_a_person_may_go_on_without(office: Office) -> None:
    await office.scan("archive-tt05-2025")
    office.hands.failure = errors.JOB_POISONED.code
    assert await office.take() == "held"
    assert await office.dossier() == ("held", errors.CATALOGUE_UNREADABLE.code)
    await office.desk.accept(DOCUMENT, "NV01")
    assert await office.dossier() == ("closed", "") and (await office.row())["catalogued"] == "released"


async def test_other_pages_make_a_document_be_looked_at_again(office: Office) -> None:
    await office.scan("archive-tt05-2025")
    await office.take()

    def change(ledger: Ledger) -> None:
        ledger.put("page", 1, document=None)
        ledger.put("page", 1, document=DOCUMENT)

    await office.book.ask(change)
    assert len(await office.due()) == 1


async def test_what_was_read_while_a_document_was_locked_is_not_kept(office: Office) -> None:
    await office.scan("archive-tt05-2025")
    (row,) = await office.due()
    read = office.hands.run

    async def locked_meanwhile(job: Job) -> Outcome:
        done = await read(job)
        await office.book.ask(lambda ledger: ledger.move(DOCUMENTS, DOCUMENT, DocumentState.SEPARATED,
                                                         DocumentState.LOCKED))
        return done

    office.hands.run = locked_meanwhile  # type: ignore[method-assign]
    with pytest.raises(ApplianceError) as caught:
        await office.steps.take(row)
    assert caught.value.code == errors.STATE_CONFLICT.code
    row = await office.row()
    assert (row["catalogue"], row["catalogued"]) == ("[]", "")


async def test_what_was_read_of_pages_that_are_others_now_is_not_kept(office: Office) -> None:
    await office.scan("archive-tt05-2025")
    found = [Found("codeNumber", "7", 1.0, source=cataloguing.PAGE)]
    looked = cataloguing.Looked((1, 2), "separated", "")
    with pytest.raises(ApplianceError):
        await office.book.ask(cataloguing.read, DOCUMENT, found, "", looked)
    assert (await office.row())["catalogue"] == "[]"


async def test_a_signature_that_verified_is_of_no_use_to_a_document_made_anew(office: Office) -> None:
    await office.scan("onestop-ttvpcp-2023")
    with pytest.raises(ApplianceError):
        await office.book.ask(cataloguing.verified, DOCUMENT, Verified(True, "", "bb"))
    assert (await office.row())["catalogued"] == ""


async def test_a_person_who_corrects_a_file_that_is_not_signed_has_it_written_anew(office: Office) -> None:
    await office.scan("archive-tt05-2025")
    await office.take()
    await office.book.ask(filing.assembled, DOCUMENT, Assembled("u.pdf", "aa", 1, 1, Box(0, 0, 1, 1)))
    await office.desk.set(DOCUMENT, "codeNumber", "1839", "NV01")
    row = await office.row()
    assert (row["state"], row["catalogued"]) == ("separated", "released")
    assert catalogue.values(row)["codeNumber"] == "1839"
    assert catalogue.values(row)["signer"] == NAME
    await office.signed()
    await office.desk.set(DOCUMENT, "codeNumber", "1840", "NV01")
    assert (await office.row())["state"] == "signed"


async def test_a_file_with_fields_that_a_person_has_corrected_meanwhile_is_not_taken(office: Office) -> None:
    await office.scan("archive-tt05-2025")
    await office.take()
    before = (await office.row())["catalogue"]
    await office.desk.set(DOCUMENT, "codeNumber", "1839", "NV01")
    made = Assembled("u.pdf", "aa", 1, 1, Box(0, 0, 1, 1))
    with pytest.raises(ApplianceError) as caught:
        await office.book.ask(filing.assembled, DOCUMENT, made, [1], before)
    assert caught.value.code == errors.STATE_CONFLICT.code and (await office.row())["state"] == "separated"


async def test_a_file_that_a_key_is_being_used_for_is_not_taken_away(office: Office) -> None:
    await office.scan("archive-tt05-2025")
    await office.take()
    await office.book.ask(filing.assembled, DOCUMENT, Assembled("u.pdf", "aa", 1, 1, Box(0, 0, 1, 1)))
    await office.book.ask(filing.intend_to_sign, DOCUMENT, "aa", "t")
    await office.desk.set(DOCUMENT, "codeNumber", "1839", "NV01")
    assert (await office.row())["state"] == "assembled"


async def test_nobody_is_shown_what_was_read_of_a_file_that_is_being_made_anew(office: Office) -> None:
    await office.scan("archive-tt05-2025")
    await office.take()
    await office.desk.set(DOCUMENT, "signer", NAME, "NV01")
    await office.book.ask(lambda ledger: ledger.put("document", DOCUMENT, catalogued=""))
    assert [one["name"] for one in await office.desk.show(DOCUMENT)] == ["signer"]


async def test_of_a_locked_document_nothing_that_was_read_stays(office: Office) -> None:
    await office.scan("archive-tt05-2025")
    await office.take()
    assert NAME in (await office.row())["catalogue"]
    await office.book.ask(lambda ledger: ledger.move(DOCUMENTS, DOCUMENT, DocumentState.SEPARATED,
                                                     DocumentState.LOCKED))
    row = await office.row()
    assert (row["catalogue"], row["catalogued"]) == ("[]", "")


async def test_no_value_is_in_the_audit_chain_in_metrics_or_in_facts(office: Office,
                                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    hold_what_is_low(monkeypatch)
    job = replace(office.settings.job_named("default"), identifiers=True)
    office.steps.means.config = replace(office.settings, job=(job,))
    await office.scan("archive-tt05-2025")
    await office.take()
    assert catalogue.values(await office.row())["insuranceNumber"] == PERSON
    await office.desk.set(DOCUMENT, "signer", "Trần Bí Mật", "NV01")
    told = await office.everything_told()
    assert "codeNumber" in told
    assert not [value for value in (NAME, NUMBER, SUBJECT, PERSON, "Bí Mật", "08/07/2022") if value in told]


async def test_numbers_of_persons_are_not_read_unless_the_job_asks(office: Office) -> None:
    await office.scan("archive-tt05-2025")
    await office.take()
    assert PERSON not in (await office.row())["catalogue"]


async def test_numbers_of_persons_leave_the_ledger_with_the_local_copies(office: Office) -> None:
    assert cataloguing.OF_PERSONS == IDENTIFIERS
    job = replace(office.settings.job_named("default"), identifiers=True)
    office.steps.means.config = replace(office.settings, job=(job,))
    await office.scan("archive-tt05-2025")
    await office.take()
    assert PERSON in (await office.row())["catalogue"]
    await office.book.ask(deliveries.cleared, DOSSIER)
    row = await office.row()
    assert PERSON not in row["catalogue"] and row["catalogued"] == "released"
    assert catalogue.values(row)["codeNumber"] == NUMBER


async def test_the_file_says_of_a_copy_of_fragile_paper_what_its_package_says(office: Office) -> None:
    await office.scan("archive-tt05-2025")
    await office.take()

    def decide(ledger: Ledger) -> tuple[Row, list[Row]]:
        ledger.put("document", DOCUMENT, fragile=1, copy_form=FORM, copy_number="12", copy_date="20261120")
        ledger.put("dossier", DOSSIER, composition="{}")
        return ledger.all("documents_to_assemble")[0], ledger.all("pages_of_document", document=DOCUMENT)

    row, pages = await office.book.ask(decide)
    job = office.settings.job_named("default")
    order = documents.DocumentOrder(row, pages, job, rules.load(row["rules"]), [row])
    said = documents.assemble(order, office.store, office.settings).fields["description"]
    assert said.startswith(papers.description(row, [row])["description"]) and "12" in said and NAME in said


async def test_a_value_beyond_its_bounds_never_keeps_a_package_from_being_made(office: Office) -> None:
    await office.scan("archive-tt05-2025")
    await office.take()
    found = cataloguing.found_of(await office.row())
    long = [replace(one, value="x" * 600) if one.name == "subject" else one for one in found]
    await office.book.ask(cataloguing.read, DOCUMENT, long)
    facts = fields.DocumentFacts("H1.2001.7", 1, 1, "01", "01")
    made = catalogue.described(facts, await office.row())
    assert "subject" not in made
    assert (made["codeNumber"], made["typeName"], made["issuedDate"]) == (NUMBER, "10", "08/07/2022")
    assert made["description"] == f"Người ký: {NAME}. Chức vụ: TỔNG GIÁM ĐỐC"
    named = catalogue.described(replace(facts, type_name="02", more={"codeNumber": "7"}), await office.row())
    assert (named["typeName"], named["codeNumber"]) == ("02", "7")


def test_the_signer_verifies_the_file_that_the_ledger_names_and_no_other(tmp_path: Path) -> None:
    key = keys.from_settings(config.parse({"storage": {"state": str(tmp_path / "state")}}))
    job = sign_job(pdf_a(tmp_path / "u.pdf"), tmp_path / "s.pdf")
    done = sign.sign(job, key)
    asked = VerifyJob("doc-1", done.path, done.sha256)
    looked = verify.filed(asked, [key.facts().trust_root])
    assert looked.valid and looked.trusted
    assert verify.filed(asked, []).valid
    assert not verify.filed(replace(asked, sha256="0" * 64), []).valid
    assert not verify.filed(replace(asked, path=str(tmp_path / "gone.pdf")), []).valid
    assert not verify.filed(VerifyJob("doc-1", job.unsigned, job.unsigned_sha256), []).valid
