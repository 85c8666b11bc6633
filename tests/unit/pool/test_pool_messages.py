"""Messages between pool and workers, byte for byte."""

from __future__ import annotations

import pytest

from appliance.children import Backoff
from appliance.core.jobs import Job, Outcome
from appliance.core.plain import from_plain
from appliance.pool_wire import LIMIT, decode, encode, encode_outcome, perform


def test_a_message_is_json_with_its_version() -> None:
    assert encode("beat") == b'{"v": 1, "kind": "beat"}'
    job = Job("j", "read", {"title": "Hồ sơ"}, 10, 60, 2)
    raw = encode("job", job=job)
    assert "Hồ sơ".encode() in raw
    kind, body = decode(raw)
    assert (kind, from_plain(Job, body["job"])) == ("job", job)


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"[]", b"1", b'{"kind":"beat"}', b'{"v":2,"kind":"beat"}',
                                 b'{"v":"1","kind":"beat"}', b"\x80\x04K\x01."])
def test_what_is_no_message_of_this_version_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError):
        decode(raw)


def test_a_message_above_the_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="bytes"):
        encode("job", text="x" * LIMIT)


def test_an_outcome_above_the_limit_becomes_a_failure_of_the_same_job() -> None:
    raw = encode_outcome(Outcome("j7", ok=True, body={"text": "x" * LIMIT}, wall=3.0))
    outcome = from_plain(Outcome, decode(raw)[1]["outcome"])
    assert (outcome.id, outcome.ok, outcome.code, outcome.wall) == ("j7", False, "P703", 3.0)


def test_what_goes_wrong_is_logged_by_place_and_type_without_values(caplog: pytest.LogCaptureFixture) -> None:
    def handler(_job: Job) -> None:
        raise KeyError("Nguyễn Văn A")

    outcome = perform({"read": handler}, Job("j", "read", {}))
    assert (outcome.code, outcome.ok) == ("P703", False)
    assert "KeyError" in caplog.text
    assert "test_pool_messages.py" in caplog.text
    assert "Nguyễn" not in caplog.text + outcome.reason


def test_a_child_that_keeps_ending_is_started_ever_more_slowly() -> None:
    backoff = Backoff(first=1.0, most=5.0, calm=60.0)
    waits = [0.0]
    for _ in range(5):
        waits.append(backoff.after(waits[-1], ran=0.1))
    assert waits[1:] == [1.0, 2.0, 4.0, 5.0, 5.0]
    assert backoff.after(5.0, ran=61.0) == 1.0
