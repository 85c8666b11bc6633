"""The examples in the manual are settings that the product takes."""

from __future__ import annotations

from pathlib import Path

from appliance.core import config, rules

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"


def test_the_office_of_the_manual_can_sign_both_streams() -> None:
    office = config.load(EXAMPLES / "appliance.toml")
    assert office.signing.token
    assert office.signing.trust
    assert len(office.signing.tsa) == 2
    roles = {rules.load(office.job_named(device.job).rules).stamp.role for device in office.device}
    assert roles == {"agency", "person"}
    assert any(person.leader for person in office.operator)
    assert any(person.token for person in office.operator)
