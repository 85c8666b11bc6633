"""What authorities said is kept for as long as they said, and nobody can play an old answer again."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appliance.core import clock
from appliance.signing.answers import AHEAD, ASK_AGAIN, Answer, Answers, read

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def clock_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def answer(since: timedelta = -HOUR, until: timedelta = 23 * HOUR, data: bytes = b"x",
           fetched: timedelta = timedelta()) -> Answer:
    return Answer(data, NOW + since, NOW + until, NOW + fetched)


@pytest.mark.parametrize(("since", "until", "holds"), [
    (-HOUR, 23 * HOUR, True), (-HOUR, HOUR / 2, True), (-24 * HOUR, HOUR / 2, False), (-HOUR, -HOUR / 2, False),
    (AHEAD / 2, 23 * HOUR, True), (2 * AHEAD, 23 * HOUR, False),
])
def test_an_answer_holds_from_its_begin_until_shortly_before_its_end(
        since: timedelta, until: timedelta, holds: bool) -> None:
    assert answer(since, until).holds(NOW) == holds


@pytest.mark.parametrize(("fetched", "fresh"), [
    (timedelta(), True), (-ASK_AGAIN, False), (2 * HOUR, False),
])
def test_after_half_a_day_or_when_the_clock_was_set_back_it_is_asked_for_again(
        fetched: timedelta, fresh: bool) -> None:
    assert answer(until=100 * HOUR, fetched=fetched).is_fresh(NOW) == fresh


def test_an_older_answer_never_replaces_a_newer_one() -> None:
    kept = Answers(None)
    newer, older = answer(since=-HOUR, data=b"revoked"), answer(since=-2 * HOUR, data=b"good")
    kept.put("ocsp-1", newer)
    assert kept.put("ocsp-1", older) is newer
    assert kept.get("ocsp-1") is newer


def test_a_newer_answer_replaces_the_older_one() -> None:
    kept = Answers(None)
    kept.put("ocsp-1", answer(since=-2 * HOUR, data=b"good"))
    assert kept.put("ocsp-1", answer(since=-HOUR, data=b"revoked")).data == b"revoked"


def test_an_answer_is_found_again_after_a_restart_and_gone_once_dropped(tmp_path: Path) -> None:
    folder = tmp_path / "revocation"
    Answers(folder).put("certificate-1", answer(data=b"pem"))
    found = Answers(folder).get("certificate-1")
    assert found is not None
    assert found.data == b"pem"
    Answers(folder).drop("certificate-1")
    assert Answers(folder).get("certificate-1") is None


def test_what_holds_no_longer_is_swept_and_what_does_stays(tmp_path: Path) -> None:
    kept = Answers(tmp_path)
    for name, age in (("certificate-1", timedelta()), ("certificate-2", timedelta(days=30))):
        kept.put(name, answer())
        then = (NOW - age).timestamp()
        os.utime(tmp_path / f"{name}.der", (then, then))
    (tmp_path / "ocsp-3.der").write_bytes(b"nothing of the kind")
    assert Answers(tmp_path).sweep() == 2
    assert [path.name for path in tmp_path.iterdir()] == ["certificate-1.der"]


@pytest.mark.parametrize("kind", ["ocsp", "crl"])
@pytest.mark.parametrize("data", [b"", b"\x30", b"<html>", b"\x30\x03\x02\x01\x63", b"\x30\x00", bytes(100)])
def test_bytes_that_are_no_answer_are_refused_as_such(kind: str, data: bytes) -> None:
    with pytest.raises(ValueError, match="answer"):
        read(kind, data, NOW)


def test_a_disk_that_refuses_costs_only_another_question(tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    (blocked / "certificate-1.der").mkdir()
    kept = Answers(blocked)
    assert kept.put("certificate-1", answer()).data == b"x"
    assert kept.get("certificate-1") is not None
