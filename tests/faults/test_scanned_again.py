"""What is held can be settled by an operator: the missing sheet is brought, or the paper is scanned again whole."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rig import Rig, accepted, balanced, coded_page, dossier, escl, job, page

from appliance.operate import remove


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    found = Rig(tmp_path_factory.mktemp("again") / "rig", {"device": [escl()], "job": [job()]})
    try:
        yield found
    finally:
        found.stop()


def test_a_dossier_that_lacks_a_sheet_is_filed_when_its_paper_is_scanned_again_whole(rig: Rig) -> None:
    rig.load([dossier("AGAIN.1", 2), page(1)])
    rig.press()
    assert [thing["code"] for thing in rig.settled()["held"]] == ["T403"]
    rig.load([dossier("AGAIN.1", 2), page(1), page(2)])
    rig.press()
    status = rig.settled()
    assert accepted(status) == {"AGAIN.1"}
    assert (status["held"], status["counts"]["replaced"]) == ([], 1)
    balanced(status)


def test_a_dossier_with_a_bad_separator_is_filed_when_it_is_scanned_again_and_the_bad_sheet_taken_out(
    rig: Rig,
) -> None:
    rig.load([dossier("AGAIN.2", 1), page(3), coded_page("SSA1:T:AGAIN.2:2::1:0000")])
    rig.press()
    held = rig.settled()["held"]
    assert {thing["code"] for thing in held} == {"T401"}
    rig.load([dossier("AGAIN.2", 1), page(3)])
    rig.press()
    status = rig.settled()
    assert accepted(status) == {"AGAIN.1", "AGAIN.2"}
    (stray,) = status["held"]
    assert remove([stray["id"], "--socket", str(rig.place.control)]) == 0
    status = rig.settled()
    assert (status["held"], status["counts"]["removed"]) == ([], 1)
    balanced(status)
