"""A plan as a file (CSV or .xlsx): read and checked by the registers' ways; a bad row refuses the file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from appliance.core import errors
from appliance.documents.register import spec
from appliance.documents.register.reading import Checked, Reading, Wish
from appliance.documents.register.report import Report
from appliance.documents.register.row import Fault
from appliance.spool.plans import MOST_PHASES, Phase

KIND = "plan"
MOST_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Source:
    """A file, the office whose plan it must be, and where the report of refused rows goes (beside the file)."""

    file: Path
    office: str
    report: Path | None = None
    sheet: str = ""


def read(source: Source) -> list[Phase]:
    """Return the phases of a file.

    Raises:
        ApplianceError: PLAN_REFUSED with the first bad rows as its note, PLAN_SIZE; why the file cannot be read
            (documents/register).
    """
    kind = spec.kind(KIND)
    reading, place = Reading(source.file, Wish(kind, most_rows=MOST_ROWS, sheet=source.sheet)), _place(source)
    phases = []
    with Report(place.absolute(), source.file.name, kind) as report:
        for row in reading.checked():
            if faults := [*row.faults, *_of_another_office(row, source.office), *_of_volumes(row)]:
                report.refuse(row.line, row.code, faults, reading.found)
            else:
                phases.append(_phase(row))
        if report.rows:
            refused = errors.PLAN_REFUSED.error(file=source.file.name, count=report.rows, report=str(place))
            refused.add_note("\n".join(report.shown))
            report.conclude(refused.vi, refused.en)
            report.keep()
            raise refused
    if not 0 < len(phases) <= MOST_PHASES:
        raise errors.PLAN_SIZE.error(rows=len(phases), most=MOST_PHASES)
    return phases


def _place(source: Source) -> Path:
    folder = source.file.parent if os.access(source.file.parent, os.W_OK) else Path.cwd()
    return source.report or folder / f"{source.file.name}.report.csv"


def _of_another_office(row: Checked, office: str) -> list[Fault]:
    other = row.values.get("office", office) != office
    return [Fault("office", "form", {"allowed": office})] if other else []


def _of_volumes(row: Checked) -> list[Fault]:
    """Return what cannot be planned: no dossier, fewer sheets than dossiers, more of high use than there are."""
    if {fault.field for fault in row.faults} & {"dossiers", "sheets", "highUse"}:
        return []
    dossiers, sheets, high_use = (int(row.values.get(name, "0")) for name in ("dossiers", "sheets", "highUse"))
    faults = [] if dossiers else [Fault("dossiers", "form", {"allowed": ">= 1"})]
    faults += [] if sheets >= dossiers else [Fault("sheets", "form", {"allowed": f">= {dossiers}"})]
    return faults + ([] if high_use <= dossiers else [Fault("highUse", "form", {"allowed": f"<= {dossiers}"})])


def _phase(row: Checked) -> Phase:
    found = row.values
    day, month, year = found["deadline"].split("/")
    names = tuple(part.strip() for part in found.get("registers", "").split(";") if part.strip())
    return Phase(row.code, int(found["dossiers"]), int(found["sheets"]), int(found.get("highUse", "0")),
                 f"{year}-{month}-{day}", names)
