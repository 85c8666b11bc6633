"""What proves a signature is kept beside it: files by their hash, rows that nobody changes, a hash on the chain."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from pki_stand import Stand
from stamped_signatures import Desk, desk

from appliance import evidence as command
from appliance.core.errors import ApplianceError
from appliance.core.jobs import Assembled, Packed, Signed
from appliance.core.model import Box, Geometry, ImageFormat, Master, PageAnalysis, PageKey, Side
from appliance.core.states import DeliveryState
from appliance.messenger import Messenger
from appliance.orders import packages
from appliance.signing import evidence as signers
from appliance.signing import validity
from appliance.spool import cataloguing, deliveries, dossiers, entry, evidence, filing
from appliance.spool.ledger import Ledger
from appliance.spool.store import Store

BATCH, DOSSIER, DOCUMENT = "01890000-0000-7000-8000-000000000001", "H1.2001.7.r1", "H1.2001.7.1.r1"


@pytest.fixture
async def office(shared_pki: Stand, tmp_path: Path) -> AsyncIterator[Desk]:
    shared_pki.reset()
    async with desk(shared_pki, tmp_path) as made:
        yield made
    shared_pki.reset()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger with one document that is about to be signed."""
    Store(tmp_path / "state").prepare()
    opened = Ledger(Store(tmp_path / "state").ledger)
    entry.begin(opened, entry.NewBatch(BATCH, "tray", "default", "demo", "Thử", "{}"))
    for side in Side:
        master = Master(f"{side.value}.jpg", side.value, 10, ImageFormat.JPEG, 100, 100, 3, 300)
        entry.record(opened, entry.NewSide(PageKey(BATCH, 1, side, 1), master, ""))
    entry.close(opened, BATCH)
    pages = tuple(row["id"] for row in opened.all("live_sides", batch=BATCH))
    for page in pages:
        entry.analysed(opened, page, PageAnalysis(Geometry(100, 100), blank=False), separator=False)
    new = dossiers.NewDossier("H1.2001.7", 0, 1, (dossiers.NewDocument(1, "22", 1, pages),))
    dossiers.separated(opened, dossiers.Separated(BATCH, "default", (new,), (), ()))
    for page in pages:
        entry.read(opened, page, "text.json")
    for row in opened.all("documents_to_catalogue"):
        cataloguing.read(opened, row["id"], [])
    (document,) = opened.all("documents_of_dossier", dossier=DOSSIER)
    assert document["id"] == DOCUMENT
    filing.assembled(opened, DOCUMENT, Assembled("u.pdf", "aa", 1, 1, Box(0, 0, 1, 1)))
    yield opened
    opened.close()


async def proved(office: Desk, level: str, name: str = "s.pdf") -> Signed:
    """Sign as the signer process does, with everything that proves it."""
    messenger = Messenger(office.settings.signing)
    standing = await validity.refuse_invalid(office.key, validity.trust_of(office.settings, messenger))
    await messenger.close()
    done = await office.sign(office.job(level, name))
    drawers = signers.Drawers(office.settings.storage.state / "evidence")
    return signers.kept(DOCUMENT, done, office.key, standing, drawers)


def facts(done: Signed) -> dict[str, Any]:
    (item,) = [item for item in done.evidence if item.kind == "result"]
    found: dict[str, Any] = json.loads(Path(item.path).read_text())
    return found


@pytest.mark.parametrize("level", ["B-B", "B-T", "B-LT", "B-LTA"])
async def test_every_level_leaves_what_proves_it(office: Desk, level: str) -> None:
    done = await proved(office, level)
    kinds = Counter(item.kind for item in done.evidence)
    stamps = {"B-B": 0, "B-T": 1, "B-LT": 1, "B-LTA": 2}[level]
    assert (kinds["certificate"], kinds["result"], kinds["timestamp"]) == (1, 1, stamps)
    assert kinds["chain"] >= 2
    assert kinds["ocsp"] >= 1
    assert kinds["crl"] >= 1
    for item in done.evidence:
        path = Path(item.path)
        assert hashlib.sha256(path.read_bytes()).hexdigest() == item.sha256 == path.stem
        assert path.stat().st_mode & 0o222 == 0


async def test_the_result_says_what_was_found_out(office: Desk) -> None:
    said = facts(await proved(office, "B-T"))
    assert (said["level"], said["certificate"]["revocation"], said["document"]) == ("B-T", "good", DOCUMENT)
    assert said["certificate_sha256"] == office.key.fingerprint
    (stamp,) = said["timestamps"]
    assert stamp["time"] == said["stamped_at"]
    assert stamp["policy"]
    assert stamp["hash"] == "sha256"
    assert (stamp["by"], stamp["development"]) == ("Test TSA", False)


async def test_the_same_piece_is_kept_once_however_many_documents_it_proves(office: Desk) -> None:
    first, second = await proved(office, "B-B", "1.pdf"), await proved(office, "B-B", "2.pdf")
    shared = {item.path for item in first.evidence} & {item.path for item in second.evidence}
    assert len(shared) == len(first.evidence) - 1
    files = [path for path in (office.settings.storage.state / "evidence").rglob("*") if path.is_file()]
    assert len(files) == len(first.evidence) + 1


async def test_a_disk_that_refuses_is_said_and_nothing_is_lost(office: Desk) -> None:
    done = await office.sign(office.job("B-B"))
    blocked = office.folder / "blocked"
    blocked.write_text("a file where a folder should be")
    with pytest.raises(ApplianceError) as caught:
        signers.kept(DOCUMENT, done, office.key, None, signers.Drawers(blocked))
    assert caught.value.code == "K503"
    assert caught.value.kind.retry
    assert Path(done.path).is_file()


async def test_the_ledger_links_it_and_the_chain_has_its_hash(office: Desk, ledger: Ledger) -> None:
    done = await proved(office, "B-T")
    filing.signed(ledger, DOCUMENT, done, "t")
    (told,) = evidence.told(ledger, Store(office.settings.storage.state).evidence, "H1.2001.7")
    assert {(piece["kind"], piece["sha256"]) for piece in told["pieces"]} == {
        (item.kind, item.sha256) for item in done.evidence}
    assert not [piece["fault"] for piece in told["pieces"] if piece["fault"]]
    (link,) = [row for row in ledger.all("audit") if row["what"] == "evidence.kept"]
    assert json.loads(link["detail"])["sha256"] == evidence.digest(
        (item.kind, item.sha256) for item in done.evidence)


async def test_writing_it_down_twice_changes_nothing(office: Desk, ledger: Ledger) -> None:
    done = await proved(office, "B-T")
    evidence.keep(ledger, DOCUMENT, done)
    before = [tuple(row) for row in ledger.all("evidence_of_document", document=DOCUMENT)]
    head = ledger.head()
    evidence.keep(ledger, DOCUMENT, done)
    assert [tuple(row) for row in ledger.all("evidence_of_document", document=DOCUMENT)] == before
    assert ledger.head() == head


async def test_nobody_changes_or_removes_a_row(office: Desk, ledger: Ledger) -> None:
    evidence.keep(ledger, DOCUMENT, await proved(office, "B-B"))
    for statement in (
            "UPDATE evidence SET path = 'x'", "DELETE FROM evidence", "UPDATE document_evidence SET kind = 'crl'",
            "DELETE FROM document_evidence",
            "INSERT OR REPLACE INTO evidence SELECT sha256, 'x', kept FROM evidence",
            "INSERT OR REPLACE INTO document_evidence SELECT * FROM document_evidence"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            ledger._db.execute(statement)


@pytest.mark.parametrize("harm", ["missing", "altered"])
async def test_a_piece_that_is_harmed_is_named(office: Desk, ledger: Ledger, harm: str,
                                               capsys: pytest.CaptureFixture[str]) -> None:
    done = await proved(office, "B-T")
    filing.signed(ledger, DOCUMENT, done, "t")
    state = office.settings.storage.state
    assert command.main([DOCUMENT, "--state", str(state)]) == 0
    assert capsys.readouterr().out.count("nguyên vẹn / whole") == len(done.evidence)
    path = Path(done.evidence[0].path)
    path.chmod(0o640)
    path.unlink() if harm == "missing" else path.write_bytes(b"something else")
    with pytest.raises(ApplianceError) as caught:
        command.main(["H1.2001.7.1", "--state", str(state)])
    assert caught.value.code == "K549"
    assert path.stem in str(caught.value)
    assert harm in capsys.readouterr().out


async def test_a_row_that_was_slipped_in_does_not_fit_the_chain(office: Desk, ledger: Ledger) -> None:
    done = await proved(office, "B-B")
    filing.signed(ledger, DOCUMENT, done, "t")
    other = (await proved(office, "B-T", "other.pdf")).evidence[-1]
    ledger.act("add_evidence", sha256=other.sha256, path=f"{other.sha256[:2]}/{Path(other.path).name}", kept="t")
    ledger.act("add_document_evidence", document=DOCUMENT, signed_sha256=done.sha256, kind=other.kind,
               sha256=other.sha256)
    (told,) = evidence.told(ledger, Store(office.settings.storage.state).evidence, DOCUMENT)
    assert {piece["fault"] for piece in told["pieces"]} == {evidence.NOT_AS_AUDITED}


async def test_rows_that_were_all_taken_out_are_missed(office: Desk, ledger: Ledger) -> None:
    done = await proved(office, "B-B")
    ledger.note("evidence.kept", DOCUMENT, signed=done.sha256, pieces=2, sha256="ab" * 32)
    (told,) = evidence.told(ledger, Store(office.settings.storage.state).evidence, DOCUMENT)
    assert [(piece["signed"], piece["fault"]) for piece in told["pieces"]] == [
        (done.sha256, evidence.NOT_AS_AUDITED)]


async def test_it_stays_when_the_local_copies_of_the_dossier_go(office: Desk, ledger: Ledger) -> None:
    done = await proved(office, "B-T")
    filing.signed(ledger, DOCUMENT, done, "t")
    uuid, _ = filing.name_package(ledger, DOSSIER, "0189", "t")
    filing.packed(ledger, DOSSIER, uuid, Packed("p.zip", "cc", 1))
    for old, new in ((DeliveryState.QUEUED, DeliveryState.SENDING), (DeliveryState.SENDING, DeliveryState.SENT)):
        deliveries.sending(ledger, uuid, old, new)
    deliveries.accepted(ledger, uuid, DOSSIER, DeliveryState.SENT, "r.jws")
    deliveries.cleared(ledger, DOSSIER)
    store = Store(office.settings.storage.state)
    (told,) = evidence.told(ledger, store.evidence, DOCUMENT)
    assert len(told["pieces"]) == len(done.evidence)
    assert not any(piece["fault"] for piece in told["pieces"])


async def test_the_package_names_every_piece_of_the_signature_it_carries(office: Desk, ledger: Ledger) -> None:
    earlier, done = await proved(office, "B-B", "1.pdf"), await proved(office, "B-T", "2.pdf")
    evidence.keep(ledger, DOCUMENT, earlier)
    filing.signed(ledger, DOCUMENT, done, "t")
    named = packages.evidence(ledger.all("evidence_of_dossier", dossier=DOSSIER))
    assert {tuple(piece) for piece in named[DOCUMENT]} == {(item.kind, item.sha256) for item in done.evidence}


async def test_a_file_that_was_lifted_has_evidence_of_its_own(office: Desk, ledger: Ledger,
                                                              shared_pki: Stand) -> None:
    shared_pki.trouble("tsa", "error")
    bare = await office.sign(office.job("B-T", without_timestamp="sign_bb_then_lift"))
    shared_pki.clear()
    drawers = signers.Drawers(office.settings.storage.state / "evidence")
    first = signers.kept(DOCUMENT, bare, office.key, None, drawers)
    filing.signed(ledger, DOCUMENT, first, "t", "due")
    lifted = signers.kept(DOCUMENT, await office.lift(bare), None, None, drawers)
    filing.lifted(ledger, DOCUMENT, lifted)
    (told,) = evidence.told(ledger, drawers.folder, DOCUMENT)
    kinds = {(piece["signed"], piece["kind"]) for piece in told["pieces"]}
    assert (bare.sha256, "timestamp") not in kinds
    assert (lifted.sha256, "timestamp") in kinds
    assert lifted.level == "B-T"
