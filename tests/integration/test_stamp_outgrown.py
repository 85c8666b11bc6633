"""A stamp that says more than its document has room for: the file is made anew, and nothing waits for ever."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from test_stamp_strip import CODE, DOCUMENT, scan

from appliance.core import config, errors, rules, stamping
from appliance.core.config import Config
from appliance.core.errors import ApplianceError
from appliance.core.jobs import Assembled
from appliance.core.model import Box
from appliance.core.states import DocumentState
from appliance.documents import stampbox
from appliance.orders import documents
from appliance.spool import filing, holding, papers, recovery, stamps
from appliance.spool.ledger import Ledger, Row
from appliance.spool.store import Store
from appliance.steps.means import Means
from appliance.steps.signing import SigningSteps

OFFICE = "Bảo hiểm xã hội huyện Duy Tiên, tỉnh Hà Nam, cơ quan lưu trữ hiện hành"
OLD = Box(400, 800, 400 + 60 * stampbox.POINTS_PER_MM, 800 + 11 * stampbox.POINTS_PER_MM)
"""As every document of an earlier release has it."""


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "ledger.sqlite3")
    scan(opened)
    (document,) = opened.all("documents_without_room", code=errors.STAMP_NO_ROOM.code)
    papers.go_on(opened, document, errors.STAMP_NO_ROOM.code)
    opened.put("dossier", f"{CODE}.r1", composition="x")
    yield opened
    opened.close()


class OneThread:
    """Asks the ledger here and now."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    async def ask(self, function: Any, *args: Any, **words: Any) -> Any:
        return function(self.ledger, *args, **words)


def settings(place: Path, name: str = OFFICE) -> Config:
    place.write_text(f'[office]\nname = "{name}"\n[[job]]\nname = "archive"\ntitle = "Hồ sơ"\n', encoding="utf-8")
    return config.load(place)


def row(ledger: Ledger) -> dict[str, Any]:
    dossier = ledger.one("dossier_of", id=f"{CODE}.r1")
    found = ledger.one("document", id=DOCUMENT)
    assert dossier is not None and found is not None
    return {**dict(dossier), **dict(found), "operator": "A", "operator_code": "", "people": 1}


async def refused(ledger: Ledger, root: Path) -> str:
    """What becomes of a document whose stamp the signer finds too large."""
    own = settings(root / "a.toml")
    means = SimpleNamespace(book=OneThread(ledger), config=own, store=Store(root), signer=SimpleNamespace(keys={}))
    means.hold_document = Means.hold_document.__get__(means)
    means.held = lambda *_: "held"
    steps = SigningSteps(cast(Means, means))
    return await steps._not_signed(cast(Row, row(ledger)), errors.STAMP_SPACE.error(width=170, height=31))


def assembled(ledger: Ledger, box: Box) -> None:
    filing.assembled(ledger, DOCUMENT, Assembled("/x.pdf", "0" * 64, 10, 1, box, 0.1))


async def test_a_document_with_the_room_of_an_earlier_release_is_made_anew(ledger: Ledger, tmp_path: Path) -> None:
    assembled(ledger, OLD)
    job = documents.sign(documents.SignatureOrder(cast(Row, row(ledger)), rules.load("archive-tt05-2025"), True,
                                                  datetime(2026, 11, 22, tzinfo=UTC)), Store(tmp_path),
                         settings(tmp_path / "a.toml"))
    with pytest.raises(ApplianceError):
        stamping.lay_out(job.lines, job.box, job.look)
    assert await refused(ledger, tmp_path) == "ok"
    assert row(ledger)["state"] == "separated"
    dossier = ledger.one("dossier_of", id=f"{CODE}.r1")
    assert dossier is not None and dossier["state"] == "closed" and dossier["composition"]


async def test_one_whose_room_was_found_for_these_words_is_held_not_made_for_ever(
        ledger: Ledger, tmp_path: Path) -> None:
    own = settings(tmp_path / "a.toml")
    profile = rules.load("archive-tt05-2025")
    pages = ledger.all("pages_of_document", document=DOCUMENT)
    asked = documents.assemble(documents.DocumentOrder(
        cast(Row, {**row(ledger), "register": ""}), pages, own.job_named("archive"), profile,
        (cast(Row, row(ledger)),)), Store(tmp_path), own)
    assert asked.stamp.forms
    for form in asked.stamp.forms:
        k = stamping.POINTS_PER_MM
        assembled(ledger, Box(400, 800, 400 + form.width_mm * k, 800 + form.height_mm * k))
        assert await refused(ledger, tmp_path) == "held"
        recovery.recover(ledger, Store(tmp_path))
        ledger.put("dossier", f"{CODE}.r1", composition="x")
        assert row(ledger)["state"] == "separated"


@pytest.mark.parametrize("kind", [errors.STAMP_WORDLESS, errors.STAMP_FONT])
def test_what_settings_hold_goes_on_when_the_daemon_has_read_them_again(ledger: Ledger, tmp_path: Path,
                                                                       kind: errors.Kind) -> None:
    holding.hold_document(ledger, DOCUMENT, DocumentState.SEPARATED, kind.code, "-")
    recovery.recover(ledger, Store(tmp_path))
    dossier = ledger.one("dossier_of", id=f"{CODE}.r1")
    assert row(ledger)["state"] == "separated" and dossier is not None and dossier["state"] == "closed"


def test_what_no_setting_holds_waits_on(ledger: Ledger, tmp_path: Path) -> None:
    holding.hold_document(ledger, DOCUMENT, DocumentState.SEPARATED, errors.STAMP_NO_ROOM.code, "-")
    recovery.recover(ledger, Store(tmp_path))
    assert row(ledger)["state"] == "held"
    kinds = [json.loads(one["detail"]) for one in ledger.all("audit") if one["what"] == "document.held"]
    assert kinds[-1]["code"] == "K555"


def test_leave_for_a_strip_goes_to_the_newest_revision_only(ledger: Ledger) -> None:
    holding.hold_document(ledger, DOCUMENT, DocumentState.SEPARATED, errors.STAMP_NO_ROOM.code, "-")
    ledger.put("dossier", f"{CODE}.r1", state="replaced")
    with pytest.raises(ApplianceError) as caught:
        stamps.allow_strip(ledger, f"{CODE}.1", "LD001", "kín chữ")
    assert caught.value.code == "K557"
    assert row(ledger)["state"] == "held"
