"""What people at offices ask of the archive: the bodies of its requests, read strictly.

The OpenAPI document (``openapi.py``) is made from these classes, so it cannot say anything else.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, TypeVar

from appliance.core import errors, tables
from appliance.core.tables import setting
from appliance.receiver.search import Criteria

LINE = r"[^\x00-\x1f\x7f]"
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
W = TypeVar("W")


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and what for."""

    person: str = setting(doc="Name or staff code of the person who asks.", pattern=f"{LINE}{{2,100}}")
    purpose: str = setting(doc="What it is for: a purpose of the reading policy.", pattern=r"[a-z-]{1,32}")
    reason: str = setting(doc="The case at hand, in the person's own words.", pattern=f"{LINE}{{1,500}}")

    @property
    def said(self) -> str:
        """Purpose and reason, as the log of readings has them."""
        return f"{self.purpose}: {self.reason}"


@dataclass(frozen=True, slots=True)
class SearchWish:
    """A search."""

    asker: Asker = setting(doc="Who asks.")
    find: Criteria = setting(doc="What is looked for.")


@dataclass(frozen=True, slots=True)
class ReadingWish:
    """A package, or one document of it, to be read."""

    asker: Asker = setting(doc="Who asks.")
    package: str = setting(doc="UUID of the package.", pattern=UUID)
    ordinal: int = setting(0, doc="Ordinal of the document; 0: the whole package.", low=0, high=9_999_999, unit="")


@dataclass(frozen=True, slots=True)
class LeaveWish:
    """Leave to read a package to which access is conditional."""

    asker: Asker = setting(doc="Who asks.")
    package: str = setting(doc="UUID of the package.", pattern=UUID)


@dataclass(frozen=True, slots=True)
class RescanWish:
    """A page that shall be scanned again."""

    package: str = setting(doc="UUID of the package.", pattern=UUID)
    doc_code: str = setting(doc="Code of the document.", pattern=r"[!-~]{1,120}")
    page: int = setting(doc="Number of the page in the document.", low=1, high=9999, unit="")
    reason: str = setting(doc="What is wrong with it, for the operator.", pattern=f"{LINE}{{2,500}}")
    person: str = setting(doc="The reviewer.", pattern=f"{LINE}{{2,100}}")


def read(kind: type[W], body: bytes) -> W:
    """Read a request's body.

    Raises:
        ApplianceError: REQUEST_WRONG, with the key and what is allowed; never with what was sent.
    """
    try:
        data: Any = json.loads(body)
        if not isinstance(data, dict):
            raise ValueError("no JSON object")
    except (ValueError, RecursionError):
        raise errors.REQUEST_WRONG.error(reason=errors.both("không phải JSON", "no JSON object")) from None
    return made(kind, data)


def made(kind: type[W], data: dict[str, Any]) -> W:
    """Return a wish from plain values; errors as ``read``."""
    try:
        return tables.build(kind, data)
    except errors.ApplianceError as problem:
        key, allowed = problem.details.get("key", ""), problem.details.get("allowed", "?")
        raise errors.REQUEST_WRONG.error(reason=f"{ascii(key)[1:-1][:80]}: {allowed}") from None
