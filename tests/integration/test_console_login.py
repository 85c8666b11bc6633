"""The page over real HTTP: it only shows until a person logs in, and takes orders from nobody else."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from appliance import logins
from appliance.console.counter import Counter
from appliance.console.site import Site
from appliance.core import config, errors
from appliance.hands import Hands
from appliance.logins import Logins, hashed

PIN = "482915"
LINE = hashed(PIN)
PEOPLE = [{"code": "NV001", "name": "Nguyễn <b>Thảo", "pin": LINE},
          {"code": "NV002", "name": "Trần Bình", "pin": LINE}]
BATCH = "01890000-0000-7000-8000-000000000001"


@dataclass
class Floor:
    """Two scanners that note what they are told."""

    told: list[tuple[str, ...]] = field(default_factory=list)
    state: str = "ready"
    code: str = "T413"

    async def press(self, device: str, job: str = "") -> None:
        if self.state != "ready":
            raise errors.SCAN_RUNNING.error(device=device)
        self.told.append(("press", device, job))

    async def resume(self, device: str) -> None:
        self.told.append(("resume", device))

    async def finish(self, device: str) -> None:
        self.told.append(("finish", device))

    async def cancel(self, device: str) -> None:
        self.told.append(("cancel", device))

    async def picture(self) -> dict[str, Any]:
        batch = BATCH if self.state in ("reload", "scanning") else ""
        devices = [{"name": name, "state": self.state, "model": "fi", "batch": batch, "message_vi": "",
                    "message_en": ""} for name in ("tray", "other")]
        thing = {"what": "batch", "id": BATCH, "name": "lượt quét", "code": self.code, "vi": "Chưa rõ", "en": "?"}
        counts = dict.fromkeys(("sheets", "sides", "pages_filed", "separators", "held", "removed", "replaced",
                                "orphans", "under_way"), 0)
        return {"office": "BHXH", "version": "1", "devices": devices, "held": [thing], "counts": counts,
                "stages": {}, "dossiers": [],
                "batches": [{"id": BATCH, "device": "tray", "state": "held", "code": self.code}]}


class Page:
    """One browser at the site."""

    def __init__(self, address: str, session: aiohttp.ClientSession) -> None:
        self.address = address
        self.session = session

    async def get(self, path: str = "/") -> str:
        async with self.session.get(self.address + path) as answer:
            assert answer.status == 200
            return await answer.text()

    async def post(self, path: str, origin: str | None = None, **fields: str) -> int:
        """Send a form as the browser does; return the status of the answer itself."""
        headers = {} if origin == "" else {"Origin": origin or self.address}
        async with self.session.post(self.address + path, data=fields, headers=headers,
                                     allow_redirects=False) as answer:
            self.text, self.cookies = await answer.text(), answer.headers.getall("Set-Cookie", [])
            return answer.status

    async def form(self, path: str = "/", action: str = "") -> str:
        """Return the token of a form of the page."""
        text = await self.get(path)
        found = re.search(rf'action="{action or path}"><input type=hidden name=form value="([^"]+)"', text)
        assert found is not None, text
        return found[1]

    async def log_in(self, code: str = "NV001", pin: str = PIN, device: str = "tray") -> int:
        path = f"/login/{device}"
        return await self.post(path, form=await self.form(path), code=code, pin=pin)


@dataclass
class Office:
    floor: Floor
    logins: Logins
    address: str
    named: list[tuple[str, str, str]]
    now: list[float]
    sessions: list[aiohttp.ClientSession] = field(default_factory=list)

    def browser(self) -> Page:
        session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self.sessions.append(session)
        return Page(self.address, session)


@contextlib.asynccontextmanager
async def opened(people: list[dict[str, str]]) -> AsyncIterator[Office]:
    settings = config.parse({"operator": people, "device": [{"name": "tray"}, {"name": "other"}],
                             "job": [{"name": "default"}, {"name": "counter"}], "console": {"port": 0}})
    floor, named, now = Floor(), list[tuple[str, str, str]](), [1000.0]
    book = Logins(settings.operator, lambda: now[0])

    async def name(batch: str, code: str, who: str) -> None:
        named.append((batch, code, who))

    async def metrics() -> bytes:
        return b""

    async def confirm(batch: str, code: str, who: str) -> None:
        named.append(("confirm", batch, code))

    counter = Counter(settings, book, Hands(floor), floor.picture, name, confirm)
    site = Site(settings.console, counter, floor.picture, metrics, lambda: True)
    office = Office(floor, book, await site.start(), named, now)
    try:
        yield office
    finally:
        await asyncio.gather(*(session.close() for session in office.sessions))
        await site.stop()


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    async with opened(PEOPLE) as found:
        yield found


async def test_without_a_login_the_page_shows_and_offers_no_button(office: Office) -> None:
    page = office.browser()
    text = await page.get()
    assert "Đăng nhập" in text
    assert "<button" not in text
    assert "Nguyễn" not in text
    for path in ("/do/tray", "/logout/tray", "/claim/tray", "/confirm/tray"):
        assert await page.post(path, order="press", form="x") == 403
    assert "Hãy đăng nhập lại" in page.text
    assert office.floor.told == []


async def test_where_nobody_has_a_pin_there_is_nothing_to_log_in_to() -> None:
    async with opened([{"code": "NV001", "name": "Nguyễn"}]) as office:
        page = office.browser()
        text = await page.get()
        assert "Đăng nhập" not in text
        assert "<form" not in text
        assert await page.post("/do/tray", order="press", form="") == 404
        assert await page.post("/login/tray", code="NV001", pin="", form="") == 404


async def test_a_person_logs_in_presses_start_with_a_job_and_leaves(office: Office) -> None:
    page = office.browser()
    assert await page.log_in() == 303
    (kept,) = page.cookies
    assert "HttpOnly" in kept
    assert "SameSite=Strict" in kept
    text = await page.get()
    assert "Nguyễn &lt;b&gt;Thảo" in text
    assert "<b>Thảo" not in text
    token = await page.form("/", "/do/tray")
    assert await page.post("/do/tray", form=token, order="press:counter") == 303
    office.floor.state = "reload"
    assert 'value="resume"' in await page.get()
    for order in ("resume", "finish"):
        assert await page.post("/do/tray", form=token, order=order) == 303
    office.floor.state = "scanning"
    assert 'value="cancel"' in await page.get()
    assert await page.post("/do/tray", form=token, order="cancel") == 303
    assert office.floor.told == [("press", "tray", "counter"), ("resume", "tray"), ("finish", "tray"),
                                 ("cancel", "tray")]
    assert await page.post("/logout/tray", form=token) == 303
    assert "Nguyễn" not in await page.get()
    assert await page.post("/do/tray", form=token, order="press") == 403


async def test_a_form_of_another_site_a_missing_origin_or_a_wrong_token_changes_nothing(office: Office) -> None:
    page = office.browser()
    await page.log_in()
    token = await page.form("/", "/do/tray")
    for origin in ("http://evil.example", "null", "", office.address.replace("127.0.0.1", "localhost")):
        assert await page.post("/do/tray", origin, form=token, order="press") == 403
    for wrong in ("", "x", token[:-1], token + "x"):
        assert await page.post("/do/tray", form=wrong, order="press") == 403
    for path in ("/logout/tray", "/claim/tray"):
        assert await page.post(path, form="x", batch=BATCH) == 403
    assert (office.floor.told, office.named) == ([], [])
    assert office.logins.at("tray") is not None


async def test_a_login_sent_by_another_site_is_refused(office: Office) -> None:
    page = office.browser()
    token = await page.form("/login/tray")
    assert await page.post("/login/tray", "http://evil.example", form=token, code="NV001", pin=PIN) == 403
    assert await page.post("/login/tray", form="x", code="NV001", pin=PIN) == 403
    assert await office.browser().post("/login/tray", form="", code="NV001", pin=PIN) == 403
    assert office.logins.at("tray") is None


async def test_a_login_is_for_its_device_only(office: Office) -> None:
    page = office.browser()
    await page.log_in()
    token = await page.form("/", "/do/tray")
    assert await page.post("/do/other", form=token, order="press") == 403
    assert await page.post("/do/nothing", form=token, order="press") == 404
    assert office.floor.told == []


@pytest.mark.parametrize("order", ["", "restore", "__init__", "block", "press/../x", "stop:"])
async def test_an_order_that_does_not_exist_is_refused_in_words(office: Office, order: str) -> None:
    page = office.browser()
    await page.log_in()
    assert await page.post("/do/tray", form=await page.form("/", "/do/tray"), order=order) == 303
    assert office.floor.told == []
    assert "Yêu cầu bị từ chối" in await page.get()


async def test_a_refused_press_says_why_for_a_while(office: Office) -> None:
    page = office.browser()
    await page.log_in()
    token = await page.form("/", "/do/tray")
    office.floor.state = "scanning"
    assert await page.post("/do/tray", form=token, order="press:") == 303
    assert "đang quét" in await page.get()
    assert "đang quét" not in await office.browser().get()
    office.now[0] += 60
    assert "đang quét" not in await page.get()


async def test_wrong_tries_look_all_alike_and_then_wait(office: Office) -> None:
    page = office.browser()
    texts = set()
    for code in ("NV001", "NV009", "nv001", "x" * 32, "../.."):
        assert await page.log_in(code, "000000") == 403
        texts.add(re.sub(r'name=form value="[^"]+"|value="[^"]*"', "", page.text))
    assert len(texts) == 1
    for _ in range(logins.FREE_TRIES - 2):
        await page.log_in("NV001", "000000")
    assert await page.log_in("NV001", PIN) == 429
    assert "Hãy chờ" in page.text
    office.now[0] += logins.LONGEST_WAIT
    assert await page.log_in(" nv001 ", PIN) == 303


async def test_a_colleague_behind_the_same_proxy_need_not_wait_for_who_mistyped(office: Office) -> None:
    page = office.browser()
    for _ in range(logins.FREE_TRIES):
        await page.log_in("NV001", "000000")
    assert await page.log_in("NV001", PIN) == 429
    assert await page.log_in("NV002", PIN) == 303


async def test_a_hostile_code_stands_on_the_form_as_text(office: Office) -> None:
    page = office.browser()
    assert await page.log_in('"><script>x</script>', "000000") == 403
    assert "<SCRIPT>" not in page.text.upper().replace("&LT;SCRIPT", "")


async def test_another_person_at_the_device_ends_the_first_login_and_neither_sees_the_others_name(
        office: Office) -> None:
    first, second = office.browser(), office.browser()
    await first.log_in("NV001")
    text = await second.get()
    assert "Đang có người đăng nhập" in text
    assert "Nguyễn" not in text
    await second.log_in("NV002")
    text = await first.get()
    assert "Nguyễn" not in text
    assert "Trần" not in text
    assert "Trần Bình" in await second.get()


async def test_a_login_ends_with_the_shift(office: Office) -> None:
    page = office.browser()
    await page.log_in()
    token = await page.form("/", "/do/tray")
    office.now[0] += logins.SHIFT_SECONDS
    assert "Nguyễn" not in await page.get()
    assert await page.post("/do/tray", form=token, order="press") == 403


async def test_a_person_says_that_a_nameless_batch_of_the_device_is_theirs(office: Office) -> None:
    page = office.browser()
    assert "Tôi đã quét lượt này" not in await page.get()
    await page.log_in("NV002")
    token = await page.form("/", "/claim/tray")
    assert await page.post("/claim/tray", form=token, batch=BATCH) == 303
    assert office.named == [(BATCH, "NV002", "Trần Bình")]
    assert await page.post("/claim/tray", form=token, batch="other") == 403
    other = office.browser()
    await other.log_in("NV001", device="other")
    assert "Tôi đã quét lượt này" not in await other.get()
    assert await other.post("/claim/other", form=await other.form("/", "/do/other"), batch=BATCH) == 403
    assert len(office.named) == 1


async def test_a_form_as_large_as_a_disk_is_not_read(office: Office) -> None:
    page = office.browser()
    await page.log_in()
    assert await page.post("/do/tray", form="x" * 1_000_000, order="press") == 413


async def test_no_page_may_be_framed_stored_or_made_to_load_from_elsewhere(office: Office) -> None:
    page = office.browser()
    for path in ("/", "/login/tray", "/page.js"):
        async with page.session.get(office.address + path) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "frame-ancestors 'none'" in policy
            assert "default-src 'none'" in policy
            assert answer.headers["Cache-Control"] == "no-store"
            assert not re.search(r"(src|href)=\"?https?://", await answer.text())


async def test_who_ticks_at_the_login_confirms_for_every_stack_of_it_and_may_take_that_back(office: Office) -> None:
    page = office.browser()
    token = await page.form("/login/tray")
    assert await page.post("/login/tray", form=token, code="NV001", pin=PIN, no_secret="1") == 303
    login = office.logins.at("tray")
    assert login is not None and login.no_secret
    assert "Đã xác nhận không có bí mật nhà nước" in await page.get()
    token = await page.form("/", "/confirm/tray")
    assert await page.post("/confirm/tray", form=token, order="unconfirm") == 303
    login = office.logins.at("tray")
    assert login is not None and not login.no_secret
    assert await page.post("/confirm/tray", form=token, order="confirm") == 303
    login = office.logins.at("tray")
    assert login is not None and login.no_secret
    assert await page.post("/confirm/tray", form="x", order="unconfirm") == 403


async def test_a_batch_that_nobody_confirmed_is_confirmed_by_who_is_logged_in_at_its_device(office: Office) -> None:
    page, other = office.browser(), office.browser()
    await page.log_in()
    await other.log_in("NV002", device="other")
    office.floor.code = "T515"
    text = await page.get()
    assert "Tôi xác nhận: không có bí mật nhà nước" in text and "Tôi đã quét lượt này" not in text
    token = await page.form("/", "/confirm/tray")
    assert await page.post("/confirm/tray", form=token, batch=BATCH) == 303
    assert office.named == [("confirm", BATCH, "NV001")]
    assert await page.post("/claim/tray", form=token, batch=BATCH) == 403
    assert await other.post("/confirm/other", form=await other.form("/", "/do/other"), batch=BATCH) == 403
