"""XML without surprises: text that is always well formed when written, no document types when read.

Template plus escape is enough for three small vocabularies; an XML library would add nothing. What is
read comes from strangers, so a document type (entities, external files) ends the reading at once.
"""

from __future__ import annotations

import re
from typing import NoReturn
from xml.etree import ElementTree as ET
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

LIMIT = 16 << 20
"""Longest XML file that is read, in bytes."""

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class MalformedError(ValueError):
    """What was read is no acceptable XML; the text says why, without quoting the input."""


def illegal(text: str) -> bool:
    """Say whether ``text`` holds a character that XML 1.0 cannot carry at all (section 2.2)."""
    return _ILLEGAL.search(text) is not None


def content(text: str) -> str:
    """Return ``text`` as element content."""
    return escape(text, {"\r": "&#13;"})


def attributes(**values: str) -> str:
    """Return `` name="value"`` for each; ``__`` in a name stands for ``:``."""
    return "".join(f" {name.replace('__', ':')}={quoteattr(value)}" for name, value in values.items())


def parse(data: bytes) -> ET.Element:
    """Return the root element of ``data``.

    Raises:
        MalformedError: too long, not well formed, or it declares a document type.
    """
    if len(data) > LIMIT:
        raise MalformedError("longer than allowed")
    guard = expat.ParserCreate()
    guard.StartDoctypeDeclHandler = _refuse
    try:
        guard.Parse(data, True)
        return ET.fromstring(data)  # noqa: S314 - the guard above has refused document types
    except MalformedError:
        raise
    except (expat.ExpatError, ET.ParseError, LookupError, ValueError) as problem:
        raise MalformedError(f"not well formed ({problem})") from None


def _refuse(*_: object) -> NoReturn:
    raise MalformedError("a document type is not allowed")
