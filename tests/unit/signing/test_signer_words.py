"""Errors of the signer arrive at the daemon as what they were."""

from __future__ import annotations

import pytest

from appliance.core import errors
from appliance.core.plain import from_plain, to_plain
from appliance.signing.protocol import Failed, details_of, error_of


@pytest.mark.parametrize("problem", [
    errors.STAMP_FONT.error(text="U+6F22"),
    errors.STAMP_SPACE.error(width=170.08, height=31.18),
    errors.CERTIFICATE_INVALID.error(reason="expired 2026-01-01T00:00:00+07:00"),
    errors.SIGNING_FAILED.error(reason="No space left on device"),
])
def test_an_error_reads_the_same_on_both_sides(problem: errors.ApplianceError) -> None:
    told = Failed(1, problem.code, str(problem.details.get("reason", "")), details_of(problem))
    heard = error_of(from_plain(Failed, to_plain(told)))
    assert str(heard) == str(problem)
    assert heard.kind.retry == problem.kind.retry


def test_a_code_of_another_release_is_an_unexpected_error() -> None:
    assert error_of(Failed(1, "K999", "who knows")).code == errors.UNEXPECTED.code
