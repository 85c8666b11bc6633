"""What an office asks of the composition of its dossiers, as settings."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.core.tables import setting


@dataclass(frozen=True, slots=True)
class Composition:
    """What dossiers must be made of."""

    table: str = setting("", doc="File with the components of procedures and dossier types (docs/composition.md); "
                         "example: the shipped one, whose codes are made up; empty: nothing is required.")
    unknown: str = setting("accept", doc="A dossier whose procedure or type the register names and the table has "
                           "not: accept, nothing is required of it; hold, it waits.", choices=("accept", "hold"))
