"""What page and status say of signing: by whose leave, until when, with which key; commands stay whole."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.console import words
from appliance.console.page import render
from appliance.operate import as_text

MIDNIGHT = "2027-01-01T00:00:00+07:00"


def signing(**changed: Any) -> dict[str, Any]:
    one = {"job": "kho", "number": "1", "until": MIDNIGHT, "leader": "LD01"}
    return {"authorised": [one], "sessions": 0, "ready": True, "development": False, "ending": [], **changed}


def picture(**changed: Any) -> dict[str, Any]:
    counts = dict.fromkeys(("sheets", "sides", *words.COUNTS), 0)
    return {"office": "Văn phòng", "version": "0", "devices": [], "held": [], "batches": [], "dossiers": [],
            "stages": dict.fromkeys(words.STAGES, 0), "counts": counts, "signing": signing(**changed)}


@pytest.mark.parametrize(("until", "vi", "en"), [
    (MIDNIGHT, "hết ngày 31/12/2026", "the end of 31/12/2026"),
    ("2026-12-31T17:00:00+00:00", "hết ngày 31/12/2026", "the end of 31/12/2026"),
    ("2026-12-31T17:30:00+07:00", "17:30:00 31/12/2026", "17:30:00 31/12/2026"),
    ("", "–", "–"),
])
def test_the_last_day_is_named_and_not_the_midnight_after_it(until: str, vi: str, en: str) -> None:
    assert words.end(until) == (vi, en)


def test_a_key_that_is_away_does_not_take_the_authorisation_with_it() -> None:
    assert words.leave(signing()) == (
        "Ký số: kho: ủy quyền số 1 đến hết ngày 31/12/2026 (LD01)",
        "Signing: kho: authorisation 1 until the end of 31/12/2026 (LD01)")
    vi, en = words.leave(signing(ready=False)) or ("", "")
    assert vi.endswith("hết ngày 31/12/2026 (LD01), khóa chưa sẵn sàng")
    assert en.endswith("31/12/2026 (LD01), key not ready")


def test_page_and_status_say_in_one_line_that_a_development_key_signs() -> None:
    for say in (render, as_text):
        assert "KHÓA THỬ NGHIỆM" in say(picture(development=True))
        assert "KHÓA THỬ NGHIỆM" not in say(picture())


def test_no_option_of_a_command_is_torn_apart_at_the_end_of_a_line() -> None:
    told = words.commands("gõ: authorise --job <kho> --until DD/MM/YYYY, --leader MÃ, --again hoặc")
    assert told == ("gõ: authorise <span class=whole>--job</span> &lt;kho&gt; <span class=whole>--until "
                    "DD/MM/YYYY</span>, <span class=whole>--leader MÃ</span>, "
                    "<span class=whole>--again</span> hoặc")
