"""Lots: a sample that nobody chose and anybody can draw again, and a decision that the sample allows."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from rescan_stand import Office

from appliance.core import clock, errors
from appliance.core.errors import ApplianceError
from appliance.planning import answers, lot_paper, period
from appliance.planning.sampling import rule
from appliance.spool import lots
from appliance.spool.lots import Judged, NewLot

CODES = [f"H1.2001.{at}" for at in range(6)]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    found = Office(tmp_path)
    for at, code in enumerate(CODES):
        found.dossier(1, 1, code=code)
        if at < 5:
            found.all_the_way(f"u{at}", code)
    yield found
    found.ledger.close()


def make(office: Office, who: str = "NV001") -> int:
    today = clock.now().date()
    new = NewLot(str(today), period.span(today).until, who, rule().name)
    return lots.make(office.ledger, new, rule().size)


def check(office: Office, number: int, *faults: str) -> None:
    for place, fault in enumerate(faults, start=1):
        lots.judge(office.ledger, Judged(number, place, fault, "NV002"))


def refused(kind: errors.Kind, office: Office, number: int) -> ApplianceError:
    with pytest.raises(ApplianceError) as found:
        lots.decide(office.ledger, number, good=True, who="NV002")
    assert found.value.kind is kind
    return found.value


def test_a_lot_is_what_the_archive_has_and_nothing_that_is_still_on_its_way(office: Office) -> None:
    found = answers.lot(office.ledger, make(office))
    assert (found["dossiers"], found["documents"], found["pages"], found["drawn"]) == (5, 10, 20, 3)
    assert CODES[5] not in {one["file_code"] for one in found["sample"]}


def test_anybody_draws_the_same_sample_again_from_the_seed(office: Office) -> None:
    head = office.ledger.head()[1]
    found = answers.lot(office.ledger, make(office))
    assert found["seed"] == head
    every = [f"{code}.{ordinal}.r1" for code in CODES[:5] for ordinal in (1, 2)]
    drawn = sorted(every, key=lambda name: hashlib.sha256(f"{head}|{name}".encode()).hexdigest())[:3]
    assert [one["document"] for one in found["sample"]] == drawn


def test_a_lot_is_accepted_only_when_its_whole_sample_was_looked_at_and_is_good(office: Office) -> None:
    number = make(office)
    check(office, number, "", "")
    assert refused(errors.LOT_UNFINISHED, office, number).details["left"] == 1
    check(office, number, "", "", "mờ")
    assert refused(errors.LOT_FAULTY, office, number).details["faulty"] == 1
    check(office, number, "", "", "")  # looked at again: the paper itself is faint
    lots.decide(office.ledger, number, good=True, who="NV002", remark="đủ")
    found = answers.lot(office.ledger, number)
    assert (found["state"], found["decided_by"], found["good"], found["faulty"]) == ("accepted", "NV002", 3, 0)


def test_a_lot_that_is_decided_does_not_change(office: Office) -> None:
    number = make(office)
    lots.decide(office.ledger, number, good=False, who="NV002")
    with pytest.raises(ApplianceError) as found:
        check(office, number, "")
    assert found.value.kind is errors.LOT_DECIDED
    assert refused(errors.LOT_DECIDED, office, number)


def test_a_dossier_is_in_one_lot_unless_that_was_refused(office: Office) -> None:
    first = make(office)
    with pytest.raises(ApplianceError) as found:
        make(office)
    assert found.value.kind is errors.LOT_EMPTY
    lots.decide(office.ledger, first, good=False, who="NV002")
    assert answers.lot(office.ledger, make(office))["dossiers"] == 5


def test_what_is_not_in_the_sample_cannot_be_judged(office: Office) -> None:
    number = make(office)
    with pytest.raises(ApplianceError) as found:
        lots.judge(office.ledger, Judged(number, 4, "", "NV002"))
    assert found.value.kind is errors.LOT_NOT_DRAWN
    with pytest.raises(ApplianceError) as found:
        lots.judge(office.ledger, Judged(99, 1, "", "NV002"))
    assert found.value.kind is errors.LOT_UNKNOWN


def test_the_audit_chain_tells_who_made_checked_and_decided(office: Office) -> None:
    number = make(office, "NV009")
    check(office, number, "", "", "")
    lots.decide(office.ledger, number, good=True, who="NV003")
    told = [(row["what"], row["who"]) for row in office.ledger.all("audit") if row["what"].startswith("lot.")]
    assert told == [("lot.made", "NV009"), *[("lot.checked", "NV002")] * 3, ("lot.accepted", "appliance"),
                    ("lot.decided", "NV003")]
    assert "mờ" not in str([row["detail"] for row in office.ledger.all("audit")])


def test_the_record_names_the_lots_that_were_refused_before(office: Office) -> None:
    """Else a sample that does not please could be drawn again, and nobody who signs would know."""
    first = make(office)
    assert answers.lot(office.ledger, first)["before"] == []
    lots.decide(office.ledger, first, good=False, who="NV002")
    again = answers.lot(office.ledger, make(office))
    assert again["before"] == [{"id": first, "state": "rejected"}]
    pdf = lot_paper.draw(again, "BHXH tỉnh Hưng Lạc", "0101")
    text = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True).stdout
    assert f"lô số {first} (không nghiệm thu)" in text.decode()
