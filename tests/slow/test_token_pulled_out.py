"""The office's token in a whole appliance: pulled out in mid signature, put back; every document is signed once."""

from __future__ import annotations

from pathlib import Path

import pytest
import token_stand
from pki_stand import Stand
from rig import Rig, accepted, balanced, dossier, escl, held_codes, job, page

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(token_stand.why_not()), reason=token_stand.why_not())]


def test_a_token_pulled_out_in_mid_signature_costs_no_document_and_no_second_signature(
    tmp_path: Path, pki: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = pki.token("office", label="whole")
    stand = token_stand.TokenOffice(tmp_path, token, {})
    for name, value in stand.environment.items():
        monkeypatch.setenv(name, value)
    library = str(token_stand.proxy())
    stand.pin_file.write_text(token.pin)
    rig = Rig(tmp_path / "rig", {"device": [escl()], "job": [job()]}, trust=pki.root, leave=False)
    try:
        rig.leave = True
        rig.restart_daemon({"signing": {
            "token": token.uri("office"), "library": library, "trust": [str(pki.root), str(rig.place.time_root)],
            "addresses": [pki.address]}})
        stand.say("sign-out")
        rig.load([dossier("TOKEN.1", 1), page(1), dossier("TOKEN.2", 1), page(2), dossier("TOKEN.3", 1), page(3)])
        rig.press()
        found = rig.wait(lambda seen: "K510" in held_codes(seen, "signer"), "the token is missed")
        assert accepted(found) == set()
        rig.wait(lambda seen: seen["queues"]["sign"]["n"] == 3, "all documents wait for the token")
        assert stand.count("signs") == 0
        stand.say()
        status = rig.settled()
        assert accepted(status) == {"TOKEN.1", "TOKEN.2", "TOKEN.3"}
        balanced(status)
        assert stand.count("signs") == 3
        assert stand.count("logins") == 2, "once at the start, once when it was back"
        assert rig.rows("SELECT DISTINCT development FROM document") == [(0,)]
        assert token.pin not in rig.logs()
    finally:
        rig.stop()
