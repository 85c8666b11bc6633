"""The look for harmful code on a whole appliance: no definitions, then good ones, then a finding."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from clamav_stand import definitions, needed
from rig import Rig, accepted, balanced, dossier, escl, held_codes, job, page

pytestmark = pytest.mark.slow


def test_nothing_is_sent_before_clamav_has_looked_and_everything_after(tmp_path: Path) -> None:
    needed("clamscan")
    known = tmp_path / "definitions"
    screen = {"kind": "clamav", "socket": "", "definitions": str(known)}
    rig = Rig(tmp_path / "rig", {"device": [escl()], "job": [job()], "archive": {"screen": screen}})
    try:
        rig.load([dossier("LOOK.1", 1), page(1)])
        rig.press()
        status = rig.wait(lambda seen: held_codes(seen, "delivery") == ["A607"], "the package is held")
        assert [one["state"] for one in status["deliveries"]] == ["scan_hook_failed"]
        assert not accepted(status)
        assert 'appliance_items{kind="delivery",state="scan_hook_failed"} 1.0' in rig.metrics()
        definitions(known)
        status = rig.wait(lambda seen: "LOOK.1" in accepted(seen), "it is looked at by itself, and sent")
        balanced(status)
        assert not held_codes(status, "delivery")
        assert "\nappliance_screen_definitions_timestamp_seconds 1." in rig.metrics()
        facts = provenance(rig)
        assert (facts["screen"], facts["rule_profile"]["name"]) == ("clamav", "archive-tt05-2025")
        assert len(facts["rule_profile"]["sha256"]) == 64
        assert facts["captures"][0]["how"]["software"]
        assert facts["counts"]["pages_filed"] == len(facts["pages"]) > 0
        assert facts["counts"]["sides"] == sum(facts["counts"]["states"].values())
        assert [one["level"] for one in facts["signatures"]] == ["B-T"]
        (known / "appliance.ndb").write_text(f"Every.Pdf:0:*:{b'%PDF-'.hex()}\n")
        rig.load([dossier("LOOK.2", 1), page(2)])
        rig.press()
        status = rig.wait(lambda seen: held_codes(seen, "delivery") == ["A608"], "what was found holds the package")
        assert "LOOK.2" not in accepted(status)
    finally:
        rig.stop()


def provenance(rig: Rig) -> dict[str, Any]:
    """Return the provenance of the one package."""
    (path,) = rig.rows("SELECT path FROM delivery WHERE state = 'accepted'")
    with zipfile.ZipFile(path[0]) as package:
        name = next(one for one in package.namelist() if one.endswith("capture-provenance.json"))
        found: dict[str, Any] = json.loads(package.read(name))
    return found
