"""The whole appliance and its registers: imported, asked by separators, in packages; dropped; sent by software."""

from __future__ import annotations

import base64
import contextlib
import csv
import io
import json
import subprocess
import time
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from rig import DEADLINE, Rig, accepted, balanced, dossier, escl, held_codes, job, page

from appliance import registers
from appliance.archive.packages import ead
from appliance.cli import told
from appliance.core.errors import ApplianceError
from appliance.logins import hashed

PIN = "482915"
HEAD = ("Mã hồ sơ", "Tiêu đề hồ sơ", "THBQ", "Chế độ sử dụng", "Từ ngày", "Đến ngày", "Mã hồ sơ gốc giấy",
        "Đã chỉnh lý", "Ngôn ngữ", "Từ khóa", "Mã kệ")
WOMAN = "Hồ sơ thai sản của bà Phạm Thị Kín Đáo"

pytestmark = pytest.mark.slow


def listed(code: str, title: str = WOMAN, **changes: str) -> list[str]:
    row = dict(zip(HEAD, (code, title, "10 năm", "02", "03/02/2001", "31/12/2001", f"KHO1.K3.{code}", "có", "Anh",
                          "thai sản", "K3.G1"), strict=True))
    return list({**row, **changes}.values())


def write(path: Path, rows: Sequence[Sequence[str]], head: Sequence[str] = HEAD) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream, delimiter=";").writerows([head, *rows])
    return path


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    root = tmp_path_factory.mktemp("registers")
    (root / "drop").mkdir()
    found = Rig(root / "rig", {
        "device": [escl()], "job": [job(register="required"), job(name="counter", rules="onestop-ttvpcp-2023")],
        "operator": [{"code": "NV001", "name": "Trần Văn Bình", "pin": hashed(PIN)}],
        "register": {"folder": str(root / "drop"), "settle_seconds": 0.3}})
    yield found
    found.stop()


def command(rig: Rig, *words: str) -> subprocess.CompletedProcess[str]:
    """Run ``appliance register``, in this process: starting one takes longer than what it does."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = registers.main([*words, "--config", str(rig.place.settings)])
        except ApplianceError as problem:
            code = told(problem)
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


def package(rig: Rig, code: str) -> tuple[dict[str, str], dict[str, Any], list[dict[str, str]]]:
    """Wait for a receipt; return the dossier's fields, the provenance and the fields of the documents."""
    status = rig.wait(lambda found: code in accepted(found), f"{code} accepted")
    number = next(one["package"] for one in status["dossiers"] if one["file_code"] == code)
    (path,) = [Path(one["path"]) for one in status["deliveries"] if one["package"] == number]
    with zipfile.ZipFile(path) as found:
        names = found.namelist()
        own = ead.read(found.read(next(name for name in names if name.endswith("/EAD.xml"))))
        documents = [ead.read(found.read(name)) for name in names if "EAD_doc" in name]
        facts = json.loads(found.read(next(name for name in names if name.endswith("capture-provenance.json"))))
    return own, facts, documents


def until(true: Any, what: str) -> Any:
    end = time.monotonic() + DEADLINE
    while not (found := true()):
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.1)
    return found


def test_a_code_in_no_register_is_held_and_goes_on_with_the_registers_words(rig: Rig, tmp_path: Path) -> None:
    rig.load([dossier("H49.2001.1", 1), page(1)])
    rig.press()
    status = rig.settled()
    assert held_codes(status, "dossier") == ["T441"]
    assert "no register is loaded" in str(status["held"])
    balanced(status)
    done = command(rig, "import", str(write(tmp_path / "ml.csv", [listed("H49.2001.1"), listed("H49.2001.2")])))
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 hồ sơ" in done.stdout and "1 hồ sơ chờ mục lục nay đi tiếp" in done.stdout
    own, facts, documents = package(rig, "H49.2001.1")
    expected = {"title": WOMAN, "maintenance": "06", "mode": "02", "language": "02", "startDate": "03/02/2001",
                "endDate": "31/12/2001", "keyword": "thai sản", "paperFileCode": "KHO1.K3.H49.2001.1",
                "totalDoc": "1", "numberOfPaper": "1", "numberOfPage": "2", "confidenceLevel": "02"}
    assert {name: own[name] for name in expected} == expected | {"numberOfPage": own["numberOfPage"]}
    assert [(one["maintenance"], one["mode"], one["language"]) for one in documents] == [("06", "02", "02")]
    assert facts["register"]["fields"]["shelfCode"] == "K3.G1"
    assert (facts["register"]["kind"], facts["register"]["line"]) == ("archive", 2)
    balanced(rig.settled())


def test_a_refused_file_names_file_row_column_and_rule_and_leaves_the_register(rig: Rig, tmp_path: Path) -> None:
    path = write(tmp_path / "hỏng.csv", [
        listed("H49.2001.1"), listed("H49.2001.2"), listed("NEU.1", **{"Đã chỉnh lý": "chưa"}),
        listed("NEU.2", THBQ=""), listed("NEU.3", **{"Đến ngày": "01/01/2022"}),
        listed("NEU.4", **{"Chế độ sử dụng": "mật"}), listed("NEU.5", **{"Mã hồ sơ gốc giấy": ""}),
        listed("NEU.6", "=HYPERLINK(1)"), listed("NEU.6")])
    before = rig.rows("SELECT id, rows, state FROM register WHERE state = 'current'")
    done = command(rig, "import", str(path))
    assert done.returncode == 1 and "T440" in done.stderr
    assert "hỏng.csv, dòng 4, cột 'Đã chỉnh lý': hồ sơ chưa chỉnh lý" in done.stderr
    report = path.with_name("hỏng.csv.report.csv")
    with report.open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.reader(stream))
    assert [(line[1], line[4]) for line in lines[1:-1]] == [
        ("4", "not_arranged"), ("5", "no_retention"), ("6", "years"), ("7", "secret"), ("8", "no_paper_code"),
        ("9", "formula"), ("10", "duplicate")]
    assert report.stat().st_mode & 0o077 == 0
    assert rig.rows("SELECT id, rows, state FROM register WHERE state = 'current'") == before
    good = command(rig, "import", str(path), "--accept-good")
    assert good.returncode == 3 and "7 dòng bị từ chối" in good.stdout
    until(lambda: rig.rows("SELECT count(*) FROM register_row") == [(2,)], "old rows cleared away")


def test_a_code_that_the_archive_holds_is_refused_when_its_row_is_new(rig: Rig, tmp_path: Path) -> None:
    assert "H49.2001.1" in accepted(rig.status())
    changed = command(rig, "import", str(write(tmp_path / "a.csv", [listed("H49.2001.1", "khác")])), "--add")
    assert changed.returncode == 1 and "[delivered]" in changed.stderr
    same = command(rig, "import", str(write(tmp_path / "b.csv", [listed("H49.2001.1")])), "--add")
    assert same.returncode == 0, same.stderr


def test_another_list_does_not_silently_take_the_place_of_the_old_one(rig: Rig, tmp_path: Path) -> None:
    path = write(tmp_path / "2002.csv", [listed("H49.2002.1")])
    assert "T447" in command(rig, "import", str(path)).stderr
    assert command(rig, "import", str(path), "--name", "ml-2002").returncode == 0
    twice = write(tmp_path / "twice.csv", [listed("H49.2002.1")])
    assert "[other_register]" in command(rig, "import", str(twice), "--add").stderr
    shown = command(rig, "show", "h49.2002.1").stdout
    assert "Thời hạn lưu trữ [maintenance]: 06 (10 năm)" in shown and "chưa quét" in shown
    names = command(rig, "list").stdout
    assert "'archive'" in names and "'ml-2002'" in names
    assert 'appliance_register_rows{kind="archive",register="ml-2002"} 1.0' in rig.metrics()


def test_check_only_changes_nothing(rig: Rig, tmp_path: Path) -> None:
    before = rig.rows("SELECT id, state FROM register WHERE state = 'current'")
    done = command(rig, "import", str(write(tmp_path / "c.csv", [listed("H49.2003.1")])), "--check-only")
    assert done.returncode == 0 and "chưa nhập" in done.stdout
    assert rig.rows("SELECT id, state FROM register WHERE state = 'current'") == before
    assert "T449" in command(rig, "show", "H49.2003.1").stderr


COUNTER = {"receptionCode": "G22.99-20261121-0001", "channel": "tại quầy", "procedureCode": "1.001967",
           "procedureName": "Hưởng chế độ thai sản", "receivingOffice": "BHXH quận Một",
           "settlingOffice": "BHXH tỉnh", "personName": "Phạm Thị Kín Đáo", "components": ["TP01", "TP02"]}


def test_reception_software_tells_of_a_person_without_an_account(rig: Rig) -> None:
    async def send(body: Any, pin: str = PIN, **more: Any) -> tuple[int, Any]:
        word = base64.b64encode(f"NV001:{pin}".encode()).decode()
        address, headers = f"{rig.page}/api/v1/reception", {"Authorization": f"Basic {word}"}
        async with aiohttp.ClientSession() as session, session.post(
                address, headers=headers, **(more or {"json": body})) as answer:
            return answer.status, await answer.json()

    assert rig.run(send(COUNTER)) == (200, {"done": "reception", "code": "G22.99-20261121-0001"})
    assert rig.run(send(COUNTER, "000000"))[0] == 403
    assert rig.run(send(COUNTER, data=b"{}"))[0] == 400
    status, said = rig.run(send({**COUNTER, "receptionCode": "G22.2", "personName": "", "channel": "fax"}))
    assert (status, said["code"], said["details"]["fields"]) == (422, "T448", "channel,personName")
    assert rig.run(send({**COUNTER, "nonsense": "1"}))[0] == 422
    shown = command(rig, "show", "G22.99-20261121-0001").stdout
    assert "Thành phần hồ sơ [components]: TP01; TP02" in shown
    assert "Kênh tiếp nhận [channel]: 01 (trực tiếp)" in shown


def test_lists_that_are_dropped_join_the_register_and_bad_ones_come_to_rest_with_their_report(rig: Rig) -> None:
    folder = rig.place.root.parent / "drop"
    head = ("Mã hồ sơ TTHC", "Kênh tiếp nhận", "Mã thủ tục", "Nơi tiếp nhận", "Nơi giải quyết", "Họ tên")
    write(folder / "good.csv", [("G22.7", "bưu điện", "1.1", "BHXH A", "BHXH B", "Lê Thị C")], head)
    write(folder / "bad.csv", [("G22.8", "bưu điện", "1.1", "BHXH A", "BHXH B", "")], head)
    write(folder / "unfinished.csv.part", [("G22.9", "", "", "", "", "")], head)
    places = (folder / "processed" / "good.csv", folder / "refused" / "bad.csv")
    until(lambda: all(place.exists() for place in places), "dropped")
    assert "[one_of]" not in (folder / "processed" / "good.csv.report.csv").read_text(encoding="utf-8-sig")
    assert "one_of" in (folder / "refused" / "bad.csv.report.csv").read_text(encoding="utf-8-sig")
    assert sorted(path.name for path in folder.iterdir()) == ["processed", "refused", "unfinished.csv.part"]
    assert rig.rows("SELECT count(*) FROM register_row WHERE code IN ('G22.7', 'G22.8', 'G22.9')") == [(1,)]


def test_a_daemon_that_dies_in_the_middle_of_an_import_wakes_with_the_old_register(rig: Rig) -> None:
    before = command(rig, "list").stdout
    begun = rig.run(_post(rig, "/register/begin", {"kind": "archive", "name": "archive", "mode": "replace"}))
    rows = [[2, "HALF.1", {"fileCode": "HALF.1"}]]
    assert rig.run(_post(rig, f"/register/{begun['register']}/rows", {"rows": rows})) == {"refused": []}
    assert "T449" in command(rig, "show", "HALF.1").stderr
    rig.kill("daemon")
    rig.start("daemon")
    assert command(rig, "list").stdout == before
    until(lambda: rig.rows("SELECT count(*) FROM register_row WHERE code = 'HALF.1'") == [(0,)], "cleared away")


def test_no_name_of_a_register_stands_in_logs_or_metrics(rig: Rig) -> None:
    said = rig.logs() + rig.metrics()
    for secret in ("Kín Đáo", "Lê Thị C", "thai sản", "G22.7"):
        assert secret not in said


async def _post(rig: Rig, path: str, body: Any) -> Any:
    from appliance.client import Control

    async with Control(rig.place.control) as control:
        return await control.post(path, body)
