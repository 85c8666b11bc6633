"""Reads the name of a key on a token: a PKCS#11 URI (RFC 7512). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote, unquote_to_bytes

SCHEME = "pkcs11:"
TOKEN = ("token", "manufacturer", "model", "serial")
SLOT = ("slot-description", "slot-manufacturer", "slot-id")
LIBRARY = ("library-manufacturer", "library-description", "library-version")
OBJECT = ("object", "id", "type")
TYPES = ("private", "public", "cert", "secret-key", "data")
SECRETS = ("pin-value", "pin-source")
BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class KeyUri:
    """Which token, and which key on it; what is empty may be anything.

    Attributes:
        token: attributes of the token by their names in RFC 7512; ``slot`` likewise of its reader.
        label: CKA_LABEL of key or certificate; id: CKA_ID.
        module: path of the PKCS#11 library.
    """

    token: dict[str, str] = field(default_factory=dict)
    slot: dict[str, str] = field(default_factory=dict)
    label: str = ""
    id: bytes = b""
    module: str = ""

    @property
    def described(self) -> str:
        """The token in a few words, for a person who looks for it."""
        return self.token.get("token") or self.token.get("serial") or next(iter(self.token.values()), "any token")


def parse(text: str) -> KeyUri:
    """Read a PKCS#11 URI.

    Raises:
        ValueError: it is none, names a PIN (that belongs into a credential), or what cannot be a key that signs.
    """
    if not text.startswith(SCHEME):
        raise ValueError(f"it does not begin with {SCHEME}")
    path, _, query = text.removeprefix(SCHEME).partition("?")
    parts, more = _pairs(path, ";"), _pairs(query, "&")
    for secret in SECRETS:
        if secret in parts or secret in more:
            raise ValueError(f"{secret} has no place in the settings; the PIN is a systemd credential")
    known = {*TOKEN, *SLOT, *LIBRARY, *OBJECT}
    if strange := [name for name in parts if name not in known and not name.startswith("x-")]:
        raise ValueError(f"unknown attribute {strange[0]}")
    if parts.get("type", "private") not in ("private", "cert"):
        raise ValueError("type must be private or cert")
    return KeyUri(
        token={name: unquote(parts[name]) for name in TOKEN if name in parts},
        slot={name: unquote(parts[name]) for name in SLOT if name in parts},
        label=unquote(parts.get("object", "")), id=unquote_to_bytes(parts.get("id", "")),
        module=unquote(more.get("module-path", "")),
    )


def _pairs(text: str, between: str) -> dict[str, str]:
    """Return names and values; a name stands once (RFC 7512, 2.3), and every % begins an escape."""
    if BROKEN_ESCAPE.search(text):
        raise ValueError("a % that begins no escape")
    pairs: dict[str, str] = {}
    for part in filter(None, text.split(between)):
        name, equals, value = part.partition("=")
        if not equals or name in pairs:
            raise ValueError(f"{name} stands twice" if equals else f"{name} has no value")
        pairs[name] = value
    return pairs
