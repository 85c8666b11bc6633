"""What the session of a device asks of its driver, and what it tells the operator. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Do(StrEnum):
    """What an event asks of the driver of the session."""

    NOTHING = "nothing"
    BEGIN = "begin"
    GO_ON = "go_on"
    CANCEL = "cancel"
    GONE = "gone"
    INTERRUPT = "interrupt"
    CLOSE = "close"


class OnPress(StrEnum):
    """What Start on the device means while an interrupted batch waits for paper (``job.press_while_open``)."""

    GO_ON = "go_on"
    IGNORE = "ignore"
    END_DOSSIER = "end_dossier"


@dataclass(frozen=True, slots=True)
class Action:
    """What to do now, with which batch or job, and the code that says why."""

    do: Do
    batch: str = ""
    code: str = ""
    job: str = ""


NOTHING = Action(Do.NOTHING)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What the operator is told, until it is over; ``details`` fill the text of the code."""

    code: str = ""
    reason: str = ""
    details: Mapping[str, object] = field(default_factory=dict)
