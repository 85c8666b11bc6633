"""Host and time-stamping authority disagree on the time: which one is told to be wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.core.errors import ApplianceError
from appliance.signing.clocks import Clocks

NOW = 1_800_000_000.0
UP = 5000.0


def told(clocks: Clocks, name: str, ahead: float, now: float = NOW, up: float = UP) -> str:
    """Return the code, empty when all is well."""
    try:
        clocks.compare(name, ahead, now, up)
    except ApplianceError as problem:
        return problem.code
    return ""


@pytest.fixture
def clocks(tmp_path: Path) -> Clocks:
    return Clocks(tmp_path / "synchronized")


@pytest.mark.parametrize("ahead", [0.0, 299.0, -299.0, 300.0])
def test_five_minutes_are_let_pass(clocks: Clocks, ahead: float) -> None:
    assert told(clocks, "a", ahead) == ""


@pytest.mark.parametrize("ahead", [301.0, -301.0, 86400.0])
def test_of_two_the_host_that_nobody_sets_is_suspected(clocks: Clocks, ahead: float) -> None:
    assert told(clocks, "a", ahead) == "K535"


def test_a_host_that_is_set_by_ntp_is_right(clocks: Clocks) -> None:
    clocks.synchronised.touch()
    assert told(clocks, "a", 3600) == "K536"


def test_a_host_whose_clock_the_daemon_watches_is_right(clocks: Clocks) -> None:
    clocks.watched = True
    assert told(clocks, "a", 3600) == "K536"


def test_two_authorities_that_agree_outvote_the_host(clocks: Clocks) -> None:
    clocks.synchronised.touch()
    assert told(clocks, "a", 3600) == "K536"
    assert told(clocks, "b", 3610) == "K535"


def test_an_authority_that_agrees_with_the_host_outvotes_another(clocks: Clocks) -> None:
    assert told(clocks, "a", 2) == ""
    assert told(clocks, "b", -7200) == "K536"


def test_a_host_that_was_set_wrong_meanwhile_is_not_its_own_witness(clocks: Clocks) -> None:
    assert told(clocks, "a", 0) == ""
    assert told(clocks, "b", 86400, now=NOW - 86400 + 60, up=UP + 60) == "K535"


def test_it_is_said_which_way_and_how_far(clocks: Clocks) -> None:
    with pytest.raises(ApplianceError) as caught:
        clocks.compare("tsa.example", 7200.4, NOW, UP)
    assert "7200 seconds" in caught.value.en
    assert "this host is behind tsa.example" in caught.value.en
