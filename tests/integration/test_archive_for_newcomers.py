"""What a newcomer at the archive meets: missing files, lists with mistakes, commands that should say more."""

from __future__ import annotations

import dataclasses
import logging
from pathlib import Path

import pytest

from appliance import receive
from appliance.core import errors
from appliance.core.errors import Exit
from appliance.receiver import commands, leave, office_desk, offices, readings, request_desk, tables, trust
from appliance.receiver.archive import open_archive
from appliance.receiver.settings import Settings
from appliance.receiver.trust import Awaited

TWICE = '[[office]]\ncode = "{}"\ncertificates = ["dns:Office.example"]\n'
PACKAGE = "0198f3c0-1111-7000-8000-000000000001"


def test_a_root_named_in_the_settings_must_be_there_at_the_start(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "receiver.toml"
    file.write_text(f'root = "{tmp_path}/archive"\nport = 0\ntrust = ["{tmp_path}/agency-ca.pem"]\n')
    assert receive.main(["--settings", str(file)]) == Exit.FAILED
    said = capsys.readouterr()
    assert said.err.startswith("A646: ")
    assert str(tmp_path / "agency-ca.pem") in said.err
    assert "ready" not in said.out
    assert receive.main(["fixity", "--settings", str(file)]) == Exit.FAILED
    assert "A646" in capsys.readouterr().err


def test_a_root_that_comes_later_is_waited_for_and_told_once(
        tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "root.pem"
    awaited = Awaited([str(path)])
    with caplog.at_level(logging.INFO, trust.__name__):
        assert [awaited.there(), awaited.there()] == [False, False]
        assert awaited.health()["status"] == "waiting"
        assert awaited.family().samples[0].value == 0
        path.touch()
        assert awaited.there()
    assert [str(one.message)[:4] for one in caplog.records] == ["A647", "the "]
    assert awaited.health() == {"status": "ok"}
    assert awaited.family().samples[0].value == 1


def test_the_check_of_the_list_refuses_what_the_running_archive_refuses_and_the_reason_is_told_once(
        tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    file, settings = tmp_path / "offices.toml", tmp_path / "receiver.toml"
    file.write_text(TWICE.format("0311"))
    settings.write_text(f'root = "{tmp_path}/archive"\n[access]\noffices = "{file}"\n')
    running = offices.Offices(file)
    assert office_desk.main(["list", "--settings", str(settings)], None) == Exit.DONE
    file.write_text(TWICE.format("0311") + TWICE.format("0312").lower())
    capsys.readouterr()
    assert office_desk.main(["list", "--settings", str(settings)], None) == Exit.FAILED
    said = capsys.readouterr().err
    assert "A659" in said
    assert "dns:office.example có ở hai mục: 0311 và 0312" in said
    for _ in range(3):
        assert [one.code for one in running] == ["0311"]
    file.unlink()
    for _ in range(3):
        assert [one.code for one in running] == ["0311"]
    told = [one.getMessage() for one in caplog.records if "stays as it was" in one.getMessage()]
    assert len(told) == 2
    assert "0311 and 0312" in told[0]


def test_who_granted_or_refused_leave_stands_in_the_chained_log(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = readings.Reading("0311", "Lê Thị Bé", "benefit: hưu trí", readings.REQUEST, "asked", PACKAGE)
    with open_archive(Settings(tmp_path)) as archive:
        with archive.index.write() as connection:
            connection.execute(tables.packages.insert().values(
                uuid=PACKAGE, sha256="ab" * 32, size=1, office="0312", file_code="H1", status="", title="",
                mode="02", accepted=tables.moment()))
        first = leave.ask(archive.index, asked)
        leave.grant(archive.index, first, "Trần Văn Lưu", 30)
        second = leave.ask(archive.index, dataclasses.replace(asked, person="Võ Thị Tư"))
        leave.refuse(archive.index, second, "Trần Văn Lưu", "Không thuộc thẩm quyền")
        with pytest.raises(errors.ApplianceError):
            leave.refuse(archive.index, first, "Ai đó", "muộn")
        last, before = readings.recent(archive.index, 10)
        assert (before["person"], before["office"], before["package"]) == ("Trần Văn Lưu", "archive", PACKAGE)
        assert before["decision"].startswith("granted until 20")
        assert (last["decision"], second in last["what"]) == ("refused", True)
        assert not readings.verify(archive.index).wrong
    assert request_desk.main(["list", "--root", str(tmp_path)], None) == Exit.DONE
    assert first not in capsys.readouterr().out
    assert request_desk.main(["list", "--all", "--root", str(tmp_path)], None) == Exit.DONE
    said = capsys.readouterr().out
    assert said.startswith("mã số / id\tlúc hỏi / asked\t")
    assert "Không thuộc thẩm quyền" in said
    assert "+07:00" in said
    assert "Z\t" not in said


def test_cells_are_for_people() -> None:
    assert commands.cell("2026-11-22T05:10:00.123456Z") == "2026-11-22T12:10:00+07:00"
    assert commands.cell(("H49.64.33", "H49.64.34")) == "H49.64.33, H49.64.34"
    assert commands.cell("2026-11-22") == "2026-11-22"


def test_help_names_every_word_and_every_purpose(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        receive.main(["--help"])
    said = capsys.readouterr().out
    assert all(f"\n  {word} " in said for word in receive.WORDS)
    with pytest.raises(SystemExit):
        receive.main(["search", "--help"])
    said = capsys.readouterr().out
    assert all(word in said for word in ("benefit", "complaint", "inspection", "keeping", "Mục đích"))


def test_what_the_system_refuses_at_the_archive_is_not_said_in_the_words_of_an_office(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(errors.ApplianceError) as problem:
        receive.main(["--root", str(tmp_path / "file"), "--port", "0"])
    assert problem.value.code == "A649"
    assert "appliance status" not in str(problem.value)
