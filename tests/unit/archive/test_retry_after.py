"""What an archive asks for by Retry-After."""

from __future__ import annotations

import pytest

from appliance.archive.retry import retry_after
from appliance.archive.way import LONGEST, asked_for
from appliance.core import errors

NOW = 1_800_000_000.0


@pytest.mark.parametrize(("text", "seconds"), [
    ("", 0), ("120", 120), ("0", 0), ("-5", 0), ("soon", 0), ("1e9", 0), ("٣", 0),
    ("Fri, 15 Jan 2027 08:01:00 GMT", 60), ("Fri, 15 Jan 2027 07:00:00 GMT", 0),
    ("Fri, 99 Jan 2027 08:01:00 GMT", 0),
])
def test_seconds_dates_and_nonsense(text: str, seconds: float) -> None:
    assert retry_after(text, NOW) == seconds


@pytest.mark.parametrize(("details", "seconds"), [({}, 0), ({"after": 30.0}, 30), ({"after": 1e12}, LONGEST)])
def test_no_wish_is_followed_for_longer_than_an_hour(details: dict[str, float], seconds: float) -> None:
    assert asked_for(errors.ARCHIVE_UNREACHABLE.error(reason="HTTP 503", **details)) == seconds
