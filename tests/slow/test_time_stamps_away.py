"""The time-stamping authority of a whole appliance goes away and comes back: documents wait, then are signed."""

from __future__ import annotations

from pathlib import Path

import pytest
from rig import Rig, accepted, balanced, dossier, escl, job, page

from appliance.signing import verify

pytestmark = pytest.mark.slow


def test_documents_wait_unsigned_and_are_signed_by_themselves(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "rig", {"device": [escl()], "job": [job()]})
    try:
        rig.load([dossier("BEFORE.1", 1), page(4)])
        rig.press()
        assert "BEFORE.1" in accepted(rig.settled())
        rig.kill("tsa")
        rig.load([dossier("WAITS.1", 1), page(5), dossier("WAITS.2", 1), page(6)])
        rig.press()
        rig.wait(lambda _: len(waiting(rig)) == 2, "two documents wait for their time stamp")
        assert not {"WAITS.1", "WAITS.2"} & set(accepted(rig.status()))
        assert [path.name for path in (rig.state / "signed").rglob("*WAITS*")] == []
        rig.start("tsa")
        status = rig.wait(lambda seen: {"WAITS.1", "WAITS.2"} <= set(accepted(seen)), "both are signed and filed")
        balanced(status)
        assert not waiting(rig)
        levels = rig.rows("SELECT DISTINCT level, lift, stamped_at <> '' FROM document")
        assert levels == [("B-T", "", 1)]
        for one in status["documents"]:
            assert verify.verify(Path(one["signed_path"]), rig.place.roots).valid
    finally:
        rig.stop()


def waiting(rig: Rig) -> list[tuple[str, str]]:
    """Return the documents that wait for a time stamp, with why."""
    return [(row[0], row[1]) for row in rig.rows(
        "SELECT id, code FROM document WHERE state = 'awaiting_timestamp' AND code = 'K530'")]
