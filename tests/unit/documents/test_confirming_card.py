"""The operator card by which its person also says that the stack holds no state secret."""

from __future__ import annotations

import pytest

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.documents import card
from appliance.documents.card import Card


@pytest.mark.parametrize("key", [b"", b"key of the office"])
@pytest.mark.parametrize("no_secret", [False, True])
def test_a_card_says_who_scans_and_whether_that_person_confirms(key: bytes, no_secret: bool) -> None:
    text = card.encode("NV-01.A", key, no_secret=no_secret)
    assert card.read(text, key) == Card("NV-01.A", no_secret) and card.decode(text, key) == "NV-01.A"
    assert text.startswith("SSO2:" if no_secret else "SSO1:") and card.is_card(text)
    assert card.find([(1, text)], key) == card.Said("NV-01.A")


def test_an_ordinary_card_is_printed_as_it_always_was() -> None:
    assert card.encode("NV01").split(":")[:2] == ["SSO1", "NV01"] and len(card.encode("NV01").split(":")) == 3


def made(body: str) -> str:
    """Return a payload with a sound check value."""
    return f"{body}:{card._check_value(body, b'')}"


@pytest.mark.parametrize("body", ["SSO1:NV01:N", "SSO2:NV01", "SSO2:NV01:", "SSO2:NV01:X", "SSO2:NV01:N:N",
                                  "SSO2::N", "SSO3:NV01:N"])
def test_a_flag_where_none_may_be_or_of_another_kind_makes_no_card(body: str) -> None:
    with pytest.raises(ApplianceError) as refused:
        card.read(made(body))
    assert refused.value.kind is errors.SEPARATOR_UNREADABLE


def test_the_flag_cannot_be_put_on_a_card_without_its_check_value() -> None:
    ordinary = card.encode("NV01", b"key")
    with pytest.raises(ApplianceError):
        card.read(ordinary.replace("SSO1:NV01", "SSO2:NV01:N"), b"key")
