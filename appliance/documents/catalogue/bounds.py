"""What a field may hold: the archive's own bounds, and those of fields that its list does not have."""

from __future__ import annotations

import re

from appliance.core import errors
from appliance.core.errors import ApplianceError
from appliance.documents import fields
from appliance.documents.catalogue.identifiers import LENGTHS
from appliance.documents.catalogue.letters import words

LONGEST = {"signer": 50, "position": 100, "form": 30}
"""Letters of fields that only provenance and note carry (Decree 30/2020, appendix VI: FullName, Position)."""


def check(name: str, value: str) -> None:
    """Refuse a value that its field cannot hold.

    Raises:
        ApplianceError: FIELD_INVALID naming the field, without its value.
    """
    if name in LENGTHS:
        if not re.fullmatch(rf"[0-9]{{{LENGTHS[name]}}}", value, re.ASCII):
            raise errors.FIELD_INVALID.error(name=name, reason=f"not {LENGTHS[name]} digits")
    elif name == "urgency":
        known = words()["urgency"]["words"]
        if value not in known:
            raise errors.FIELD_INVALID.error(name=name, reason=f"not one of {', '.join(known)}")
    elif name in LONGEST:
        if len(value) > LONGEST[name] or not value.isprintable():
            raise errors.FIELD_INVALID.error(name=name, reason=f"not a line of at most {LONGEST[name]} letters")
    else:
        fields.check_value(fields.DOCUMENT, name, value)


def holds(name: str, value: str) -> bool:
    """Say whether a field can hold a value."""
    try:
        check(name, value)
    except ApplianceError:
        return False
    return True
