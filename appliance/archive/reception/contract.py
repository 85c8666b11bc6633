"""What a way to the reception software must offer, by a folder or by HTTPS; and what is said on it.

The suite tests/contracts/test_every_reception.py is this contract as a program; both ways pass it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from appliance.core import errors

COMPONENT, RECALL, ANSWER = "onestop-component/1", "onestop-recall/1", "onestop-answer/1"
"""Formats of the sidecar, of a recall, and of what the reception software answers."""

LONGEST = 1 << 16
"""Longest answer in bytes."""

LONGEST_REASON = 500
CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


class Said(StrEnum):
    """What the reception software says of one component."""

    NOTHING = "nothing"
    UNKNOWN = "unknown"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    RECALLED = "recalled"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; ``reason`` is why it refused, ``wait`` the seconds after which it wants to be asked again."""

    said: Said
    reason: str = ""
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Component:
    """One signed file and what is said of it. ``id`` names this handing over: the same one twice has one effect."""

    id: str
    sha256: str
    path: Path
    sidecar: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Recall:
    """What is said when a component does not count any more; ``reason``: replaced, locked."""

    id: str
    sha256: str
    reception_code: str
    reason: str

    def plain(self) -> dict[str, str]:
        """Return it as it is written."""
        return {"format": RECALL, "id": self.id, "sha256": self.sha256, "reception_code": self.reception_code,
                "reason": self.reason}


class Reception(Protocol):
    """The reception software, reached in one way. Every method may be called again after any failure.

    Every method raises ApplianceError: RECEPTION_UNREACHABLE whenever trying later may help, with ``away=True``
    among its details where nothing at all gets through just now and with ``wait``, seconds, where it says when to
    come back; RECEPTION_ANSWER_WRONG for an answer that is not about this component or not understood;
    COMPONENT_UNFIT when the file is gone or not the one that was signed.
    """

    async def give(self, component: Component) -> Answer:
        """Hand a component over; NOTHING when its answer comes later."""
        ...

    async def ask(self, key: str, sha256: str) -> Answer:
        """Ask for the answer to a component by its id; UNKNOWN when it has to be given again."""
        ...

    async def recall(self, recall: Recall) -> Answer:
        """Say that a component does not count any more; RECALLED when that has been heard."""
        ...

    async def settle(self, key: str) -> None:
        """Tidy up what is left of a component whose answer is kept."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


def answer_of(said: object, key: str, sha256: str) -> Answer:
    """Read an answer and check that it is about this component.

    Raises:
        ApplianceError: RECEPTION_ANSWER_WRONG.
    """
    if not isinstance(said, dict) or said.get("format") != ANSWER:
        raise errors.RECEPTION_ANSWER_WRONG.error(reason=f"format: {ANSWER}")
    if said.get("id") != key or str(said.get("sha256", "")).lower() != sha256:
        raise errors.RECEPTION_ANSWER_WRONG.error(reason="id, sha256")
    status = said.get("status")
    if status not in (Said.CONFIRMED, Said.REFUSED, Said.RECALLED):
        raise errors.RECEPTION_ANSWER_WRONG.error(reason="status")
    return Answer(Said(status), words(said.get("reason", "")))


def words(text: object) -> str:
    """Return what a stranger says as one short line."""
    return CONTROL.sub(" ", str(text)).strip()[:LONGEST_REASON]
