"""The whole way back: the archive wants a page again and gets it; documents are added to a delivered dossier."""

from __future__ import annotations

import json
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from rig import Rig, Sheet, Status, accepted, balanced, dossier, escl, flat, job, page

from appliance import dossiers, rescans
from appliance.archive.packages.inspection import inspect_package
from appliance.archive.packages.replacement import read
from appliance.core.model import Separator, SheetKind
from appliance.demo.cover import make_separator
from appliance.documents.separator import encode
from appliance.signing.verify import verify

pytestmark = pytest.mark.slow

CODE = "BACK.2001.1"


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    found = Rig(tmp_path_factory.mktemp("back") / "rig",
                {"device": [escl()], "job": [job()], "storage": {"keep_days": 30}, "archive": {"tasks_seconds": 1}})
    try:
        yield found
    finally:
        found.stop()


def separator(kind: SheetKind, **says: Any) -> Sheet:
    one = Separator(kind, CODE, **says)
    return Sheet(flat(make_separator(one, encode(one))))


def feed(rig: Rig, *sheets: Sheet) -> Status:
    rig.load(sheets)
    rig.press()
    return rig.settled()


def ask(rig: Rig, path: str, body: dict[str, Any] | None = None) -> Any:
    """Ask the archive, which is on trial and takes everybody for a reviewer."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{rig.archive_url}{path}", data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def delivered(rig: Rig) -> list[tuple[str, str]]:
    """Return UUID and SHA-256 of every package that was accepted, oldest first."""
    found = rig.rows("SELECT package, sha256 FROM delivery WHERE state = 'accepted' ORDER BY accepted")
    return [(package, sha256) for package, sha256 in found]


def kept(rig: Rig, sha256: str) -> Path:
    return next(path for path in rig.place.part("archive").rglob(f"{sha256}*") if path.suffix == ".zip")


def inside(path: Path) -> tuple[tuple[str, str, str], dict[str, Any], list[str]]:
    with zipfile.ZipFile(path) as found:
        files = {name.partition("/")[2]: found.read(name) for name in found.namelist()}
    return (read(ET.fromstring(files["METS.xml"])), json.loads(files["documentation/capture-provenance.json"]),
            sorted(Path(name).name for name in files if name.endswith(".pdf")))


def sound(rig: Rig, package: Path, work: Path) -> None:
    def check(path: Path) -> str:
        report = verify(path, rig.place.roots)
        return "" if report.intact and report.covers_whole_file else "it is not sound"

    assert inspect_package(package, check, work).problems == ()


def test_the_archive_rejects_page_12_and_gets_it_scanned_again(
    rig: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    assert accepted(feed(rig, dossier(CODE, 12), *(page(number) for number in range(1, 13)))) == {CODE}
    ((first, _),) = delivered(rig)
    pages = rig.rows("SELECT count(*) FROM page WHERE document IS NOT NULL")[0][0]
    at = 12 * pages // 12
    wish = {"package": first, "doc_code": f"{CODE}.0000001", "page": at, "reason": "góc trang bị gấp",
            "person": "Lê Thị Duyệt"}
    task = ask(rig, "/rescans", wish)["id"]
    status = rig.wait(lambda found: any(one["what"] == "task" for one in found["held"]), "the task is here")
    (held,) = status["held"]
    assert (held["id"], held["code"]) == (task, "A637") and "góc trang bị gấp" in held["vi"]
    assert rescans.main(["list", "--socket", str(rig.place.control)]) == 0
    assert f"--code {CODE} --number 1 --page {at}" in capsys.readouterr().out
    assert 'appliance_rescan_tasks{state="asked"} 1.0' in rig.metrics()
    feed(rig, separator(SheetKind.RESCAN, ordinal=1, page=at, sheets=1), page(14))
    status = rig.wait(lambda found: len(delivered(rig)) == 2 and not found["held"], "the new revision is accepted")
    balanced(rig.settled())
    (_, (second, sha256)) = delivered(rig)
    said, facts, _ = inside(kept(rig, sha256))
    assert tuple(said) == ("REPLACEMENT", first, "")
    assert facts["rescan_tasks"] == [{"task": task, "package": first, "document": 1, "page": at}]
    (row,) = ask(rig, "/tasks")["tasks"]
    assert (row["id"], row["state"], row["answer"]) == (task, "answered", second)
    assert rig.rows("SELECT state, dossier FROM task") == [("answered", f"{CODE}.r2")]
    assert 'appliance_rescan_tasks{state="answered"} 1.0' in rig.metrics()
    assert "góc trang" not in rig.logs()


def test_a_document_is_added_to_the_delivered_dossier(rig: Rig, tmp_path: Path) -> None:
    (base, _) = delivered(rig)[-1]
    before = len(delivered(rig))
    socket = ["--socket", str(rig.place.control)]
    assert dossiers.main(["supplement", CODE, "--reason", "đơn bổ sung", *socket]) == 0
    feed(rig, separator(SheetKind.DOSSIER, sheets=1), separator(SheetKind.DOCUMENT, ordinal=2), page(15))
    rig.wait(lambda _: len(delivered(rig)) == before + 1, "the addition is accepted")
    status = rig.settled()
    assert status["held"] == []
    balanced(status)
    package = kept(rig, delivered(rig)[-1][1])
    said, facts, names = inside(package)
    assert tuple(said) == ("SUPPLEMENT", base, "")
    assert names == [f"{CODE}.2.pdf"]
    assert (facts["supplements"]["package"], facts["supplements"]["reason"]) == (base, "đơn bổ sung")
    sound(rig, package, tmp_path)
    assert [row["state"] for row in status["dossiers"]] == ["replaced", "accepted", "accepted"]
    codes = rig.rows("SELECT document_codes FROM delivery ORDER BY accepted")
    assert codes[-1] == (f'["{CODE}.0000002"]',)


def test_an_added_document_is_scanned_again_and_the_dossier_itself_stays(rig: Rig) -> None:
    before = len(delivered(rig))
    (addition, _) = delivered(rig)[-1]
    feed(rig, separator(SheetKind.RESCAN, ordinal=2, page=1, sheets=1), page(16))
    rig.wait(lambda _: len(delivered(rig)) == before + 1, "the new revision of the addition is accepted")
    status = rig.settled()
    balanced(status)
    said, _, names = inside(kept(rig, delivered(rig)[-1][1]))
    assert (tuple(said), names) == (("REPLACEMENT", addition, ""), [f"{CODE}.2.pdf"])
    assert [row["state"] for row in status["dossiers"]] == ["replaced", "accepted", "replaced", "accepted"]
