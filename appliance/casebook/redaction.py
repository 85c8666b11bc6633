"""What is taken out of texts and settings before anybody outside sees them.

What may be told is listed; all else is not. Of free text only plain words stay: a word with Vietnamese letters, two
words that begin with capitals, nine digits in a row could be a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

GONE = "[…]"
SET = "[set]"

TOLD = frozenset({
    "address", "addresses", "bucket", "ca", "certificate", "code", "component", "conformance", "definitions",
    "dpi", "encrypted", "endpoint", "engine", "first_page_code", "folder", "folder_kind", "host", "job", "kind",
    "languages", "layout", "level", "library", "maintenance", "mdns_interfaces", "mode", "name", "organ_id",
    "padding", "policy", "press_while_open", "processor", "profile", "profiles", "program", "province",
    "receipt_key", "region", "register", "revocation", "rules", "runtime", "scheduler", "schemas", "separation",
    "socket", "state", "table", "target_policy", "targets", "tessdata", "transport", "trust", "types",
    "unknown", "url", "when", "window",
})
"""Last words of keys whose texts are told: words of the product, addresses without who logs in there, paths."""

HIDDEN = ("operator", "office.name", "office.operator", "office.seal", "signing.token", "job.title")
"""Keys that are not told whatever their last word is."""

_DIGITS = re.compile(r"\d(?:[ .\-]?\d){8,}")
_CAPITALS = re.compile(r"\b[A-Z][A-Za-z']*(?:[ _.\-]+[A-Z][A-Za-z']*)+\b")
_LOGIN = re.compile(r"(?<=://)[^\s/@]*@")
_QUERY = re.compile(r"(?<=://)(\S*?)[?#]\S*")
_SECRET = re.compile(r"\b(?:bearer|basic)\s+\S+|[\w\-]*(?:pin|token|passw\w*|secret|key|auth\w*)[\w\-]*=[^\s;&]+",
                     re.IGNORECASE)
_RANDOM = re.compile(r"(?=[^/]*[0-9])[A-Za-z0-9_\-]{16,}")
"""A part of a path that may be a token rather than a name."""

_WORD = re.compile(r"\S*[^\x00-\x7f]\S*")


def scrub(text: str, known: Iterable[str] = ()) -> str:
    """Return a text without what could be a person or a secret; ``known``: names and codes of staff.

    Of addresses go who logs in there and what is asked; of ``token=...`` and the like all goes.
    """
    text = _SECRET.sub(GONE, _QUERY.sub(rf"\1?{GONE}", _LOGIN.sub("", text)))
    for name in known:
        text = re.sub(re.escape(name), GONE, text, flags=re.IGNORECASE)
    for pattern in (_WORD, _CAPITALS, _DIGITS):
        text = pattern.sub(GONE, text)
    return re.sub(rf"(?:{re.escape(GONE)}\s*){{2,}}", f"{GONE} ", text)


def known_of(config: Any) -> list[str]:
    """Return the names and codes of people in the settings, the longest first."""
    said = [config.office.operator, *(word for one in config.operator for word in (one.name, one.code))]
    return sorted({word for word in said if word}, key=len, reverse=True)


def settings(config: Any) -> dict[str, Any]:
    """Return settings as they may be told: numbers, choices, paths; of the rest whether it is set."""
    return dict(_told(config, ""))


def _told(value: Any, key: str) -> Iterator[tuple[str, Any]]:
    if is_dataclass(value):
        for one in fields(value):
            yield from _told(getattr(value, one.name), f"{key}.{one.name}".lstrip("."))
    elif isinstance(value, Mapping):
        yield key, f"{len(value)} {SET}" if value else ""
    elif isinstance(value, tuple | list) and any(is_dataclass(one) for one in value):
        for number, one in enumerate(value):
            yield from _told(one, f"{key}[{number}]")
    else:
        yield key, _leaf(value, key)


def _leaf(value: Any, key: str) -> Any:
    plain = re.sub(r"\[\d+\]", "", key)
    if isinstance(value, tuple | list):
        return [_leaf(one, key) for one in value]
    if isinstance(value, bool | int | float) or value is None:
        return value
    text = str(value)
    if not text or plain.startswith(HIDDEN) or plain.rpartition(".")[2] not in TOLD:
        return SET if text else ""
    return _address(text) if "://" in text else scrub(str(Path(text)) if text.startswith("/") else text)


def _address(text: str) -> str:
    """Return where an address leads, without who logs in there, what is asked, and parts that may be tokens."""
    parts = urlsplit(text)
    path = "/".join(GONE if _RANDOM.fullmatch(one) else one for one in parts.path.split("/"))
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{path}"
