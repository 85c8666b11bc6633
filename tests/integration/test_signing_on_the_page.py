"""The page over real HTTP: a person opens their own signing session, at the host itself and nowhere else."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import aiohttp
import pytest
from aiohttp import web
from leave_stand import SEAL, Stand, day, office
from test_console_login import LINE, PIN, Floor, Page

from appliance import authorise, leaders, sign
from appliance.authorise_desk import AuthoriseDesk
from appliance.console.counter import Counter
from appliance.console.signatures import Signatures
from appliance.console.site import Site
from appliance.console.words import moment
from appliance.control import asked, errors_as_json
from appliance.core.config import Console
from appliance.core.errors import ApplianceError
from appliance.hands import Hands
from appliance.leaders import Leaders
from appliance.logins import Logins
from appliance.session_desk import SessionDesk

PEOPLE = (f'[[operator]]\ncode = "NV001"\nname = "Thảo"\npin = "{LINE}"\ntoken = "pkcs11:token=thao"\n'
          f'[[operator]]\ncode = "LD01"\nname = "Lãnh Đạo"\npin = "{LINE}"\nleader = true\n')
OWN = "30405060"


@dataclass
class Room:
    """A page and a control socket before a stand."""

    stand: Stand
    sessions: SessionDesk
    address: str
    socket: Path
    browsers: list[aiohttp.ClientSession] = field(default_factory=list)

    def browser(self, address: str = "", **headers: str) -> Page:
        session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True), headers=headers)
        self.browsers.append(session)
        return Page(address or self.address, session)


async def unused(*_: str) -> None:
    raise AssertionError("not asked for")


@contextlib.asynccontextmanager
async def opened(root: Path) -> AsyncIterator[Room]:
    async with office(root, PEOPLE) as stand:
        logins, floor = Logins(stand.config.operator, lambda: 1000.0), Floor()
        sessions = SessionDesk(stand.steps, logins, lambda: None)

        async def nothing() -> bytes:
            return b""

        counter = Counter(stand.config, logins, Hands(floor), floor.picture, unused, unused)
        forms = Signatures(counter, sessions.open, sessions.sessions)
        site = Site(Console(port=0), counter, floor.picture, nothing, lambda: True, forms.routes())
        desk = AuthoriseDesk(stand.config, stand.book, Leaders(logins), stand.desk, sessions.look)
        socket = stand.desk.socket.parent / "control.sock"
        app = web.Application(middlewares=[errors_as_json])
        app.router.add_routes([*sessions.routes(asked), *desk.routes(asked)])
        control = web.AppRunner(app, access_log=None)
        await control.setup()
        await web.UnixSite(control, str(socket)).start()
        room = Room(stand, sessions, await site.start(), socket)
        try:
            yield room
        finally:
            await asyncio.gather(*(one.close() for one in room.browsers))
            await site.stop()
            await control.cleanup()


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with opened(tmp_path) as found:
        yield found


async def test_a_person_opens_the_session_with_the_tokens_pin_and_ends_it(room: Room) -> None:
    page = room.browser()
    assert "Mở phiên ký" not in await page.get()
    await page.log_in()
    assert 'href="/sign/open/tray"' in await page.get()
    token = await page.form("/sign/open/tray")
    assert await page.post("/sign/open/tray", form=token, pin=OWN) == 303
    (asked_for,) = room.stand.signer.opened
    assert (asked_for["code"], asked_for["token"], asked_for["pin"]) == ("NV001", "pkcs11:token=thao", OWN)
    text = await page.get()
    (session,) = room.sessions.sessions.all()
    assert f"Phiên ký đang mở đến <b>{moment(session.until)}</b>" in text and OWN not in text
    assert await page.post("/sign/close/tray", form=token) == 303
    assert room.sessions.sessions.all() == [] and "Mở phiên ký" in await page.get()
    assert [row["who"] for row in await room.stand.chain("session.opened", "session.closed")] == ["NV001"] * 2


async def test_a_refusal_stands_on_the_form_and_the_pin_does_not(room: Room) -> None:
    page = room.browser()
    await page.log_in()
    room.stand.signer.refuse["open"] = "K503"
    assert await page.post("/sign/open/tray", form=await page.form("/sign/open/tray"), pin=OWN) == 403
    assert "Ký số không thành công" in page.text and OWN not in page.text and room.sessions.sessions.all() == []


async def test_wrong_pins_are_answered_at_the_form_and_one_more_try_is_a_tick(room: Room) -> None:
    page = room.browser()
    await page.log_in()
    refuse = room.stand.signer.refuse
    for code, said in (("K511", "ô dưới đây"), ("K512", "ô dưới đây"), ("K513", "appliance sign open NV001")):
        refuse["open"] = code
        assert await page.post("/sign/open/tray", form=await page.form("/sign/open/tray"), pin=OWN) == 403
        assert said in page.text and "appliance sign unlock" not in page.text
        assert ("name=again" in page.text) == (code == "K513")
    refuse.clear()
    token = await page.form("/sign/open/tray")
    assert await page.post("/sign/open/tray", form=token, pin=OWN, again="1") == 303
    assert [asked_for["again"] for asked_for in room.stand.signer.opened] == [True]


async def test_without_login_token_of_the_form_or_own_page_nothing_is_opened(room: Room) -> None:
    stranger, page = room.browser(), room.browser()
    assert await stranger.post("/sign/open/tray", form="x", pin=OWN) == 403
    async with stranger.session.get(f"{room.address}/sign/open/tray") as answer:
        assert answer.status == 403
    await page.log_in()
    token = await page.form("/sign/open/tray")
    for origin, form in ((room.address, "x"), (room.address, ""), ("http://evil.example", token), ("", token)):
        assert await page.post("/sign/open/tray", origin, form=form, pin=OWN) == 403
    assert await page.post("/sign/open/nothing", form=token, pin=OWN) == 404
    assert not room.stand.signer.opened


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
async def test_a_pin_that_comes_through_a_proxy_is_refused(room: Room, header: str) -> None:
    page = room.browser(**{header: "10.1.2.3"})
    await page.log_in()
    assert "tại chính máy chủ quét này" in await page.get()
    token = await page.form("/", "/do/tray")
    assert await page.post("/sign/open/tray", form=token, pin=OWN) == 403
    assert "appliance sign open NV001" in page.text and not room.stand.signer.opened
    assert room.address in page.text and "<style>" in page.text, "the real address, on a page like the others"


async def test_a_pin_sent_to_another_name_of_this_host_is_refused(room: Room) -> None:
    """A proxy that passes Host on, or a name that somebody else has pointed here."""
    host = f"quet.example:{room.address.rsplit(':', 1)[1]}"
    page = room.browser(Host=host)
    path = "/login/tray"
    assert await page.post(path, f"http://{host}", form=await page.form(path), code="NV001", pin=PIN) == 303
    token = await page.form("/", "/do/tray")
    assert await page.post("/sign/open/tray", f"http://{host}", form=token, pin=OWN) == 403
    assert not room.stand.signer.opened


async def run(command: str, *words: str, typed: str = "") -> tuple[int, str]:
    """Run a command as at a shell whose standard input is no terminal."""
    def at_a_shell() -> tuple[int, str]:
        out = io.StringIO()
        module = {"sign": sign, "authorise": authorise}[command]
        with mock.patch("sys.stdin", io.StringIO(typed)), contextlib.redirect_stdout(out):
            return module.main(list(words)), out.getvalue()

    return await asyncio.to_thread(at_a_shell)


async def test_the_commands_authorise_list_and_revoke(room: Room) -> None:
    there = ("--socket", str(room.socket))
    assert await run("authorise", "list", *there) == (0, "chưa có ủy quyền nào / nothing was authorised\n")
    grant = ("--keeper", "Văn Thư", "--job", "kho", "--until", day(30), "--leader", "LD01", "--reason", "QĐ 12",
             *there)
    with pytest.raises(ApplianceError, match="C016"):
        await run("authorise", *grant, typed="000000\n")
    code, said = await run("authorise", *grant, typed=f"{PIN}\n")
    assert code == 0 and "Khóa agency" in said and "đã ủy quyền số 1" in said and "KHÓA THỬ NGHIỆM" in said
    code, said = await run("authorise", "list", *there)
    assert all(text in said for text in (
        "đang có hiệu lực", "kho", "Lãnh Đạo (LD01)", "Văn Thư", "QĐ 12", SEAL, "00:00:00 01/01/2030",
        f"hết ngày {day(30)} / the end of {day(30)}"))
    code, said = await run("authorise", "revoke", "1", "--leader", "LD01", "--reason", "nghỉ việc", *there,
                           typed=f"{PIN}\n")
    assert (code, said) == (0, "đã thu hồi ủy quyền số / revoked: 1\n")
    said = (await run("authorise", "list", *there))[1]
    assert "đã thu hồi" in said and "Lãnh Đạo (LD01): nghỉ việc" in said
    found = json.loads((await run("authorise", "list", "--json", *there))[1])["authorisations"]
    assert [(one["reason"], one["remark"], one["key"]) for one in found] == [("QĐ 12", "nghỉ việc", SEAL)]


async def test_nobody_is_asked_for_a_pin_for_what_is_refused_anyway(
    room: Room, monkeypatch: pytest.MonkeyPatch,
) -> None:
    def asked(*_: object) -> str:
        raise AssertionError("a PIN was asked for")

    there = ("--socket", str(room.socket))
    monkeypatch.setattr(sign, "_pin", asked)
    monkeypatch.setattr(leaders, "words_of", asked)
    with pytest.raises(ApplianceError, match="C015"):
        await run("sign", "open", "NV999", *there)
    with pytest.raises(ApplianceError, match="K524"):
        await run("authorise", "--keeper", "Văn Thư", "--job", "kho", "--until", "31/02/2030", "--leader", "LD01",
                  *there)


async def test_the_commands_open_show_and_close_a_session(room: Room) -> None:
    there = ("--socket", str(room.socket))
    await room.stand.document("P", "NV001", job="quay", rules="onestop-ttvpcp-2023")
    await room.stand.round()
    code, said = await run("sign", "open", "NV001", *there, typed=f"{OWN}\n")
    assert code == 0 and "1 tài liệu đang chờ" in said and "P.1" in said and OWN not in said
    code, said = await run("sign", "status", *there)
    assert code == 0 and "Thảo (NV001)" in said and "Khóa agency" in said
    assert (await run("sign", "close", "NV001", *there))[1].startswith("đã đóng phiên ký")
    assert "không có phiên ký nào" in (await run("sign", "close", "NV001", *there))[1]
    code, said = await run("sign", "unlock", *there, typed="99887766\n")
    assert code == 0 and "99887766" not in said
