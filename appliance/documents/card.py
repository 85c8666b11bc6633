"""The payload of an operator card's QR code, and what the cards of a batch say together (docs/operators.md). Pure.

A card is a sheet of its own that lies first in the hopper: it says who scans. A payload is personal data: no
error raised here repeats any part of it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass

from appliance.core import errors
from appliance.core.errors import ApplianceError, Kind

PREFIX = "SSO1"
CONFIRMING = "SSO2"
"""Version of the card by which its person also says that the stack holds no state secret."""

UNCLASSIFIED = "N"
FIRST_SHEET = 1

_FAMILY = re.compile(r"\s*SSO[0-9]{1,2}:", re.IGNORECASE)
_CODE = re.compile(r"[A-Z0-9][A-Z0-9.\-]{0,31}")
_LONGEST_PAYLOAD = 64


@dataclass(frozen=True, slots=True)
class Card:
    """What one card says: a staff code, and whether its person confirms that the stack holds no state secret."""

    code: str
    no_secret: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What the cards of a batch say: a staff code, or nothing, or why they cannot be trusted."""

    code: str = ""
    fault: Kind | None = None


def encode(code: str, key: bytes = b"", *, no_secret: bool = False) -> str:
    """Return the text of a card's QR code, in QR's alphanumeric letters.

    Raises:
        ApplianceError: SEPARATOR_UNREADABLE when this can be no staff code.
    """
    _check(code)
    body = f"{CONFIRMING}:{code}:{UNCLASSIFIED}" if no_secret else f"{PREFIX}:{code}"
    return f"{body}:{_check_value(body, key)}"


def decode(text: str, key: bytes = b"") -> str:
    """Read a payload and return the staff code; errors as ``read``."""
    return read(text, key).code


def read(text: str, key: bytes = b"") -> Card:
    """Read a payload; with ``key`` only cards made with that key are taken.

    Raises:
        ApplianceError: SEPARATOR_UNREADABLE with a reason that repeats nothing of ``text``.
    """
    body, _, value = text.strip().rpartition(":")
    family, _, said = body.partition(":")
    code, _, flags = said.partition(":")
    if len(text) > _LONGEST_PAYLOAD:
        raise _unreadable("too long")
    if (family, flags) not in ((PREFIX, ""), (CONFIRMING, UNCLASSIFIED)):
        raise _unreadable("unknown version of an operator card")
    # bytes, because compare_digest refuses text outside ASCII
    if not hmac.compare_digest(value.encode(errors="replace"), _check_value(body, key).encode()):
        raise _unreadable("wrong key or check value of an operator card" if key else "wrong check value of a card")
    _check(code)
    return Card(code, flags == UNCLASSIFIED)


def is_card(text: str) -> bool:
    """Say whether a code means to be an operator card, of any version and spelling, valid or not."""
    return _FAMILY.match(text) is not None


def find(marks: Iterable[tuple[int, str]], key: bytes = b"", first: int = FIRST_SHEET, *,
         patched: bool = False) -> Said:
    """Say what the cards of a batch say together; a doubt of any kind is a fault, never a guess.

    A text that only looks like a card, within the stack, says nothing of who scanned: separation holds its dossier.

    Args:
        marks: number of the sheet and text of every code in the batch.
        key: HMAC key of the batch's job.
        first: the sheet that lies first, target sheets left out.
        patched: whether that sheet bears the patch code of a card; without a readable code it is a torn one.
    """
    codes: set[str] = set()
    for sheet, text in marks:
        if not is_card(text):
            continue
        try:
            code = decode(text, key)
        except ApplianceError:
            if sheet == first:
                return Said(fault=errors.OPERATOR_CARD_SPOILED)
            continue
        if sheet != first:
            return Said(fault=errors.OPERATOR_CARD_WITHIN)
        codes.add(code)
    if patched and not codes:
        return Said(fault=errors.OPERATOR_CARD_SPOILED)
    return Said(fault=errors.OPERATOR_CARDS_TWO) if len(codes) > 1 else Said(next(iter(codes), ""))


def _check_value(body: str, key: bytes) -> str:
    data = body.encode(errors="replace")  # half a letter may not break the comparison: it is no staff code
    if key:
        return hmac.new(key, data, hashlib.sha256).hexdigest()[:16].upper()
    return hashlib.sha256(data).hexdigest()[:12].upper()


def _check(code: str) -> None:
    if not _CODE.fullmatch(code):
        raise _unreadable("staff code of an operator card")


def _unreadable(reason: str) -> ApplianceError:
    return errors.SEPARATOR_UNREADABLE.error(reason=reason)
