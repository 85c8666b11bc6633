"""The daemon's care for its audit chain: what it says at start and end, and what it does about a break."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from audit_stand import grow, intrude, rows, running

from appliance import audits, status
from appliance.audit_desk import AuditDesk
from appliance.audit_keeper import AuditKeeper
from appliance.client import Control
from appliance.control import asked, errors_as_json
from appliance.core import errors
from appliance.core.config import Operator, parse
from appliance.core.errors import ApplianceError
from appliance.exporter.metrics import Metrics
from appliance.leaders import Leaders
from appliance.logins import Logins, hashed
from appliance.spool import segments
from appliance.spool.heads import NAME, HeadBook


@asynccontextmanager
async def served(root: Path, keeper: AuditKeeper, people: tuple[Operator, ...]) -> AsyncIterator[Control]:
    """The desk behind a socket, as the control site offers it."""
    app = web.Application(middlewares=[errors_as_json])
    app.add_routes(AuditDesk(keeper, Leaders(Logins(people, lambda: 0.0, keeper.tell)), asked).routes())
    runner = web.AppRunner(app)
    await runner.setup()
    await web.UnixSite(runner, str(root / "s")).start()
    async with Control(root / "s") as control:
        yield control
    await runner.cleanup()


async def test_start_and_end_are_on_the_chain_with_release_and_hash_of_the_settings(tmp_path: Path) -> None:
    async with running(tmp_path) as keeper:
        (started,) = await rows(keeper, "service.started")
        assert set(json.loads(started["detail"])) == {"version", "settings"}
    async with running(tmp_path) as keeper:
        assert len(await rows(keeper, "service.stopped")) == 1
        assert not await rows(keeper, "settings.changed")
        assert await rows(keeper, "audit.verified")
    noted = [one.why for one in HeadBook(tmp_path / "state" / "audit").all()]
    assert noted[-1] == "stop" and noted.count("start") == 2


async def test_settings_that_changed_and_another_release_are_said(tmp_path: Path,
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(tmp_path):
        (tmp_path / "appliance.toml").write_text("[office]\ncode = '1234'\n", encoding="utf-8")
    monkeypatch.setattr("appliance.audit_keeper.__version__", "99.0")
    async with running(tmp_path) as keeper:
        assert len(await rows(keeper, "settings.changed")) == 1
        (upgraded,) = await rows(keeper, "service.upgraded")
        assert upgraded["subject"] == "99.0" and "before" in json.loads(upgraded["detail"])
        assert "1234" not in str(await rows(keeper))


async def test_a_ledger_restored_from_a_backup_is_noticed_at_start_and_stays_said_until_a_leader_takes_note(
        tmp_path: Path) -> None:
    async with running(tmp_path) as keeper:
        await keeper.book.ask(grow, 30)
    intrude(tmp_path, "DELETE FROM audit WHERE seq > 20")
    async with running(tmp_path) as keeper:
        assert keeper.problem is not None and keeper.problem.code == "S209"
        (said,) = await rows(keeper, "audit.broken")
        assert json.loads(said["detail"])["code"] == "S209"
        assert not (await keeper.reading()).good
        held = status.broken_chain(keeper.problem)
        assert held["code"] == "S209" and held["vi"] and held["en"]
        await keeper.book.ask(grow, 40)
    async with running(tmp_path) as keeper:
        assert keeper.problem is not None
        with pytest.raises(ApplianceError):
            await keeper.accept("LD01", "  ")
        assert await keeper.accept("LD01", "khôi phục sau khi hỏng đĩa") > 0
        assert keeper.problem is None and (await keeper.reading()).good
        (accepted,) = await rows(keeper, "audit.accepted")
        assert accepted["who"] == "LD01"
    async with running(tmp_path) as keeper:
        assert keeper.problem is None
        assert await keeper.verify("command", whole=True) is not None
    assert len(list((tmp_path / "state" / "audit").glob("heads-*.jsonl"))) == 1


async def test_an_altered_row_is_found_by_the_whole_walk_and_nobody_may_accept_it(tmp_path: Path) -> None:
    async with running(tmp_path) as keeper:
        await keeper.book.ask(grow, 30)
        await keeper.verify("daily")
    intrude(tmp_path, "UPDATE audit SET who = 'nobody' WHERE seq = 10")
    async with running(tmp_path) as keeper:
        assert keeper.problem is None  # what was verified before is not walked again each time
        assert await keeper.verify("command", whole=True) is None
        assert keeper.problem is not None and keeper.problem.code == "S206"
        with pytest.raises(ApplianceError):
            await keeper.accept("LD01", "vì sao")
    async with running(tmp_path) as keeper:
        assert keeper.problem is not None and keeper.problem.details["row"] == 10
        before = len(await rows(keeper))
        await keeper.book.ask(grow, 400)
        await keeper.rotate()
        assert not list(keeper.store.audit.glob("segment-*")) and len(await rows(keeper)) == before + 400


async def test_old_rows_are_sealed_while_the_ledger_goes_on_being_written(tmp_path: Path) -> None:
    async with running(tmp_path) as keeper:
        await keeper.book.ask(grow, 450)
        await asyncio.gather(keeper.rotate(), *(keeper.book.ask(grow, 5) for _ in range(20)))
        await keeper.rotate()
        reading = await keeper.reading()
        assert reading.segments >= 4 and reading.rows < 250
        assert await keeper.verify("daily") is not None
        assert keeper.problem is None
    async with running(tmp_path) as keeper:
        assert await keeper.verify("command", whole=True) is not None


async def test_a_full_disk_takes_no_head_and_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(tmp_path) as keeper:
        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        await keeper.book.ask(grow, 450)
        with monkeypatch.context() as patch:
            patch.setattr(HeadBook, "add", full)
            patch.setattr(segments, "write", full)
            await keeper.mark()
            await keeper.rotate()
        await keeper.mark()
        heads = list(HeadBook(keeper.store.audit).all())
        assert heads[-1].seq == (await keeper.reading()).seq


async def test_a_wrong_login_is_on_the_chain_without_a_name_and_a_right_one_with_the_staff_code(
        tmp_path: Path) -> None:
    people = parse({"operator": [{"code": "NV001", "name": "Trần Thị Tý", "pin": hashed("123456")}]}).operator
    async with running(tmp_path) as keeper:
        logins = Logins(people, lambda: 0.0, keeper.tell)
        with pytest.raises(ApplianceError):
            await logins.enter("tray", "NV001", "654321", "")
        login = await logins.enter("tray", "NV001", "123456", "")
        logins.leave(login)
        await asyncio.gather(*keeper._tasks)
        found = [(row["what"], row["subject"], row["who"]) for row in await rows(keeper)
                 if row["what"].startswith("login.")]
    assert found == [("login.refused", "", "appliance"), ("login.entered", "tray", "NV001"),
                     ("login.left", "tray", "NV001")]


async def test_the_head_is_a_number_that_prometheus_holds_exactly(tmp_path: Path) -> None:
    async with running(tmp_path) as keeper:
        reading = await keeper.reading()
        text = Metrics().show(audit=reading).decode()
    (line,) = [one for one in text.splitlines() if one.startswith("appliance_audit_head ")]
    assert int(float(line.split()[1])) == int(reading.head[:12], 16)


async def test_the_command_reads_a_copy_and_refuses_a_folder_that_a_daemon_holds(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = str(tmp_path / "state")
    async with running(tmp_path) as keeper:
        await keeper.book.ask(grow, 450)
        await keeper.rotate()
        with pytest.raises(ApplianceError) as caught:
            audits.main(["verify", "--state", state])
        assert caught.value.code == errors.DAEMON_RUNNING.code
    assert audits.main(["verify", "--state", state]) == 0
    assert "nguyên vẹn" in capsys.readouterr().out
    assert audits.main(["verify", "--state", state, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["segments"] >= 3
    (tmp_path / "state" / "audit" / segments.name_of(2)).unlink()
    with pytest.raises(ApplianceError) as caught:
        audits.main(["--state", state])
    assert caught.value.code == "S210"
    assert (tmp_path / "state" / "audit" / NAME).exists()


async def test_a_leader_takes_note_of_a_restored_ledger_over_the_control_socket(tmp_path: Path) -> None:
    people = parse({"operator": [
        {"code": "LD01", "name": "Lãnh Đạo", "pin": hashed("123456"), "leader": True},
        {"code": "NV001", "name": "Nhân Viên", "pin": hashed("123456")}]}).operator
    async with running(tmp_path) as keeper:
        await keeper.book.ask(grow, 30)
    intrude(tmp_path, "DELETE FROM audit WHERE seq > 20")
    async with running(tmp_path) as keeper, served(tmp_path, keeper, people) as control:
        with pytest.raises(ApplianceError) as caught:
            await control.get("/audit")
        assert caught.value.code == "S209" and "?" not in caught.value.vi
        for leader, pin in (("NV001", "123456"), ("LD01", "654321")):
            with pytest.raises(ApplianceError):
                await control.post("/audit/accept", {"leader": leader, "pin": pin, "reason": "khôi phục"})
        answer = await control.post("/audit/accept", {"leader": "LD01", "pin": "123456", "reason": "khôi phục"})
        assert answer["lost"] > 0
        report = await control.get("/audit")
        assert len(report["lost"]) == 1
        await control.post("/audit/copied", {"dossier": "H1.1", "by": "it"})
        await asyncio.gather(*keeper._tasks)
        (copied,) = await rows(keeper, "dossier.copied")
        assert (copied["subject"], copied["who"]) == ("H1.1", "it")
        with pytest.raises(ApplianceError) as caught:
            await control.get("/audit/story?name=H9")
        assert caught.value.code == "S213"
        assert "123456" not in str(await rows(keeper))
