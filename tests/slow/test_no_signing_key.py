"""The key is not there when documents are ready for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from rig import Rig, accepted, balanced, dossier, escl, job, page

pytestmark = pytest.mark.slow


def test_without_a_key_documents_wait_unsigned_and_the_status_says_why(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "rig", {"device": [escl()], "job": [job()]})
    try:
        rig.restart_daemon({"signing": {"pkcs12": str(tmp_path / "none.p12")}})
        rig.load([dossier("UNSIGNED.1", 1), page(5)])
        rig.press()
        found = rig.wait(lambda seen: seen["queues"]["sign"]["n"] == 1, "a document waits for its signature")
        (held,) = [thing for thing in found["held"] if thing["what"] == "signer"]
        assert held["code"] == "K501" and "none.p12" in held["vi"]
        assert "UNSIGNED.1" not in accepted(found)
        rig.restart_daemon({"signing": {}})
        status = rig.settled()
        assert "UNSIGNED.1" in accepted(status)
        balanced(status)
    finally:
        rig.stop()
