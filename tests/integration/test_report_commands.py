"""``appliance plan``, ``report`` and ``lot`` as people use them: beside a daemon's desk, and where none runs."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import http.client
import json
import math
import socket
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from aiohttp import web
from rescan_stand import Office

from appliance.cli import told
from appliance.control import errors_as_json
from appliance.core import clock, config
from appliance.core.errors import ApplianceError
from appliance.planning import command, lot, report
from appliance.planning.desk import PlanDesk
from appliance.spool.ledger import Book

SETTINGS = """
[office]
code = "0101"
name = "BHXH tỉnh Hưng Lạc"
operator = "Văn phòng"
[storage]
state = "{root}"
runtime = "{root}/run"
[[operator]]
code = "NV001"
name = "Trần Văn Bình"
[[device]]
name = "tray"
kind = "folder"
folder = "{root}/tray"
"""
PLAN = "Giai đoạn,Mã đơn vị,Số hồ sơ,Số tờ,Hạn hoàn thành\n1,0101,3,9,31/12/2099\n"
Main = Callable[[list[str]], int]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    found = Office(tmp_path)
    for at in range(3):
        found.dossier(1, 1, code=f"H1.2001.{at}")
        if at < 2:
            found.all_the_way(f"u{at}", f"H1.2001.{at}")
    found.ledger.close()
    (tmp_path / "run").mkdir()
    (tmp_path / "appliance.toml").write_text(SETTINGS.format(root=tmp_path), encoding="utf-8")
    yield found


def off(office: Office, main: Main, *words: str) -> int:
    """Run a command where no daemon runs."""
    try:
        return main([*words, "--config", str(office.root / "appliance.toml")])
    except ApplianceError as problem:
        return told(problem)


def beside(office: Office, *calls: tuple[Main, tuple[str, ...]]) -> list[int]:
    """Run commands beside the desk of a daemon."""
    async def work() -> list[int]:
        settings = config.load(office.root / "appliance.toml")
        book = Book(office.root / "ledger.sqlite3")
        app = web.Application(middlewares=[errors_as_json])
        app.router.add_routes(PlanDesk(settings, book).routes())
        runner = web.AppRunner(app)
        await runner.setup()
        await web.UnixSite(runner, str(office.root / "run" / "control.sock")).start()
        try:
            return [await asyncio.to_thread(off, office, main, *words) for main, words in calls]
        finally:
            await runner.cleanup()
            book.close()

    return asyncio.run(work())


def test_a_plan_is_imported_through_the_daemon_and_shown_with_and_without_it(
        office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    file = office.root / "kh.csv"
    file.write_text(PLAN, encoding="utf-8")
    done = beside(office, (command.main, ("import", str(file), "--by", "NV001")), (command.main, ("show",)))
    assert done == [0, 0]
    with_it = capsys.readouterr().out.splitlines()[1:]
    assert off(office, command.main, "show") == 0
    assert capsys.readouterr().out.splitlines() == with_it
    assert "2 / 3" in with_it[1] and "4 / 9" in with_it[1] and "31/12/2099" in with_it[1]


def test_a_bad_plan_is_refused_by_row_and_a_person_who_is_none_by_name(
        office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    file = office.root / "kh.csv"
    file.write_text(PLAN.replace("31/12/2099", "32/12/2099"), encoding="utf-8")
    assert off(office, command.main, "import", str(file), "--check-only") == 1
    said = capsys.readouterr().err
    assert "dòng 2, cột 'Hạn hoàn thành'" in said and "M855" in said
    file.write_text(PLAN, encoding="utf-8")
    assert beside(office, (command.main, ("import", str(file), "--by", "NV999"))) == [1]
    assert "NV999" in capsys.readouterr().err
    assert off(office, command.main, "show") == 0
    assert "no plan is imported" in capsys.readouterr().out


def test_a_report_is_the_same_beside_a_daemon_and_from_the_ledger_of_one_that_is_off(
        office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    today = str(clock.now().date())
    assert beside(office, (report.main, ("--day", today, "--json"))) == [0]
    with_it = json.loads(capsys.readouterr().out)
    assert off(office, report.main, "--day", "today", "--json") == 0
    alone = json.loads(capsys.readouterr().out)
    assert {**alone, "made": ""} == {**with_it, "made": ""}
    values = {one["key"]: one["values"] for one in alone["lines"]}
    assert (values["dossiers"], values["pages"], values["sides"]) == ([2, 0, 2], [8, 0, 8], [12, 0, 12])


def test_by_its_socket_alone_a_daemon_tells_whose_report_it_is(
        office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    def by_socket(words: list[str]) -> int:
        return report.main([*words[:-2], "--socket", str(office.root / "run" / "control.sock")])

    assert beside(office, (by_socket, ("--day", "today", "--json"))) == [0]
    assert json.loads(capsys.readouterr().out)["office"] == "0101"


def test_a_months_report_is_two_files_for_a_spreadsheet_and_for_paper(
        office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    month = f"{clock.now():%Y-%m}"
    assert off(office, report.main, "--month", month, "--out", str(office.root / "out")) == 0
    table, paper = (Path(line) for line in capsys.readouterr().out.split())
    assert (table.name, paper.name) == (f"report-0101-{month}.csv", f"report-0101-{month}.pdf")
    with table.open(encoding="utf-8-sig", newline="") as stream:
        assert ["2", "0", "2"] in [row[4:] for row in csv.reader(stream)]
    text = text_of(paper)
    assert "BÁO CÁO KẾT QUẢ SỐ HÓA TÀI LIỆU" in text and "BHXH TỈNH HƯNG LẠC" in text
    assert f"Kỳ báo cáo: tháng {clock.now():%m/%Y}" in text


def test_a_lot_is_made_checked_decided_and_printed(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    today = str(clock.now().date())
    done = beside(
        office, (lot.main, ("make", "--since", today, "--until", today, "--by", "NV001")),
        (lot.main, ("check", "1", "1", "--good", "--by", "NV001")),
        (lot.main, ("decide", "1", "--accept")), (lot.main, ("check", "1", "2", "--fault", "mờ trang 2")),
        (lot.main, ("decide", "1", "--accept")), (lot.main, ("decide", "1", "--reject", "--remark", "quét lại")),
        (lot.main, ("check", "1", "2", "--good")))
    assert done == [0, 0, 1, 0, 1, 0, 1]
    said = capsys.readouterr()
    assert all(code in said.err for code in ("M863", "M864", "M861"))
    assert off(office, lot.main, "list") == 0
    assert "không nghiệm thu / refused" in capsys.readouterr().out
    assert off(office, report.main, "--lot", "1", "--out", str(office.root / "out")) == 0
    text = text_of(Path(capsys.readouterr().out.split()[-1]))
    assert "BIÊN BẢN NGHIỆM THU LÔ TÀI LIỆU SỐ HÓA" in text and "mờ trang 2" in text
    assert "KHÔNG NGHIỆM THU" in text and "quét lại" in text
    assert off(office, report.main, "--lot", "9") == 1


def test_a_ledger_that_no_daemon_has_brought_up_to_date_is_refused_and_left_as_it_is(
        office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    with contextlib.closing(sqlite3.connect(office.root / "ledger.sqlite3")) as old:
        old.executescript("DROP TABLE plan; PRAGMA user_version = 26;")
    assert off(office, report.main, "--day", "today") == 1
    assert "no such table: plan" in capsys.readouterr().err
    with contextlib.closing(sqlite3.connect(office.root / "ledger.sqlite3")) as old:
        assert old.execute("PRAGMA user_version").fetchone() == (26,)


@pytest.mark.parametrize("words", [("--day", "2026-13-01"), ("--month", "2999-01"), ("--day", "tomorrow")])
def test_a_period_that_is_none_is_refused_with_what_to_write(office: Office, capsys: pytest.CaptureFixture[str],
                                                             words: tuple[str, str]) -> None:
    assert off(office, report.main, *words) == 1
    assert "M858" in capsys.readouterr().err


def text_of(pdf: Path) -> str:
    return subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, check=True).stdout.decode()


PHASE = {"phase": "1", "dossiers": 1, "sheets": 1, "high_use": 0, "deadline": "2026-12-31", "registers": []}


@pytest.mark.parametrize(("path", "body"), [
    ("/plan", {"phases": [{**PHASE, "phase": "Văn A"}]}), ("/plan", {"phases": [{**PHASE, "sheets": math.inf}]}),
    ("/plan", {"phases": [{**PHASE, "deadline": "9999-12-31"}]}), ("/plan", {"phases": [PHASE, PHASE]}),
    ("/plan", {"phases": [{**PHASE, "dossiers": -1}]}), ("/lot", {"since": "2026-11-01", "until": "9999-12-31"}),
    ("/lot/1/check", {"place": 1}), ("/lot/1/check", {"place": 1, "fault": " "}), ("/lot/1/decide", {})])
def test_what_makes_no_sense_is_refused_and_nothing_is_written(office: Office, path: str,
                                                                body: dict[str, object]) -> None:
    """A label of metrics with a name in it, numbers without end, a document that is neither good nor faulty."""
    today, answers = str(clock.now().date()), []

    def ask(_words: list[str]) -> int:
        with contextlib.closing(UnixConnection(office.root / "run" / "control.sock")) as connection:
            connection.request("POST", path, json.dumps(body).encode(), {"Content-Type": "application/json"})
            with connection.getresponse() as answer:
                answers.append(answer.status)
        return 0

    assert beside(office, (lot.main, ("make", "--since", today, "--until", today)), (ask, ())) == [0, 0]
    assert 400 <= answers[0] < 500
    with contextlib.closing(sqlite3.connect(office.root / "ledger.sqlite3")) as ledger:
        assert ledger.execute("SELECT count(*) FROM plan").fetchone() == (0,)
        assert ledger.execute("SELECT count(*), max(state) FROM lot").fetchone() == (1, "open")
        assert ledger.execute("SELECT count(*) FROM lot_sample WHERE result <> ''").fetchone() == (0,)


def test_a_fault_without_words_is_no_good_document(office: Office) -> None:
    today = str(clock.now().date())
    done = beside(office, (lot.main, ("make", "--since", today, "--until", today)),
                  (lot.main, ("check", "1", "1", "--fault", "")))
    assert done == [0, 1]


class UnixConnection(http.client.HTTPConnection):
    """Asks a daemon without the command's own checks."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=20)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self._path))
