"""A package whose file is spoilt after it was packed: a person has it packed anew; what arrived needs no file."""

from __future__ import annotations

from pathlib import Path

import pytest
from archive_stand import Diary, ReceiverProcess, sessions, small
from rescan_stand import CODE, Office

from appliance.archive.sender import Progress, deliver
from appliance.archive.transports.contract import Finding, Package, Standing
from appliance.archive.transports.tus import TusTransport
from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.core.states import DeliveryState
from appliance.spool import deliveries, dispatching, resolutions
from appliance.spool.resolutions import Decision

WORD = Decision(CODE, "NV001", "đĩa hỏng, đã thay")


@pytest.mark.parametrize("state", [DeliveryState.QUEUED, DeliveryState.SENDING])
def test_a_dossier_whose_package_is_spoilt_is_packed_anew_by_resend(tmp_path: Path, state: DeliveryState) -> None:
    office = Office(tmp_path)
    office.dossier(1)
    office.sign()
    office.pack("u1")
    with pytest.raises(ApplianceError):
        resolutions.resend(office.ledger, WORD, office.places.signed)
    if state is DeliveryState.SENDING:
        deliveries.sending(office.ledger, "u1", DeliveryState.QUEUED, state)
    dispatching.set_aside(office.ledger, "u1", errors.DELIVERY_SET_ASIDE.code, "HTTP 500")
    with pytest.raises(ApplianceError):
        resolutions.resend(office.ledger, WORD, office.places.signed)
    dispatching.set_aside(office.ledger, "u1", errors.PACKAGE_INVALID.code, "the file is not the one")
    assert resolutions.resend(office.ledger, WORD, office.places.signed) == f"{CODE}.r1"
    assert [(row["revision"], row["state"]) for row in office.ledger.all("revisions_of", file_code=CODE)] == [
        (1, "replaced"), (2, "closed")]
    assert not dispatching.waiting(office.ledger, "[]")
    office.all_the_way("u2")
    assert office.newest()["state"] == "accepted"


async def test_a_package_that_the_archive_has_needs_no_file_here(tmp_path: Path) -> None:
    """The answer was lost, and then the disk: the receipt comes all the same, and nothing is set aside."""
    receiver = ReceiverProcess(tmp_path / "archive")
    receiver.start()
    try:
        package, diary = small(tmp_path), Diary()
        async with sessions() as session:
            way = TusTransport(session, receiver.url)
            await deliver(package, way, diary.keep, diary.terms(receiver.public_key))
            package.path.unlink()
            for start in (Progress(), Progress(DeliveryState.SENT)):
                receipt = await deliver(package, way, diary.keep, diary.terms(receiver.public_key), start)
                assert receipt.accepted
    finally:
        receiver.kill()


async def test_a_package_that_nobody_has_and_whose_file_is_gone_is_told_as_such(tmp_path: Path) -> None:
    class Empty(TusTransport):
        async def find(self, sha256: str) -> Finding:
            return Finding(Standing.UNKNOWN)

    diary = Diary()
    async with sessions() as session:
        with pytest.raises(ApplianceError) as caught:
            await deliver(Package(tmp_path / "gone.zip", "ab" * 32, 9, "u"), Empty(session, "http://127.0.0.1:9"),
                          diary.keep, diary.terms(b""))
    assert caught.value.code == "A601"
