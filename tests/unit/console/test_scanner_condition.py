"""What a terminal and the page say of a scanner's condition: its device check and how its captures change."""

from __future__ import annotations

from typing import Any

import pytest

from appliance import operate
from appliance.ageing import WORDS
from appliance.console.forms import nameless
from appliance.console.page import render
from appliance.console.words import COUNTS, STAGES

CHECK = {"standing": "failed", "vi": "Kiểm tra máy: không đạt: I329", "en": "device check: failed: I329"}
DIRTY = {"side": "back", "measure": "streaks", "vi": "Kính mặt sau có vẻ đang bẩn dần.", "en": "The glass <back>"}
QUIET = {"side": "front", "measure": "streaks", "vi": "", "en": ""}


def picture(**device: Any) -> dict[str, Any]:
    counts = dict.fromkeys(("sheets", "sides", *COUNTS), 0)
    return {"office": "Hưng Lạc", "version": "1", "counts": counts, "stages": dict.fromkeys(STAGES, 0),
            "dossiers": [], "held": [], "batches": [], "devices": [{"name": "tray", "state": "ready", **device}]}


def test_a_failed_check_and_a_dirty_glass_are_told_on_the_page_and_in_the_terminal() -> None:
    seen = picture(check=CHECK, drift=[QUIET, DIRTY])
    page, text = render(seen), operate.as_text(seen)
    for said in (CHECK["vi"], CHECK["en"], DIRTY["vi"]):
        assert said in page
        assert said in text
    assert "The glass &lt;back&gt;" in page


@pytest.mark.parametrize("device", [{}, {"check": {}, "drift": []}, {"check": {}, "drift": [QUIET]}])
def test_of_a_scanner_in_good_condition_nothing_is_told(device: dict[str, Any]) -> None:
    seen = picture(**device)
    assert render(seen) == render(picture())
    assert operate.as_text(seen) == operate.as_text(picture())


def test_a_dossier_scanned_without_a_recent_check_says_so() -> None:
    one = {"file_code": "A.1", "state": "closed", "captured": 1, "declared": 1, "accepted": ""}
    pages = {checked: render({**picture(), "dossiers": [{**one, "checked": checked}]})
             for checked in ("", "passed", "later", "flagged")}
    assert "máy chưa kiểm tra" in pages.pop("flagged")
    assert len(set(pages.values())) == 1


def test_only_a_batch_without_a_name_can_be_claimed() -> None:
    assert nameless({"state": "held", "code": "T413"})
    assert not nameless({"state": "held", "code": "D160"})
    assert not nameless({"state": "closed", "code": ""})


def test_whatever_drifts_ends_in_what_to_do() -> None:
    for vi, en in WORDS.values():
        assert "{side}" in vi
        assert "{side}" in en
        assert vi.count("Hãy") == 1
