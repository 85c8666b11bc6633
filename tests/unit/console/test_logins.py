"""PINs and logins: a right PIN opens, a wrong one waits, and nothing tells whether a staff code exists."""

from __future__ import annotations

import base64

import pytest

from appliance import logins
from appliance.core.config import Operator
from appliance.core.errors import ApplianceError
from appliance.logins import Logins, Throttle, fits, hashed

PIN = "482915"
LINE = hashed(PIN, b"salt of sixteen.")
HER = Operator("NV001", "Nguyễn Thị Thảo", LINE)
HIM = Operator("NV002", "Trần Văn Bình", LINE)
NO_PIN = Operator("NV003", "Lê Văn Cường")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def desk(*people: Operator) -> tuple[Logins, Clock]:
    clock = Clock()
    return Logins(people or (HER, HIM, NO_PIN), clock), clock


async def refused(book: Logins, code: str, pin: str, address: str = "10.0.0.1") -> ApplianceError:
    with pytest.raises(ApplianceError) as caught:
        await book.enter("tray", code, pin, address)
    return caught.value


def test_a_line_holds_no_pin_and_fits_only_its_own() -> None:
    assert PIN not in LINE
    assert fits(PIN, LINE)
    assert not fits("482916", LINE)
    assert hashed(PIN) != hashed(PIN), "every line has its own salt"


@pytest.mark.parametrize("line", [
    "", "scrypt", "scrypt$$$", "scrypt$32768$x$y", "scrypt$1000000000$AAAA$AAAA", "scrypt$2$AAAA$AAAA",
    "scrypt$32767$AAAA$AAAA", "scrypt$32768$=$=", logins.NOBODY, "bcrypt$32768$AAAA$AAAA$x",
])
def test_a_line_that_is_no_hash_lets_nobody_in(line: str) -> None:
    assert not fits(PIN, line)
    assert not fits("", line)


def test_what_an_unknown_code_is_checked_against_costs_as_much_as_a_real_line() -> None:
    _, cost, salt, wanted = logins.NOBODY.split("$")
    assert cost == LINE.split("$")[1]
    assert (len(base64.b64decode(salt)), len(base64.b64decode(wanted))) == (16, 32)


async def test_a_right_pin_opens_one_device_only() -> None:
    book, _ = desk()
    login = await book.enter("tray", "NV001", PIN, "10.0.0.1")
    assert login.person == HER
    assert book.at("tray") is login
    assert book.at("other") is None
    assert book.holder("tray", login.token) is login
    assert book.holder("other", login.token) is None


@pytest.mark.parametrize("token", ["", "x", "\ud800", "x" * 100_000])
async def test_another_token_holds_nothing(token: str) -> None:
    book, _ = desk()
    await book.enter("tray", "NV001", PIN, "10.0.0.1")
    assert book.holder("tray", token) is None


async def test_a_wrong_pin_an_unknown_code_and_a_person_without_pin_get_one_answer() -> None:
    tries = (("NV001", "000000"), ("NV999", PIN), ("NV003", ""), ("NV003", PIN), ("", ""), ("../..", "x" * 9999))
    answers = {str(await refused(desk()[0], code, pin)) for code, pin in tries}
    assert len(answers) == 1
    assert "NV" not in answers.pop()


async def test_a_login_ends_with_the_shift() -> None:
    book, clock = desk()
    login = await book.enter("tray", "NV001", PIN, "10.0.0.1")
    clock.now += logins.SHIFT_SECONDS - 1
    assert book.at("tray") is login
    clock.now += 1
    assert book.at("tray") is None
    assert book.holder("tray", login.token) is None


async def test_another_person_at_the_device_ends_the_login_before() -> None:
    book, _ = desk()
    first = await book.enter("tray", "NV001", PIN, "10.0.0.1")
    second = await book.enter("tray", "NV002", PIN, "10.0.0.2")
    assert book.holder("tray", first.token) is None
    book.leave(first)
    assert book.at("tray") is second, "who was put out cannot put the other out"
    book.leave(second)
    assert book.at("tray") is None


async def test_after_some_wrong_tries_even_the_right_pin_waits() -> None:
    book, clock = desk()
    for _ in range(logins.FREE_TRIES):
        assert (await refused(book, "NV001", "000000")).code == "C016"
    problem = await refused(book, "NV001", PIN)
    assert problem.code == "C017"
    assert problem.details["seconds"] <= logins.FIRST_WAIT + 1
    clock.now += logins.FIRST_WAIT
    assert (await book.enter("tray", "NV001", PIN, "10.0.0.1")).person == HER


async def test_a_code_that_does_not_exist_waits_just_as_long() -> None:
    book, _ = desk()
    for at in range(logins.FREE_TRIES):
        await refused(book, "NV999", PIN, f"10.0.0.{at}")
    assert (await refused(book, "NV999", PIN, "10.0.0.99")).code == "C017"


async def test_one_address_cannot_try_one_code_after_another() -> None:
    book, _ = desk()
    for at in range(logins.FREE_TRIES):
        await refused(book, f"NV10{at}", "000000")
    assert (await refused(book, "NV001", PIN)).code == "C017"
    assert (await book.enter("tray", "NV001", PIN, "10.0.0.2")).person == HER


def test_each_wait_is_twice_the_one_before_up_to_a_quarter_of_an_hour() -> None:
    throttle, now, waits = Throttle(), 0.0, []
    for _ in range(logins.FREE_TRIES + 10):
        throttle.wrong("k", now)
        waits.append(throttle.wait("k", now))
        now += waits[-1]
    assert waits[:logins.FREE_TRIES] == [0, 0, 0, 0, 10]
    assert waits[logins.FREE_TRIES:logins.FREE_TRIES + 3] == [20, 40, 80]
    assert waits[-1] == logins.LONGEST_WAIT


def test_wrong_tries_are_forgotten_after_success_and_after_an_hour() -> None:
    throttle = Throttle()
    for _ in range(9):
        throttle.wrong("k", 0.0)
        throttle.wrong("old", 0.0)
    throttle.right("k")
    assert throttle.wait("k", 1.0) == 0
    throttle.wrong("other", logins.FORGET_SECONDS + 1)
    throttle.wrong("old", logins.FORGET_SECONDS + 1)
    assert throttle.wait("old", logins.FORGET_SECONDS + 1) == 0


def test_a_flood_of_codes_does_not_fill_the_memory() -> None:
    throttle = Throttle()
    for number in range(logins.MOST_KEYS * 2):
        throttle.wrong(f"code {number}", float(number) / 1000)
    assert len(throttle._tries) <= logins.MOST_KEYS


def test_where_nobody_has_a_pin_no_login_is_offered() -> None:
    assert not desk(NO_PIN)[0].offered
    assert desk(HER)[0].offered
