"""Wrong PINs: the third is never tried, whatever is restarted in between."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.core.errors import ApplianceError
from appliance.signing.keys import pins
from appliance.signing.keys.tries import Tries


def stopped(tries: Tries, least: int = 0, again: bool = False) -> bool:
    try:
        tries.begin("A 1", least, again)
    except ApplianceError as problem:
        assert problem.code == "K513"
        return True
    return False


def test_two_tries_are_allowed_over_restarts_and_no_third(tmp_path: Path) -> None:
    for left in (1, 0):
        assert not stopped(Tries(tmp_path))
        assert Tries(tmp_path).left("A 1") == left
    assert stopped(Tries(tmp_path))
    assert stopped(Tries(tmp_path))


def test_the_count_is_durable_before_the_try(tmp_path: Path) -> None:
    Tries(tmp_path / "keys").begin("A 1")
    (kept,) = (tmp_path / "keys").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.read_text() == '{"serial": "A 1", "wrong": 1}'


def test_a_person_may_allow_one_more_and_only_one(tmp_path: Path) -> None:
    tries = Tries(tmp_path)
    assert [stopped(tries, again=again) for again in (False, False, True, False)] == [False, False, False, True]


def test_a_right_pin_ends_the_count(tmp_path: Path) -> None:
    tries = Tries(tmp_path)
    assert not stopped(tries)
    tries.right("A 1")
    assert tries.left("A 1") == 2


def test_a_try_that_never_reached_the_token_is_none(tmp_path: Path) -> None:
    tries = Tries(tmp_path)
    assert not stopped(tries)
    tries.untried("A 1")
    assert tries.wrong("A 1") == 0


def test_tokens_count_for_themselves(tmp_path: Path) -> None:
    tries = Tries(tmp_path)
    assert not stopped(tries)
    assert not stopped(tries)
    tries.begin("B 1")


def test_wrong_pins_that_were_typed_elsewhere_count(tmp_path: Path) -> None:
    assert not stopped(Tries(tmp_path), least=1)
    assert stopped(Tries(tmp_path), least=1)
    assert stopped(Tries(tmp_path / "other"), least=2)


@pytest.mark.parametrize("spoilt", ["", "{", "[]", '{"wrong": null}', "\xff"])
def test_a_count_that_nobody_understands_stops(spoilt: str, tmp_path: Path) -> None:
    Tries(tmp_path).begin("A 1")
    (kept,) = tmp_path.iterdir()
    kept.write_text(spoilt, "latin-1")
    assert stopped(Tries(tmp_path))


def test_a_credential_is_read_anew_each_time_and_without_its_line_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pins.credential("agency-pin") is None
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert pins.credential("agency-pin") is None
    (tmp_path / "agency-pin").write_text("1234\n")
    assert pins.credential("agency-pin") == "1234"
    (tmp_path / "agency-pin").write_text(" 56 78 ")
    assert pins.credential("agency-pin") == " 56 78 "
    assert pins.credential("") is None


def test_a_pin_is_known_again_without_being_kept() -> None:
    mark = pins.Mark()
    assert not mark.knows("")
    mark.remember("1234")
    assert mark.knows("1234")
    assert not mark.knows("1235")
    assert "1234" not in repr(vars(mark))
    mark.forget()
    assert not mark.knows("1234")
