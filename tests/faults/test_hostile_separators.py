"""Hostile codes on paper: printed, read by the real decoder, and none of them opens, names or stops anything."""

from __future__ import annotations

import hashlib
import io

import numpy as np
import pytest
import segno
import zxingcpp
from PIL import Image

from appliance.core import errors
from appliance.core.model import Separator, SheetKind, Side
from appliance.documents.plan import Separation
from appliance.documents.separate import SeparationRules, separate
from appliance.documents.separator import encode, is_file_code
from appliance.documents.sheet import SidePage
from appliance.documents.ways import Way

GOOD = (encode(Separator(SheetKind.DOSSIER, "GOOD.1", sheets=1)), encode(Separator(SheetKind.DOSSIER, "GOOD.2")))


def resigned(body: str) -> str:
    """A payload with a right check value: whoever prints a code can compute that too."""
    return f"{body}:{hashlib.sha256(body.encode()).hexdigest()[:12].upper()}"


HOSTILE = {
    "way out of the folder": "../../../../etc/passwd",
    "control characters": "A\x1b[2J\x07\x00B",
    "as long as a code can be": "0" * 2900,
    "separator with a way out": resigned("SSA1:D:../../x:0::1"),
    "separator with a long code": resigned("SSA1:D:" + "X" * 1500 + ":0::1"),
    "separator with a wrong check value": "SSA1:D:GOOD.2:0::1:000000000000",
    "separator in small letters": GOOD[0].lower(),
    "separator of tomorrow": resigned("SSA9:D:GOOD.2:0::1"),
    "separator with a format": resigned("SSA1:D:{0.__class__}%s%n:0::1"),
    "separator with a line end": resigned("SSA1:T:GOOD.1\nX:1::1"),
    "separator with huge numbers": resigned("SSA1:T:GOOD.1:99999999999999999999::1"),
    "separator without anything": "SSA1:",
}


def printed_and_read(text: str) -> str:
    """Print a code and read it with the decoder the imaging stage uses."""
    picture = io.BytesIO()
    segno.make(text, error="l", micro=False).save(picture, kind="png", scale=4, border=6)
    pixels = np.asarray(Image.open(picture).convert("L"))
    (found,) = zxingcpp.read_barcodes(pixels)
    return str(found.bytes.decode())


def batch(code: str) -> list[SidePage]:
    """Good dossier, the hostile sheet within it, a page, and another good dossier."""
    marks = (GOOD[0], "", code, "", GOOD[1], "")
    return [SidePage(at, at, Side.FRONT, False, "", (mark,) if mark else ()) for at, mark in enumerate(marks)]


@pytest.fixture(params=list(HOSTILE.values()), ids=list(HOSTILE))
def outcome(request: pytest.FixtureRequest) -> Separation:
    return separate(batch(printed_and_read(request.param)), SeparationRules(Way()))


def test_the_hostile_sheet_waits_for_a_person(outcome: Separation) -> None:
    assert 2 in [question.page for question in outcome.questions]


def test_its_dossier_waits_and_the_other_is_filed(outcome: Separation) -> None:
    first, second = outcome.dossiers
    assert first.held in (errors.SEPARATOR_UNREADABLE.code, errors.PAGE_HELD_IN_DOSSIER.code)
    assert (second.file_code, second.held) == ("GOOD.2", "")


def test_no_dossier_gets_a_name_from_it(outcome: Separation) -> None:
    assert {plan.file_code for plan in outcome.dossiers} == {"GOOD.1", "GOOD.2"}
    assert all(is_file_code(plan.file_code) for plan in outcome.dossiers)


def test_no_reason_repeats_what_it_says(outcome: Separation) -> None:
    told = " ".join(f"{reason}" for _, _, reason in outcome.questions)
    told += " ".join(f"{plan.details}" for plan in outcome.dossiers)
    for part in ("etc", "XXX", "000", "class", "GOOD", "999", "\x1b"):
        assert part not in told


def test_a_code_longer_than_any_printer_makes_is_refused_too() -> None:
    outcome = separate(batch("../" * 4000), SeparationRules(Way()))
    assert [question.code for question in outcome.questions] == [errors.CODE_SUSPICIOUS.code]
