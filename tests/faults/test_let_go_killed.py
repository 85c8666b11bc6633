"""The daemon ends by SIGKILL while a receipt comes home and copies go: none goes before the receipt stands."""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from rescan_stand import CODE, Office

from appliance.archive.receipts import TYPE, Receipt, verify
from appliance.core import clock, errors, files
from appliance.core.config import Config
from appliance.core.errors import ApplianceError
from appliance.core.events import Bus
from appliance.core.states import DeliveryState
from appliance.spool import deliveries, returns
from appliance.spool.ledger import Book, Ledger
from appliance.spool.store import Store
from appliance.steps.dossiers import DossierSteps
from appliance.steps.means import Means

KEY = ed25519.Ed25519PrivateKey.from_private_bytes(b"k" * 32)
PEM = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
FORK = multiprocessing.get_context("fork")


def receipt(**changes: Any) -> Receipt:
    """Return the archive's receipt for the package, signed and verified."""
    told = {"iss": "archive", "iat": 1_790_000_000, "jti": "r-1", "sub": "u1", "file_code": CODE,
            "sha256": "sha-u1", "size": 1, "status": "accepted", "reason": "", "documents": 1, "prev": "",
            "document_ids": [f"{CODE}.0000001"]}
    return verify(jwt.encode(told | changes, KEY, "EdDSA", {"typ": TYPE}), PEM, "sha-u1", 1)


class Line:
    """A line on which the archive's answer comes home at once."""

    def __init__(self, book: Book, answer: Receipt) -> None:
        self._book = book
        self._answer = answer

    async def deliver(self, _row: Any) -> Receipt:
        return self._answer

    async def state_of(self, package: str) -> DeliveryState:
        row = await self._book.ask(lambda ledger: ledger.one("delivery", package=package))
        assert row is not None
        return DeliveryState(row["state"])


def sent(root: Path) -> None:
    """Make an office whose only dossier was sent whole and has no answer yet."""
    store = Store(root)
    store.prepare()
    office = Office(root)
    office.dossier(1)
    for master in root.glob("b1-*.jpg"):
        master.rename(store.masters / master.name)
    office.sign()
    office.pack("u1")
    store.package("u1").write_bytes(b"package")
    deliveries.sending(office.ledger, "u1", DeliveryState.QUEUED, DeliveryState.SENDING)
    deliveries.sending(office.ledger, "u1", DeliveryState.SENDING, DeliveryState.SENT)
    office.ledger.close()


async def steps(root: Path, answer: Receipt) -> None:
    """Take the steps that the conductor would: the answer comes home, then the local copies go."""
    book = Book(root / "ledger.sqlite3")
    try:
        line = cast("Any", Line(book, answer))
        means = Means(Config(), Store(root), book, cast("Any", None), cast("Any", None), line, Bus())
        for row in await book.ask(lambda ledger: ledger.all("deliveries_to_send")):
            await DossierSteps(means).deliver(row)
        for row in await book.ask(lambda ledger: ledger.all("dossiers_to_clear", before="9999", handing=True)):
            await DossierSteps(means).clear(row)
    finally:
        book.close()


def killed_at(root: Path, act: int) -> bool:
    """Take the steps in a process that is killed before one durable act of them; say whether it came so far."""
    def work() -> None:
        counter = itertools.count(1)

        def deadly(function: Callable[..., Any]) -> Callable[..., Any]:
            def acting(*words: Any, **names: Any) -> Any:
                if next(counter) == act:
                    os.kill(os.getpid(), signal.SIGKILL)
                return function(*words, **names)

            return acting

        patch = pytest.MonkeyPatch()
        for name in ("write_durably", "remove_durably"):
            patch.setattr(files, name, deadly(getattr(files, name)))
        patch.setattr(Ledger, "note", deadly(Ledger.note))
        asyncio.run(steps(root, receipt()))

    process = FORK.Process(target=work)
    process.start()
    process.join(30)
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


def local(root: Path) -> list[Path]:
    return [*(root / "masters").glob("*.jpg"), *root.glob(f"{CODE}*.pdf"), *(root / "packages").glob("*.zip")]


def delivery(root: Path) -> dict[str, Any]:
    ledger = Ledger(root / "ledger.sqlite3")
    row = ledger.one("delivery", package="u1")
    assert row is not None
    found = dict(row)
    ledger.verify_chain()
    ledger.close()
    return found


def test_killed_before_any_durable_act_no_copy_goes_before_the_receipt_stands(tmp_path: Path) -> None:
    for act in itertools.count(1):
        root = tmp_path / str(act)
        sent(root)
        whole = len(local(root))
        came_so_far = killed_at(root, act)
        row = delivery(root)
        if len(local(root)) < whole:
            assert row["state"] == "accepted"
            assert row["token"] == receipt().token
        asyncio.run(steps(root, receipt()))
        assert local(root) == []
        assert (root / "receipts" / "sha-u1.jws").read_text() == receipt().token
        assert delivery(root)["accepted"]
        if not came_so_far:
            assert act > 15, "the steps have more durable acts than that"
            return


def test_what_the_receipt_says_stands_in_the_ledger_and_on_the_chain(tmp_path: Path) -> None:
    sent(tmp_path)
    asyncio.run(steps(tmp_path, receipt()))
    row = delivery(tmp_path)
    assert (row["receipt_number"], row["documents"], row["document_codes"]) == ("r-1", 1, f'["{CODE}.0000001"]')
    assert row["issued"] == clock.iso(clock.at(1_790_000_000)) and row["verified"].endswith("+07:00")
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    (noted,) = [one for one in ledger.all("audit") if one["what"] == "delivery.receipt"]
    assert '"documents": 1' in noted["detail"]
    ledger.close()


@pytest.mark.parametrize("changes", [{"documents": 2}, {"document_ids": [f"{CODE}.0000002"]}],
                         ids=["another number of documents", "another document"])
def test_a_receipt_for_other_documents_than_those_sent_lets_nothing_go(tmp_path: Path, changes: Any) -> None:
    sent(tmp_path)
    whole = local(tmp_path)
    with pytest.raises(ApplianceError) as differs:
        asyncio.run(steps(tmp_path, receipt(**changes)))
    assert differs.value.code == errors.RECEIPT_DIFFERS.code
    row = delivery(tmp_path)
    assert (row["state"], row["code"]) == ("sent", errors.RECEIPT_DIFFERS.code)
    assert local(tmp_path) == whole


def test_a_receipt_whose_file_was_lost_is_written_again_from_the_ledger(tmp_path: Path) -> None:
    sent(tmp_path)
    place = Store(tmp_path).receipt("sha-u1")
    asyncio.run(steps(tmp_path, receipt()))
    place.unlink()
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    returns.assure(ledger, "u1", place)
    assert place.read_text() == receipt().token
    ledger.close()


def test_without_a_receipt_that_can_be_shown_the_copies_stay_and_a_person_is_told(tmp_path: Path) -> None:
    sent(tmp_path)
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    deliveries.accepted(ledger, "u1", f"{CODE}.r1", DeliveryState.SENT, "gone")
    ledger.close()
    whole = local(tmp_path)
    for _ in range(2):
        with pytest.raises(ApplianceError) as lost:
            asyncio.run(steps(tmp_path, receipt()))
        assert lost.value.code == errors.RECEIPT_LOST.code
    assert local(tmp_path) == whole
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    assert [row["code"] for row in ledger.all("held")] == [errors.RECEIPT_LOST.code]
    ledger.close()
