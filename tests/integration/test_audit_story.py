"""The story of a document: what belongs to it and nothing else, through sealed files too, and no secrets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from locked_stand import SECRET, Stand

from appliance.audit_story import grouped, heading, lines, sentence
from appliance.core.config import parse
from appliance.core.errors import ApplianceError
from appliance.core.jobs import Assembled, Signed
from appliance.core.model import Box
from appliance.core.states import DocumentState
from appliance.spool import entry, filing, locks, segments, telling, waiting
from appliance.spool.chain import Chain
from appliance.spool.locks import RELEASE

A, B = "01890000-0000-7000-8000-00000000000a", "01890000-0000-7000-8000-00000000000b"


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    made = Stand(tmp_path, parse({}))
    yield made
    made.ledger.close()


def scanned(stand: Stand, batch: str, code: str, sheets: int = 2) -> list[int]:
    """Scan and separate one document; return its pages."""
    stand.batch(batch)
    pages = [stand.side(batch, sheet) for sheet in range(1, sheets + 1)]
    for page in pages:
        stand.look(page)
    stand.close(batch)
    stand.separate(batch, code, pages)
    return pages


def told(stand: Stand, name: str) -> list[dict[str, Any]]:
    return telling.told(Chain(stand.store), name)["rows"]


def whats(stand: Stand, name: str) -> list[str]:
    return [row["what"] for row in told(stand, name)]


@pytest.mark.parametrize("name", ["H1.1", "H1.1.0", "H1.1.r1", "H1.1.0.r1"])
def test_a_story_has_what_belongs_to_its_paper_and_nothing_of_other_paper(stand: Stand, name: str) -> None:
    scanned(stand, A, "H1.1")
    scanned(stand, B, "H1.2", 3)
    found = whats(stand, name)
    assert found.count("page.captured") == 2 == found.count("page.analysed")
    assert found[0] == "batch.scanning" and "document.separated" in found and "dossier.closed" in found
    others = [row["subject"] for row in told(stand, name)]
    assert not [subject for subject in others if B in subject or "H1.2" in subject]


def test_a_story_begins_in_a_sealed_segment_and_ends_in_the_ledger(stand: Stand) -> None:
    pages = scanned(stand, A, "H1.1")
    whole = told(stand, "H1.1")
    segments.seal(stand.ledger, segments.write(stand.ledger, stand.store.audit, len(whole) - 2))
    while segments.shed(stand.ledger):
        pass
    assert told(stand, "H1.1")[: len(whole)] == whole
    stand.read(pages[0])
    assert whats(stand, "H1.1")[-1] == "page.read"


def test_the_key_is_told_with_the_authorisation_that_it_rests_on_and_no_other(stand: Stand) -> None:
    scanned(stand, A, "H1.1")
    document = "H1.1.0.r1"
    for number in ("1", "2", "12"):
        stand.ledger.note("authorisation.granted", number, who="LD01", key="ab" * 32)
    stand.ledger.note("session.opened", "NV001", key="cd" * 32)
    filing.assembled(stand.ledger, document, Assembled("a.pdf", "11" * 32, 1, 1, Box(0, 0, 1, 1)))
    filing.intend_to_sign(stand.ledger, document, "11" * 32, "2026-11-22T08:00:00+07:00", key="ab" * 32,
                          leave="authorisation 2")
    done = Signed("s.pdf", "22" * 32, 1, "B-T", "Văn phòng", "", development_key=True, key="ab" * 32)
    filing.signed(stand.ledger, document, done, "2026-11-22T08:00:00+07:00")
    rows = told(stand, document)
    assert [row["subject"] for row in rows if row["what"] == "authorisation.granted"] == ["2"]
    assert not [row for row in rows if row["what"].startswith("session.")]
    (signed,) = [row for row in rows if row["what"] == "document.signed"]
    assert (signed["detail"]["level"], signed["detail"]["signed_sha256"]) == ("B-T", "22" * 32)


def test_a_personal_signature_is_told_with_its_own_session(stand: Stand) -> None:
    scanned(stand, A, "H1.1")
    note, key = stand.ledger.note, "ab" * 32
    for at in ("yesterday", "today"):
        note("session.opened", "NV001", key=key, by=at)
        if at == "today":
            filing.intend_to_sign(stand.ledger, "H1.1.0.r1", "11" * 32, "", key=key, leave=f"session of {at}")
        note("session.closed", "NV001", key=key, by=at)
    found = [(row["what"], row["detail"]["by"]) for row in told(stand, "H1.1.0")
             if row["what"].startswith("session")]
    assert found == [("session.opened", "today"), ("session.closed", "today")]


def test_of_a_locked_dossier_only_the_lock_is_told_and_after_its_release_all_but_the_reason(stand: Stand) -> None:
    pages = scanned(stand, A, "H1.1")
    locks.lock(stand.ledger, A, pages[0])
    stand.round()
    answer = telling.told(Chain(stand.store), "H1.1")
    assert answer["documents"] == []
    assert {row["what"] for row in answer["rows"]} <= telling.OF_LOCKS
    assert all(row["detail"] == {} for row in answer["rows"])
    stand.decide(A, RELEASE)
    stand.round()
    rows = told(stand, "H1.1")
    assert "page.captured" in [row["what"] for row in rows]
    (decided,) = [row for row in rows if row["what"] == "batch.release_decided"]
    assert decided["who"] == "LD01" and decided["detail"] == {}


def test_of_destroyed_pages_nothing_is_told_in_the_story_of_what_is_left(stand: Stand) -> None:
    pages = scanned(stand, A, "H1.1")
    stand.batch(B)
    secret = stand.side(B, 1)
    stand.look(secret, SECRET)
    stand.close(B)
    stand.round()
    stand.decide(B, locks.DESTROY)
    stand.round()
    assert pages
    assert not [row for row in told(stand, "H1.1") if row["subject"].startswith(B)]


def test_what_is_in_no_dossier_is_said_to_be_unknown(stand: Stand) -> None:
    with pytest.raises(ApplianceError) as caught:
        told(stand, "H9.9")
    assert caught.value.code == "S213"


def test_lines_are_in_vietnamese_time_and_sides_that_went_together_share_one(stand: Stand) -> None:
    rows = [{"seq": n, "at": f"2026-11-22T02:05:0{n}+00:00", "who": "appliance", "what": "page.captured",
             "subject": str(n), "detail": {}} for n in range(3)]
    rows.append({**rows[0], "what": "batch.closed", "subject": A, "who": "Trần Thị Tý", "detail": {"code": "D101"}})
    assert list(lines(rows, "vi")) == [
        "09:05:00 22/11/2026  Chụp một mặt giấy, đã ghi bền vững ×3, đến 09:05:02  [hệ thống]",
        f"09:05:00 22/11/2026  Đóng lượt quét, xử lý tiếp – lượt quét {A} (mã: D101)  [Trần Thị Tý]"]
    assert [one.n for one in grouped(rows)] == [3, 1]
    assert next(lines(rows, "en")) == (
        "09:05:00 22/11/2026  A side was captured and is durable ×3, until 09:05:02  [appliance]")


def test_a_start_and_a_second_one_after_a_reload_are_told_apart(stand: Stand) -> None:
    stand.batch(A)
    pages = [stand.side(A, 1)]
    stand.look(pages[0])
    entry.interrupt(stand.ledger, A, "D101")
    entry.go_on(stand.ledger, A)
    pages.append(stand.side(A, 2))
    stand.look(pages[1])
    stand.close(A)
    stand.separate(A, "H1.1", pages)
    said = [sentence(row, "en") for row in told(stand, "H1.1") if row["what"] in ("batch.scanning", "batch.reload")]
    assert [line.partition(" –")[0] for line in said] == [
        "Scanning began (Start pressed)", "Feeding broke off; paper has to be put back",
        "Scanning went on after paper was put back"]
    assert "code: D101; put back from sheet: 2" in said[1]


def test_leave_is_said_in_the_language_of_the_reader_and_a_kind_of_tomorrow_stands_for_itself() -> None:
    row = {"what": "key.intent", "subject": "x", "detail": {"leave": "authorisation 5", "key": "ab" * 32}}
    assert sentence(row, "vi") == f"Ghi ý định dùng khóa ký (khóa ký: {'ab' * 6}; theo: ủy quyền số 5)"
    assert sentence({**row, "what": "moon.landed", "detail": {"feet": 2}}, "en") == "moon.landed (feet: 2)"


def test_a_document_that_waited_is_asked_again_and_not_made_again(stand: Stand) -> None:
    scanned(stand, A, "H1.1")
    document = "H1.1.0.r1"
    filing.assembled(stand.ledger, document, Assembled("a.pdf", "11" * 32, 1, 1, Box(0, 0, 1, 1)))
    waiting.let_wait(stand.ledger, document, DocumentState.AWAITING_SIGNER, "K520", "")
    assert waiting.ask_again(stand.ledger, [document], DocumentState.AWAITING_SIGNER) == 1
    said = [sentence(row, "vi").partition(" –")[0] for row in told(stand, document)
            if row["what"] == "document.assembled"]
    assert said == ["Lập xong tệp PDF/A, chưa ký", "Đưa tài liệu đang chờ ra ký lại"]


def test_hashes_are_short_times_as_on_the_page_and_yes_is_said_in_the_readers_language() -> None:
    row = {"what": "document.signature_verified", "subject": "d",
           "detail": {"sha256": "ab" * 32, "trusted": True, "until": "2026-11-22T10:00:00+07:00"}}
    said = sentence(row, "vi")
    assert "SHA-256: abababababab;" in said and "tin cậy: có" in said and "10:00:00 22/11/2026" in said
    assert "trusted: yes" in sentence(row, "en")
    leave = {"what": "key.intent", "subject": "d", "detail": {"leave": "session of 2026-11-22T03:00:00+00:00"}}
    assert sentence(leave, "vi").endswith("(theo: phiên ký mở lúc 10:00:00 22/11/2026)")


def test_documents_that_went_the_same_way_together_share_a_line() -> None:
    rows = [{"at": "2026-11-22T02:05:00+00:00", "who": "appliance", "what": "document.packed", "subject": f"d{n}",
             "detail": {}} for n in range(3)]
    (line,) = lines(rows, "en")
    assert "documents d0, d1, d2" in line or "document d0, d1, d2" in line


def test_the_heading_says_how_each_document_stands() -> None:
    story = {"rows": [], "documents": [{"id": "H1.1.0.r1", "state": "signed", "level": "B-T", "sheets": 2}]}
    assert list(heading("H1.1", story, "en"))[1] == "  H1.1.0.r1: 2 sheets; level B-T; Signed"
    story["documents"][0]["sheets"] = 1
    assert "1 sheet;" in list(heading("H1.1", story, "en"))[1]
