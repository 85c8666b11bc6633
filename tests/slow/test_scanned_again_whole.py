"""The whole appliance: a delivered dossier gets pages anew, as signed revisions and REPLACEMENT packages."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jwt
import pytest
from archive_stand import kept_in, receipts_of
from rig import Rig, Sheet, Status, accepted, balanced, dossier, escl, flat, job, letter, page

from appliance import dossiers, rescans
from appliance.archive.packages.inspection import inspect_package
from appliance.archive.packages.replacement import read
from appliance.core.errors import ApplianceError
from appliance.core.model import Separator, SheetKind
from appliance.demo.cover import make_separator
from appliance.documents.separator import encode
from appliance.signing.verify import verify

pytestmark = pytest.mark.slow

CODE = "AGAIN.2001.1"


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    found = Rig(tmp_path_factory.mktemp("again") / "rig",
                {"device": [escl()], "job": [job()], "storage": {"keep_days": 0}})
    try:
        yield found
    finally:
        found.stop()


def again(code: str, ordinal: int = 0, at: int = 0, sheets: int = 1) -> Sheet:
    """Return a rescan separator."""
    says = Separator(SheetKind.RESCAN, code, ordinal, sheets=sheets, page=at)
    return Sheet(flat(make_separator(says, encode(says))))


def feed(rig: Rig, *sheets: Sheet) -> Status:
    rig.load(sheets)
    rig.press()
    return rig.settled()


def packages(rig: Rig, code: str) -> list[tuple[Path, dict[str, Any]]]:
    """Return every package of a dossier that the archive took, oldest first, and what its receipt says."""
    root = rig.place.part("archive")
    said = [jwt.decode(token, options={"verify_signature": False}) for token in receipts_of(root)]
    return [(kept_in(root, one["sha256"]), one) for one in said
            if one["file_code"] == code and one["status"] == "accepted"]


def inside(package: Path) -> tuple[tuple[str, str, str], dict[str, Any], dict[str, bytes]]:
    """Return what METS says of a replacement, the provenance, and the documents of a package."""
    with zipfile.ZipFile(package) as found:
        files = {name.partition("/")[2]: found.read(name) for name in found.namelist()}
    facts = json.loads(files["documentation/capture-provenance.json"])
    return read(ET.fromstring(files["METS.xml"])), facts, {
        name: data for name, data in files.items() if name.endswith(".pdf")}


def sound(rig: Rig, package: Path, work: Path) -> None:
    """Every document of a package verifies, against the office's own root."""
    def check(path: Path) -> str:
        report = verify(path, rig.place.roots)
        return "" if report.intact and report.covers_whole_file else "it is not sound"

    assert inspect_package(package, check, work).problems == ()


def test_a_delivered_page_is_scanned_again_with_nothing_left_but_the_archives_package(
    rig: Rig, tmp_path: Path,
) -> None:
    first = [dossier(CODE, 3), page(1), page(2), Sheet(flat(make_separator(
        (second := Separator(SheetKind.DOCUMENT, CODE, 2)), encode(second)))), page(3)]
    assert accepted(feed(rig, *first)) == {CODE}
    rig.wait(lambda _: rig.masters() == [], "the local copies are gone")
    status = feed(rig, again(CODE, 1, 2), page(4))
    (held,) = status["held"]
    assert (held["what"], held["code"]) == ("rescan", "T529")
    ((package, receipt),) = packages(rig, CODE)
    socket = ["--socket", str(rig.place.control)]
    with pytest.raises(ApplianceError) as refused:
        dossiers.main(["restore", CODE, str(rig.place.settings), *socket])
    assert refused.value.code == "T532"
    assert dossiers.main(["restore", CODE, str(package), *socket]) == 0
    rig.wait(lambda _: len(packages(rig, CODE)) == 2, "the replacement is accepted")
    status = rig.settled()
    balanced(status)
    assert (status["held"], status["counts"]["replaced"]) == ([], 1)
    (old, _), (new, said) = packages(rig, CODE)
    assert said["replaces"] == receipt["sub"]
    (status_word, replaces, wrong), facts, documents = inside(new)
    assert (status_word, replaces, wrong) == ("REPLACEMENT", receipt["sub"], "")
    _, before, were = inside(old)
    name = f"representations/rep1/data/{CODE}"
    assert documents[f"{name}.2.pdf"] == were[f"{name}.2.pdf"]
    assert documents[f"{name}.1.pdf"] != were[f"{name}.1.pdf"]
    hashes = [one["sha256"] for one in before["pages"]]
    assert [one["sha256"] for one in facts["replaced_pages"]] == [hashes[1]]
    assert facts["pages"][0]["sha256"] == hashes[0]
    assert (facts["revision"], facts["replaces"][0]["package"]) == (2, receipt["sub"])
    for one in (old, new):
        sound(rig, one, tmp_path)


def test_a_whole_dossier_is_scanned_again_though_nothing_of_it_is_left(rig: Rig, tmp_path: Path) -> None:
    before = len(packages(rig, CODE))
    feed(rig, again(CODE, sheets=2), page(5), page(6))
    rig.wait(lambda _: len(packages(rig, CODE)) == before + 1, "the replacement is accepted")
    status = rig.settled()
    balanced(status)
    package, said = packages(rig, CODE)[-1]
    assert said["replaces"] == packages(rig, CODE)[-2][1]["sub"]
    sound(rig, package, tmp_path)
    assert [row["state"] for row in status["dossiers"] if row["file_code"] == CODE] == [
        *["replaced"] * before, "accepted"]


def test_a_page_held_for_its_image_is_replaced_before_anything_leaves(rig: Rig) -> None:
    status = feed(rig, dossier("AGAIN.2001.2", 2), page(7), Sheet(flat(letter(12), "L")))
    assert "T409" in {one["code"] for one in status["held"]}
    feed(rig, again("AGAIN.2001.2", 1, 2), page(8))
    status = rig.wait(lambda found: "AGAIN.2001.2" in accepted(found), "accepted")
    ((package, said),) = packages(rig, "AGAIN.2001.2")
    assert (said["replaces"], inside(package)[0][0]) == ("", "NEW")
    balanced(rig.settled())


def test_a_wrong_page_number_is_a_question_that_a_person_settles(rig: Rig) -> None:
    status = feed(rig, again(CODE, 1, 40), page(9))
    (held,) = status["held"]
    assert held["code"] == "T525"
    assert rescans.main(["drop", held["id"], "--socket", str(rig.place.control)]) == 0
    assert rescans.main(["list", "--socket", str(rig.place.control)]) == 0
    status = rig.settled()
    assert status["held"] == []
    balanced(status)


def test_a_wrong_count_is_confirmed_and_a_wrong_code_is_corrected(rig: Rig) -> None:
    socket = ["--socket", str(rig.place.control)]
    feed(rig, dossier("AGAIN.2001.3", 5), page(10))
    assert dossiers.main(["rename", "AGAIN.2001.3", "AGAIN.2001.4", *socket]) == 3
    assert dossiers.main(["release", "AGAIN.2001.4", "--reason", "một tờ", *socket]) == 0
    status = rig.wait(lambda found: "AGAIN.2001.4" in accepted(found), "accepted")
    ((package, _),) = packages(rig, "AGAIN.2001.4")
    decided = inside(package)[1]["decisions"]
    assert [one["what"] for one in decided] == ["renamed", "released"]
    feed(rig, dossier("AGAIN.2001.5", 5), page(11))
    assert dossiers.main(["discard", "AGAIN.2001.5", "--reason", "lẫn giấy", *socket]) == 0
    status = rig.settled()
    assert status["held"] == []
    balanced(status)
